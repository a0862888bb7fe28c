// Makes the plan of what was resolved, counted and protected: the document that approvers decide on.
import type { CountedTarget, PlanBody, RecoveryPoint, Target, TargetList } from '../../contracts/plan.ts';
import { isPlain, verifiesEventually } from '../finding/item-conditions.ts';
import { type Costed, estimateCost, estimateSeconds } from './cost.ts';
import { type CountedShard, plannedItems, tally } from './count-targets.ts';
import { checkLimits, poolSize, type Weighed } from './limits.ts';
import { sideEffectsOf } from './side-effects.ts';

export interface Counted {
  readonly shards: readonly CountedShard[];
  /** By target id; absent in a dry run. */
  readonly recoveryPoints: ReadonlyMap<string, RecoveryPoint>;
}

/**
 * The plan of a run that was counted.
 * @param sealedAtMs when the counted plan stands; null for a preview, which counts nothing
 * @throws Refusal LimitExceeded
 */
export function sealPlan(list: TargetList, { shards, recoveryPoints }: Counted, sealedAtMs: number | null): PlanBody {
  const targets = list.targets.map((target) => countTarget(list, target, shards, recoveryPoints, sealedAtMs !== null));
  const erased = targets.filter(({ purpose, state }) => purpose === 'erase' && state === 'planned');
  const weighed = erased.flatMap((target): Weighed[] =>
    target.counted ? [{ target, planned: plannedItems(target, target.counted) }] : [],
  );
  const isEverything = list.scope.length === 0;
  const warnings = [...list.warnings, ...checkLimits(weighed, list.limits, isEverything)];
  const needsApproval = list.mode === 'execute' && list.approval.required > 0 && sealedAtMs !== null;
  const costed = erased.flatMap((target): Costed[] => (target.counted ? [costedOf(list, target, target.counted)] : []));
  return {
    ...list,
    targets,
    totals: {
      items: weighed.reduce((sum, { planned }) => sum + planned, 0),
      bytes: erased.reduce((sum, { counted }) => sum + (counted?.bytes ?? 0), 0),
      maximum: erased.reduce((sum, { maximum }) => sum + maximum, 0),
    },
    warnings,
    sideEffects: targets.flatMap(sideEffectsOf),
    cost: estimateCost(costed),
    estimatedSeconds: estimateSeconds(costed),
    canBeUndone:
      erased
        .filter(isStoredData)
        .every(({ recovery, operations }) => recovery === 'point' && !operations.includes('finalise')) &&
      list.undoWindowSeconds > 0,
    sealedAt: sealedAtMs === null ? null : new Date(sealedAtMs).toISOString(),
    expiresAt: needsApproval ? new Date(sealedAtMs + list.approval.expiresAfterSeconds * 1_000).toISOString() : null,
  };
}

/** Unfinished uploads never were objects: that they cannot come back is said in their own row. */
function isStoredData({ selectors }: Target): boolean {
  return !selectors.some(({ by }) => by === 'uploads');
}

/** A minute before each verification where something is verified through a global index; usually it is up to date in one second. */
const INDEX_SETTLES_SECONDS = 60;

export function settleSeconds({ targets }: Pick<PlanBody, 'targets'>): number {
  const erased = targets.filter(({ purpose, state }) => purpose === 'erase' && state === 'planned');
  return erased.some(verifiesEventually) ? INDEX_SETTLES_SECONDS : 0;
}

/** Nothing to erase, and no versions to remove where the run removes them: such a run asks nobody. */
export function findsNothing({ targets }: Pick<PlanBody, 'targets'>): boolean {
  const erased = targets.filter(({ purpose }) => purpose === 'erase');
  return erased.every(
    ({ counted, operations }) =>
      !counted || (counted.items === 0 && (!operations.includes('finalise') || !counted.versions)),
  );
}

function countTarget(
  list: TargetList,
  target: Target,
  shards: readonly CountedShard[],
  recoveryPoints: ReadonlyMap<string, RecoveryPoint>,
  isCounted: boolean,
): CountedTarget {
  const counted = isCounted && target.state === 'planned' ? tally(target, shards).counts : null;
  const isErased = counted !== null && target.purpose === 'erase';
  const planned = isErased ? plannedItems(target, counted) : 0;
  const pool = isErased ? poolSize(planned, list.limits.drift) : 0;
  // Hiding leaves a marker for each object; finalising in the same run removes those with all versions.
  const isBoth = target.operations.length > 1;
  const maximum = planned + pool + (isBoth ? (counted?.versions ?? 0) : 0);
  return { ...target, counted, pool, maximum, recoveryPoint: recoveryPoints.get(target.id) ?? null };
}

function costedOf({ mode }: TargetList, target: CountedTarget, counts: Costed['counts']): Costed {
  const { kind, shards, ratePerShard, facts, recovery, selectors } = target;
  const scans = selectors.filter((selector) => selector.by === 'table' && !isPlain(selector)).length;
  const scannedBytes = facts?.kind === 'dynamodb' ? scans * facts.bytes : 0;
  const isBackedUp = mode === 'execute' && recovery === 'point' && facts?.kind === 'dynamodb';
  const readBytes = counts.bytes + scannedBytes;
  return { kind, counts, readBytes, shards, ratePerShard, backupBytes: isBackedUp ? facts.bytes : null };
}
