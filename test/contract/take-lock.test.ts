// Taking a lock from a run that is over: only once nothing of it can delete any more.
import { StartExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, describe, expect, it } from 'vitest';
import { Aborts } from '../../adapters/control-table/aborts.ts';
import { Locks } from '../../adapters/control-table/locks.ts';
import { Shards } from '../../adapters/control-table/shards.ts';
import { Executions } from '../../adapters/executions.ts';
import { NO_PROGRESS } from '../../contracts/shard.ts';
import { lockKeys } from '../../core/request/lock-keys.ts';
import { takeLock } from '../../lambdas/plan-run/take-lock.ts';
import { distributed, gate, openWorld, task, type World } from '../local/states-world.ts';
import { Stores } from '../support/stores.ts';

const aws = await Stores.open();
afterAll(() => aws.close());

const KEYS = lockKeys([{ name: 'tenant', id: 'acme' }]);
const SHARD = { runId: 'old', phase: 'Erase', pass: 1, n: 0 } as const;
/** At the wall's pace a map run outlives its stopped execution for longer than a test takes. */
const SLOW = 1;

/** The run `old` holds the lock; its execution was stopped while its one worker was at work. */
async function stoppedRun(world: World) {
  const table = await aws.controlTable();
  const { clock } = world;
  const [locks, shards, aborts] = [new Locks(table), new Shards(table), new Aborts(table)];
  const stateMachineArn = world.machine({ Erase: distributed({ Work: task() }) });
  const start = async (name: string) => {
    const command = new StartExecutionCommand({ stateMachineArn, name, input: '[1]' });
    return (await world.sfn.send(command)).executionArn ?? '';
  };
  const executionArn = await start('old');
  await locks.acquire(KEYS, 'old', clock.nowMs());
  const endsAtMs = clock.nowMs() + 960_000;
  await shards.claim(SHARD, { target: 'items', spentBefore: 0, nowMs: clock.nowMs(), endsAtMs });
  const deps = { locks, shards, aborts, clock, executions: new Executions(world.sfn) };
  const take = (runId: string, nowMs = clock.nowMs()) =>
    takeLock(KEYS, { runId, executionArn: executionArn.replace(/old$/, runId) }, { ...deps, clock: at(nowMs) });
  return { locks, shards, aborts, executionArn, endsAtMs, start, take };
}

const at = (ms: number) => ({
  nowMs: () => ms,
  nowIso: () => new Date(ms).toISOString(),
  sleep: () => Promise.resolve(),
});

async function stop(world: World, executionArn: string): Promise<void> {
  await world.sfn.send(new StopExecutionCommand({ executionArn }));
}

describe('the lock of a run whose execution was stopped', () => {
  const functions = { fn: () => gate().promise };

  it('is not taken while the execution or one of its map runs is running, and nobody’s flag is set', async () => {
    const begun = gate();
    const fn = () => {
      begun.resolve();
      return gate().promise;
    };
    await using world = await openWorld({ functions: { fn }, clockSpeed: SLOW });
    const { aborts, locks, executionArn, take } = await stoppedRun(world);
    await begun.promise;
    await expect(take('new')).rejects.toMatchObject({ name: 'Lethe.ScopeLocked', details: { runId: 'old' } });
    await stop(world, executionArn);
    await expect(take('new')).rejects.toMatchObject({ name: 'Lethe.ScopeLocked', details: { runId: 'old' } });
    expect(await aborts.get('old')).toBeUndefined();
    expect(await locks.isHeldBy(KEYS, 'old')).toBe(true);
  });

  it('is not taken while a shard may be in flight, but no worker of the run begins a batch from then on', async () => {
    await using world = await openWorld({ functions });
    const { aborts, locks, executionArn, endsAtMs, take } = await stoppedRun(world);
    await stop(world, executionArn);
    await world.clock.sleep(10_000);
    const retryAt = new Date(endsAtMs).toISOString();
    await expect(take('new', endsAtMs - 1)).rejects.toMatchObject({
      name: 'Lethe.ScopeLocked',
      details: { runId: 'old', retryAt },
    });
    expect(await aborts.get('old')).toMatchObject({ why: 'closed', by: 'new' });
    expect(await locks.isHeldBy(KEYS, 'old')).toBe(true);
  });

  it.each([
    'the claim of its dead worker has run out',
    'its worker has let go',
  ])('is taken once %s, by one of many', async (which) => {
    await using world = await openWorld({ functions });
    const { locks, shards, executionArn, endsAtMs, start, take } = await stoppedRun(world);
    await stop(world, executionArn);
    await world.clock.sleep(10_000);
    const hasLetGo = which === 'its worker has let go';
    if (hasLetGo) await shards.checkpoint(SHARD, 1, NO_PROGRESS, world.clock.nowMs());
    const runs = Array.from({ length: 8 }, (_, n) => `new-${n}`);
    for (const run of runs) await start(run);
    const taken = await Promise.allSettled(runs.map((run) => take(run, hasLetGo ? undefined : endsAtMs)));
    const winners = runs.filter((_, n) => taken[n]?.status === 'fulfilled');
    expect(winners).toHaveLength(1);
    const holding = await Promise.all(runs.map((run) => locks.isHeldBy(KEYS, run)));
    expect(runs.filter((_, n) => holding[n])).toEqual(winners);
  });
});
