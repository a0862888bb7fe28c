// What a catalog lets anybody reach, store by store: the source of every permission on the application's data.
import type { Catalog, SelectorInput, StoreInput } from '../../contracts/catalog.ts';
import { durationSeconds } from '../../contracts/scalars.ts';

/** A table as far as runs of this catalog need it. One table may be several stores. */
export interface TableReach {
  readonly kind: 'dynamodb';
  readonly resource: string;
  readonly isErased: boolean;
  /** Backed up and recovered: some store of it is erased and not `recovery: none`. */
  readonly isProtected: boolean;
  /** Read by Query; of the table itself. */
  readonly isQueried: boolean;
  readonly isScanned: boolean;
  readonly indexes: readonly string[];
  /** Deleted from in batches: the key alone says whose an item is. */
  readonly isDeletedInBatches: boolean;
  /** Deleted from one by one, each deletion with its condition. */
  readonly isDeletedByCondition: boolean;
  /** Customer keys it is encrypted with, as the catalog names them: key ids or ARNs. */
  readonly keys: readonly string[];
}

export interface BucketReach {
  readonly kind: 's3';
  readonly resource: string;
  readonly isErased: boolean;
  readonly isProtected: boolean;
  /** Beginnings of keys as IAM patterns, without the star at their end. */
  readonly listed: readonly string[];
  readonly erased: readonly string[];
  readonly hidden: readonly string[];
  readonly finalised: readonly string[];
  /** Beginnings that no run may ever touch; those with an id in them are denied by each session instead. */
  readonly kept: readonly string[];
}

export type Reach = TableReach | BucketReach;

/** The scope name under which a store may narrow what `everything` takes of it. */
const EVERYTHING = 'everything';

export function reachOf(catalog: Catalog): Reach[] {
  const stores = Object.values(catalog.stores);
  const tables = groupBy(stores, ({ table }) => table);
  const buckets = groupBy(stores, ({ bucket }) => bucket);
  return [
    ...[...tables].map(([resource, group]) => tableReach(resource, group, catalog)),
    ...[...buckets].map(([resource, group]) => bucketReach(resource, group, catalog)),
  ];
}

function tableReach(resource: string, stores: readonly StoreInput[], catalog: Catalog): TableReach {
  const selected = stores.flatMap((store) => selectorsOf(store, catalog).map((selector) => ({ store, selector })));
  const erased = selected.filter(({ store }) => !store.preserve).map(({ selector }) => selector);
  const all = selected.map(({ selector }) => selector);
  return {
    kind: 'dynamodb',
    resource,
    isErased: erased.length > 0,
    isProtected: stores.some((store) => !store.preserve && store.recovery !== 'none'),
    isQueried: all.some(({ key, index }) => key !== undefined && index === undefined),
    isScanned: all.some(({ key }) => key === undefined),
    indexes: [...new Set(all.flatMap(({ index }) => index ?? []))].sort(),
    isDeletedInBatches: erased.some(isPlain),
    isDeletedByCondition: erased.some((selector) => !isPlain(selector)),
    keys: [...new Set(stores.flatMap(({ kmsKey }) => kmsKey ?? []))].sort(),
  };
}

/** The key alone says whose an item is, or all are taken. */
function isPlain({ index, where, attribute }: SelectorInput): boolean {
  return index === undefined && where === undefined && attribute === undefined;
}

function bucketReach(resource: string, stores: readonly StoreInput[], catalog: Catalog): BucketReach {
  const prefixesOf = (chosen: readonly StoreInput[]) =>
    [
      ...new Set(chosen.flatMap((store) => selectorsOf(store, catalog).map(({ prefix = '' }) => asPattern(prefix)))),
    ].sort();
  const erased = stores.filter(({ preserve }) => !preserve);
  const isFinalised = durationSeconds(catalog.undo.window) === 0;
  const kept = stores.filter(({ preserve }) => preserve);
  return {
    kind: 's3',
    resource,
    isErased: erased.length > 0,
    isProtected: erased.some(({ recovery }) => recovery !== 'none'),
    listed: prefixesOf(stores),
    erased: prefixesOf(erased),
    hidden: prefixesOf(erased.filter(({ recovery }) => recovery !== 'none')),
    finalised: prefixesOf(erased.filter(({ recovery }) => isFinalised || recovery === 'none')),
    kept: kept.flatMap((store) => keptPrefixes(store)),
  };
}

function keptPrefixes({ select }: StoreInput): string[] {
  const prefixes = Object.values(select).flatMap((input) => [input].flat().map(({ prefix = '' }) => prefix));
  return prefixes.filter((prefix) => !PLACEHOLDER.test(prefix)).map(asPattern);
}

/** All that any run may use of a store; a store without a selector for `everything` is taken whole. */
function selectorsOf(store: StoreInput, { everything }: Catalog): SelectorInput[] {
  const scopes = Object.entries(store.select).filter(([scope]) => scope !== EVERYTHING || everything.allowed);
  const selectors = scopes.flatMap(([, input]) => [input].flat());
  const isTakenWhole = everything.allowed && !store.preserve && store.select[EVERYTHING] === undefined;
  return isTakenWhole ? [...selectors, {}] : selectors;
}

const PLACEHOLDER = /\{[^}]*\}/;

/** Ids become stars; stars, question marks and dollars stand for themselves as `${*}` (IAM policy variables). */
function asPattern(template: string): string {
  return template
    .split(/(\{[^}]*\})/)
    .map((part) => (PLACEHOLDER.test(part) ? '*' : part.replace(/[*?$]/g, (character) => `\${${character}}`)))
    .join('');
}

function groupBy(
  stores: readonly StoreInput[],
  key: (store: StoreInput) => string | undefined,
): Map<string, StoreInput[]> {
  const groups = new Map<string, StoreInput[]>();
  for (const store of stores) {
    const name = key(store);
    if (name !== undefined) groups.set(name, [...(groups.get(name) ?? []), store]);
  }
  return groups;
}
