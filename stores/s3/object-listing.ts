// Lists the current objects of one shard of a bucket, page by page.
import { ListObjectsV2Command, type ListObjectsV2CommandOutput, type S3Client } from '@aws-sdk/client-s3';
import type { Listed, Listing, Page } from '../../core/erasing/ports.ts';
import { untilAnswered } from './attempts.ts';
import { type BucketShard, isBeyond, isSelected } from './bucket-shard.ts';
import { countUntil } from './count-between.ts';
import { compareKeys, laterKey } from './key-order.ts';
import { decodeKey } from './url-encoded.ts';

export interface CurrentObject {
  readonly key: string;
}

/** S3 listings are strongly consistent (S3 user guide, consistency model). */
export function makeObjectListing(
  client: S3Client,
  shard: BucketShard,
  sleep: (ms: number) => Promise<void>,
): Listing<CurrentObject> {
  const read = (token: string | undefined, after: string | null): Promise<ListObjectsV2CommandOutput> =>
    untilAnswered(
      () =>
        client.send(
          new ListObjectsV2Command({
            Bucket: shard.bucket,
            Prefix: shard.selector.prefix,
            EncodingType: 'url',
            ...(token === undefined ? after !== null && { StartAfter: after } : { ContinuationToken: token }),
          }),
        ),
      sleep,
    );

  async function* pages(after: string | null): AsyncIterable<Page<CurrentObject>> {
    const start = laterKey(after, shard.from);
    for (let token: string | undefined, isLast = false; !isLast; ) {
      const page = await read(token, start);
      const found = (page.Contents ?? []).map((object) => ({
        key: decodeKey(object.Key ?? ''),
        bytes: object.Size ?? 0,
      }));
      const inRange = found.filter(({ key }) => !isBeyond(shard, key));
      const items = inRange.filter(({ key }) => isSelected(shard, key)).map(listed);
      token = page.NextContinuationToken;
      isLast = token === undefined || inRange.length < found.length;
      const bytes = items.reduce((sum, item) => sum + item.bytes, 0);
      yield {
        items,
        resume: inRange.at(-1)?.key ?? start,
        isLast,
        tally: { items: items.length, bytes, versions: 0 },
      };
    }
  }

  return {
    pages,
    countBetween: (from, to, atMost) => countUntil(pages(from), ({ key }) => compareKeys(key, to) > 0, atMost),
  };
}

function listed({ key, bytes }: { key: string; bytes: number }): Listed<CurrentObject> {
  return { item: { key }, at: key, resume: key, bytes };
}
