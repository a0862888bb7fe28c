// The Store of S3 buckets.
import { GetBucketVersioningCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Target } from '../../contracts/plan.ts';
import type { PrefixSelector, UploadsSelector } from '../../contracts/selector.ts';
import type { Progress, Range } from '../../contracts/shard.ts';
import { countShard } from '../../core/erasing/count-shard.ts';
import { eraseShard, takeOver } from '../../core/erasing/erase-shard.ts';
import type { Allowance, Listing } from '../../core/erasing/ports.ts';
import type { Store } from '../store.ts';
import { untilAnswered } from './attempts.ts';
import { bucketShard } from './bucket-shard.ts';
import { bucketShards } from './bucket-shards.ts';
import { describeBucket } from './describe-bucket.ts';
import { makeObjectListing } from './object-listing.ts';
import { makeFinaliser, makeHider } from './object-remover.ts';
import { hasUploads, makeUploadListing } from './upload-listing.ts';
import { makeUploadRemover } from './upload-remover.ts';
import { makeVersionListing } from './version-listing.ts';

export interface BucketStore extends Store {
  /** Whether a target of unfinished uploads would have any; lists keys of uploads. */
  hasUploads(bucket: string, selector: UploadsSelector): Promise<boolean>;
}

/** @param client whose credentials reach what the caller may touch: configuration and keys, or one shard */
export function makeS3Store(client: S3Client): BucketStore {
  return {
    describe: (resource) => describeBucket(client, resource),
    shards: (target) => shardsOf(client, target),
    hasUploads: (bucket, selector) => hasUploads(client, bucket, selector),
    async work(target, range, operation, _isVerifying, allowance) {
      const uploads = target.selectors[range.selector];
      if (uploads?.by === 'uploads') {
        const listing = makeUploadListing(client, target.resource, uploads, allowance.sleep);
        if (operation === 'count') return countShard(listing, allowance);
        return eraseShard(listing, makeUploadRemover(client, target.resource), allowance);
      }
      const shard = bucketShard(target.resource, prefixOf(target, range.selector), range);
      const rate = target.ratePerShard ?? Number.POSITIVE_INFINITY;
      const versions = makeVersionListing(
        client,
        shard,
        target.operations.includes('erase') ? 'current' : 'all',
        allowance.sleep,
      );
      const objects = makeObjectListing(client, shard, allowance.sleep);
      switch (operation) {
        case 'count':
          return countShard(versions, allowance);
        case 'erase':
          if (!(await isVersioned(client, shard.bucket, allowance))) return stopForVersioning(objects, allowance);
          return eraseShard(objects, makeHider(client, shard, rate, allowance.sleep), allowance);
        case 'finalise':
          return eraseShard(versions, makeFinaliser(client, shard.bucket, rate), allowance);
      }
    },
  };
}

async function isVersioned(client: S3Client, bucket: string, { sleep }: Allowance): Promise<boolean> {
  const read = () => client.send(new GetBucketVersioningCommand({ Bucket: bucket }));
  return (await untilAnswered(read, sleep)).Status === 'Enabled';
}

/** Somebody turned versioning off since it was confirmed: nothing more of this bucket is deleted. */
async function stopForVersioning<Item>(objects: Listing<Item>, { ledger }: Allowance): Promise<Progress> {
  await ledger.stopTarget();
  return { ...(await takeOver(ledger.progress, objects)), isDone: true, stoppedBy: 'versioning' };
}

async function* shardsOf(client: S3Client, target: Target): AsyncIterable<Range> {
  for (const [selector, { by }] of target.selectors.entries()) {
    if (by === 'uploads') {
      yield { by: 'whole', selector };
      continue;
    }
    const { prefix } = prefixOf(target, selector);
    for await (const keys of bucketShards(client, target.resource, prefix)) yield { by: 'keys', selector, ...keys };
  }
}

function prefixOf({ id, selectors }: Target, at: number): PrefixSelector {
  const selector = selectors[at];
  if (selector?.by !== 'prefix') throw new TypeError(`target ${id} is no prefix of a bucket`);
  return selector;
}
