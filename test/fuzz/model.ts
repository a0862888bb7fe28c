// The words of the fuzz suite: catalogs as they are written, what a case seeds, asks, injects and writes meanwhile.
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { FaultsInput } from '../../local/faults/fault-rules.ts';

export type Item = Record<string, AttributeValue>;

export type WrittenValue = string | { readonly N: string } | { readonly beginsWith: string };
export type WrittenValues = Readonly<Record<string, WrittenValue>>;

export interface WrittenSelector {
  readonly key?: WrittenValues;
  readonly sortKey?: WrittenValues;
  readonly index?: string;
  readonly attribute?: WrittenValues;
  readonly where?: WrittenValues;
  readonly prefix?: string;
}

export interface WrittenStore {
  readonly table?: string;
  readonly bucket?: string;
  readonly select?: Readonly<Record<string, WrittenSelector | readonly WrittenSelector[]>>;
  readonly preserve?: boolean;
  readonly optIn?: string;
  readonly recovery?: 'none';
  readonly rate?: number;
}

export interface WrittenCatalog {
  readonly version: 1;
  readonly name: string;
  readonly environment: string;
  readonly protected: { readonly allowed: boolean };
  readonly everything: { readonly allowed: boolean };
  readonly scopes: Readonly<Record<string, { readonly pattern: string; readonly within?: string }>>;
  readonly stores: Readonly<Record<string, WrittenStore>>;
  readonly protection: { readonly versioning: 'enable' | 'refuse'; readonly reuseBackupWithin: string };
  readonly approval: {
    readonly approvers: readonly string[];
    readonly required: number;
    readonly expiresAfter: string;
  };
  readonly limits: {
    readonly maxItems: number;
    readonly drift: number;
    readonly cooldown: string;
    readonly maxConcurrency: number;
  };
  readonly undo: { readonly window: string };
}

export interface KeyAttribute {
  readonly name: string;
  readonly type: 'S' | 'N';
}

export interface IndexShape {
  readonly name: string;
  readonly isLocal: boolean;
  readonly keys: readonly KeyAttribute[];
}

export interface TableShape {
  readonly name: string;
  readonly keys: readonly KeyAttribute[];
  readonly indexes: readonly IndexShape[];
}

export interface BucketShape {
  readonly name: string;
  readonly isVersioned: boolean;
}

/** A table or bucket that the catalog names need not be there: it is then in neither list. */
export interface Shapes {
  readonly tables: readonly TableShape[];
  readonly buckets: readonly BucketShape[];
}

/** One write from outside, in the order they are made; null deletes, in a bucket by a marker. */
export type Write =
  | { readonly table: string; readonly key: Item; readonly item: Item | null }
  | { readonly bucket: string; readonly key: string; readonly body: string | null };

/** When the writes of somebody else fall: at a call that Lethe makes, at its first deletions, or as approval is awaited. */
export interface Intrusion {
  readonly at: { readonly calls: number } | { readonly deletes: number } | 'approval';
  readonly writes: readonly Write[];
}

/** What the people around a run do; `calls` counts those of Lethe since the run began. */
export type Ending =
  | { readonly kind: 'approve' | 'reject' | 'expire' }
  | { readonly kind: 'stop' | 'abort'; readonly calls: number };

export interface WrittenRequest {
  readonly scope: Readonly<Record<string, string | true>>;
  readonly mode: 'preview' | 'dry-run' | 'execute';
  readonly optIn?: readonly string[];
  readonly reason?: string;
  readonly requestedBy?: string;
  readonly phrase?: string;
  readonly expect?: Readonly<Record<string, string>>;
}

export interface PlannedRun {
  readonly request: WrittenRequest;
  readonly ending: Ending;
  readonly intrusions: readonly Intrusion[];
  /** The refusal that must come, where the request or the catalog is wrong on purpose. */
  readonly mustRefuse: readonly string[] | null;
}

export interface Case {
  readonly seed: number;
  readonly catalog: WrittenCatalog;
  readonly isCatalogBroken: boolean;
  readonly shapes: Shapes;
  readonly seeded: readonly Write[];
  readonly runs: readonly PlannedRun[];
  readonly faults: FaultsInput | null;
}
