// ListObjectVersions: all versions and delete markers, the newest of a key first.
import type { Bucket } from './bucket.ts';
import { invalidArgument } from './errors.ts';
import { compareKeys } from './key-order.ts';
import { objectFacts, writeGroups } from './list-objects.ts';
import {
  type KeyEncoding,
  LONGEST_PAGE,
  readCount,
  readKeyEncoding,
  readScope,
  type Scope,
} from './list-parameters.ts';
import type { Version } from './object-version.ts';
import { bucketOf, canonicalId, type Operation } from './operation.ts';
import { afterKey, beyondGroup, fromStart, groupOf, type PageEntry, pageOf } from './page.ts';
import type { IsBefore } from './sorted-keys.ts';
import { branch, leaf, xmlDocument, xmlInstant } from './xml.ts';

export const listObjectVersions: Operation = {
  name: 'ListObjectVersions',
  query: ['delimiter', 'encoding-type', 'key-marker', 'max-keys', 'prefix', 'version-id-marker'],
  run(call) {
    const { query } = call.request;
    const bucket = bucketOf(call);
    const scope = readScope(query);
    const maxKeys = readCount(query, 'max-keys', LONGEST_PAGE);
    const marker = readMarker(query, bucket);
    const encoding = readKeyEncoding(query);
    const limit = Math.min(maxKeys, LONGEST_PAGE);
    const start = startAt(marker, scope, bucket);
    const page = pageOf({ ...scope, ...start, keys: bucket.keys, limit });
    const last = page.isTruncated ? page.entries.at(-1) : undefined;
    const { encode } = encoding;
    const owner = branch('Owner', leaf('ID', canonicalId(call.place)));
    const delimiter = query.get('delimiter');
    const body = xmlDocument(
      'ListVersionsResult',
      leaf('Name', bucket.name),
      leaf('Prefix', encode(scope.prefix)),
      leaf('KeyMarker', encode(marker.key)),
      leaf('VersionIdMarker', marker.versionId ?? ''),
      ...(last?.kind === 'group' ? [leaf('NextKeyMarker', encode(last.prefix))] : []),
      ...(last?.kind === 'item'
        ? [leaf('NextKeyMarker', encode(last.key)), leaf('NextVersionIdMarker', last.item.id)]
        : []),
      leaf('MaxKeys', maxKeys),
      leaf('Delimiter', delimiter === undefined ? undefined : encode(delimiter)),
      leaf('EncodingType', encoding.type),
      leaf('IsTruncated', page.isTruncated),
      ...page.entries.map((entry) => writeVersion(entry, bucket, encoding, owner)),
      ...writeGroups(page, encoding),
    );
    return { body, items: page.entries.length };
  },
};

interface Marker {
  /** Empty for none. */
  readonly key: string;
  readonly versionId: string | undefined;
}

/** @throws InvalidArgument */
function readMarker(query: ReadonlyMap<string, string>, bucket: Bucket): Marker {
  const key = query.get('key-marker');
  const versionId = query.get('version-id-marker');
  if (versionId === undefined) return { key: key ?? '', versionId };
  if (key === undefined || key === '') {
    const message = 'A version-id marker cannot be specified without a key marker.';
    throw invalidArgument(message, 'version-id-marker', versionId);
  }
  if (versionId === '') throw invalidArgument('A version-id marker cannot be empty.', 'version-id-marker');
  if (!bucket.isVersionId(versionId)) {
    throw invalidArgument('Invalid version id specified', 'version-id-marker', versionId);
  }
  return { key, versionId };
}

interface Start {
  readonly isBefore: IsBefore;
  itemsOf(key: string): Iterable<Version>;
}

function startAt({ key, versionId }: Marker, scope: Scope, bucket: Bucket): Start {
  const itemsOf = (listed: string) => bucket.versionsOf(listed).toReversed();
  if (key === '') return { isBefore: fromStart, itemsOf };
  const group = groupOf(key, scope.prefix, scope.delimiter);
  if (group !== undefined) return { isBefore: beyondGroup(group), itemsOf };
  if (versionId === undefined) return { isBefore: afterKey(key), itemsOf };
  // The version that the last page ended on may be gone: its id keeps its place in the order of writes. A null version
  // that is gone left no place: then all that remains of the key is shown, for twice does less harm than never.
  const shown = bucket.sequenceOf(key, versionId) ?? Number.POSITIVE_INFINITY;
  return {
    isBefore: (listed) => compareKeys(listed, key) < 0,
    itemsOf: (listed) => itemsOf(listed).filter(({ sequence }) => listed !== key || sequence < shown),
  };
}

function writeVersion(entry: PageEntry<Version>, bucket: Bucket, { encode }: KeyEncoding, owner: string): string {
  if (entry.kind === 'group') return '';
  const { key, item } = entry;
  const isLatest = bucket.current(key) === item;
  const named = `${leaf('Key', encode(key))}<VersionId>${item.id}</VersionId><IsLatest>${isLatest}</IsLatest>`;
  if (!item.isMarker) return branch('Version', named, objectFacts(item, owner));
  return branch('DeleteMarker', named, leaf('LastModified', xmlInstant(item.lastModifiedMs)), owner);
}
