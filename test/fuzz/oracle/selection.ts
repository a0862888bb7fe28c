// What a request selects, decided from the catalog as it is written and from nothing of the product.
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type {
  Item,
  TableShape,
  WrittenCatalog,
  WrittenRequest,
  WrittenSelector,
  WrittenStore,
  WrittenValue,
} from '../model.ts';

export type Ids = Readonly<Record<string, string>>;

/** A store that a request erases from, with what it finds there. */
export interface SelectingStore {
  readonly name: string;
  readonly table: string | null;
  readonly bucket: string | null;
  findsItem(item: Item): boolean;
  findsKey(key: string): boolean;
}

export function idsOf({ scope }: Pick<WrittenRequest, 'scope'>): Ids {
  return Object.fromEntries(Object.entries(scope).filter((entry): entry is [string, string] => entry[1] !== true));
}

/** The scope that no other named one lies in. */
export function levelOf({ scopes }: Pick<WrittenCatalog, 'scopes'>, ids: Ids): string {
  const names = Object.keys(ids);
  return names.find((name) => !names.some((other) => scopes[other]?.within === name)) ?? 'everything';
}

export function selectingStores(
  catalog: WrittenCatalog,
  request: Pick<WrittenRequest, 'scope' | 'optIn'>,
  tables: readonly TableShape[],
): SelectingStore[] {
  const ids = idsOf(request);
  const level = levelOf(catalog, ids);
  return Object.entries(catalog.stores).flatMap(([name, store]) => {
    if (store.preserve || (store.optIn !== undefined && !request.optIn?.includes(store.optIn))) return [];
    const selectors = selectorsOf(store, level);
    const { table = null, bucket = null } = store;
    const shape = tables.find((one) => one.name === table);
    const kept = preservedPrefixes(catalog, bucket);
    return [
      {
        name,
        table,
        bucket,
        findsItem: (item) => selectors.some((selector) => findsItem(selector, item, ids, shape)),
        findsKey: (key) =>
          selectors.some(({ prefix = '' }) => key.startsWith(fill(prefix, ids))) && !kept.some((one) => one.test(key)),
      },
    ];
  });
}

function selectorsOf({ select = {} }: WrittenStore, level: string): readonly WrittenSelector[] {
  const found = select[level] ?? (level === 'everything' ? {} : []);
  return [found].flat() as WrittenSelector[];
}

function findsItem(selector: WrittenSelector, item: Item, ids: Ids, shape: TableShape | undefined): boolean {
  const { key, sortKey, attribute, where, index } = selector;
  const atoms = [key, sortKey, attribute, where].flatMap((one) => Object.entries(one ?? {}));
  const indexKeys = shape?.indexes.find(({ name }) => name === index)?.keys ?? [];
  const isInIndex = indexKeys.every(({ name, type }) => item[name]?.[type] !== undefined);
  return isInIndex && atoms.every(([name, wanted]) => matches(item[name], wanted, ids));
}

function matches(value: AttributeValue | undefined, wanted: WrittenValue, ids: Ids): boolean {
  if (typeof wanted === 'string') return value?.S === fill(wanted, ids);
  if ('N' in wanted) return value?.N !== undefined && Number(value.N) === Number(fill(wanted.N, ids));
  return value?.S?.startsWith(fill(wanted.beginsWith, ids)) ?? false;
}

function fill(template: string, ids: Ids): string {
  return template.replace(/\{([^}]+)\}/g, (whole, name: string) => ids[name] ?? whole);
}

/** What must stay in a bucket, for any id. */
function preservedPrefixes({ scopes, stores }: WrittenCatalog, bucket: string | null): RegExp[] {
  return Object.values(stores).flatMap(({ preserve, select, ...store }) => {
    if (!preserve || bucket === null || store.bucket !== bucket) return [];
    const selectors = Object.values(select ?? { whole: { prefix: '' } }).flat() as WrittenSelector[];
    return selectors.map(
      ({ prefix = '' }) =>
        new RegExp(
          `^${prefix
            .split(/(\{[^}]+\})/)
            .map(pattern)
            .join('')}`,
        ),
    );
  });

  function pattern(part: string): string {
    const scope = /^\{(.+)\}$/.exec(part)?.[1];
    if (scope === undefined) return part.replace(/[\\^$.*+?()[\]{}|/#]/g, '\\$&');
    return (scopes[scope]?.pattern ?? '').slice(1, -1);
  }
}
