// One page of a listing: walks the keys in order, groups them at the delimiter, and stops when it is full.
import { compareKeys } from './key-order.ts';
import type { Scope } from './list-parameters.ts';
import type { IsBefore, SortedKeys } from './sorted-keys.ts';

export type PageEntry<Item> =
  | { readonly kind: 'item'; readonly key: string; readonly item: Item }
  | { readonly kind: 'group'; readonly prefix: string };

export interface Page<Item> {
  /** In the order of keys. */
  readonly entries: readonly PageEntry<Item>[];
  readonly isTruncated: boolean;
}

export interface Listing<Item> extends Scope {
  readonly keys: SortedKeys;
  /** Where the page begins. */
  readonly isBefore: IsBefore;
  readonly limit: number;
  /** What is listed of a key; a key with nothing to list makes no group either. */
  itemsOf(key: string): Iterable<Item>;
}

export function pageOf<Item>({ keys, prefix, delimiter, isBefore, limit, itemsOf }: Listing<Item>): Page<Item> {
  const entries: PageEntry<Item>[] = [];
  let isTruncated = false;

  /** Returns where to go on, if that is not the next key. */
  function walk(start: IsBefore): IsBefore | undefined {
    for (const key of keys.from(start)) {
      if (!key.startsWith(prefix)) return undefined;
      const group = groupOf(key, prefix, delimiter);
      for (const item of itemsOf(key)) {
        isTruncated = entries.length === limit;
        if (isTruncated) return undefined;
        entries.push(group === undefined ? { kind: 'item', key, item } : { kind: 'group', prefix: group });
        if (group !== undefined) return beyondGroup(group);
      }
    }
    return undefined;
  }

  // S3 does not call a page of no entries truncated, whatever is left.
  if (limit === 0) return { entries, isTruncated };
  let start: IsBefore | undefined = (key) => compareKeys(key, prefix) < 0 || isBefore(key);
  while (start) start = walk(start);
  return { entries, isTruncated };
}

/** The common prefix a key is rolled up into. */
export function groupOf(key: string, prefix: string, delimiter: string): string | undefined {
  if (delimiter === '' || !key.startsWith(prefix)) return undefined;
  const cut = key.indexOf(delimiter, prefix.length);
  return cut < 0 ? undefined : key.slice(0, cut + delimiter.length);
}

export function afterKey(marker: string): IsBefore {
  return (key) => compareKeys(key, marker) <= 0;
}

/** Past every key of a group: its keys stand together, so a jump over them leaves nothing out. */
export function beyondGroup(group: string): IsBefore {
  return (key) => key.startsWith(group) || compareKeys(key, group) < 0;
}

export const fromStart: IsBefore = () => false;
