// What stands on top of each key: how the fate of deletions is found out whose answers were lost.
import type { S3Client } from '@aws-sdk/client-s3';
import type { BucketShard } from './bucket-shard.ts';
import { compareKeys } from './key-order.ts';
import { type Entry, type Marker, readVersionPage } from './version-page.ts';

/**
 * @param keys in the order of keys; read as a range, because they were listed as one
 * @returns the latest version or marker of each key that has any
 */
export async function readLatest(
  client: S3Client,
  { bucket, selector }: BucketShard,
  keys: readonly string[],
  sleep: (ms: number) => Promise<void>,
): Promise<ReadonlyMap<string, Entry>> {
  const latest = new Map<string, Entry>();
  const wanted = new Set(keys);
  const take = (entries: readonly Entry[]) => {
    for (const entry of entries) if (entry.isLatest && wanted.has(entry.key)) latest.set(entry.key, entry);
  };
  const [first, last] = [keys.at(0), keys.at(-1)];
  if (first === undefined || last === undefined) return latest;
  // A page begins after its marker; of all keys that begin with the first, it is the first itself.
  take((await readVersionPage(client, { Bucket: bucket, Prefix: first, MaxKeys: 1 }, sleep)).entries);
  for (let marker: Marker | null = { KeyMarker: first }; marker !== null; ) {
    const page = await readVersionPage(client, { Bucket: bucket, Prefix: selector.prefix, ...marker }, sleep);
    take(page.entries);
    const isPast = compareKeys(page.entries.at(-1)?.key ?? '', last) > 0;
    marker = isPast ? null : page.next;
  }
  return latest;
}
