// Laws of the stores: what is selected goes, as far as the report says it went; everything else stays byte for byte.
import type { Item } from '../model.ts';
import { isSameItem, type KnownItem, type KnownVersion, type Version } from '../world.ts';
import { isFinalised, isFinalisedOnly, type Observed, reportOf, type SeenTarget } from './observed.ts';
import { type SelectingStore, selectingStores } from './selection.ts';

/** What of a store's selected data is there no more, or still; without what others wrote meanwhile. */
export interface Tally {
  /** Items, current objects, or versions with markers where the store is finalised only. */
  before: number;
  gone: number;
  left: number;
  /** Versions and markers that are left, of a store that is finalised. */
  versionsLeft: number;
  /** Gone of what others wrote meanwhile. */
  goneLate: number;
}

export interface Remains {
  readonly problems: string[];
  readonly tallies: ReadonlyMap<string, Tally>;
}

export function compareStores(observed: Observed): Remains {
  const { catalog, run, shapes, known, found } = observed;
  const stores = selectingStores(catalog, run.request, shapes.tables);
  const report = reportOf(observed);
  const comparing = new Comparing(observed, stores, report?.targets ?? []);
  for (const [table, items] of known.tables) {
    const there = found.tables.get(table) ?? new Map<string, Item>();
    for (const key of new Set([...items.keys(), ...there.keys()])) {
      comparing.item(table, key, items.get(key), there.get(key));
    }
  }
  for (const [bucket, keys] of known.buckets) {
    const there = found.buckets.get(bucket) ?? new Map<string, readonly Version[]>();
    for (const key of new Set([...keys.keys(), ...there.keys()])) {
      comparing.object(bucket, key, keys.get(key) ?? [], there.get(key) ?? []);
    }
  }
  comparing.leftovers();
  return { problems: comparing.problems, tallies: comparing.tallies };
}

class Comparing {
  readonly problems: string[] = [];
  readonly tallies: Map<string, Tally>;
  readonly #observed: Observed;
  readonly #stores: readonly SelectingStore[];
  readonly #rows: readonly SeenTarget[];

  constructor(observed: Observed, stores: readonly SelectingStore[], rows: readonly SeenTarget[]) {
    this.#observed = observed;
    this.#stores = stores;
    this.#rows = rows;
    const none = () => ({ before: 0, gone: 0, left: 0, versionsLeft: 0, goneLate: 0 });
    this.tallies = new Map(stores.map(({ name }) => [name, none()]));
  }

  item(table: string, key: string, known: KnownItem | undefined, there: Item | undefined): void {
    const what = `item ${key} of table ${table}`;
    const { item = null, isDuring = false } = known ?? {};
    if (item === null) {
      if (there) this.problems.push(`${what} is there, though nobody wrote it or it was deleted last`);
      return;
    }
    const store = this.#stores.find((one) => one.table === table && one.findsItem(item));
    if (store && !isDuring) this.#count(store, 'before', 1);
    if (!there) {
      this.#gone(what, store, isDuring);
      return;
    }
    if (!isSameItem(item, there)) this.problems.push(`${what} is not as it was written last`);
    if (store && !isDuring) this.#count(store, 'left', 1);
  }

  object(bucket: string, key: string, known: readonly KnownVersion[], there: readonly Version[]): void {
    const what = `object ${JSON.stringify(key)} of bucket ${bucket}`;
    const store = this.#stores.find((one) => one.bucket === bucket && one.findsKey(key));
    const isErasable = store !== undefined && this.#isStarted(store);
    const mayVanish = isErasable && isFinalised(this.#observed.catalog, store.name);
    const isDuring = known.some((version) => version.isDuring);
    // An object that somebody put, or hid, is current or was when the run came by.
    const wasCurrent = isDuring || isObject(known.at(-1));
    for (const version of known) {
      const same = there.find(({ versionId }) => versionId === version.versionId);
      if (!same && !mayVanish) this.problems.push(`version ${version.versionId} of ${what} is gone`);
      if (same && same.etag !== version.etag) this.problems.push(`version ${version.versionId} of ${what} is changed`);
    }
    const added = there.filter(({ versionId }) => !known.some((version) => version.versionId === versionId));
    if (added.some(isObject)) this.problems.push(`${what} has a version that nobody put`);
    if (added.length > 0 && !(isErasable && wasCurrent))
      this.problems.push(`${what} is hidden by a marker that nobody made`);
    if (store && !isDuring) this.#tallyObject(store, known, there);
    else if (store && isObject(known.at(-1)) && !isObject(there.at(-1))) this.#count(store, 'goneLate', 1);
  }

  /** A target that is reported as erased has nothing left. */
  leftovers(): void {
    for (const { store, state } of this.#rows) {
      const tally = this.tallies.get(store);
      if (state !== 'erased' || !tally) continue;
      const left = isFinalised(this.#observed.catalog, store) ? tally.left + tally.versionsLeft : tally.left;
      if (left > 0) this.problems.push(`store ${store} is reported as erased, but ${left} of it are left`);
    }
  }

  #tallyObject(store: SelectingStore, known: readonly Version[], there: readonly Version[]): void {
    if (isFinalisedOnly(this.#observed.catalog, store.name)) {
      this.#count(store, 'before', known.length);
      this.#count(store, 'gone', known.length - there.length);
      this.#count(store, 'left', there.length);
      return;
    }
    if (isFinalised(this.#observed.catalog, store.name)) this.#count(store, 'versionsLeft', there.length);
    if (!isObject(known.at(-1))) return;
    this.#count(store, 'before', 1);
    this.#count(store, isObject(there.at(-1)) ? 'left' : 'gone', 1);
  }

  #gone(what: string, store: SelectingStore | undefined, isDuring: boolean): void {
    if (!store) this.problems.push(`${what} is gone, though the request does not select it`);
    else if (!this.#isStarted(store)) this.problems.push(`${what} is gone, though store ${store.name} was not begun`);
    else this.#count(store, isDuring ? 'goneLate' : 'gone', 1);
  }

  #count({ name }: SelectingStore, what: keyof Tally, count: number): void {
    const tally = this.tallies.get(name);
    if (tally) tally[what] += count;
  }

  #isStarted({ name }: SelectingStore): boolean {
    const row = this.#rows.find(({ store }) => store === name);
    return this.#observed.erasingSinceMs !== null && (row?.state === 'erased' || row?.state === 'incomplete');
  }
}

function isObject(version: Version | undefined): boolean {
  return version !== undefined && version.etag !== null;
}
