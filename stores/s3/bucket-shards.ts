// Cuts a prefix into key ranges, so that one flat prefix of millions is worked on side by side too.
import { ListObjectVersionsCommand, type S3Client } from '@aws-sdk/client-s3';
import { LAST_CHARACTER } from './key-order.ts';
import { decodeKey } from './url-encoded.ts';

/** Keys after one up to and including another; null is open. */
interface KeyRange {
  readonly from: string | null;
  readonly to: string | null;
}

/** Below this many entries one worker is done sooner than several would be started. */
const SMALL = 5_000;
const PAGE = 1_000;
const MAX_SHARDS = 64;
/** Levels of common beginnings looked through: keys that share more are one range. */
const MAX_DEPTH = 64;

/**
 * Ranges after one key up to another (null: open) that together cover the prefix. Lists keys, never objects: a few
 * pages where there is little, else one key per branch of the key tree.
 */
export async function* bucketShards(client: S3Client, bucket: string, prefix: string): AsyncIterable<KeyRange> {
  const cuts = (await isSmall(client, bucket, prefix)) ? [] : await findCuts(client, bucket, prefix);
  let from: string | null = null;
  for (const to of cuts) {
    yield { from, to };
    from = to;
  }
  yield { from, to: null };
}

async function isSmall(client: S3Client, bucket: string, prefix: string): Promise<boolean> {
  let marker: { KeyMarker?: string; VersionIdMarker?: string } = {};
  for (let listed = 0; listed < SMALL; listed += PAGE) {
    const page = await client.send(
      new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix, EncodingType: 'url', MaxKeys: PAGE, ...marker }),
    );
    if (!page.IsTruncated || page.NextKeyMarker === undefined) return true;
    marker = {
      KeyMarker: decodeKey(page.NextKeyMarker),
      ...(page.NextVersionIdMarker !== undefined && { VersionIdMarker: page.NextVersionIdMarker }),
    };
  }
  return false;
}

/** Cuts behind each character that follows the longest common beginning; a second level where there are few of them. */
async function findCuts(client: S3Client, bucket: string, prefix: string): Promise<string[]> {
  let beginnings = await branches(client, bucket, prefix);
  for (let depth = 0; beginnings.length === 1 && depth < MAX_DEPTH; depth++) {
    const [only = prefix] = beginnings;
    beginnings = await branches(client, bucket, only);
  }
  if (beginnings.length * beginnings.length <= MAX_SHARDS) {
    const nested: string[] = [];
    for (const beginning of beginnings) nested.push(...(await branches(client, bucket, beginning)));
    if (nested.length <= MAX_SHARDS) beginnings = nested;
  }
  return beginnings
    .slice(0, MAX_SHARDS)
    .slice(0, -1)
    .map((beginning) => `${beginning}${LAST_CHARACTER}`);
}

/** `prefix` with each character that follows it in some key, in key order; `prefix` itself where a key ends there. */
async function branches(client: S3Client, bucket: string, prefix: string): Promise<string[]> {
  const found: string[] = [];
  for (let after: string | undefined; found.length < MAX_SHARDS; ) {
    const page = await client.send(
      new ListObjectVersionsCommand({
        Bucket: bucket,
        Prefix: prefix,
        EncodingType: 'url',
        MaxKeys: 1,
        ...(after !== undefined && { KeyMarker: after }),
      }),
    );
    const [entry] = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])];
    if (entry?.Key === undefined) break;
    const [character] = decodeKey(entry.Key).slice(prefix.length);
    if (character === undefined) {
      after = prefix;
      continue;
    }
    const branch = `${prefix}${character}`;
    // Only a key that goes on with the last character itself is not passed by; what follows stays together with it.
    if (found.at(-1) === branch) break;
    found.push(branch);
    after = `${branch}${LAST_CHARACTER}`;
  }
  return found;
}
