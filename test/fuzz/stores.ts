// Makes, fills, reads and removes the tables and buckets of a case with the SDK, as their owner does.
import {
  BatchWriteItemCommand,
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteItemCommand,
  DeleteTableCommand,
  type DynamoDBClient,
  ListTablesCommand,
  PutItemCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { readTable } from '../../examples/demo/stores.ts';
import type { Deployment } from './deployment.ts';
import type { BucketShape, Item, KeyAttribute, Shapes, TableShape, Write } from './model.ts';
import { type Found, keyOf, type Version, type World } from './world.ts';

const BATCH = 25;
const IN_FLIGHT = 8;
/** Until a change of versioning has taken effect everywhere. */
const VERSIONING_SETTLES_MS = 900_000;

/** As if no case had been before: no stores, and nothing that Lethe remembers. */
export async function clear(deployment: Deployment, shapes: Shapes): Promise<void> {
  const { dynamodb, local } = deployment;
  await wipe(dynamodb, local.ready.controlTable, ['pk', 'sk']);
  const { TableNames = [] } = await dynamodb.send(new ListTablesCommand({}));
  for (const TableName of TableNames) {
    if (TableName !== local.ready.controlTable) await dynamodb.send(new DeleteTableCommand({ TableName }));
  }
  for (const { name } of shapes.buckets) await emptyBucket(deployment, name).catch(unlessMissing);
}

/** Bought once for all cases of a deployment: a bucket is not versioned before a quarter of an hour is over. */
export async function makeVersionedBuckets({ s3, local }: Deployment, { buckets }: Shapes): Promise<void> {
  const versioned = buckets.filter(({ isVersioned }) => isVersioned);
  for (const { name: Bucket } of versioned) {
    await s3.send(new CreateBucketCommand({ Bucket }));
    const VersioningConfiguration = { Status: 'Enabled' as const };
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  }
  if (versioned.length > 0) await local.clock.sleep(VERSIONING_SETTLES_MS);
}

export async function fill(
  deployment: Deployment,
  shapes: Shapes,
  seeded: readonly Write[],
  world: World,
): Promise<void> {
  for (const table of shapes.tables) await deployment.dynamodb.send(new CreateTableCommand(creationOf(table)));
  for (const bucket of shapes.buckets) await makeAnew(deployment, bucket);
  for (const { name } of shapes.tables) await putItems(deployment.dynamodb, name, seeded, world);
  const objects = seeded.filter((write) => 'bucket' in write);
  const keys = Map.groupBy(objects, ({ bucket, key }) => `${bucket}/${key}`);
  const turns = [...keys.values()];
  for (let at = 0; at < turns.length; at += IN_FLIGHT) {
    await Promise.all(
      turns.slice(at, at + IN_FLIGHT).map(async (writes) => {
        for (const one of writes) await write(deployment, one, world);
      }),
    );
  }
}

/** The last of each key, in batches: BatchWriteItem refuses the same key twice. */
async function putItems(
  dynamodb: DynamoDBClient,
  table: string,
  seeded: readonly Write[],
  world: World,
): Promise<void> {
  const own = seeded.filter((write) => 'table' in write && write.table === table);
  const last = [...new Map(own.map((write) => [keyOf(write.key as Item), write])).values()];
  for (let at = 0; at < last.length; at += BATCH) {
    const batch = last.slice(at, at + BATCH);
    let requests = batch.flatMap((one): WriteRequest[] =>
      'item' in one && one.item ? [{ PutRequest: { Item: one.item } }] : [],
    );
    while (requests.length > 0) {
      const RequestItems = { [table]: requests };
      const { UnprocessedItems = {} } = await dynamodb.send(new BatchWriteItemCommand({ RequestItems }));
      requests = UnprocessedItems[table] ?? [];
    }
    for (const one of batch) world.note(one);
  }
}

/** One write of the owner or of somebody else; what is not there cannot be written to. */
export async function write({ dynamodb, s3 }: Deployment, one: Write, world: World): Promise<void> {
  if ('table' in one) {
    const { table: TableName, key: Key, item } = one;
    if (item) await dynamodb.send(new PutItemCommand({ TableName, Item: item }));
    else await dynamodb.send(new DeleteItemCommand({ TableName, Key }));
    world.note(one);
  } else if (one.body === null) {
    const { VersionId } = await s3.send(new DeleteObjectCommand({ Bucket: one.bucket, Key: one.key }));
    world.note(one, { versionId: VersionId, etag: null });
  } else {
    const { VersionId, ETag = '' } = await s3.send(
      new PutObjectCommand({ Bucket: one.bucket, Key: one.key, Body: one.body }),
    );
    world.note(one, { versionId: VersionId, etag: ETag });
  }
}

export async function readStores(deployment: Deployment, { tables, buckets }: Shapes): Promise<Found> {
  const foundTables = tables.map(async ({ name, keys }) => {
    const items = new Map<string, Item>();
    for await (const item of readTable(deployment.dynamodb, name)) {
      items.set(keyOf(Object.fromEntries(keys.map((key) => [key.name, item[key.name] ?? { NULL: true }]))), item);
    }
    return [name, items] as const;
  });
  const foundBuckets = buckets.map(async ({ name }) => [name, await readBucket(deployment, name)] as const);
  return { tables: new Map(await Promise.all(foundTables)), buckets: new Map(await Promise.all(foundBuckets)) };
}

async function readBucket(deployment: Deployment, bucket: string): Promise<Map<string, Version[]>> {
  const found = new Map<string, Version[]>();
  for await (const { key, isLatest, ...version } of listVersions(deployment, bucket)) {
    const others = found.get(key) ?? [];
    found.set(key, isLatest ? [...others, version] : [version, ...others]);
  }
  return found;
}

interface Listed extends Version {
  readonly key: string;
  readonly isLatest: boolean;
}

async function* listVersions({ s3 }: Deployment, Bucket: string): AsyncIterable<Listed> {
  let marker: { KeyMarker?: string; VersionIdMarker?: string } | undefined = {};
  while (marker) {
    const page: ListObjectVersionsCommandOutput = await s3.send(
      new ListObjectVersionsCommand({ Bucket, EncodingType: 'url', ...marker }),
    );
    const { Versions = [], DeleteMarkers = [], IsTruncated, NextKeyMarker, NextVersionIdMarker } = page;
    for (const { Key, VersionId = 'null', ETag = '', IsLatest = false } of Versions) {
      yield { key: decode(Key), versionId: VersionId, etag: ETag, isLatest: IsLatest };
    }
    for (const { Key, VersionId = 'null', IsLatest = false } of DeleteMarkers) {
      yield { key: decode(Key), versionId: VersionId, etag: null, isLatest: IsLatest };
    }
    const next = {
      KeyMarker: decode(NextKeyMarker),
      ...(NextVersionIdMarker && { VersionIdMarker: NextVersionIdMarker }),
    };
    marker = IsTruncated ? next : undefined;
  }
}

/** Keys come URL-encoded, because XML cannot carry every one. */
function decode(key = ''): string {
  return decodeURIComponent(key.replaceAll('+', ' '));
}

/** A bucket that is not versioned may have become so: it is made again for each case. */
async function makeAnew({ s3 }: Deployment, { name: Bucket, isVersioned }: BucketShape): Promise<void> {
  if (isVersioned) return;
  await s3.send(new DeleteBucketCommand({ Bucket })).catch(unlessMissing);
  await s3.send(new CreateBucketCommand({ Bucket }));
}

async function emptyBucket(deployment: Deployment, Bucket: string): Promise<void> {
  const Objects: { Key: string; VersionId: string }[] = [];
  for await (const { key, versionId } of listVersions(deployment, Bucket))
    Objects.push({ Key: key, VersionId: versionId });
  for (let at = 0; at < Objects.length; at += MAX_KEYS) {
    const Delete = { Objects: Objects.slice(at, at + MAX_KEYS), Quiet: true };
    await deployment.s3.send(new DeleteObjectsCommand({ Bucket, Delete }));
  }
}

const MAX_KEYS = 1_000;

async function wipe(dynamodb: DynamoDBClient, table: string, keys: readonly string[]): Promise<void> {
  const requests: WriteRequest[] = [];
  for await (const item of readTable(dynamodb, table)) {
    const Key = Object.fromEntries(keys.flatMap((name) => (item[name] ? [[name, item[name]]] : [])));
    requests.push({ DeleteRequest: { Key } });
  }
  for (let at = 0; at < requests.length; at += BATCH) {
    const RequestItems = { [table]: requests.slice(at, at + BATCH) };
    await dynamodb.send(new BatchWriteItemCommand({ RequestItems }));
  }
}

export function creationOf({ name, keys, indexes }: TableShape): CreateTableCommandInput {
  const attributes = new Map([...keys, ...indexes.flatMap((index) => index.keys)].map((key) => [key.name, key.type]));
  const declared = (isLocal: boolean) =>
    indexes
      .filter((index) => index.isLocal === isLocal)
      .map((index) => ({
        IndexName: index.name,
        KeySchema: schemaOf(index.keys),
        Projection: { ProjectionType: 'ALL' as const },
      }));
  const [globals, locals] = [declared(false), declared(true)];
  return {
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [...attributes].map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType })),
    KeySchema: schemaOf(keys),
    ...(globals.length > 0 && { GlobalSecondaryIndexes: globals }),
    ...(locals.length > 0 && { LocalSecondaryIndexes: locals }),
  };
}

function schemaOf(keys: readonly KeyAttribute[]) {
  return keys.map(({ name: AttributeName }, at) => ({
    AttributeName,
    KeyType: at === 0 ? ('HASH' as const) : ('RANGE' as const),
  }));
}

function unlessMissing(error: unknown): void {
  if (error instanceof Error && error.name === 'NoSuchBucket') return;
  throw error;
}
