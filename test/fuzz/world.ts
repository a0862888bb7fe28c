// What was written from outside, and what is there: the worlds that the oracle compares.
import { itemDigest, keyText } from '../../examples/demo/fingerprint.ts';
import type { Item, Shapes, Write } from './model.ts';

/** The last that somebody wrote under a key; null where that was a deletion. */
export interface KnownItem {
  readonly item: Item | null;
  /** Written while the run was under way. */
  readonly isDuring: boolean;
}

export interface Version {
  readonly versionId: string;
  /** ETag of the body; null for a delete marker. */
  readonly etag: string | null;
}

export interface KnownVersion extends Version {
  readonly isDuring: boolean;
}

/** By table and key, and by bucket and key; of one key the oldest version first. */
export interface Known {
  readonly tables: ReadonlyMap<string, Map<string, KnownItem>>;
  readonly buckets: ReadonlyMap<string, Map<string, readonly KnownVersion[]>>;
}

/** Of one key the latest version last, the others in no order. */
export interface Found {
  readonly tables: ReadonlyMap<string, ReadonlyMap<string, Item>>;
  readonly buckets: ReadonlyMap<string, ReadonlyMap<string, readonly Version[]>>;
}

export class World implements Known {
  readonly tables: Map<string, Map<string, KnownItem>>;
  readonly buckets: Map<string, Map<string, readonly KnownVersion[]>>;
  /** From when on writes fall into a run. */
  isDuring = false;
  /** Writes of others in this run. */
  intruded = 0;

  constructor({ tables, buckets }: Shapes) {
    this.tables = new Map(tables.map(({ name }) => [name, new Map()]));
    this.buckets = new Map(buckets.map(({ name }) => [name, new Map()]));
  }

  /** @param version what S3 answered; absent for tables */
  note(write: Write, version?: { readonly versionId: string | undefined; readonly etag: string | null }): void {
    const { isDuring } = this;
    if (isDuring) this.intruded++;
    if ('table' in write) {
      this.tables.get(write.table)?.set(keyOf(write.key), { item: write.item, isDuring });
      return;
    }
    const { versionId, etag = null } = version ?? {};
    const before = this.buckets.get(write.bucket)?.get(write.key) ?? [];
    // Without versioning, or while it does not take effect yet, there is one version called null.
    const kept = before.filter((one) => versionId !== undefined || one.versionId !== 'null');
    const isRemoval = etag === null && versionId === undefined;
    const added = isRemoval ? [] : [{ versionId: versionId ?? 'null', etag, isDuring }];
    this.buckets.get(write.bucket)?.set(write.key, [...kept, ...added]);
  }

  /** The next run begins with what this one left. */
  startFrom({ tables, buckets }: Found): void {
    this.isDuring = false;
    this.intruded = 0;
    for (const [name, items] of tables) {
      this.tables.set(name, new Map([...items].map(([key, item]) => [key, { item, isDuring: false }])));
    }
    for (const [name, keys] of buckets) {
      const known = [...keys].map(
        ([key, versions]) => [key, versions.map((one) => ({ ...one, isDuring: false }))] as const,
      );
      this.buckets.set(name, new Map(known));
    }
  }
}

/** Items of a table by the JSON of their key, whose attributes are in one order. */
export function keyOf(key: Item): string {
  return keyText(key, Object.keys(key).sort());
}

export function isSameItem(a: Item, b: Item): boolean {
  return itemDigest(a) === itemDigest(b);
}
