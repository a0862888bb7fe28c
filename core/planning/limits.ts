// Caps: how much a run may erase at most, and whether what was counted is within the catalog's limits.
import { Refusal } from '../../contracts/errors.ts';
import type { Target, TargetList } from '../../contracts/plan.ts';

const MIN_POOL = 25; // one batch: a handful of late writes must not make every small run incomplete

/** Items beyond the count that the shards of a target may lease together. */
export function poolSize(planned: number, drift: number): number {
  return Math.max(MIN_POOL, Math.ceil(planned * drift));
}

export interface Weighed {
  readonly target: Pick<Target, 'id' | 'resource' | 'facts'>;
  /** What the run would delete: items, or versions and markers where it finalises only. */
  readonly planned: number;
}

/**
 * Not for everything: that is allowed as a whole by `everything: { allowed: true }`, or not at all.
 * @returns warnings for the approver
 * @throws Refusal LimitExceeded
 */
export function checkLimits(
  weighed: readonly Weighed[],
  limits: TargetList['limits'],
  isEverything: boolean,
): string[] {
  if (isEverything) return [];
  const total = weighed.reduce((sum, { planned }) => sum + planned, 0);
  if (total > limits.maxItems) {
    throw exceeded('The run would erase more than limits.maxItems.', total, limits.maxItems);
  }
  return weighed.flatMap(({ target, planned }) => {
    if (target.facts?.kind !== 'dynamodb' || planned === 0 || limits.maxShare >= 1) return [];
    const { items } = target.facts;
    if (items === 0)
      return [`${target.id}: its share is unknown, because AWS has not counted table ${target.resource} yet`];
    const share = planned / Math.max(items, planned);
    if (share <= limits.maxShare) return [];
    const what = `The run would erase ${(share * 100).toFixed(1)} % of table ${target.resource}, more than limits.maxShare.`;
    throw exceeded(what, share, limits.maxShare);
  });
}

function exceeded(what: string, received: number, allowed: number): Refusal {
  return new Refusal('Lethe.LimitExceeded', {
    what,
    received,
    allowed,
    next: 'Check the scope; if it is right, have the limit raised in the catalog.',
  });
}
