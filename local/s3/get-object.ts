// GetObject and HeadObject, and finding the version a request means.
import type { Bucket } from './bucket.ts';
import { checksumHeaders } from './checksums.ts';
import {
  invalidVersionId,
  methodNotAllowedOnMarker,
  noSuchKey,
  noSuchVersion,
  preconditionFailed,
  S3Error,
} from './errors.ts';
import { lockHeaders } from './object-lock.ts';
import type { ObjectVersion } from './object-version.ts';
import { bucketOf, type Operation, type S3Answer, type S3Call } from './operation.ts';

const QUERY = ['versionId'];
const HEADERS = ['if-match', 'if-none-match', 'range', 'x-amz-checksum-mode'];

export const getObject: Operation = { name: 'GetObject', query: QUERY, headers: HEADERS, run: (call) => answer(call) };

export const headObject: Operation = {
  name: 'HeadObject',
  query: QUERY,
  headers: HEADERS,
  run(call) {
    const { body, ...rest } = answer(call);
    return body ? { ...rest, headers: { ...rest.headers, 'content-length': String(body.length) } } : rest;
  },
};

/** @throws NoSuchKey, NoSuchVersion, InvalidArgument for an id that cannot be one, MethodNotAllowed for a marker's id */
export function findVersion(call: S3Call): ObjectVersion {
  const { key, method, query } = call.request;
  return findIn(bucketOf(call), key, query.get('versionId'), method);
}

export function findIn(bucket: Bucket, key: string, versionId: string | undefined, method: string): ObjectVersion {
  if (versionId === undefined) {
    const current = bucket.current(key);
    if (!current || current.isMarker) throw noSuchKey(key, current?.id);
    return current;
  }
  if (!bucket.isVersionId(versionId)) throw invalidVersionId(versionId);
  const version = bucket.find(key, versionId);
  if (!version) throw noSuchVersion(key, versionId);
  if (version.isMarker) throw methodNotAllowedOnMarker(method, version.id);
  return version;
}

/** The version id is told only where versioning was ever on. */
export function versionHeader(bucket: Bucket, id: string, nowMs: number): Record<string, string> {
  return bucket.versioning.effectiveAt(nowMs) === undefined ? {} : { 'x-amz-version-id': id };
}

function answer(call: S3Call): S3Answer {
  const { headers } = call.request;
  const version = findVersion(call);
  const identity = {
    etag: `"${version.etag}"`,
    'last-modified': new Date(version.lastModifiedMs).toUTCString(),
    ...versionHeader(bucketOf(call), version.id, call.nowMs),
  };
  if (!matches(headers.get('if-match') ?? '*', version.etag)) throw preconditionFailed('If-Match');
  if (matches(headers.get('if-none-match') ?? '', version.etag)) return { status: 304, headers: identity };
  const { body } = version;
  const range = readRange(headers.get('range'), body.length);
  const slice = range ? body.subarray(range.first, range.last + 1) : body;
  const isWhole = slice.length === body.length;
  const wantsChecksum = isWhole && headers.get('x-amz-checksum-mode')?.toUpperCase() === 'ENABLED';
  return {
    status: range ? 206 : 200,
    headers: {
      ...version.headers,
      ...identity,
      ...lockHeaders(version.lock),
      ...(wantsChecksum && checksumHeaders(version.checksum)),
      ...(range && { 'content-range': `bytes ${range.first}-${range.last}/${body.length}` }),
      'accept-ranges': 'bytes',
      'x-amz-server-side-encryption': 'AES256',
    },
    body: slice,
    items: 1,
  };
}

/** A list of entity tags, with or without quotation marks, or `*`. */
function matches(condition: string, etag: string): boolean {
  const tags = condition.split(',').map((tag) => tag.trim().replace(/^(?:W\/)?"(.*)"$/, '$1'));
  return tags.includes('*') || tags.includes(etag);
}

interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/** Undefined for the whole object, also for what S3 does not understand or take: several ranges, or one that runs back. */
function readRange(header: string | undefined, size: number): ByteRange | undefined {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (from === '' && to === '') return undefined;
  const isSuffix = from === '';
  const first = isSuffix ? Math.max(0, size - Number(to)) : Number(from);
  const last = isSuffix || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (!isSuffix && to !== '' && Number(to) < first) return undefined;
  if (first < size && first <= last) return { first, last };
  const members = { RangeRequested: header ?? '', ActualObjectSize: String(size) };
  throw new S3Error('InvalidRange', 'The requested range is not satisfiable', 416, members);
}
