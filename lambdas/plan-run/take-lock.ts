// Takes the lock of a scope, from a dead run if need be, or refuses with the run and the time in the way.
import type { Clock } from '../../adapters/clock.ts';
import type { Aborts } from '../../adapters/control-table/aborts.ts';
import type { Acquired, Locks } from '../../adapters/control-table/locks.ts';
import type { Shards } from '../../adapters/control-table/shards.ts';
import { type Executions, executionArnOf } from '../../adapters/executions.ts';
import { Refusal } from '../../contracts/errors.ts';
import type { ScopeLocks } from '../../core/request/lock-keys.ts';

/** Evictions of dead holders before giving up: others may be doing the same. */
const MAX_ATTEMPTS = 3;

interface Dependencies {
  readonly locks: Locks;
  readonly executions: Executions;
  readonly aborts: Aborts;
  readonly shards: Shards;
  readonly clock: Clock;
}

/**
 * A lock is taken over only from a run that can delete nothing any more: its execution and map runs are not running,
 * its abort flag stands, and none of its shards is in flight.
 * @throws Refusal ScopeLocked, CooldownActive
 */
export async function takeLock(
  keys: ScopeLocks,
  run: { readonly runId: string; readonly executionArn: string },
  { locks, executions, aborts, shards, clock }: Dependencies,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const acquired = await locks.acquire(keys, run.runId, clock.nowMs());
    if (acquired.is === 'acquired') return;
    if (acquired.is === 'cooling') throw coolingDown(keys, acquired);
    if (attempt >= MAX_ATTEMPTS) throw locked(keys, acquired.by[0] ?? 'another run');
    for (const holder of acquired.by) {
      await requireDead(holder);
      await locks.evict(keys, holder);
    }
  }

  async function requireDead(holder: string): Promise<void> {
    if (await executions.isAlive(executionArnOf(run.executionArn, holder))) throw locked(keys, holder);
    const reason = 'Its execution is over, and another run takes its lock.';
    await aborts.request(holder, { why: 'closed', by: run.runId, reason, at: clock.nowIso() });
    const untilMs = await shards.inFlightUntilMs(holder, clock.nowMs());
    if (untilMs !== null) throw locked(keys, holder, new Date(untilMs).toISOString());
  }
}

function locked({ held }: ScopeLocks, holder: string, retryAt?: string): Refusal {
  return new Refusal('Lethe.ScopeLocked', {
    what: `Another run is erasing a scope that overlaps with ${held}.`,
    received: held,
    allowed: 'one run at a time for a tenant, and for everything',
    next: `Wait for run ${holder} to end, or abort it, then start a new execution.`,
    ...(retryAt !== undefined && { retryAt }),
    runId: holder,
  });
}

function coolingDown({ own }: ScopeLocks, { untilMs, by }: Extract<Acquired, { is: 'cooling' }>): Refusal {
  const retryAt = new Date(untilMs).toISOString();
  return new Refusal('Lethe.CooldownActive', {
    what: `${own} was erased a short while ago.`,
    received: own,
    allowed: `again from ${retryAt}`,
    next: `See the report of run ${by}; start a new execution after the cooldown if there is more to erase.`,
    retryAt,
    runId: by,
  });
}
