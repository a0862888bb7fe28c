// What one operation of S3 is: the request fields it honours, and what it does with a request.
import { createHash } from 'node:crypto';
import type { Place } from '../kernel/service.ts';
import type { Bucket } from './bucket.ts';
import type { Buckets } from './buckets.ts';
import { CHECKSUM_HEADERS } from './checksums.ts';
import type { S3Request } from './request.ts';

export interface S3Call {
  readonly request: S3Request;
  readonly buckets: Buckets;
  readonly place: Place;
  /** One instant for all that the call does. */
  readonly nowMs: number;
  /** The code with which a single key is to fail, by an injected fault. */
  keyError?(key: string): string | undefined;
}

export interface S3Answer {
  /** @default 200 */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text is XML. */
  readonly body?: string | Buffer;
  /** How many keys, objects or markers moved. */
  readonly items?: number;
}

/** A request that uses any other field is answered 501. */
export interface Operation {
  /** As the API names it. */
  readonly name: string;
  readonly query?: readonly string[];
  /** A name that ends in a hyphen stands for all that begin with it. */
  readonly headers?: readonly string[];
  run(call: S3Call): S3Answer;
}

/** The headers that say how the payload is framed and what its checksum is. */
export const PAYLOAD_HEADERS: readonly string[] = [
  'content-md5',
  'x-amz-decoded-content-length',
  'x-amz-trailer',
  ...CHECKSUM_HEADERS,
];

/** @throws NoSuchBucket */
export function bucketOf({ buckets, request }: S3Call): Bucket {
  return buckets.get(request.bucketName);
}

/** Accounts have a canonical id in S3: 64 hexadecimal digits, always the same. */
export function canonicalId({ account }: Place): string {
  return createHash('sha256').update(account).digest('hex');
}
