// Random data for a catalog: what its selectors find for many ids, and what they nearly find.
import type { Dice } from '../../../examples/gallery/seed/dice.ts';
import type { Item, KeyAttribute, TableShape, Write, WrittenSelector, WrittenStore, WrittenValue } from '../model.ts';
import type { MadeCatalog } from './catalog.ts';
import { isLucky, oneOf, times } from './choose.ts';

/** Ids of each scope that occur in the data. */
export type KnownIds = Readonly<Record<string, readonly string[]>>;

export interface Making {
  readonly dice: Dice;
  readonly made: MadeCatalog;
  readonly known: KnownIds;
  /** Ids that occur more often than others. */
  readonly favourite: Readonly<Record<string, string>>;
}

const SUFFIXES = ['', '1', '2#x', '10', 'a/b.jpg', 'é', '0'];
const KEY_SUFFIXES = ['1.jpg', 'a b+c.txt', 'deep/er/2.jpg', 'é%41.bin', '', '🜚', '0', 'x&y<z>.xml'];

/** @param large items of 40 KB, so that few of them fill a page of 1 MB */
export function makeItems(making: Making, shape: TableShape, count: number, isLarge: boolean): Write[] {
  const selectors = selectorsOfTable(making, shape.name);
  return times(count, (n) => makeItem(making, shape, selectors, n, isLarge));
}

function makeItem(
  { dice, known, favourite }: Making,
  shape: TableShape,
  selectors: readonly WrittenSelector[],
  n: number,
  isLarge: boolean,
): Write {
  const ids = someIds(dice, known, favourite);
  const item: Item = {};
  if (selectors.length > 0) {
    for (const [name, value] of atomsOf(oneOf(dice, selectors))) item[name] = attributeOf(dice, value, ids);
  }
  for (const [name, value] of selectors.flatMap(atomsOf)) {
    if (item[name] === undefined && isLucky(dice, 60))
      item[name] = attributeOf(dice, value, someIds(dice, known, favourite));
  }
  if (isLucky(dice, 25)) mistake(dice, item, Object.values(known).flat());
  const isKey = (name: string) => shape.keys.some((key) => key.name === name);
  for (const key of [...shape.keys, ...shape.indexes.flatMap(({ keys }) => keys)]) {
    const value = item[key.name]?.[key.type];
    if (value !== undefined && value !== '') continue;
    if (isKey(key.name) || isLucky(dice, 50)) item[key.name] = keyValue(dice, key, n);
    else delete item[key.name];
  }
  item['body'] = { S: isLarge ? 'x'.repeat(40_000) : `body ${dice.below(1_000)}` };
  if (isLucky(dice, 10)) item['tags'] = { SS: [`t${n}`, 'é'] };
  if (isLucky(dice, 10)) item['bytes'] = { B: dice.bytes(5) };
  const key = Object.fromEntries(shape.keys.flatMap(({ name }) => (item[name] ? [[name, item[name]]] : [])));
  return { table: shape.name, key, item };
}

function attributeOf(dice: Dice, value: WrittenValue, ids: Readonly<Record<string, string>>): Item[string] {
  const fill = (template: string) => template.replace(/\{([^}]+)\}/g, (_, name: string) => ids[name] ?? 'nobody');
  if (typeof value === 'string') return { S: fill(value) };
  if ('N' in value) return { N: fill(value.N) };
  return { S: fill(value.beginsWith) + oneOf(dice, SUFFIXES) };
}

/** Turns an attribute into one that looks nearly the same. */
function mistake(dice: Dice, item: Item, ids: readonly string[]): void {
  const names = Object.keys(item);
  if (names.length === 0) return;
  const name = oneOf(dice, names);
  const { S: text, N: digits } = item[name] ?? {};
  if (digits !== undefined) item[name] = isLucky(dice, 50) ? { S: digits } : { N: `${digits}1` };
  if (text === undefined) return;
  const near = [
    text.slice(0, -1),
    `${text}x`,
    `x${text}`,
    swapCase(text),
    text.replace(/[^A-Za-z0-9]/, ''),
    text.replace(/.$/, '/'),
    oneOf(dice, ids),
  ];
  item[name] = { S: oneOf(dice, near) };
}

/** A key is never mistaken for another by its number, so that the same item is rarely written twice. */
function keyValue(dice: Dice, { type }: KeyAttribute, n: number): Item[string] {
  if (type === 'N') return { N: String(dice.below(3) === 0 ? n : dice.below(1_000)) };
  return {
    S: isLucky(dice, 85) ? `i${String(n).padStart(4, '0')}` : oneOf(dice, ['EVENT', 'EVENT#', 'A', 'zz', '#', '~']),
  };
}

export function makeObjects({ dice, made, known, favourite }: Making, bucket: string, count: number): Write[] {
  const stores = Object.values(made.catalog.stores).filter((store) => store.bucket === bucket);
  const prefixes = stores.flatMap((store) => selectorsOf(store).flatMap(({ prefix }) => prefix ?? []));
  return times(count, (n) => {
    const prefix = fillPrefix(oneOf(dice, ['', ...prefixes, ...prefixes]), someIds(dice, known, favourite));
    const near = isLucky(dice, 20)
      ? oneOf(dice, [prefix.slice(0, -1), `${prefix.slice(0, -1)}x`, swapCase(prefix)])
      : prefix;
    const key = near + oneOf(dice, KEY_SUFFIXES) + (isLucky(dice, 80) ? n : '');
    return { bucket, key: key || `k${n}`, body: isLucky(dice, 12) ? null : `body ${n}` };
  });
}

function fillPrefix(template: string, ids: Readonly<Record<string, string>>): string {
  return template.replace(/\{([^}]+)\}/g, (_, name: string) => ids[name] ?? 'nobody');
}

function someIds(dice: Dice, known: KnownIds, favourite: Readonly<Record<string, string>>): Record<string, string> {
  const choose = (scope: string, ids: readonly string[]) =>
    isLucky(dice, 45) ? (favourite[scope] ?? '') : oneOf(dice, ids);
  return Object.fromEntries(Object.entries(known).map(([scope, ids]) => [scope, choose(scope, ids)]));
}

function selectorsOfTable({ made }: Making, table: string): WrittenSelector[] {
  return Object.values(made.catalog.stores)
    .filter((store) => store.table === table)
    .flatMap(selectorsOf);
}

function selectorsOf({ select = {} }: WrittenStore): WrittenSelector[] {
  return Object.values(select).flat() as WrittenSelector[];
}

function atomsOf({ key, sortKey, attribute, where }: WrittenSelector): [string, WrittenValue][] {
  return [key, sortKey, attribute, where].flatMap((one) => Object.entries(one ?? {}));
}

function swapCase(text: string): string {
  return text === text.toLowerCase() ? text.toUpperCase() : text.toLowerCase();
}
