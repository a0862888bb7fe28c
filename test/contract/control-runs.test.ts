import { afterAll, describe, expect, it } from 'vitest';
import { Runs } from '../../adapters/control-table/runs.ts';
import { Stores } from '../support/stores.ts';

const aws = await Stores.open();
afterAll(() => aws.close());

const EXECUTION = {
  runId: 'run-1',
  executionArn: 'arn:aws:states:eu-west-1:123456789012:execution:lethe-erase:run-1',
  startedAt: '2031-05-06T07:08:09.000Z',
};
const LATER = { ...EXECUTION, startedAt: '2031-09-06T07:08:09.000Z' };
const ELSEWHERE = { ...EXECUTION, executionArn: EXECUTION.executionArn.replace('lethe-erase', 'other') };

const DIGEST = `sha256:${'a'.repeat(64)}`;
const OTHER_DIGEST = `sha256:${'b'.repeat(64)}`;
const planned = (targetsSha256: string) => ({
  runId: 'run-1',
  mode: 'execute' as const,
  targetsSha256,
  targetsVersionId: 'v1',
  sampleSecret: 'secret',
});
const sealed = (planDigest = DIGEST) => ({ planDigest, planVersionId: 'v2', expiresAt: '2031-05-07T07:08:09.000Z' });

async function newRuns(): Promise<Runs> {
  return new Runs(await aws.controlTable());
}

type Step = 'plan' | 'seal' | 'approve' | 'open' | 'close';
const STEPS: readonly Step[] = ['plan', 'seal', 'approve', 'open', 'close'];

/** A run that has taken the first so many of its steps. */
async function runAfter(count: number): Promise<Runs> {
  const runs = await newRuns();
  await runs.claim(EXECUTION);
  for (const step of STEPS.slice(0, count)) await take(runs, step);
  return runs;
}

async function take(runs: Runs, step: Step, planDigest = DIGEST): Promise<unknown> {
  switch (step) {
    case 'plan':
      return runs.plan(planned('first'));
    case 'seal':
      return runs.seal('run-1', sealed(planDigest));
    case 'approve':
      return runs.approve('run-1', planDigest, '2031-05-06T08:00:00.000Z');
    case 'open':
      return runs.open('run-1', planDigest, '2031-05-06T09:00:00.000Z', ['photos']);
    case 'close':
      return runs.close(EXECUTION, 'erased', '2031-05-06T10:00:00.000Z');
  }
}

describe('a run id', () => {
  it('belongs for ever to the execution that took it first, and to no other of its name', async () => {
    const runs = await newRuns();
    expect(await runs.get('run-1')).toBeUndefined();
    expect(await runs.claim(EXECUTION)).toBe(true);
    expect(await runs.claim(EXECUTION)).toBe(true);
    expect(await runs.claim(LATER)).toBe(false);
    expect(await runs.claim(ELSEWHERE)).toBe(false);
    expect(await runs.get('run-1')).toEqual(EXECUTION);
  });

  it('has one owner when many executions claim it at once', async () => {
    const runs = await newRuns();
    const claims = Array.from({ length: 20 }, (_, n) => ({
      ...EXECUTION,
      startedAt: `2031-05-06T07:08:${n + 10}.000Z`,
    }));
    const won = await Promise.all(claims.map((claim) => runs.claim(claim)));
    expect(won.filter(Boolean)).toHaveLength(1);
    expect(await runs.get('run-1')).toEqual(claims[won.indexOf(true)]);
  });
});

describe('the steps of a run', () => {
  it('are taken in order, each keeping what the ones before it wrote', async () => {
    const runs = await runAfter(4);
    expect(await runs.get('run-1')).toEqual({
      ...EXECUTION,
      ...planned('first'),
      ...sealed(),
      status: 'erasing',
      verdict: 'approved',
      decidedAt: '2031-05-06T08:00:00.000Z',
      erasingAt: '2031-05-06T09:00:00.000Z',
      closedPools: ['photos'],
    });
  });

  const STATUS_AFTER = [undefined, 'planned', 'sealed', 'approved', 'erasing', 'closed'];
  const forward = (['seal', 'approve', 'open'] as const).flatMap((step) =>
    STATUS_AFTER.map((status, taken) => [step, status, taken] as const),
  );
  it.each(
    forward,
  )('%s is possible from the step before it, and again, but not from %s otherwise', async (step, _, taken) => {
    const runs = await runAfter(taken);
    const before = await runs.get('run-1');
    const [own, isNext] = [STEPS.indexOf(step), taken === STEPS.indexOf(step)];
    const isRepeat = taken === own + 1;
    expect(await take(runs, step)).toBe(isNext || isRepeat);
    const after = await runs.get('run-1');
    expect(after?.status).toBe(isNext ? STATUS_AFTER[own + 1] : before?.status);
    if (!isNext) expect(after).toEqual(before);
  });

  it.each([
    ['seal', 2],
    ['approve', 2],
    ['approve', 3],
    ['open', 3],
    ['open', 4],
  ] as const)('%s is for one plan only (after %i steps)', async (step, taken) => {
    const runs = await runAfter(taken);
    const before = await runs.get('run-1');
    expect(await take(runs, step, OTHER_DIGEST)).toBe(false);
    expect(await runs.get('run-1')).toEqual(before);
  });

  it('keep the values of the first time when they are repeated', async () => {
    const runs = await runAfter(4);
    const before = await runs.get('run-1');
    await runs.plan(planned('second'));
    expect(await runs.open('run-1', DIGEST, '2032-01-01T00:00:00.000Z', [])).toBe(true);
    expect(await runs.get('run-1')).toEqual(before);
  });

  it('do not exist for a run that nobody claimed', async () => {
    const runs = await newRuns();
    for (const step of ['seal', 'approve', 'open'] as const) expect(await take(runs, step)).toBe(false);
    expect(await runs.get('run-1')).toBeUndefined();
  });
});

describe('a verdict', () => {
  it('stands once it is given', async () => {
    const runs = await runAfter(2);
    await runs.judge('run-1', 'rejected', '2031-05-06T08:00:00.000Z');
    await runs.judge('run-1', 'expired', '2031-05-06T09:00:00.000Z');
    expect(await runs.get('run-1')).toMatchObject({
      status: 'sealed',
      verdict: 'rejected',
      decidedAt: '2031-05-06T08:00:00.000Z',
    });
  });

  it('against a run cannot become an approval', async () => {
    const runs = await runAfter(2);
    await runs.judge('run-1', 'rejected', '2031-05-06T08:00:00.000Z');
    expect(await take(runs, 'approve')).toBe(false);
    expect(await runs.get('run-1')).toMatchObject({ status: 'sealed', verdict: 'rejected' });
  });

  it('of approval is not taken back', async () => {
    const runs = await runAfter(3);
    await runs.judge('run-1', 'rejected', '2031-05-06T09:00:00.000Z');
    expect(await runs.get('run-1')).toMatchObject({ status: 'approved', verdict: 'approved' });
  });

  it('makes no run', async () => {
    const runs = await newRuns();
    await runs.judge('run-1', 'aborted', '2031-05-06T08:00:00.000Z');
    expect(await runs.get('run-1')).toBeUndefined();
  });
});

describe('closing a run', () => {
  it.each([0, 1, 2, 3, 4])('is possible after %i steps, and nothing goes forward after it', async (taken) => {
    const runs = await runAfter(taken);
    expect(await take(runs, 'close')).toEqual({
      closedAt: '2031-05-06T10:00:00.000Z',
      outcome: 'erased',
      error: null,
    });
    await runs.plan(planned('late'));
    for (const step of ['seal', 'approve', 'open'] as const) expect(await take(runs, step)).toBe(false);
    expect((await runs.get('run-1'))?.status).toBe('closed');
  });

  it('stands as it was done first', async () => {
    const runs = await runAfter(1);
    const why = { name: 'Lethe.ProtectionFailed', details: { what: 'no backup' } };
    const first = await runs.close(EXECUTION, 'failed', '2031-05-06T10:00:00.000Z', why);
    const other = { name: 'Lethe.Aborted', details: null };
    const again = await runs.close(EXECUTION, 'aborted', '2031-05-06T11:00:00.000Z', other);
    expect(again).toEqual(first);
    expect(first?.error).toEqual(why);
    expect(await runs.get('run-1')).toMatchObject({ outcome: 'failed', closedAt: '2031-05-06T10:00:00.000Z' });
  });

  it('takes the id of a run that was refused before it could claim it', async () => {
    const runs = await newRuns();
    await runs.close(EXECUTION, 'refused', '2031-05-06T10:00:00.000Z');
    expect(await runs.get('run-1')).toMatchObject({ ...EXECUTION, status: 'closed', outcome: 'refused' });
    expect(await runs.claim(LATER)).toBe(false);
  });

  it.each([LATER, ELSEWHERE])('is not for another execution of the same name', async (other) => {
    const runs = await runAfter(3);
    const before = await runs.get('run-1');
    expect(await runs.close(other, 'failed', '2031-05-06T10:00:00.000Z')).toBeUndefined();
    expect(await runs.get('run-1')).toEqual(before);
  });
});

describe('the phases of a run', () => {
  it('are listed by their beginning, each with the first times it was told', async () => {
    const runs = await newRuns();
    await runs.beginPhase('run-1', 'Seal plan', '2031-01-02T00:00:00.000Z');
    await runs.beginPhase('run-1', 'Plan run', '2031-01-01T00:00:00.000Z');
    await runs.endPhase('run-1', 'Plan run', '2031-01-01T01:00:00.000Z');
    await runs.beginPhase('run-1', 'Plan run', '2031-01-03T00:00:00.000Z');
    await runs.endPhase('run-1', 'Plan run', '2031-01-03T01:00:00.000Z');
    await runs.endPhase('run-1', 'Report', '2031-01-05T00:00:00.000Z');
    await runs.beginPhase('run-10', 'Plan run', '2031-01-01T00:00:00.000Z');
    await runs.claim(EXECUTION);
    expect(await runs.phases('run-1')).toEqual([
      { name: 'Plan run', startedAt: '2031-01-01T00:00:00.000Z', endedAt: '2031-01-01T01:00:00.000Z' },
      { name: 'Seal plan', startedAt: '2031-01-02T00:00:00.000Z', endedAt: null },
    ]);
  });
});
