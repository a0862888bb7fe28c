// Works on one shard for as long as one invocation lasts: gate, claim, session, store, release.
import type { Clock } from '../../adapters/clock.ts';
import type { Aborts } from '../../adapters/control-table/aborts.ts';
import type { Pools } from '../../adapters/control-table/pools.ts';
import type { Runs } from '../../adapters/control-table/runs.ts';
import type { Shards } from '../../adapters/control-table/shards.ts';
import type { Objects } from '../../adapters/objects.ts';
import type { SessionCredentials, Sessions } from '../../adapters/sessions.ts';
import type { InvocationContext } from '../../adapters/task.ts';
import { type WorkedShard, workShardEvent } from '../../contracts/events.ts';
import type { StoreKind } from '../../contracts/plan.ts';
import { sessionPolicy } from '../../core/planning/session-policy.ts';
import type { Store } from '../../stores/store.ts';
import { makeAllowance } from './allowance.ts';
import { findAssignment, type Gate } from './assignment.ts';
import { quotaOf } from './quota.ts';

export interface WorkShardDependencies {
  readonly clock: Clock;
  readonly runs: Runs;
  readonly aborts: Aborts;
  readonly shards: Shards;
  readonly pools: Pools;
  readonly work: Objects;
  readonly sessions: Sessions;
  readonly openStore: Readonly<Record<StoreKind, (credentials: SessionCredentials) => OpenedStore>>;
}

/** A store whose client reaches one shard only, and is of no use after it. */
export interface OpenedStore {
  readonly store: Store;
  close(): void;
}

/** A claim outlives the longest a dead worker's last request could, so that nothing is deleted after it. */
const CLAIM_MARGIN_MS = 60_000;
/** Left for the last burst, the release and the answer. */
const WRAP_UP_MS = 60_000;

/**
 * Repeatable and killable at any point: the shard's record says what was in flight, and whoever claims it next looks at
 * that range again. A done shard is answered from its record.
 * @throws Fault GateClosed, PlanMismatch, ShardTaken, OutcomeUnknown
 */
export function makeWorkShard(deps: WorkShardDependencies) {
  return async (event: unknown, context: InvocationContext): Promise<WorkedShard> => {
    const { clock, shards, sessions, openStore } = deps;
    const order = workShardEvent.parse(event);
    const gate: Gate = { runs: deps.runs, aborts: deps.aborts, shards, clock };
    const assignment = await findAssignment(order, gate, deps.work);
    if (assignment === 'nothing to do') return { isDone: true };
    const { target, operation, id } = assignment;
    const quota = await quotaOf(assignment, shards);
    if (quota === 'nothing left') return { isDone: true };
    const nowMs = clock.nowMs();
    const remainingMs = context.getRemainingTimeInMillis();
    const claim = await shards.claim(id, {
      target: target.id,
      spentBefore: quota.spentBefore,
      nowMs,
      endsAtMs: nowMs + remainingMs + CLAIM_MARGIN_MS,
    });
    if (claim.epoch === 'done') return { isDone: true };
    const credentials = await sessions.assume(
      sessionPolicy(target, order.shard.range.selector, operation),
      `${order.runId}.${order.phase}.${id.n}`,
    );
    const allowance = makeAllowance(assignment, claim, quota, {
      ...deps,
      gate,
      deadlineMs: nowMs + remainingMs - WRAP_UP_MS,
    });
    const isVerifying = order.phase === 'Verify' || order.phase === 'Gone';
    const { store, close } = openStore[target.kind](credentials);
    const progress = await store.work(target, order.shard.range, operation, isVerifying, allowance).finally(close);
    await shards.checkpoint(id, claim.epoch, progress, clock.nowMs());
    return { isDone: progress.isDone || !(await allowance.mayContinue()) };
  };
}
