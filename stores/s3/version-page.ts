// One page of versions and delete markers, and where the next one begins.
import {
  type DeleteMarkerEntry,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandInput,
  type ListObjectVersionsCommandOutput,
  type ObjectVersion,
  type S3Client,
} from '@aws-sdk/client-s3';
import { untilAnswered } from './attempts.ts';
import { compareKeys } from './key-order.ts';
import { decodeKey } from './url-encoded.ts';

export interface Entry {
  readonly key: string;
  readonly versionId: string;
  readonly bytes: number;
  readonly isMarker: boolean;
  readonly isLatest: boolean;
}

/** Where a page begins; empty: at the prefix's beginning. */
export interface Marker {
  readonly KeyMarker?: string;
  readonly VersionIdMarker?: string;
}

export interface VersionPage {
  /** In the order of keys. */
  readonly entries: readonly Entry[];
  readonly next: Marker | null;
}

export async function readVersionPage(
  client: S3Client,
  input: Omit<ListObjectVersionsCommandInput, 'EncodingType'>,
  sleep: (ms: number) => Promise<void>,
): Promise<VersionPage> {
  const page = await untilAnswered(
    () => client.send(new ListObjectVersionsCommand({ ...input, EncodingType: 'url' })),
    sleep,
  );
  return { entries: entriesOf(page), next: markerAfter(page) };
}

/** The answer lists versions and markers apart. */
function entriesOf({ Versions = [], DeleteMarkers = [] }: ListObjectVersionsCommandOutput): Entry[] {
  const entry = (one: ObjectVersion | DeleteMarkerEntry, bytes: number, isMarker: boolean): Entry => ({
    key: decodeKey(one.Key ?? ''),
    versionId: one.VersionId ?? 'null',
    bytes,
    isMarker,
    isLatest: one.IsLatest === true,
  });
  return [
    ...Versions.map((version) => entry(version, version.Size ?? 0, false)),
    ...DeleteMarkers.map((marker) => entry(marker, 0, true)),
  ].sort((a, b) => compareKeys(a.key, b.key));
}

function markerAfter({
  IsTruncated,
  NextKeyMarker,
  NextVersionIdMarker,
}: ListObjectVersionsCommandOutput): Marker | null {
  if (!IsTruncated || NextKeyMarker === undefined) return null;
  const KeyMarker = decodeKey(NextKeyMarker);
  return NextVersionIdMarker === undefined ? { KeyMarker } : { KeyMarker, VersionIdMarker: NextVersionIdMarker };
}
