// What a request to S3 says: bucket, key, parameters and headers, each decoded once and nothing normalised.
import type { AwsRequest } from '../kernel/service.ts';
import { keyTooLong, S3Error } from './errors.ts';

export interface S3Request {
  readonly method: string;
  /** Empty for the service itself. */
  readonly bucketName: string;
  /** Empty for the bucket itself. */
  readonly key: string;
  readonly query: ReadonlyMap<string, string>;
  /** Lower case names. A presigned URL carries headers in its query: they are here, not there. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

const LONGEST_KEY_BYTES = 1024;

/** @throws InvalidURI */
export function readS3Request(request: AwsRequest): S3Request {
  const [, bucket = '', rest = ''] = /^\/([^/]*)\/?(.*)$/s.exec(request.path) ?? [];
  const headers = new Map<string, string>();
  for (const [name, value] of Object.entries(request.headers)) headers.set(name, String(value));
  const query = new Map<string, string>();
  for (const [name, value] of request.query) {
    const lower = name.toLowerCase();
    if (lower.startsWith('x-amz-')) headers.set(lower, value);
    else if (!query.has(name)) query.set(name, value);
  }
  const { method, body } = request;
  return { method, bucketName: decodePath(bucket), key: decodePath(rest), query, headers, body };
}

/** @throws KeyTooLongError */
export function checkedKey(key: string): string {
  const sizeBytes = Buffer.byteLength(key);
  if (sizeBytes > LONGEST_KEY_BYTES) throw keyTooLong(sizeBytes);
  return key;
}

/** A plus sign that is not encoded means a blank to S3, in a path as in a query. */
export function decodePath(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new S3Error('InvalidURI', "Couldn't parse the specified URI.", 400);
  }
}
