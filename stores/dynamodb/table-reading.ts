// How a shard of a table is read: by Query or Scan, keys and what selectors compare, and no other personal data.
import type { QueryCommandInput, ScanCommandInput } from '@aws-sdk/client-dynamodb';
import { attributesNeeded, earlierConditions, finds, indexOf } from '../../core/finding/item-conditions.ts';
import { Expression } from './expression.ts';
import type { ItemKey } from './table-keys.ts';
import type { TableShard } from './table-shard.ts';

export type ReadInput = Omit<QueryCommandInput, 'TableName'> & Omit<ScanCommandInput, 'TableName'>;

export interface Reading {
  readonly input: ReadInput;
  /** Whether an item that came back counts here. */
  isSelected(item: ItemKey): boolean;
  /** The keys that say where an item stands in this listing: the table's, and the index's. */
  placeOf(item: ItemKey): ItemKey;
  /** The table's key. */
  keyOf(item: ItemKey): ItemKey;
}

/** The service filters; what earlier selectors find is passed over here. */
export function filteredReading(shard: TableShard): Reading {
  const earlier = earlierConditions(shard.selectors, shard.range.selector, shard.facts);
  const compared = earlier.flat().map(({ name }) => name);
  return {
    ...readingOf(shard, compared, true),
    isSelected: (item) => !earlier.some((conditions) => finds(conditions, item)),
  };
}

/** Gives every item, so that it can be told where a range ends. */
export function wholeReading(shard: TableShard): Reading {
  const { selectors, selector, range, facts } = shard;
  const { isSelected, ...reading } = filteredReading(shard);
  return {
    ...reading,
    ...readingOf(shard, attributesNeeded(selectors, range.selector, facts), false),
    isSelected: (item) => finds(selector.where, item) && isSelected(item),
  };
}

function readingOf(
  { facts, selector, range }: TableShard,
  attributes: readonly string[],
  isFiltered: boolean,
): Omit<Reading, 'isSelected'> {
  const index = indexOf(selector, facts);
  const keys = facts.keySchema.map(({ name }) => name);
  const indexKeys = index ? [...index.partition, ...index.sort].map(({ name }) => name) : [];
  const place = [...new Set([...keys, ...indexKeys])];
  const projected = [...new Set([...place, ...attributes])];
  const expression = new Expression();
  const input: ReadInput = {
    ProjectionExpression: projected.map((name) => expression.name(name)).join(', '),
    ReturnConsumedCapacity: 'TOTAL',
    ...(selector.by === 'key' && {
      KeyConditionExpression: expression.all([selector.partition, ...(selector.sort ? [selector.sort] : [])]),
    }),
    ...(isFiltered && selector.where.length > 0 && { FilterExpression: expression.all(selector.where) }),
    ...expression.members,
    ...(index && { IndexName: index.name }),
    ...(range.by === 'segment' && { Segment: range.segment, TotalSegments: range.of }),
  };
  return { input, placeOf: picking(place, projected), keyOf: picking(keys, projected) };
}

/** What came back may be just what is wanted. */
function picking(wanted: readonly string[], projected: readonly string[]): (item: ItemKey) => ItemKey {
  if (wanted.length === projected.length) return (item) => item;
  return (item) => Object.fromEntries(wanted.flatMap((name) => (item[name] ? [[name, item[name]]] : [])));
}
