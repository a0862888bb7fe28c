// dynalite's actions: what they are given, how they are run, what they throw.
import { Stream } from 'node:stream';
import { AwsError } from '../kernel/aws-error.ts';
import type { Json } from '../kernel/json-service.ts';
import type { Item } from './item.ts';
import type { Range } from './sorted-map.ts';
import type { TableSchema } from './table.ts';

type Callback<T = void> = (error?: unknown, result?: T) => void;

/** What dynalite calls a sub-database: the items of one table or index. */
export interface DynaliteItems {
  /** Gives the work a function that wraps its callback with the release of the lock. */
  lock(key: string, work: (release: <C>(callback: C) => C) => void): void;
  get(key: string, callback: Callback<Item | undefined>): void;
  put(key: string, item: Item, callback: Callback): void;
  del(key: string, callback: Callback): void;
  createValueStream(range: Range): Stream;
}

/** The part of dynalite's store that its item actions and validations use. */
export interface DynaliteStore {
  readonly options: { readonly maxItemSize: number };
  readonly tableDb: { readonly awsAccountId: string };
  getTable(name: string, callback: Callback<TableSchema>): void;
  getItemDb(tableName: string): DynaliteItems;
  getIndexDb(kind: string, tableName: string, indexName: string): DynaliteItems;
}

export type Action = (store: DynaliteStore, data: Json, callback: Callback<Json>) => void;

/** How dynalite says what DynamoDB would answer. */
export interface DynaliteError extends Error {
  readonly statusCode: number;
  readonly body: { readonly __type: string; readonly message?: string; readonly Message?: string };
}

/** Runs an action that reads and writes single items: the store never makes it wait, so it ends before this returns. */
export function performNow(action: Action, store: DynaliteStore, data: Json): Json {
  let ended: { readonly error: unknown; readonly output: Json } | undefined;
  action(store, data, (error, output) => {
    ended = { error, output };
  });
  if (!ended) throw new Error('a dynalite action did not end in one turn');
  if (ended.error) throw ended.error;
  return ended.output;
}

/** Runs an action that reads a range; it sees the items of one moment. */
export function performRead(action: Action, store: DynaliteStore, data: Json): Promise<Json> {
  return new Promise((resolve, reject) => {
    action(store, data, (error, output) => (error ? reject(error) : resolve(output)));
  });
}

/** Anything that is not dynalite's answer is returned as it is. */
export function asAwsError(error: unknown): unknown {
  if (!isDynaliteError(error)) return error;
  const { __type, message, Message } = error.body;
  return new AwsError(__type.split('#').at(-1) ?? __type, message ?? Message ?? '', error.statusCode);
}

export function isDynaliteError(error: unknown): error is DynaliteError {
  return error instanceof Error && 'statusCode' in error && 'body' in error;
}

/**
 * A stream of values that are all read in one turn, once dynalite has attached its listeners.
 * It has to be a Stream: from any other emitter dynalite's `lazy` would take every value twice.
 */
export class ValueStream extends Stream {
  #isDestroyed = false;

  constructor(values: Iterable<Item>) {
    super();
    queueMicrotask(() => this.#emitAll(values));
  }

  destroy(): void {
    this.#isDestroyed = true;
  }

  #emitAll(values: Iterable<Item>): void {
    try {
      for (const value of values) {
        if (this.#isDestroyed) return;
        this.emit('data', value);
      }
      this.emit('end');
    } catch (error) {
      // Thrown by dynalite's listeners; its error handler gives it to the caller.
      this.emit('error', error);
    }
  }
}
