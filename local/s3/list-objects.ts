// ListObjectsV2: the current objects of a bucket.
import { notImplemented } from '../kernel/aws-error.ts';
import type { Bucket } from './bucket.ts';
import { invalidArgument } from './errors.ts';
import { type KeyEncoding, LONGEST_PAGE, readCount, readKeyEncoding, readScope } from './list-parameters.ts';
import type { ObjectVersion } from './object-version.ts';
import { bucketOf, canonicalId, type Operation } from './operation.ts';
import { afterKey, beyondGroup, fromStart, type Page, type PageEntry, pageOf } from './page.ts';
import type { IsBefore } from './sorted-keys.ts';
import { branch, leaf, xmlDocument, xmlInstant } from './xml.ts';

export const listObjectsV2: Operation = {
  name: 'ListObjectsV2',
  query: ['continuation-token', 'delimiter', 'encoding-type', 'fetch-owner', 'max-keys', 'prefix', 'start-after'],
  run(call) {
    const { query } = call.request;
    if (query.get('list-type') !== '2') throw notImplemented(`S3 list-type=${query.get('list-type')}`);
    const bucket = bucketOf(call);
    const scope = readScope(query);
    const encoding = readKeyEncoding(query);
    const token = query.get('continuation-token');
    const startAfter = token === undefined ? query.get('start-after') : undefined;
    const isBefore = token === undefined ? afterKeyIfAny(startAfter) : readToken(token);
    const maxKeys = readCount(query, 'max-keys', LONGEST_PAGE);
    const limit = Math.min(maxKeys, LONGEST_PAGE);
    const page = pageOf({
      ...scope,
      keys: bucket.keys,
      isBefore,
      limit,
      itemsOf: (key) => currentObjects(bucket, key),
    });
    const { encode } = encoding;
    const owner = query.get('fetch-owner') === 'true' ? branch('Owner', leaf('ID', canonicalId(call.place))) : '';
    const body = xmlDocument(
      'ListBucketResult',
      leaf('Name', bucket.name),
      leaf('Prefix', encode(scope.prefix)),
      leaf('StartAfter', startAfter === undefined ? undefined : encode(startAfter)),
      leaf('ContinuationToken', token),
      leaf('NextContinuationToken', nextToken(page)),
      leaf('KeyCount', page.entries.length),
      leaf('MaxKeys', maxKeys),
      leaf('Delimiter', encode(scope.delimiter) || undefined),
      leaf('EncodingType', encoding.type),
      leaf('IsTruncated', page.isTruncated),
      ...page.entries.map((entry) => writeObject(entry, encoding, owner)),
      ...writeGroups(page, encoding),
    );
    return { body, items: page.entries.length };
  },
};

function currentObjects(bucket: Bucket, key: string): readonly ObjectVersion[] {
  const current = bucket.current(key);
  return current && !current.isMarker ? [current] : [];
}

/** A key inside a group does not skip the rest of that group, unlike the markers of the other listings. */
function afterKeyIfAny(startAfter: string | undefined): IsBefore {
  return startAfter === undefined ? fromStart : afterKey(startAfter);
}

function writeObject(entry: PageEntry<ObjectVersion>, { encode }: KeyEncoding, owner: string): string {
  if (entry.kind === 'group') return '';
  return branch('Contents', leaf('Key', encode(entry.key)), objectFacts(entry.item, owner));
}

/** What every listing of objects says of one. */
export function objectFacts({ lastModifiedMs, etag, checksum, body }: ObjectVersion, owner: string): string {
  const facts = `<LastModified>${xmlInstant(lastModifiedMs)}</LastModified><ETag>&quot;${etag}&quot;</ETag>`;
  const sums = leaf('ChecksumAlgorithm', checksum?.algorithm) + leaf('ChecksumType', checksum?.type);
  return `${facts}${sums}<Size>${body.length}</Size>${owner}<StorageClass>STANDARD</StorageClass>`;
}

/** Groups follow all else in the answer, whatever their place in the order of keys. */
export function writeGroups(page: Page<unknown>, { encode }: KeyEncoding): readonly string[] {
  return page.entries.map((entry) =>
    entry.kind === 'group' ? branch('CommonPrefixes', leaf('Prefix', encode(entry.prefix))) : '',
  );
}

/** A token names the last entry of its page, so that what came or went meanwhile moves nothing. */
function nextToken({ entries, isTruncated }: Page<unknown>): string | undefined {
  const last = entries.at(-1);
  if (!isTruncated || !last) return undefined;
  const place = last.kind === 'item' ? `k${last.key}` : `g${last.prefix}`;
  return Buffer.from(place).toString('base64');
}

/** @throws InvalidArgument for what no page gave out */
function readToken(token: string): IsBefore {
  const place = Buffer.from(token, 'base64').toString();
  const isOurs = Buffer.from(place).toString('base64') === token;
  if (isOurs && place.startsWith('k')) return afterKey(place.slice(1));
  if (isOurs && place.startsWith('g')) return beyondGroup(place.slice(1));
  throw invalidArgument('The continuation token provided is incorrect', 'continuation-token');
}
