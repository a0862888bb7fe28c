// S3 of the embedded AWS: in memory, path-style, versioned, and as slow to enable versioning as AWS may be.
import type { AwsService, Place } from '../kernel/service.ts';
import type { ServiceClock } from '../kernel/service-clock.ts';
import { checkBucketName } from './bucket-name.ts';
import { Buckets } from './buckets.ts';
import { findIn } from './get-object.ts';
import { md5, readObjectHeaders, toldVersionId } from './put-object.ts';
import { checkedKey } from './request.ts';
import { answerS3, identifyS3, refuseS3 } from './router.ts';

export interface S3Options {
  readonly clock: ServiceClock;
  readonly place: Place;
}

export interface S3 {
  readonly service: AwsService;
  /** Versioning given here is effective at once, as if the bucket were old. @throws AwsError as CreateBucket does */
  createBucket(name: string, options?: { readonly versioning?: 'Enabled' }): void;
  /** @returns no version id where versioning is not in effect @throws AwsError NoSuchBucket, KeyTooLongError */
  putObject(
    bucket: string,
    key: string,
    body: Uint8Array | string,
  ): { readonly versionId: string | null; readonly etag: string };
  /** @throws AwsError NoSuchBucket, NoSuchKey, NoSuchVersion, MethodNotAllowed for a delete marker's id */
  getObject(bucket: string, key: string, versionId?: string): Uint8Array;
  /** Forgets everything. */
  close(): void;
}

export function makeS3({ clock, place }: S3Options): S3 {
  const buckets = new Buckets();
  return {
    service: {
      name: 's3',
      identify: identifyS3,
      handle: async (request) => answerS3(request, { buckets, place, nowMs: clock.nowMs() }),
      refuse: refuseS3,
    },
    createBucket(name, options = {}) {
      checkBucketName(name);
      buckets.create({ name, createdMs: clock.nowMs(), ...options });
    },
    putObject(bucketName, key, given) {
      const bucket = buckets.get(bucketName);
      const nowMs = clock.nowMs();
      const body = Buffer.from(given);
      const content = { body, etag: md5(body), headers: readObjectHeaders(new Map()), lock: {} };
      const version = bucket.write(checkedKey(key), content, nowMs);
      return { versionId: toldVersionId(bucket, version, nowMs) ?? null, etag: version.etag };
    },
    getObject(bucketName, key, versionId) {
      return Uint8Array.from(findIn(buckets.get(bucketName), key, versionId, 'GET').body);
    },
    close: () => buckets.clear(),
  };
}
