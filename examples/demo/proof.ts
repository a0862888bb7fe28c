// The proof: what should be gone is gone, everything else is as it was written, and the erased comes back as it was.
import {
  DeleteTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  RestoreTableFromBackupCommand,
  RestoreTableToPointInTimeCommand,
} from '@aws-sdk/client-dynamodb';
import { CopyObjectCommand, GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Report, ReportTarget } from '../../contracts/report.ts';
import { type BucketState, itemDigest, keyText, sha256 } from './fingerprint.ts';
import type { Expectation } from './oracle.ts';
import { readBucket, readTable } from './stores.ts';
import type { Seeded, SeededBucket, SeededTable } from './upload.ts';

export interface Proof {
  readonly selectedLeft: number;
  readonly neighboursChanged: number;
  readonly preservedChanged: number;
  readonly restored: { readonly targets: number; readonly different: number };
}

export interface Compared {
  readonly selectedLeft: number;
  readonly neighboursChanged: number;
  readonly preservedChanged: number;
}

export interface Clients {
  readonly dynamodb: DynamoDBClient;
  readonly s3: S3Client;
}

/** Compares every store with what was written; `isErased` says whether the selected should be gone. */
export async function compareStores(
  seeded: Seeded,
  expected: Expectation,
  isErased: boolean,
  clients: Clients,
): Promise<Compared> {
  let [selectedLeft, neighboursChanged, preservedChanged] = [0, 0, 0];
  for (const table of seeded.tables) {
    const selected = expected.selectedItems.get(table.name) ?? new Set();
    const preserved = expected.preservedItems.get(table.name) ?? new Set();
    const changed = new Set(table.state.keys());
    for await (const item of readTable(clients.dynamodb, table.name)) {
      const key = keyText(item, table.keyNames);
      if (isErased && selected.has(key)) selectedLeft++;
      else if (table.state.get(key)?.digest === itemDigest(item)) changed.delete(key);
      else changed.add(key);
    }
    for (const key of changed) {
      if (isErased && selected.has(key)) continue;
      if (preserved.has(key)) preservedChanged++;
      else neighboursChanged++;
    }
  }
  for (const bucket of seeded.buckets) {
    const compared = await compareBucket(bucket, expected, isErased, clients);
    selectedLeft += compared.selectedLeft;
    neighboursChanged += compared.changed;
  }
  return { selectedLeft, neighboursChanged, preservedChanged };
}

async function compareBucket(bucket: SeededBucket, expected: Expectation, isErased: boolean, { s3 }: Clients) {
  const selected = expected.selectedObjects.get(bucket.name) ?? new Set();
  const finalised = expected.finalisedObjects.get(bucket.name) ?? new Set();
  const found: BucketState = new Map();
  let selectedLeft = 0;
  for await (const version of readBucket(s3, bucket.name)) {
    const { key, versionId, isLatest, deleteMarker } = version;
    if (isErased && selected.has(key) && isLatest && !deleteMarker) selectedLeft++;
    const older = found.get(key) ?? [];
    found.set(key, [{ versionId, sha256: deleteMarker ? null : version.sha256 }, ...older]);
  }
  let changed = 0;
  for (const key of new Set([...bucket.state.keys(), ...found.keys()])) {
    const before = bucket.state.get(key) ?? [];
    const after = found.get(key) ?? [];
    const isHidden = isErased && selected.has(key);
    if (isErased && finalised.has(key)) selectedLeft += after.length;
    else if (JSON.stringify(before) !== JSON.stringify(isHidden ? after.slice(0, before.length) : after)) changed++;
  }
  return { selectedLeft, changed };
}

/** Brings every erased target back from the recovery point its report names, elsewhere, and compares all of it. */
export async function restoreAll(
  report: Report,
  seeded: Seeded,
  expected: Expectation,
  clients: Clients & { createBucket(name: string): void; sleep(seconds: number): Promise<void> },
): Promise<Proof['restored']> {
  let [targets, different] = [0, 0];
  const restoredBuckets = new Set<string>();
  const restoredTables = new Set<string>();
  for (const target of report.targets) {
    if (target.state !== 'erased' || target.erased === 0 || !isRecoverable(target)) continue;
    const table = seeded.tables.find(({ name }) => name === target.resource);
    const bucket = seeded.buckets.find(({ name }) => name === target.resource);
    targets++;
    if (table && !restoredTables.has(table.name)) different += await restoreTable(target, table, clients);
    if (bucket && !restoredBuckets.has(bucket.name)) different += await bringBack(bucket, expected, clients);
    restoredTables.add(target.resource);
    restoredBuckets.add(target.resource);
  }
  return { targets, different };
}

/** Finalised targets are gone for good, whatever recovery point they once had. */
function isRecoverable({ kind, recoveryPoint, verification }: ReportTarget): boolean {
  return recoveryPoint?.type !== 'none' && !(kind === 's3' && verification?.level === 'gone');
}

type Restoring = Clients & { createBucket(name: string): void; sleep(seconds: number): Promise<void> };

async function restoreTable(
  { recoveryPoint }: ReportTarget,
  table: SeededTable,
  { dynamodb, sleep }: Restoring,
): Promise<number> {
  const TargetTableName = `${table.name}-restored`;
  if (recoveryPoint?.restoreTo) {
    const RestoreDateTime = new Date(recoveryPoint.restoreTo);
    await dynamodb.send(
      new RestoreTableToPointInTimeCommand({ SourceTableName: table.name, TargetTableName, RestoreDateTime }),
    );
  } else {
    await dynamodb.send(new RestoreTableFromBackupCommand({ TargetTableName, BackupArn: recoveryPoint?.id ?? '' }));
  }
  for (;;) {
    const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: TargetTableName }));
    if (Table?.TableStatus === 'ACTIVE') break;
    await sleep(1);
  }
  const missing = new Set(table.state.keys());
  let different = 0;
  for await (const item of readTable(dynamodb, TargetTableName)) {
    const key = keyText(item, table.keyNames);
    missing.delete(key);
    if (table.state.get(key)?.digest !== itemDigest(item)) different++;
  }
  await dynamodb.send(new DeleteTableCommand({ TableName: TargetTableName }));
  return different + missing.size;
}

async function bringBack(
  bucket: SeededBucket,
  expected: Expectation,
  { s3, createBucket }: Restoring,
): Promise<number> {
  const restored = `${bucket.name.slice(0, 54)}-restored`;
  createBucket(restored);
  let different = 0;
  for (const key of expected.selectedObjects.get(bucket.name) ?? []) {
    const version = bucket.state.get(key)?.at(-1);
    const path = key.split('/').map(encodeURIComponent).join('/');
    const CopySource = `${bucket.name}/${path}?versionId=${version?.versionId}`;
    await s3.send(new CopyObjectCommand({ Bucket: restored, Key: key, CopySource }));
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: restored, Key: key }));
    if (sha256((await Body?.transformToByteArray()) ?? '') !== version?.sha256) different++;
  }
  return different;
}
