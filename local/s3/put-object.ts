// PutObject, and what every write of an object has in common.
import { createHash } from 'node:crypto';
import { notImplemented } from '../kernel/aws-error.ts';
import type { Bucket } from './bucket.ts';
import { checksumHeaders } from './checksums.ts';
import { headerNotTaken, invalidRequest, noSuchKey, preconditionFailed, S3Error } from './errors.ts';
import { LOCK_HEADERS, readLockHeaders } from './object-lock.ts';
import type { ObjectVersion } from './object-version.ts';
import { bucketOf, type Operation, PAYLOAD_HEADERS, type S3Call } from './operation.ts';
import { readPayload } from './payload.ts';

/** Those that belong to the object and come back with it. */
const KEPT_HEADERS = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
];

/** What a request that makes an object may say of it. */
export const OBJECT_HEADERS: readonly string[] = [
  ...LOCK_HEADERS,
  'x-amz-meta-',
  'x-amz-server-side-encryption',
  'x-amz-storage-class',
];

const LARGEST_METADATA_BYTES = 2048;

export const putObject: Operation = {
  name: 'PutObject',
  headers: [...PAYLOAD_HEADERS, ...OBJECT_HEADERS, 'if-match', 'if-none-match'],
  run(call) {
    const { request, nowMs } = call;
    const bucket = bucketOf(call);
    const lock = readLockHeaders(bucket, request.headers, nowMs);
    const headers = readObjectHeaders(request.headers);
    const { bytes: body, checksum, isProtected } = readPayload(request);
    if (!isProtected && (lock.retention || lock.legalHold)) {
      const message =
        'Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters';
      throw invalidRequest(message);
    }
    checkWriteConditions(bucket, call);
    const content = { body, etag: md5(body), headers, lock, ...(checksum && { checksum }) };
    const version = bucket.write(request.key, content, nowMs);
    const told = { etag: `"${version.etag}"`, ...checksumHeaders(checksum), ...writtenHeaders(bucket, version, nowMs) };
    return { headers: told, items: 1 };
  },
};

export function md5(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex');
}

/** A write in a bucket whose versioning is suspended does not tell its version id, which is null. */
export function toldVersionId(bucket: Bucket, { id }: ObjectVersion, nowMs: number): string | undefined {
  return bucket.versioning.effectiveAt(nowMs) === 'Enabled' ? id : undefined;
}

export function writtenHeaders(bucket: Bucket, version: ObjectVersion, nowMs: number): Record<string, string> {
  const versionId = toldVersionId(bucket, version, nowMs);
  return {
    'x-amz-server-side-encryption': 'AES256',
    ...(versionId !== undefined && { 'x-amz-version-id': versionId }),
  };
}

/** @throws NotImplemented for storage and encryption other than the default, MetadataTooLarge */
export function readObjectHeaders(headers: ReadonlyMap<string, string>): Record<string, string> {
  refuseOther(headers, 'x-amz-server-side-encryption', 'AES256');
  refuseOther(headers, 'x-amz-storage-class', 'STANDARD');
  const kept: Record<string, string> = { 'content-type': 'binary/octet-stream' };
  let metadataBytes = 0;
  for (const [name, value] of headers) {
    const isMetadata = name.startsWith('x-amz-meta-');
    if (!isMetadata && !KEPT_HEADERS.includes(name)) continue;
    if (/[^ -~\t]/.test(value)) throw notImplemented(`S3 header ${name} with characters outside US-ASCII`);
    if (isMetadata) metadataBytes += name.length - 'x-amz-meta-'.length + value.length;
    const stored = name === 'content-encoding' ? withoutFraming(value) : value;
    if (stored !== '' || isMetadata) kept[name] = stored;
  }
  if (metadataBytes <= LARGEST_METADATA_BYTES) return kept;
  throw new S3Error('MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size', 400, {
    Size: String(metadataBytes),
    MaxSizeAllowed: String(LARGEST_METADATA_BYTES),
  });
}

function refuseOther(headers: ReadonlyMap<string, string>, name: string, only: string): void {
  const value = headers.get(name) ?? only;
  if (value !== only) throw notImplemented(`S3 header ${name}: ${value}`);
}

/** `aws-chunked` is how the request was sent, not what the object is. */
function withoutFraming(encoding: string): string {
  const encodings = encoding.split(',').map((one) => one.trim());
  return encodings.filter((one) => one !== 'aws-chunked').join(',');
}

/**
 * Nothing happens between the check and the write that follows it in the same turn, so of several writers exactly one
 * finds the key as it asked for.
 * @throws PreconditionFailed, NoSuchKey for an If-Match without an object
 */
function checkWriteConditions(bucket: Bucket, { request: { key, headers } }: S3Call): void {
  const ifMatch = headers.get('if-match');
  const ifNoneMatch = headers.get('if-none-match');
  if (ifMatch !== undefined && ifNoneMatch !== undefined) throw headerNotTaken('If-Match,If-None-Match');
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*') throw headerNotTaken('If-None-Match');
  if (ifMatch === '*') throw headerNotTaken('If-Match');
  const current = bucket.current(key);
  const exists = current !== undefined && !current.isMarker;
  if (ifNoneMatch !== undefined && exists) throw preconditionFailed('If-None-Match');
  if (ifMatch === undefined) return;
  if (!exists) throw noSuchKey(key);
  if (ifMatch.replaceAll('"', '') !== current.etag) throw preconditionFailed('If-Match');
}
