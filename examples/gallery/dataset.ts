// The shape of the data a demonstration starts from: tables and buckets whose contents stream, so that size costs no memory.
import type { AttributeValue, CreateTableCommandInput } from '@aws-sdk/client-dynamodb';

export type Item = Readonly<Record<string, AttributeValue>>;

export type Streamed<T> = Iterable<T> | AsyncIterable<T>;

export interface TableData {
  readonly create: CreateTableCommandInput;
  /** From the beginning at every call; each key occurs once. */
  items(): Streamed<Item>;
}

export interface BucketData {
  readonly name: string;
  readonly versioned: boolean;
  /** In write order, from the beginning at every call: writes to one key must not overtake each other. */
  objects(): Streamed<ObjectWrite>;
}

/** A write adds a version; a delete marker (a delete without version id) hides the versions below it. */
export type ObjectWrite = ObjectPut | ObjectHide;

interface ObjectPut {
  readonly key: string;
  readonly body: string | Uint8Array;
  readonly deleteMarker?: never;
}

interface ObjectHide {
  readonly key: string;
  readonly body?: never;
  readonly deleteMarker: true;
}

export interface Dataset {
  readonly tables: readonly TableData[];
  readonly buckets: readonly BucketData[];
}
