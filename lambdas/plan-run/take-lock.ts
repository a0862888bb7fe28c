// Takes the lock of a scope, from a dead run if need be, or refuses with the run and the time in the way.
import type { Clock } from '../../adapters/clock.ts';
import type { Acquired, Locks } from '../../adapters/control-table/locks.ts';
import { type Executions, executionArnOf } from '../../adapters/executions.ts';
import { Refusal } from '../../contracts/errors.ts';
import type { ScopeLocks } from '../../core/request/lock-keys.ts';

/** Evictions of dead holders before giving up: others may be doing the same. */
const MAX_ATTEMPTS = 3;

/** @throws Refusal ScopeLocked, CooldownActive */
export async function takeLock(
  keys: ScopeLocks,
  run: { readonly runId: string; readonly executionArn: string },
  { locks, executions, clock }: { readonly locks: Locks; readonly executions: Executions; readonly clock: Clock },
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const acquired = await locks.acquire(keys, run.runId, clock.nowMs());
    if (acquired.is === 'acquired') return;
    if (acquired.is === 'cooling') throw coolingDown(keys, acquired);
    const alive = await firstAlive(acquired.by);
    if (alive !== undefined || attempt >= MAX_ATTEMPTS) throw locked(keys, alive ?? acquired.by[0] ?? 'another run');
    for (const holder of acquired.by) await locks.evict(keys, holder);
  }

  async function firstAlive(holders: readonly string[]): Promise<string | undefined> {
    for (const holder of holders) {
      if (await executions.isAlive(executionArnOf(run.executionArn, holder))) return holder;
    }
    return undefined;
  }
}

function locked({ held }: ScopeLocks, holder: string): Refusal {
  return new Refusal('Lethe.ScopeLocked', {
    what: `Another run is erasing a scope that overlaps with ${held}.`,
    received: held,
    allowed: 'one run at a time for a tenant, and for everything',
    next: `Wait for run ${holder} to end, or abort it, then start a new execution.`,
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
