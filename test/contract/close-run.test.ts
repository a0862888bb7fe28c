// close-run: what it makes of the event that tells an execution's end, and of what the tables know.
import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, describe, expect, it } from 'vitest';
import { Aborts } from '../../adapters/control-table/aborts.ts';
import { Locks } from '../../adapters/control-table/locks.ts';
import { Runs } from '../../adapters/control-table/runs.ts';
import { Shards } from '../../adapters/control-table/shards.ts';
import { Executions } from '../../adapters/executions.ts';
import { Objects } from '../../adapters/objects.ts';
import { lockKeys } from '../../core/request/lock-keys.ts';
import { makeCloseRun } from '../../lambdas/close-run/handler.ts';
import { openWorld, pass } from '../local/states-world.ts';
import { Stores } from '../support/stores.ts';

const aws = await Stores.open();
const world = await openWorld();
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await aws.close();
});

const NOW_MS = Date.parse('2031-05-06T10:00:00.000Z');
const STARTED_MS = Date.parse('2031-05-06T07:00:00.000Z');
const KEYS = lockKeys([{ name: 'tenant', id: 'acme' }]);
const REQUEST = { scope: { tenant: 'acme' } };

/** A run of an execution that has ended, with the event that tells so. */
async function endedRun() {
  const stateMachineArn = world.machine({ A: pass({}) });
  const input = JSON.stringify(REQUEST);
  const { executionArn = '' } = await world.sfn.send(new StartExecutionCommand({ stateMachineArn, name: 'r', input }));
  const table = await aws.controlTable();
  const [runs, aborts, locks, shards] = [new Runs(table), new Aborts(table), new Locks(table), new Shards(table)];
  const evidence = new Objects(aws.s3, aws.bucket());
  const clock = { nowMs: () => NOW_MS, nowIso: () => new Date(NOW_MS).toISOString(), sleep: () => Promise.resolve() };
  const executions = new Executions(world.sfn);
  const close = makeCloseRun({ clock, runs, aborts, locks, shards, executions, evidence });
  const event = { executionArn, name: 'r', status: 'ABORTED', startDate: STARTED_MS, input, error: null, cause: null };
  const claim = (startedAt: string) => runs.claim({ runId: 'r', executionArn, startedAt });
  const started = new Date(STARTED_MS).toISOString();
  return { runs, aborts, locks, shards, evidence, close, event, claim, started };
}

describe('closing a run from outside', () => {
  it.each([
    ['ABORTED', 'stopped'],
    ['TIMED_OUT', 'stopped'],
    ['FAILED', 'closed'],
  ])('of an execution that is %s sets the flag first, for what was %s', async (status, why) => {
    const { aborts, close, claim, event, started } = await endedRun();
    await claim(started);
    expect(await close({ ...event, status })).toMatchObject({ next: 'report', report: { startedAt: started } });
    expect(await aborts.get('r')).toMatchObject({ why, reason: `The execution is ${status}.` });
  });

  it('takes the request from the execution where the event left it out', async () => {
    const { close, claim, event, started } = await endedRun();
    await claim(started);
    const { report } = await close({ ...event, input: null });
    expect(report.request).toEqual(REQUEST);
  });

  it('takes the start as the run wrote it, who may leave out the fraction of a second', async () => {
    const { close, claim, event } = await endedRun();
    await claim('2031-05-06T07:00:00Z');
    const { report } = await close(event);
    expect(report.startedAt).toBe('2031-05-06T07:00:00Z');
  });

  it('waits for a shard in flight, and looks again within a minute', async () => {
    const { aborts, close, claim, event, shards, started } = await endedRun();
    await claim(started);
    const shard = { runId: 'r', phase: 'Finalise', pass: 1, n: 70 } as const;
    const claimed = { target: 'items', spentBefore: 0, nowMs: NOW_MS };
    await shards.claim(shard, { ...claimed, endsAtMs: NOW_MS + 7_500 });
    expect(await close(event)).toMatchObject({ next: 'wait', waitSeconds: 8 });
    await shards.claim(shard, { ...claimed, endsAtMs: NOW_MS + 960_000 });
    expect(await close(event)).toMatchObject({ next: 'wait', waitSeconds: 60 });
    await shards.claim(shard, { ...claimed, endsAtMs: NOW_MS + 1 });
    expect(await close(event)).toMatchObject({ next: 'wait', waitSeconds: 5 });
    expect(await aborts.get('r')).toBeDefined();
    await shards.claim(shard, { ...claimed, endsAtMs: NOW_MS });
    expect(await close(event)).toMatchObject({ next: 'report' });
  });

  it('does nothing once the evidence is complete and the lock free', async () => {
    const { aborts, close, claim, evidence, event, locks, runs, started } = await endedRun();
    await claim(started);
    await runs.noteLocks('r', KEYS);
    await locks.acquire(KEYS, 'r', NOW_MS);
    await evidence.writeOnce('runs/r/SHA256SUMS', '', 'text/plain');
    // Whoever wrote the evidence died before he freed the lock.
    expect(await close(event)).toMatchObject({ next: 'report' });
    await locks.release(KEYS, 'r', null);
    const standing = await aborts.get('r');
    expect(await close(event)).toMatchObject({ next: 'nothing' });
    expect(await aborts.get('r')).toEqual(standing);
  });

  it('stops no other execution of the same name', async () => {
    const { aborts, close, claim, event } = await endedRun();
    await claim('2030-01-01T00:00:00.000Z');
    const { report } = await close(event);
    expect(report.startedAt).toBe('2031-05-06T07:00:00.000Z');
    expect(await aborts.get('r')).toBeUndefined();
  });
});
