// The capacity an operation used, as ReturnConsumedCapacity tells it.
import { isDeepStrictEqual } from 'node:util';
import type { Json } from '../kernel/json-service.ts';
import { type Item, itemBytes } from './item.ts';
import type { Change, Table } from './table.ts';

const WRITE_UNIT_BYTES = 1024;

/** The least a Query or Scan uses; "queries that do not return results consume the minimum" (API reference, Query). */
const MIN_READ_UNITS = { consistent: 1, eventual: 0.5 } as const;

interface Used {
  readonly table: Table;
  tableUnits: number;
  readonly indexUnits: Map<string, number>;
}

/** One entry a table: its writes, and one more for each index entry that changed; undefined when not asked for. */
export function usedByWrites(changes: readonly Change[], detail: string | undefined): Json[] | undefined {
  if (detail !== 'TOTAL' && detail !== 'INDEXES') return undefined;
  const used = new Map<Table, Used>();
  for (const change of changes) add(used, change);
  return [...used.values()].map((one) => render(one, detail));
}

function add(used: Map<Table, Used>, { table, index, before, after }: Change): void {
  const entry = used.get(table) ?? { table, tableUnits: 0, indexUnits: new Map<string, number>() };
  used.set(table, entry);
  const units = Math.max(writeUnits(before), writeUnits(after));
  if (!index) entry.tableUnits += units;
  else if (!isSame(before, after))
    entry.indexUnits.set(index.IndexName, (entry.indexUnits.get(index.IndexName) ?? 0) + units);
}

/** Also for an item that is not there. */
function writeUnits(item: Item | undefined): number {
  return item ? Math.ceil(itemBytes(item) / WRITE_UNIT_BYTES) : 1;
}

/** Cloned because dynalite's objects have various prototypes. */
function isSame(before: Item | undefined, after: Item | undefined): boolean {
  return isDeepStrictEqual(structuredClone(before), structuredClone(after));
}

function render({ table, tableUnits, indexUnits }: Used, detail: 'TOTAL' | 'INDEXES'): Json {
  const { TableName, LocalSecondaryIndexes, GlobalSecondaryIndexes } = table.schema;
  const total = { TableName, CapacityUnits: [...indexUnits.values()].reduce((sum, units) => sum + units, tableUnits) };
  if (detail === 'TOTAL') return total;
  const unitsOf = (indexes: Table['schema']['LocalSecondaryIndexes'] = []) => {
    const used = indexes.flatMap(({ IndexName }) => {
      const units = indexUnits.get(IndexName);
      return units === undefined ? [] : [[IndexName, { CapacityUnits: units }] as const];
    });
    return used.length > 0 ? Object.fromEntries(used) : undefined;
  };
  return {
    ...total,
    Table: { CapacityUnits: tableUnits },
    LocalSecondaryIndexes: unitsOf(LocalSecondaryIndexes),
    GlobalSecondaryIndexes: unitsOf(GlobalSecondaryIndexes),
  };
}

/** dynalite counts nothing for a page without items. */
export function withLeastReadUnits(data: Json, output: Json): Json {
  const used = output.ConsumedCapacity;
  if (!used || used.CapacityUnits > 0) return output;
  const units = { CapacityUnits: data.ConsistentRead ? MIN_READ_UNITS.consistent : MIN_READ_UNITS.eventual };
  const detailed: Json = {};
  for (const kind of ['LocalSecondaryIndexes', 'GlobalSecondaryIndexes'])
    if (used[kind]) detailed[kind] = { [data.IndexName]: units };
  if (used.Table) detailed.Table = data.IndexName === undefined ? units : used.Table;
  return { ...output, ConsumedCapacity: { ...used, ...units, ...detailed } };
}
