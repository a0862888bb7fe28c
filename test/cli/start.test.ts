import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { DescribeExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../adapters/clock.ts';
import { catalogOf, tenantTable } from '../support/catalogs.ts';
import { Lethe } from '../support/lethe.ts';
import { inProcess, type Ran, lethe as run, type Spawned, spawnLethe } from './command.ts';

const TENANTS = [
  'seen',
  'counted',
  'started',
  'erased',
  'rejected',
  'aborted',
  'failed',
  'grown',
  'refused',
  'kept',
  'again',
];
/** In each tenant's part of the table. */
const ITEMS = 3;
const phraseOf = (tenant: string) => `ERASE tenant ${tenant} from test`;
const execute = (tenant: string) => ({
  scope: { tenant },
  mode: 'execute',
  reason: 'test',
  requestedBy: 'ops@example.com',
  phrase: phraseOf(tenant),
});
const rowsOf = (tenant: string, from: number, count: number) =>
  Array.from({ length: count }, (_, n) => ({ tenant, id: `i${from + n}` }));

describe('lethe start', () => {
  let lethe: Lethe;
  let folder: string;
  let at: string[];
  /** Waits out its approval, of at least 5 s and as much grace, while the other tests run. */
  let expiring: Promise<{ ran: Ran; left: number }>;
  beforeAll(async () => {
    expiring = expire();
    // Its test sees the failure; until then it must not count as unhandled.
    expiring.catch(() => undefined);
    folder = await mkdtemp(join(tmpdir(), 'lethe-requests-'));
    lethe = await Lethe.open({ catalog: catalogOf({ stores: { items: tenantTable('items') } }) });
    at = ['--endpoint-url', lethe.local.ready.endpoint, '--region', lethe.local.ready.region];
    await lethe.table(
      'items',
      ['tenant', 'id'],
      TENANTS.flatMap((tenant) => rowsOf(tenant, 0, ITEMS)),
    );
  });
  afterAll(async () => {
    await Promise.allSettled([expiring]);
    await lethe.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function requestFile(content: unknown): Promise<string> {
    const file = join(await mkdtemp(join(folder, 'r-')), 'request.json');
    await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
    return file;
  }

  const waitHere = async (content: unknown, ...more: string[]) =>
    inProcess(['start', '--request', await requestFile(content), '--wait', ...at, ...more], { clock: systemClock });
  const waitFor = (content: unknown, ...more: string[]) =>
    run(['start', '--request', '-', '--wait', ...at, ...more], JSON.stringify(content));

  /** Starts an erasure and waits for its approval, as its progress tells. */
  async function waiting(tenant: string, ...more: string[]): Promise<{ command: Spawned; link: string }> {
    const file = await requestFile(execute(tenant));
    const command = spawnLethe(['start', '--request', file, '--name', tenant, '--wait', ...at, ...more]);
    await command.sees(/Wait for approval: 0 of 1 approved; mailed to lead@example.com; until \d{4}-\d\d-\d\d /);
    const [mail] = await lethe.mails(tenant);
    return { command, link: mail?.links.approve ?? '' };
  }

  async function expire(): Promise<{ ran: Ran; left: number }> {
    const approval = { approvers: ['lead@example.com'], required: 1, expiresAfter: '5s' };
    const other = await Lethe.open({ catalog: catalogOf({ stores: { items: tenantTable('items') }, approval }) });
    await other.table('items', ['tenant', 'id'], rowsOf('late', 0, ITEMS));
    const { endpoint, region } = other.local.ready;
    const args = ['start', '--request', '-', '--wait', '--json', '--endpoint-url', endpoint, '--region', region];
    const ran = await run(args, JSON.stringify(execute('late')));
    const left = (await other.rows('items')).length;
    await other.close();
    return { ran, left };
  }

  const left = async (tenant: string) => (await lethe.rows('items')).filter((row) => row['tenant'] === tenant).length;
  const approve = (link: string, tenant: string) =>
    lethe.decide(link, { decision: 'approve', phrase: phraseOf(tenant) });

  it('--wait exits 0 for a preview, with exactly one JSON object on stdout', async () => {
    const { code, stdout, stderr } = await waitHere(
      { scope: { tenant: 'seen' }, mode: 'preview' },
      '--json',
      '--name',
      'look-1',
    );
    expect(code).toBe(0);
    expect(stdout.trimEnd()).not.toContain('\n');
    expect(JSON.parse(stdout)).toMatchObject({
      runId: 'look-1',
      executionArn: lethe.arn('look-1'),
      outcome: 'previewed',
      planDigest: null,
      error: null,
    });
    expect(stderr).toContain('look-1');
  });

  it('--wait exits 0 for a dry run, whose result is on stdout and whose progress is on stderr', async () => {
    const { code, stdout, stderr } = await waitFor({ scope: { tenant: 'counted' } });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Run +dry-run-counted-\d{8}T\d{6}-[0-9a-f]{4}$/m);
    expect(stdout).toMatch(/^Outcome +counted$/m);
    expect(stdout).toMatch(/^Planned +3 items$/m);
    expect(stdout).toMatch(/^Plan digest +sha256:[0-9a-f]{64}$/m);
    expect(stderr).toMatch(/^Plan run$/m);
    expect(stderr).not.toContain('\u001B');
    expect(await left('counted')).toBe(ITEMS);
  });

  it('without --wait says what was started and how to watch it, and the run goes on', async () => {
    const file = await requestFile({ scope: { tenant: 'started' } });
    const { code, stdout, stderr } = await inProcess(['start', '--request', file, '--name', 'begun', ...at]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(lethe.arn('begun'));
    expect(stdout).toContain(`lethe status begun --region eu-west-1 --endpoint-url ${lethe.local.ready.endpoint}`);
    expect(await lethe.end('begun')).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'counted' } });
  });

  it('--wait exits 0 once an approved erasure is done, with its totals', async () => {
    const { command, link } = await waiting('erased', '--json');
    await approve(link, 'erased');
    const { code, stdout } = await command.ended;
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      runId: 'erased',
      outcome: 'erased',
      totals: { planned: ITEMS, erased: ITEMS, remaining: 0 },
      error: null,
    });
    expect(await left('erased')).toBe(0);
  });

  it('--wait exits 3 when an approver rejects', async () => {
    const { command, link } = await waiting('rejected');
    await lethe.decide(link, { decision: 'reject', reason: 'wrong tenant' });
    const { code, stdout } = await command.ended;
    expect(code).toBe(3);
    expect(stdout).toMatch(/^Outcome +rejected$/m);
    expect(await left('rejected')).toBe(ITEMS);
  });

  it('--wait exits 4 when nobody approves in time', async () => {
    const { ran, left: stayed } = await expiring;
    expect(ran.code).toBe(4);
    expect(JSON.parse(ran.stdout)).toMatchObject({
      outcome: 'expired',
      totals: { planned: ITEMS, erased: 0 },
      error: null,
    });
    expect(stayed).toBe(ITEMS);
  });

  it('--wait exits 5 when the run is aborted', async () => {
    const { command, link } = await waiting('aborted');
    const flag = {
      pk: 'ABORT#aborted',
      sk: 'ABORT',
      why: 'asked',
      by: 'ops',
      reason: 'test',
      at: '2026-11-20T00:00:00.000Z',
    };
    const Item = Object.fromEntries(Object.entries(flag).map(([key, value]) => [key, { S: value }]));
    await lethe.dynamodb.send(new PutItemCommand({ TableName: lethe.local.ready.controlTable, Item }));
    await approve(link, 'aborted');
    const { code, stdout } = await command.ended;
    expect(code).toBe(5);
    expect(stdout).toMatch(/^Outcome +aborted$/m);
    expect(await left('aborted')).toBe(ITEMS);
  });

  it('--wait exits 1 when the run fails', async () => {
    const { workBucket } = lethe.local.ready;
    await lethe.s3.send(new PutObjectCommand({ Bucket: workBucket, Key: 'runs/broken/plan.json', Body: '{}' }));
    const { code, stdout } = await waitHere({ scope: { tenant: 'failed' } }, '--name', 'broken');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^Outcome +failed \(Lethe.Failed\)$/m);
  });

  it('--wait exits 1 when the run ends incomplete, and tells what is left', async () => {
    const { command, link } = await waiting('grown', '--json');
    // More than the 25 items that a small run may take beyond its count.
    await lethe.put('items', rowsOf('grown', ITEMS, 40));
    await approve(link, 'grown');
    const { code, stdout } = await command.ended;
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      outcome: 'incomplete',
      totals: { planned: ITEMS, erased: ITEMS + 25, remaining: 15 },
      error: { name: 'Lethe.Incomplete' },
    });
  });

  it('--wait exits 2 when the run is refused, with what was received, what is allowed and what to do', async () => {
    const wrong = { ...execute('refused'), phrase: 'ERASE tenant refused from production' };
    const { code, stdout } = await waitFor(wrong);
    expect(code).toBe(2);
    expect(stdout).toMatch(/^Outcome +refused \(Lethe.PhraseMismatch\)$/m);
    expect(stdout).toMatch(/^Received +ERASE tenant refused from production$/m);
    expect(stdout).toMatch(/^Allowed +ERASE tenant refused from test$/m);
    expect(stdout).toMatch(/^Next +Check that scope and environment/m);
    const json = await waitHere(wrong, '--json');
    expect(json.code).toBe(2);
    expect(JSON.parse(json.stdout)).toMatchObject({
      outcome: 'refused',
      totals: null,
      error: { name: 'Lethe.PhraseMismatch', allowed: 'ERASE tenant refused from test' },
    });
  });

  it('exits 130 at Ctrl-C, says so, and leaves the run alone', async () => {
    const { command, link } = await waiting('kept');
    command.interrupt();
    const { code, stdout, stderr } = await command.ended;
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    expect(stderr).toContain('The run goes on without this command; see `lethe status kept');
    const executionArn = lethe.arn('kept');
    expect(await lethe.sfn.send(new DescribeExecutionCommand({ executionArn }))).toMatchObject({ status: 'RUNNING' });
    await lethe.decide(link, { decision: 'reject', reason: 'enough' });
    expect(await lethe.end('kept')).toMatchObject({ output: { outcome: 'rejected' } });
  });

  it('refuses a name that another execution has used', async () => {
    const request = { scope: { tenant: 'again' }, mode: 'preview' };
    expect((await inProcess(['start', '--request', await requestFile(request), '--name', 'once', ...at])).code).toBe(0);
    await lethe.end('once');
    const second = await inProcess([
      'start',
      '--request',
      await requestFile(request),
      '--name',
      'once',
      '--json',
      ...at,
    ]);
    expect(second.code).toBe(2);
    expect(JSON.parse(second.stdout)).toMatchObject({
      ok: false,
      outcome: 'refused',
      error: { name: 'Lethe.InvalidRequest', received: 'once' },
    });
  });

  describe('refuses before it calls anything', () => {
    it.each([
      [
        'a mode that does not exist',
        { scope: { tenant: 'x' }, mode: 'erase' },
        'mode must be one of preview, dry-run, execute',
      ],
      ['an unknown key', { scope: { tenant: 'x' }, dryRun: true }, 'allowed are scope, mode, optIn, reason'],
      ['execute without a phrase', { ...execute('x'), phrase: undefined }, 'Mode execute needs phrase'],
      ['what comes later', { scope: { tenant: 'x' }, where: {} }, 'where, which is not supported yet'],
      ['a list', [], 'The request is no JSON object'],
      ['no JSON', '{"scope": ', 'The request is no JSON'],
    ])('%s', async (_, content, what) => {
      const from = lethe.calls.length;
      const { code, stdout, stderr } = await inProcess(['start', '--request', await requestFile(content), ...at]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain(what);
      expect(stderr).toMatch(/^ {2}Next /m);
      expect(lethe.calls.slice(from)).toEqual([]);
    });

    it('a name that no run can have', async () => {
      const file = await requestFile({ scope: { tenant: 'x' } });
      const { code, stderr } = await inProcess(['start', '--request', file, '--name', 'a b', ...at]);
      expect(code).toBe(2);
      expect(stderr).toContain('1 to 80 of A-Z a-z 0-9 _ -');
    });

    it('a file that is not there', async () => {
      const { code, stderr } = await inProcess(['start', '--request', join(folder, 'absent.json'), ...at]);
      expect(code).toBe(2);
      expect(stderr).toContain('The request cannot be read: ENOENT');
    });
  });
});
