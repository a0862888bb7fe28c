// Lists versions and delete markers of one shard of a bucket; also counts current objects on the way.
import type { S3Client } from '@aws-sdk/client-s3';
import type { Listed, Listing, Page, Tally } from '../../core/erasing/ports.ts';
import { type BucketShard, isBeyond, isSelected } from './bucket-shard.ts';
import { countUntil } from './count-between.ts';
import { compareKeys, laterKey } from './key-order.ts';
import { type Entry, type Marker, readVersionPage } from './version-page.ts';

export interface Version {
  readonly key: string;
  readonly versionId: string;
}

/** Which bytes a counting pass adds up: of the objects that would be hidden, or of all versions that would go. */
export type Weighed = 'current' | 'all';

/**
 * Keys are given whole, so one key's versions are held together, about 200 bytes each:
 * - The version that a page ends at is still there when the next page is asked for; S3 promises nothing for the ids of
 *   deleted versions.
 * - A key's versions are ordered by id, which stays the same when some of them are gone: a takeover can tell which of
 *   them were in flight.
 *
 * A key is done only with its last version; a successor lists the key's remaining versions again.
 */
export function makeVersionListing(
  client: S3Client,
  shard: BucketShard,
  weighed: Weighed,
  sleep: (ms: number) => Promise<void>,
): Listing<Version> {
  async function* pages(after: string | null): AsyncIterable<Page<Version>> {
    const start = laterKey(after, shard.from);
    let marker: Marker | null = start === null ? {} : { KeyMarker: start };
    let done = start;
    let open: readonly Entry[] = [];
    while (marker !== null) {
      const input = { Bucket: shard.bucket, Prefix: shard.selector.prefix, ...marker };
      const page = await readVersionPage(client, input, sleep);
      const inRange = page.entries.filter(({ key }) => !isBeyond(shard, key));
      const isLast = page.next === null || inRange.length < page.entries.length;
      marker = isLast ? null : page.next;
      const entries = [...open, ...inRange];
      // The page's last key may have more versions on the next page.
      const openKey = isLast ? undefined : entries.at(-1)?.key;
      open = entries.filter(({ key }) => key === openKey);
      const whole = entries.filter(({ key }) => key !== openKey);
      const selected = whole.filter(({ key }) => isSelected(shard, key)).sort(byKeyAndId);
      const items = listed(selected, done);
      done = whole.at(-1)?.key ?? done;
      yield { items, resume: done, isLast, tally: tallyOf(selected, weighed) };
    }
  }

  return {
    pages,
    countBetween(from, to, atMost) {
      const last = readPosition(to);
      return countUntil(pages(from), (version) => byKeyAndId(version, last) > 0, atMost);
    },
  };
}

function writePosition({ key, versionId }: Version): string {
  return JSON.stringify([key, versionId]);
}

function readPosition(position: string): Version {
  const [key = '', versionId = ''] = JSON.parse(position) as string[];
  return { key, versionId };
}

function byKeyAndId(a: Version, b: Version): number {
  if (a.key !== b.key) return compareKeys(a.key, b.key);
  return a.versionId < b.versionId ? -1 : Number(a.versionId > b.versionId);
}

function listed(entries: readonly Entry[], doneBefore: string | null): Listed<Version>[] {
  let done = doneBefore;
  return entries.map((entry, at) => {
    const { key, versionId, bytes } = entry;
    if (entries[at + 1]?.key !== key) done = key;
    return { item: { key, versionId }, at: writePosition(entry), resume: done, bytes };
  });
}

function tallyOf(entries: readonly Entry[], weighed: Weighed): Tally {
  const current = entries.filter(({ isLatest, isMarker }) => isLatest && !isMarker);
  const bytes = (weighed === 'all' ? entries : current).reduce((sum, entry) => sum + entry.bytes, 0);
  return { items: current.length, bytes, versions: entries.length };
}
