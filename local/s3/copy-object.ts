// CopyObject: a version of one key becomes a new object of another.
import { notImplemented } from '../kernel/aws-error.ts';
import type { Bucket } from './bucket.ts';
import { checksumOf } from './checksums.ts';
import { accessDenied, invalidArgument, invalidRequest } from './errors.ts';
import { findIn, versionHeader } from './get-object.ts';
import { readLockHeaders } from './object-lock.ts';
import type { ObjectVersion } from './object-version.ts';
import { bucketOf, type Operation, type S3Call } from './operation.ts';
import { md5, OBJECT_HEADERS, readObjectHeaders, writtenHeaders } from './put-object.ts';
import { decodePath } from './request.ts';
import { leaf, xmlDocument, xmlInstant } from './xml.ts';

export const copyObject: Operation = {
  name: 'CopyObject',
  headers: [...OBJECT_HEADERS, 'x-amz-copy-source', 'x-amz-metadata-directive', 'x-amz-source-expected-bucket-owner'],
  run(call) {
    const { request, nowMs } = call;
    const bucket = bucketOf(call);
    const { sourceBucket, version } = findSource(call);
    const isReplaced = readDirective(request.headers);
    const isItself = sourceBucket === bucket && bucket.current(request.key) === version;
    if (isItself && !isReplaced) {
      const message =
        "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.";
      throw invalidRequest(message);
    }
    const { body } = version;
    const given = readObjectHeaders(request.headers);
    const checksum = version.checksum && checksumOf(version.checksum.algorithm, body);
    const content = {
      body,
      // A copy is one piece even when its source was put together from parts.
      etag: md5(body),
      headers: isReplaced ? given : version.headers,
      lock: readLockHeaders(bucket, request.headers, nowMs),
      ...(checksum && { checksum }),
    };
    const copy = bucket.write(request.key, content, nowMs);
    const headers = writtenHeaders(bucket, copy, nowMs);
    const sourceVersion = versionHeader(sourceBucket, version.id, nowMs)['x-amz-version-id'];
    return {
      headers: { ...headers, ...(sourceVersion && { 'x-amz-copy-source-version-id': sourceVersion }) },
      body: xmlDocument(
        'CopyObjectResult',
        leaf('LastModified', xmlInstant(copy.lastModifiedMs)),
        leaf('ETag', `"${copy.etag}"`),
        leaf('ChecksumType', checksum?.type),
        checksum ? leaf(`Checksum${checksum.algorithm}`, checksum.value) : '',
      ),
      items: 1,
    };
  },
};

interface Source {
  readonly sourceBucket: Bucket;
  readonly version: ObjectVersion;
}

/** `[/]bucket/key[?versionId=…]`, percent-encoded. */
function findSource({ request: { headers }, buckets, place }: S3Call): Source {
  const header = headers.get('x-amz-copy-source') ?? '';
  const [, path = '', versionId] = /^\/?(.*?)(?:\?versionId=(.+))?$/.exec(header) ?? [];
  const source = decodePath(path);
  if (source.startsWith('arn:')) throw notImplemented(`S3 copy source ${source}`);
  const slash = source.indexOf('/');
  if (slash <= 0 || slash === source.length - 1) {
    throw invalidArgument(
      'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
      'x-amz-copy-source',
      header,
    );
  }
  const sourceBucket = buckets.get(source.slice(0, slash));
  const owner = headers.get('x-amz-source-expected-bucket-owner') ?? place.account;
  if (owner !== place.account) throw accessDenied();
  const key = source.slice(slash + 1);
  const named = versionId === undefined ? undefined : decodePath(versionId);
  if (named !== undefined && sourceBucket.find(key, named)?.isMarker) {
    throw invalidRequest('The source of a copy request may not specifically refer to a delete marker by version id.');
  }
  return { sourceBucket, version: findIn(sourceBucket, key, named, 'GET') };
}

/** True if the headers of the request take the place of the source's. */
function readDirective(headers: ReadonlyMap<string, string>): boolean {
  const directive = headers.get('x-amz-metadata-directive') ?? 'COPY';
  if (directive === 'COPY' || directive === 'REPLACE') return directive === 'REPLACE';
  throw invalidArgument('Unknown metadata directive.', 'x-amz-metadata-directive', directive);
}
