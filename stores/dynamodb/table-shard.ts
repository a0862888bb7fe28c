// One shard of a table: which selector of its target it lists, and among which others.
import type { TableFacts, Target } from '../../contracts/plan.ts';
import { isOfTable, type TableTargetSelector } from '../../contracts/selector.ts';
import type { Range } from '../../contracts/shard.ts';

export interface TableShard {
  readonly table: string;
  readonly facts: TableFacts;
  readonly selector: TableTargetSelector;
  /** All of the target's: an item counts for the first that finds it. */
  readonly selectors: readonly TableTargetSelector[];
  readonly range: Range;
}

export function tableShard({ id, resource, facts, selectors }: Target, range: Range): TableShard {
  const ofTable = selectors.filter(isOfTable);
  const selector = ofTable[range.selector];
  if (facts?.kind !== 'dynamodb' || !selector)
    throw new TypeError(`target ${id} has no table selector ${range.selector}`);
  return { table: resource, facts, selector, selectors: ofTable, range };
}
