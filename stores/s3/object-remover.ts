// Hides current objects behind delete markers (`erase`), or removes versions for good (`finalise`).
import { DeleteObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { BatchResult, Remover } from '../../core/erasing/ports.ts';
import type { BucketShard } from './bucket-shard.ts';
import { readLatest } from './latest-versions.ts';
import { type Answer, answerOfFailure, type Identifier, MAX_KEYS, multiDelete } from './multi-delete.ts';
import type { CurrentObject } from './object-listing.ts';
import type { Version } from './version-listing.ts';
import type { Entry } from './version-page.ts';

/** S3 counts each key against 3,500 writes a second of a prefix; few calls side by side reach that. */
const CONCURRENCY = 4;
/** 4,000 keys at most for each checkpoint. */
const BATCHES_PER_BURST = 40;

/** What a key is counted as when its deletion left no version to come back from. */
const VERSIONING_LOST = 'VersioningLost';

/**
 * Deletes without a version id, and believes nothing: each answer must carry a delete marker of its own. Sends one key
 * alone first, so that a bucket whose versioning does not hold loses one object, not a thousand. Where an answer is lost
 * it looks: what is hidden is not hidden again, for that would leave another marker.
 */
export function makeHider(
  client: S3Client,
  shard: BucketShard,
  ratePerSecond: number,
  sleep: (ms: number) => Promise<void>,
): Remover<CurrentObject> {
  return {
    batchSize: keysPerCall(ratePerSecond),
    batchesPerBurst: BATCHES_PER_BURST,
    concurrency: CONCURRENCY,
    triesOneFirst: true,
    keyOf: ({ key }) => key,
    async remove(batch) {
      const answers = await deleteEach(client, shard.bucket, batch, false);
      const unanswered = batch.filter((_, at) => answers[at]?.is === 'unknown').map(({ key }) => key);
      const latest = await readLatest(client, shard, unanswered, sleep);
      const settled = batch.map(({ key }, at) => settle(answers[at] ?? { is: 'unknown' }, latest.get(key)));
      return resultOf(batch, settled.map(requireMarker));
    },
  };
}

/** A key with an object on top is still there; with a marker it is hidden; with nothing at all it is lost. */
function settle(answer: Answer, latest: Entry | undefined): Answer {
  if (answer.is !== 'unknown' || latest?.isMarker === false) return answer;
  return { is: 'deleted', markerVersionId: latest?.versionId ?? null };
}

/** Deletes versions and markers by id; nothing brings them back. */
export function makeFinaliser(client: S3Client, bucket: string, ratePerSecond: number): Remover<Version> {
  return {
    batchSize: keysPerCall(ratePerSecond),
    batchesPerBurst: BATCHES_PER_BURST,
    concurrency: CONCURRENCY,
    triesOneFirst: false,
    keyOf: ({ key, versionId }) => `${key}?versionId=${versionId}`,
    remove: async (batch) => resultOf(batch, await deleteEach(client, bucket, batch, true)),
  };
}

const MIN_KEYS_PER_CALL = 25;

/** A second's worth of a slow target, so that one call does not spend a minute's rate. */
function keysPerCall(ratePerSecond: number): number {
  return Math.min(MAX_KEYS, Math.max(MIN_KEYS_PER_CALL, Math.floor(ratePerSecond)));
}

function requireMarker(answer: Answer): Answer {
  if (answer.is !== 'deleted') return answer;
  const isHidden = answer.markerVersionId !== null && answer.markerVersionId !== 'null';
  return isHidden ? answer : { is: 'refused', code: VERSIONING_LOST };
}

/** Characters that XML 1.0 cannot carry, and those that parsers fold: such keys are deleted one by one. */
const NOT_IN_XML = /[\p{Cc}\p{Cs}\uFFFE\uFFFF\u2028]/u;

async function deleteEach(
  client: S3Client,
  bucket: string,
  batch: readonly Identifier[],
  isQuiet: boolean,
): Promise<Answer[]> {
  const together = batch.filter(({ key }) => !NOT_IN_XML.test(key));
  const answers = new Map<Identifier, Answer>();
  if (together.length > 0) {
    const given = await multiDelete(client, bucket, together, isQuiet);
    for (const [at, identifier] of together.entries()) answers.set(identifier, given[at] ?? { is: 'unknown' });
  }
  for (const identifier of batch) {
    if (!answers.has(identifier)) answers.set(identifier, await deleteAlone(client, bucket, identifier));
  }
  return batch.map((identifier) => answers.get(identifier) ?? { is: 'unknown' });
}

async function deleteAlone(client: S3Client, bucket: string, { key, versionId }: Identifier): Promise<Answer> {
  try {
    const { DeleteMarker, VersionId } = await client.send(
      new DeleteObjectCommand({ Bucket: bucket, Key: key, ...(versionId !== undefined && { VersionId: versionId }) }),
    );
    return { is: 'deleted', markerVersionId: DeleteMarker === true ? (VersionId ?? null) : null };
  } catch (error) {
    return answerOfFailure(error);
  }
}

function resultOf<Item>(batch: readonly Item[], answers: readonly Answer[]): BatchResult<Item> {
  const failed: { item: Item; code: string }[] = [];
  const retry: Item[] = [];
  let isUnknown = false;
  let erased = 0;
  for (const [at, item] of batch.entries()) {
    const answer = answers[at] ?? { is: 'unknown' as const };
    if (answer.is === 'deleted') erased++;
    else if (answer.is === 'refused') failed.push({ item, code: answer.code });
    else {
      retry.push(item);
      isUnknown ||= answer.is === 'unknown';
    }
  }
  const because = retry.length === 0 ? null : isUnknown ? 'unknown' : 'throttled';
  const isVersioningLost = failed.some(({ code }) => code === VERSIONING_LOST);
  return { erased, changed: 0, failed, retry, because, isVersioningLost };
}
