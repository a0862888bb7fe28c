// What a worker is to do: the target from the pinned plan, and whether the gate is open for it.
import type { Clock } from '../../adapters/clock.ts';
import type { Aborts } from '../../adapters/control-table/aborts.ts';
import type { RunRecord, Runs } from '../../adapters/control-table/runs.ts';
import type { ShardId, Shards } from '../../adapters/control-table/shards.ts';
import type { Objects } from '../../adapters/objects.ts';
import { mismatch, readPlan, readTargets } from '../../adapters/run-files.ts';
import { Fault } from '../../contracts/errors.ts';
import type { WorkShardEvent } from '../../contracts/events.ts';
import type { Target } from '../../contracts/plan.ts';
import type { Operation, Phase } from '../../contracts/shard.ts';

export interface Assignment {
  readonly id: ShardId;
  readonly target: Target;
  readonly operation: Operation;
  readonly run: RunRecord;
  /** Items the target's shards may lease together beyond their count. */
  readonly pool: number;
}

export interface Gate {
  readonly runs: Runs;
  readonly aborts: Aborts;
  readonly shards: Shards;
  readonly clock: Clock;
}

const OPERATION: Readonly<Record<Phase, Operation>> = {
  Count: 'count',
  Erase: 'erase',
  Verify: 'count',
  Finalise: 'finalise',
  Gone: 'count',
};

/**
 * @returns `nothing to do` for a target that this phase does not concern, and once the run is aborted
 * @throws Fault GateClosed unless the run is `erasing` (for `Count`: planned); PlanMismatch
 */
export async function findAssignment(
  { runId, phase, pass, digest, shard }: WorkShardEvent,
  { runs, aborts, shards }: Gate,
  work: Objects,
): Promise<Assignment | 'nothing to do'> {
  const run = await runs.get(runId);
  const expected = phase === 'Count' ? 'planned' : 'erasing';
  if (run?.status !== expected) throw gateClosed(runId, phase, run?.status ?? 'unknown', expected);
  if (await aborts.get(runId)) return 'nothing to do';
  const pinned = phase === 'Count' ? run.targetsSha256 : run.planDigest;
  if (digest !== pinned) throw mismatch(phase === 'Count' ? 'targets.json' : 'plan.json', runId, pinned ?? null);
  const targets = phase === 'Count' ? (await readTargets(work, run)).targets : (await readPlan(work, run)).targets;
  const target = targets.find(({ id }) => id === shard.target);
  if (!target) throw mismatch('shards.jsonl', runId, null);
  const operation = OPERATION[phase];
  if (!concerns(phase, target)) return 'nothing to do';
  // A stopped target is still counted: the report says what is left of it.
  if (operation !== 'count' && (await shards.isTargetStopped(runId, target.id))) return 'nothing to do';
  const pool = 'pool' in target && !run.closedPools?.includes(target.id) ? Number(target.pool) : 0;
  return { id: { runId, phase, pass, n: shard.n }, target, operation, run, pool };
}

function concerns(phase: Phase, { purpose, operations }: Target): boolean {
  switch (phase) {
    case 'Count':
      return true;
    case 'Verify':
      return purpose === 'preserve' || operations.includes('erase');
    case 'Erase':
      return operations.includes('erase');
    case 'Finalise':
    case 'Gone':
      return operations.includes('finalise');
  }
}

function gateClosed(runId: string, phase: Phase, received: string, allowed: string): Fault {
  return new Fault('Lethe.GateClosed', {
    what: `Phase ${phase} of run ${runId} is not open.`,
    received,
    allowed,
    next: 'Nothing was touched; only the state machine opens it, after the decision is proven and recovery confirmed.',
  });
}
