import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readShippedCatalog, requireEnvironment } from '../../adapters/function-environment.ts';
import { asTask } from '../../adapters/task.ts';
import { Fault, Refusal } from '../../contracts/errors.ts';
import { ENVIRONMENT_NAMES } from '../../contracts/functions.ts';

afterEach(() => vi.unstubAllEnvs());

describe('the environment of a function', () => {
  it.each(ENVIRONMENT_NAMES)('must have %s where it is asked for, or the function does not start', (name) => {
    vi.stubEnv(name, 'here');
    expect(requireEnvironment(name)).toBe('here');
    vi.stubEnv(name, '');
    expect(() => requireEnvironment(name)).toThrow(new RegExp(`${name} is not set; the stack sets it`));
    vi.stubEnv(name, undefined);
    expect(() => requireEnvironment(name)).toThrow(new RegExp(name));
  });
});

describe('the catalog beside a function', () => {
  const CATALOG = '{"name":"gallery","stores":{}}';
  const sha256 = createHash('sha256').update(CATALOG).digest('hex');
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lethe-edge-'));
    vi.stubEnv('LAMBDA_TASK_ROOT', folder);
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is read when it is the one that was deployed', async () => {
    await writeFile(join(folder, 'catalog.json'), CATALOG);
    vi.stubEnv('LETHE_CATALOG_SHA256', sha256);
    expect(readShippedCatalog()).toEqual({ value: JSON.parse(CATALOG), sha256 });
  });

  it('is refused when a single byte of it is another, and both digests are told', async () => {
    await writeFile(join(folder, 'catalog.json'), `${CATALOG}\n`);
    vi.stubEnv('LETHE_CATALOG_SHA256', sha256);
    const actual = createHash('sha256').update(`${CATALOG}\n`).digest('hex');
    expect(() => readShippedCatalog()).toThrow(new RegExp(`${actual}, but ${sha256} was deployed`));
  });

  it('is refused when nobody says which one was deployed', async () => {
    await writeFile(join(folder, 'catalog.json'), CATALOG);
    vi.stubEnv('LETHE_CATALOG_SHA256', undefined);
    expect(() => readShippedCatalog()).toThrow(/LETHE_CATALOG_SHA256 is not set/);
  });

  it('must be there', () => {
    vi.stubEnv('LETHE_CATALOG_SHA256', sha256);
    expect(() => readShippedCatalog()).toThrow(/catalog\.json/);
  });
});

describe('a task', () => {
  const CONTEXT = { awsRequestId: 'request-1', getRemainingTimeInMillis: () => 1_000 };
  const DETAILS = {
    what: 'The phrase is another.',
    received: 'ERASE canary',
    allowed: 'ERASE tenant acme from test',
    next: 'Type it again.',
    retryAt: '2031-05-06T08:00:00.000Z',
    runId: 'run-0',
  };

  beforeEach(() => {
    // The logger then writes to the console at hand, where its lines can be read.
    vi.stubEnv('POWERTOOLS_DEV', 'true');
  });
  afterEach(() => vi.restoreAllMocks());

  /** Every line that is written while something happens. */
  async function linesOf(happening: () => Promise<unknown>): Promise<string[]> {
    const lines: string[] = [];
    const keep = (...values: unknown[]) => void lines.push(values.map(String).join(' '));
    for (const level of ['debug', 'info', 'warn', 'error', 'log', 'trace'] as const)
      vi.spyOn(console, level).mockImplementation(keep);
    await happening().catch(() => undefined);
    return lines;
  }

  it('answers what its handler answers, and hands it event and context', async () => {
    const seen: unknown[] = [];
    const task = asTask('seal-plan', async (event, context) => {
      seen.push(event, context);
      return { isDone: true };
    });
    let result: unknown;
    await linesOf(async () => {
      result = await task({ runId: 'run-1' }, CONTEXT);
    });
    expect(result).toEqual({ isDone: true });
    expect(seen).toEqual([{ runId: 'run-1' }, CONTEXT]);
  });

  it.each([
    ['a refusal', new Refusal('Lethe.PhraseMismatch', DETAILS)],
    ['a fault', new Fault('Lethe.PlanMismatch', DETAILS)],
    ['a fault that may pass', new Fault('Lethe.ShardTaken', DETAILS)],
  ])('fails with the literal name of %s, and its explanation as JSON', async (_, error) => {
    const task = asTask('seal-plan', () => Promise.reject(error));
    let failure: unknown;
    await linesOf(async () => {
      failure = await task({ runId: 'run-1' }, CONTEXT).catch((reason) => reason);
    });
    expect(failure).toMatchObject({ name: error.name });
    expect(JSON.parse((failure as Error).message)).toEqual(DETAILS);
  });

  it('fails with any other error as it is', async () => {
    const error = new TypeError('a defect');
    const task = asTask('seal-plan', () => Promise.reject(error));
    let failure: unknown;
    await linesOf(async () => {
      failure = await task({}, CONTEXT).catch((reason) => reason);
    });
    expect(failure).toBe(error);
  });

  it('logs its run, its request and how it ended', async () => {
    vi.stubEnv('LETHE_LOG_LEVEL', 'INFO');
    const done = await linesOf(() => asTask('seal-plan', async () => ({}))({ runId: 'run-1' }, CONTEXT));
    const refusal = new Refusal('Lethe.PhraseMismatch', DETAILS);
    const failing = asTask('seal-plan', () => Promise.reject(refusal));
    const failed = await linesOf(() => failing({ runId: 'run-1' }, CONTEXT));
    expect([...done, ...failed].map((line) => JSON.parse(line))).toMatchObject([
      { message: 'done', level: 'INFO', service: 'seal-plan', runId: 'run-1', requestId: 'request-1' },
      { message: 'failed', level: 'WARN', service: 'seal-plan', runId: 'run-1', error: 'Lethe.PhraseMismatch' },
    ]);
  });

  it('forgets the run of its last event', async () => {
    vi.stubEnv('LETHE_LOG_LEVEL', 'INFO');
    const task = asTask('web', async () => ({}));
    await linesOf(() => task({ runId: 'run-1' }, CONTEXT));
    const [line = '{}'] = await linesOf(() => task({}, CONTEXT));
    expect(JSON.parse(line)).not.toHaveProperty('runId');
  });

  it('logs nothing of its event, its answer or an error’s text, at any level', async () => {
    vi.stubEnv('LETHE_LOG_LEVEL', 'DEBUG');
    const event = { runId: 'run-1', request: { reason: 'canary-reason' }, taskToken: 'canary-token' };
    const errors = [new Refusal('Lethe.PhraseMismatch', DETAILS), new Error('canary of an error'), 'canary thrown'];
    const lines = [
      ...(await linesOf(() => asTask('web', async () => ({ key: 'canary-key' }))(event, CONTEXT))),
      ...(await Promise.all(
        errors.map((error) => linesOf(() => asTask('web', () => Promise.reject(error))(event, CONTEXT))),
      ).then((all) => all.flat())),
    ];
    expect(lines.length).toBeGreaterThanOrEqual(1 + errors.length);
    expect(lines.filter((line) => /canary|ERASE/.test(line))).toEqual([]);
  });

  it('does not start with a log level that does not exist', () => {
    vi.stubEnv('LETHE_LOG_LEVEL', 'LOUD');
    expect(() => asTask('web', async () => ({}))).toThrow(
      /LETHE_LOG_LEVEL is LOUD; allowed are DEBUG, INFO, WARN, ERROR/,
    );
  });
});
