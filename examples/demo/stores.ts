// Reads tables and buckets whole, as anybody could, to compare them with what was written.
import { createHash } from 'node:crypto';
import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import {
  type DeleteMarkerEntry,
  GetObjectCommand,
  type ObjectVersion as ListedVersion,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { Item } from '../gallery/dataset.ts';
import type { ObjectVersion } from '../gallery/dump.ts';

export async function* readTable(dynamodb: DynamoDBClient, table: string): AsyncIterable<Item> {
  for (let start: Item | undefined, isFirst = true; isFirst || start; isFirst = false) {
    const page = await dynamodb.send(
      new ScanCommand({ TableName: table, ConsistentRead: true, ...(start && { ExclusiveStartKey: { ...start } }) }),
    );
    yield* page.Items ?? [];
    start = page.LastEvaluatedKey;
  }
}

/** Versions and markers by key, of a key the newest first, with the digest of each body. */
export async function* readBucket(s3: S3Client, bucket: string): AsyncIterable<ObjectVersion> {
  let marker: { KeyMarker?: string; VersionIdMarker?: string } | undefined = {};
  while (marker) {
    const page: ListObjectVersionsCommandOutput = await s3.send(
      new ListObjectVersionsCommand({ Bucket: bucket, EncodingType: 'url', ...marker }),
    );
    for (const version of inOrder(page)) yield await describe(s3, bucket, version);
    marker = page.IsTruncated ? nextMarker(page) : undefined;
  }
}

function nextMarker({ NextKeyMarker = '', NextVersionIdMarker }: ListObjectVersionsCommandOutput) {
  return { KeyMarker: decode(NextKeyMarker), ...(NextVersionIdMarker && { VersionIdMarker: NextVersionIdMarker }) };
}

type Listed = (ListedVersion | DeleteMarkerEntry) & { readonly isMarker: boolean };

/** S3 lists versions and markers apart; of one key the latest comes first, then the younger. */
function inOrder({ Versions = [], DeleteMarkers = [] }: ListObjectVersionsCommandOutput): Listed[] {
  const all = [
    ...Versions.map((version) => ({ ...version, isMarker: false })),
    ...DeleteMarkers.map((marker) => ({ ...marker, isMarker: true })),
  ];
  return all.sort(
    (a, b) =>
      Buffer.compare(Buffer.from(decode(a.Key)), Buffer.from(decode(b.Key))) ||
      Number(b.IsLatest) - Number(a.IsLatest) ||
      (b.LastModified?.getTime() ?? 0) - (a.LastModified?.getTime() ?? 0),
  );
}

async function describe(s3: S3Client, bucket: string, version: Listed): Promise<ObjectVersion> {
  const common = {
    key: decode(version.Key),
    versionId: version.VersionId ?? 'null',
    isLatest: version.IsLatest === true,
  };
  if (version.isMarker) return { ...common, deleteMarker: true };
  const { Body } = await s3.send(
    new GetObjectCommand({ Bucket: bucket, Key: common.key, VersionId: common.versionId }),
  );
  const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
  return { ...common, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** Keys come URL-encoded, because XML cannot carry every one. */
function decode(key = ''): string {
  return decodeURIComponent(key.replaceAll('+', ' '));
}
