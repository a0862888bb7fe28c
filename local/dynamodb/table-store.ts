// The store dynalite's actions read and write: our tables under its interface.
import { createIndexKey } from 'dynalite/db/index.js';
import type { Json } from '../kernel/json-service.ts';
import { brokenRule } from './change-rules.ts';
import { type DynaliteItems, type DynaliteStore, ValueStream } from './dynalite-actions.ts';
import { type Item, MAX_ITEM_BYTES } from './item.ts';
import type { Range } from './sorted-map.ts';
import { type Change, type IndexSchema, indexesOf, type Table, type TableSchema } from './table.ts';

export interface TableSource {
  readonly account: string;
  activeTable(name: string): Table;
}

/** @param record told of each change; without it the store is for reading only */
export function makeStore(source: TableSource, record?: (change: Change) => void): DynaliteStore {
  return {
    options: { maxItemSize: MAX_ITEM_BYTES },
    tableDb: { awsAccountId: source.account },
    getTable(name, callback) {
      const { schema, entrySchema } = source.activeTable(name);
      callback(null, record ? entrySchema : schema);
    },
    getItemDb: (tableName) => itemsOf(source.activeTable(tableName), undefined, record),
    getIndexDb(_kind, tableName, indexName) {
      const table = source.activeTable(tableName);
      return itemsOf(table, indexNamed(indexName, table.schema), record);
    },
  };
}

/**
 * The store for a page that goes on after `ExclusiveStartKey` of an index: dynalite would begin after the key that it
 * would have given the entry, we begin after the one it has.
 */
export function resumedIn(store: DynaliteStore, table: Table, { IndexName, ExclusiveStartKey }: Json): DynaliteStore {
  if (IndexName === undefined || ExclusiveStartKey === undefined) return store;
  return {
    ...store,
    getIndexDb(kind, tableName, indexName) {
      const items = store.getIndexDb(kind, tableName, indexName);
      const { KeySchema } = indexNamed(indexName, table.entrySchema);
      // Not before here: dynalite has checked by now that the key has all its attributes.
      const after = createIndexKey(ExclusiveStartKey, table.schema, KeySchema);
      const resume = (range: Range) => (range.reverse ? { ...range, lt: after } : { ...range, gt: after });
      return { ...items, createValueStream: (range) => items.createValueStream(resume(range)) };
    },
  };
}

function indexNamed(name: string, schema: TableSchema): IndexSchema {
  const index = indexesOf(schema).find(({ IndexName }) => IndexName === name);
  if (!index) throw new Error(`${schema.TableName} has no index ${name}`);
  return index;
}

function itemsOf(
  table: Table,
  index: IndexSchema | undefined,
  record: ((change: Change) => void) | undefined,
): DynaliteItems {
  const collection = table.contents.collection(index?.IndexName);
  const replace = (key: string, after: Item | undefined) => {
    if (!record) throw new Error('an item was written outside of a commit');
    record({ table, index, key, before: collection.replace(key, after), after });
  };
  return {
    lock: (_key, work) => work((callback) => callback),
    get: (key, callback) => callback(null, collection.get(key)),
    put(key, item, callback) {
      const invalid = brokenRule(index, table.schema, item);
      if (invalid) return callback(invalid);
      replace(key, index ? withoutMissing(item) : item);
      callback();
    },
    del(key, callback) {
      replace(key, undefined);
      callback();
    },
    createValueStream: (range) => new ValueStream(collection.range(range)),
  };
}

/** dynalite projects attributes the item lacks as undefined. */
function withoutMissing(item: Item): Item {
  return Object.fromEntries(Object.entries(item).filter(([, value]) => value !== undefined));
}
