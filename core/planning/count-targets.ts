// Adds up what the shards of each target counted in one pass.
import type { Counts, Target } from '../../contracts/plan.ts';
import type { Progress } from '../../contracts/shard.ts';

export interface CountedShard {
  readonly n: number;
  readonly target: string;
  readonly progress: Progress;
}

/** What was counted of a target, and whether every shard of it was counted to its end. */
export interface Tallied {
  readonly counts: Counts;
  readonly isComplete: boolean;
}

/** A shard without a record is not zero: the target is then incomplete. */
export function tally(target: Pick<Target, 'id' | 'kind' | 'shards'>, records: readonly CountedShard[]): Tallied {
  const own = records.filter((record) => record.target === target.id);
  const sum = (field: 'items' | 'bytes' | 'versions') =>
    own.reduce((total, { progress }) => total + progress[field], 0);
  const isTable = target.kind === 'dynamodb';
  return {
    counts: {
      items: sum('items'),
      bytes: sum('bytes'),
      bytesAre: isTable ? 'estimate' : 'exact',
      versions: isTable ? null : sum('versions'),
    },
    isComplete: own.length === target.shards && own.every(({ progress }) => progress.isDone),
  };
}

/** What a run deletes of a target: items, or versions and markers where it finalises only. */
export function plannedItems(
  { operations }: Pick<Target, 'operations'>,
  { items, versions }: Pick<Counts, 'items' | 'versions'>,
): number {
  return operations.includes('erase') || versions === null ? items : versions;
}
