// A table: its schema and settings, and the items of it and its indexes.
import { type Item, itemBytes } from './item.ts';
import type { Journal } from './journal.ts';
import { type Range, SortedMap } from './sorted-map.ts';

export interface KeyElement {
  readonly AttributeName: string;
  readonly KeyType: 'HASH' | 'RANGE';
}

export interface Throughput {
  readonly ReadCapacityUnits: number;
  readonly WriteCapacityUnits: number;
}

export interface IndexSchema {
  readonly IndexName: string;
  readonly KeySchema: readonly KeyElement[];
  readonly Projection: {
    readonly ProjectionType: 'ALL' | 'INCLUDE' | 'KEYS_ONLY';
    readonly NonKeyAttributes?: readonly string[];
  };
  readonly ProvisionedThroughput?: Throughput;
}

/** In the words of CreateTable, as dynalite reads it. */
export interface TableSchema {
  readonly TableName: string;
  readonly AttributeDefinitions: readonly { readonly AttributeName: string; readonly AttributeType: 'S' | 'N' | 'B' }[];
  readonly KeySchema: readonly KeyElement[];
  readonly LocalSecondaryIndexes?: readonly IndexSchema[];
  readonly GlobalSecondaryIndexes?: readonly IndexSchema[];
}

/** Items under the keys dynalite makes for them, with a running sum of their sizes. */
class Collection {
  readonly #items: SortedMap<Item>;
  #bytes: number;

  constructor(items = new SortedMap<Item>(), bytes = 0) {
    this.#items = items;
    this.#bytes = bytes;
  }

  get count(): number {
    return this.#items.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): Item | undefined {
    return this.#items.get(key);
  }

  /** Removes when `item` is undefined; returns what was there. */
  replace(key: string, item: Item | undefined): Item | undefined {
    const before = item ? this.#items.set(key, item) : this.#items.delete(key);
    this.#bytes += (item ? itemBytes(item) : 0) - (before ? itemBytes(before) : 0);
    return before;
  }

  range(range: Range): Iterable<Item> {
    return this.#items.range(range);
  }

  copy(): Collection {
    return new Collection(this.#items.copy(), this.#bytes);
  }
}

/** The items of a table and, under their names, of its indexes. */
export class Contents {
  readonly items: Collection;
  readonly indexes: ReadonlyMap<string, Collection>;

  constructor(items: Collection, indexes: ReadonlyMap<string, Collection>) {
    this.items = items;
    this.indexes = indexes;
  }

  static emptyFor(schema: TableSchema): Contents {
    return new Contents(
      new Collection(),
      new Map(indexesOf(schema).map(({ IndexName }) => [IndexName, new Collection()])),
    );
  }

  /** The table's own items, or those of the index named. */
  collection(indexName: string | undefined): Collection {
    const found = indexName === undefined ? this.items : this.indexes.get(indexName);
    if (!found) throw new Error(`there is no index ${indexName}`);
    return found;
  }

  copy(): Contents {
    const indexes = [...this.indexes].map(([name, index]) => [name, index.copy()] as const);
    return new Contents(this.items.copy(), new Map(indexes));
  }
}

export interface Billing {
  readonly mode: 'PROVISIONED' | 'PAY_PER_REQUEST';
  /** Zeros when paid per request. */
  readonly throughput: Throughput;
  readonly onDemandSinceMs?: number;
}

/** Point-in-time recovery while it is on. */
export interface Recovery {
  readonly journal: Journal;
  /** When it was turned on, or later where a shorter period has cut off the beginning. */
  readonly sinceMs: number;
  readonly periodDays: number;
}

export interface RestoreOrigin {
  readonly sourceTableArn: string;
  readonly sourceBackupArn?: string;
  /** The moment whose items the table holds. */
  readonly restoredToMs: number;
}

export interface Table {
  readonly schema: TableSchema;
  /** For writing; see entry-schema.ts. */
  readonly entrySchema: TableSchema;
  readonly id: string;
  readonly arn: string;
  readonly createdAtMs: number;
  readonly origin: RestoreOrigin | undefined;
  readonly contents: Contents;
  readonly tags: Map<string, string>;
  status: 'CREATING' | 'ACTIVE';
  billing: Billing;
  isProtected: boolean;
  ttlAttribute: string | undefined;
  /** Kept and shown, without effect: what its stream would show, the customer key, the Kinesis streams it would feed. */
  streamView: string | undefined;
  kmsKey: string | undefined;
  readonly kinesisStreams: Set<string>;
  recovery: Recovery | undefined;
}

/** One item of a table, or one entry of its index, replaced by another. */
export interface Change {
  readonly table: Table;
  readonly index: IndexSchema | undefined;
  readonly key: string;
  readonly before: Item | undefined;
  readonly after: Item | undefined;
}

export function indexesOf(schema: TableSchema): readonly IndexSchema[] {
  return [...(schema.LocalSecondaryIndexes ?? []), ...(schema.GlobalSecondaryIndexes ?? [])];
}
