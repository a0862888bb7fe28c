// Says what a request must erase, from the catalog's words and the seeded data alone: nothing of Lethe's planning is used.
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Item } from '../gallery/dataset.ts';
import type { Seeded, SeededBucket, SeededTable } from './upload.ts';

/** A catalog as it is written. */
export interface WrittenCatalog {
  readonly scopes?: Readonly<Record<string, { readonly within?: string }>>;
  readonly stores?: Readonly<Record<string, WrittenStore>>;
  readonly undo?: { readonly window?: string };
}

interface WrittenStore {
  readonly table?: string;
  readonly bucket?: string;
  readonly optIn?: string;
  readonly preserve?: boolean;
  readonly recovery?: string;
  readonly select?: Readonly<Record<string, WrittenSelector | readonly WrittenSelector[]>>;
}

type WrittenValue = string | { readonly N: string } | { readonly beginsWith: string };

interface WrittenSelector {
  readonly key?: Readonly<Record<string, WrittenValue>>;
  readonly sortKey?: Readonly<Record<string, WrittenValue>>;
  readonly attribute?: Readonly<Record<string, WrittenValue>>;
  readonly where?: Readonly<Record<string, WrittenValue>>;
  readonly prefix?: string;
}

export interface WrittenRequest {
  readonly mode?: string;
  readonly scope?: Readonly<Record<string, unknown>>;
  readonly optIn?: readonly string[];
}

/** Keys of what must go, and of what the catalog preserves, by table and bucket. */
export interface Expectation {
  readonly selectedItems: ReadonlyMap<string, ReadonlySet<string>>;
  /** Keys that had a current object. */
  readonly selectedObjects: ReadonlyMap<string, ReadonlySet<string>>;
  /** Keys of which no version and no marker may be left: nothing brings them back. */
  readonly finalisedObjects: ReadonlyMap<string, ReadonlySet<string>>;
  /** Keys of items; in a table that no store erases from, all of them. */
  readonly preservedItems: ReadonlyMap<string, ReadonlySet<string>>;
}

export function expect(catalog: WrittenCatalog, request: WrittenRequest, seeded: Seeded): Expectation {
  const stores = Object.values(catalog.stores ?? {});
  const ids =
    request.scope?.['everything'] === true ? {} : ((request.scope as Record<string, string> | undefined) ?? {});
  const level = innermost(catalog, Object.keys(ids));
  const erased = stores.filter(
    ({ preserve, optIn }) => !preserve && (optIn === undefined || request.optIn?.includes(optIn)),
  );
  const preserved = stores.filter(({ preserve }) => preserve);
  const finalised = erased.filter(
    ({ recovery }) => recovery === 'none' || /^0+[smhd]$/.test(catalog.undo?.window ?? ''),
  );
  return {
    selectedItems: new Map(seeded.tables.map((table) => [table.name, itemsOf(table)])),
    selectedObjects: new Map(seeded.buckets.map((bucket) => [bucket.name, objectsOf(bucket, erased)])),
    finalisedObjects: new Map(seeded.buckets.map((bucket) => [bucket.name, keysOf(bucket, finalised)])),
    preservedItems: new Map(seeded.tables.map((table) => [table.name, preservedIn(table)])),
  };

  function itemsOf(table: SeededTable): Set<string> {
    const selectors = erased.filter((store) => store.table === table.name).flatMap((store) => selectorsOf(store));
    const keys = [...table.state].filter(([, { item }]) => selectors.some((selector) => finds(selector, item)));
    return new Set(keys.map(([key]) => key));
  }

  function preservedIn(table: SeededTable): Set<string> {
    const own = stores.filter((store) => store.table === table.name);
    const kept = own.filter(({ preserve }) => preserve);
    const isAll = kept.length > 0 && kept.length === own.length;
    const selectors = kept.flatMap(({ select }) => (select ? selectorsOf({ select }) : [{}]));
    const keys = [...table.state].filter(([, { item }]) => isAll || selectors.some((one) => finds(one, item)));
    return new Set(keys.map(([key]) => key));
  }

  /** Keys below the prefixes of some stores that were ever written to. */
  function keysOf(bucket: SeededBucket, stores: readonly WrittenStore[]): Set<string> {
    const own = stores.filter((store) => store.bucket === bucket.name);
    const prefixes = own.flatMap((store) => selectorsOf(store).map(({ prefix = '' }) => prefix));
    const kept = preserved
      .filter((store) => store.bucket === bucket.name)
      .flatMap(({ select = { everything: {} } }) =>
        Object.values(select).flatMap((one) => [one].flat() as WrittenSelector[]),
      )
      .map(({ prefix = '' }) => fill(prefix));
    const isBelow = (key: string, all: readonly string[]) => all.some((prefix) => key.startsWith(prefix));
    return new Set([...bucket.state.keys()].filter((key) => isBelow(key, prefixes) && !isBelow(key, kept)));
  }

  function objectsOf(bucket: SeededBucket, stores: readonly WrittenStore[]): Set<string> {
    const isCurrent = (key: string) => bucket.state.get(key)?.at(-1)?.sha256 !== null;
    return new Set([...keysOf(bucket, stores)].filter(isCurrent));
  }

  function selectorsOf({ select = {} }: WrittenStore): WrittenSelector[] {
    const found = select[level] ?? (level === 'everything' ? {} : []);
    return ([found].flat() as WrittenSelector[]).map(filled);
  }

  function filled({ key, sortKey, attribute, where, prefix }: WrittenSelector): WrittenSelector {
    const conditions = [key, sortKey, attribute, where].flatMap((one) => Object.entries(one ?? {}));
    return {
      where: Object.fromEntries(conditions.map(([name, value]) => [name, fillValue(value)])),
      ...(prefix !== undefined && { prefix: fill(prefix) }),
    };
  }

  function fillValue(value: WrittenValue): WrittenValue {
    if (typeof value === 'string') return fill(value);
    return 'N' in value ? { N: fill(value.N) } : { beginsWith: fill(value.beginsWith) };
  }

  function fill(text: string): string {
    return Object.entries(ids).reduce((filling, [name, id]) => filling.replaceAll(`{${name}}`, id), text);
  }
}

/** The scope that no other named scope lies within. */
function innermost({ scopes = {} }: WrittenCatalog, names: readonly string[]): string {
  return names.find((name) => !names.some((other) => scopes[other]?.within === name)) ?? 'everything';
}

function finds({ where = {} }: WrittenSelector, item: Item): boolean {
  return Object.entries(where).every(([name, wanted]) => matches(item[name], wanted));
}

function matches(value: AttributeValue | undefined, wanted: WrittenValue): boolean {
  if (typeof wanted === 'string') return value?.S === wanted;
  if ('N' in wanted) return value?.N !== undefined && Number(value.N) === Number(wanted.N);
  return value?.S?.startsWith(wanted.beginsWith) ?? false;
}
