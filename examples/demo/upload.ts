// Makes the tables and buckets of a data set and fills them over the wire; remembers what it wrote.
import {
  BatchWriteItemCommand,
  CreateTableCommand,
  type DynamoDBClient,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { DeleteObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { BucketData, Dataset, Item, ObjectWrite, Streamed, TableData } from '../gallery/dataset.ts';
import { type BucketState, itemDigest, keyText, sha256, type TableState } from './fingerprint.ts';

export interface SeededTable {
  readonly name: string;
  readonly keyNames: readonly string[];
  readonly create: TableData['create'];
  readonly state: TableState;
}

export interface SeededBucket {
  readonly name: string;
  readonly state: BucketState;
}

/** What was written: the oracle of every proof. */
export interface Seeded {
  readonly tables: readonly SeededTable[];
  readonly buckets: readonly SeededBucket[];
  readonly items: number;
  readonly objects: number;
}

export interface Uploading {
  readonly dynamodb: DynamoDBClient;
  readonly s3: S3Client;
  /** Makes a bucket whose versioning is in effect at once, as that of a bucket that is not new. */
  createBucket(name: string, isVersioned: boolean): void;
  progress(written: number, what: string): void;
}

const BATCH = 25;
const IN_FLIGHT = 8;

export async function upload(data: Dataset, uploading: Uploading): Promise<Seeded> {
  const tables: SeededTable[] = [];
  for (const table of data.tables) tables.push(await uploadTable(table, uploading));
  const buckets: SeededBucket[] = [];
  for (const bucket of data.buckets) buckets.push(await uploadBucket(bucket, uploading));
  const items = tables.reduce((sum, { state }) => sum + state.size, 0);
  const objects = buckets.reduce(
    (sum, { state }) => sum + [...state.values()].reduce((n, versions) => n + versions.length, 0),
    0,
  );
  return { tables, buckets, items, objects };
}

async function uploadTable({ create, items }: TableData, { dynamodb, progress }: Uploading): Promise<SeededTable> {
  const name = create.TableName ?? '';
  const keyNames = (create.KeySchema ?? []).map(({ AttributeName = '' }) => AttributeName);
  const state: TableState = new Map();
  await dynamodb.send(new CreateTableCommand(create));
  await inTurns(batches(items(), keyNames), async (batch) => {
    let requests = batch.map((item): WriteRequest => ({ PutRequest: { Item: { ...item } } }));
    while (requests.length > 0) {
      const { UnprocessedItems = {} } = await dynamodb.send(
        new BatchWriteItemCommand({ RequestItems: { [name]: requests } }),
      );
      requests = UnprocessedItems[name] ?? [];
    }
    for (const item of batch) state.set(keyText(item, keyNames), { digest: itemDigest(item), item: keysOnly(item) });
    progress(batch.length, 'items');
  });
  return { name, keyNames, create, state };

  /** Texts and numbers are enough to tell later whose the item is; bodies stay in the table. */
  function keysOnly(item: Item): Item {
    const isShort = (value: Item[string]) => (value.S !== undefined && value.S.length <= 128) || value.N !== undefined;
    return Object.fromEntries(
      Object.entries(item).filter(([attribute, value]) => keyNames.includes(attribute) || isShort(value)),
    );
  }
}

/** Batches of distinct keys: BatchWriteItem refuses the same key twice, and two batches in flight have no order. */
async function* batches(items: Streamed<Item>, keyNames: readonly string[]): AsyncIterable<Item[]> {
  let batch = new Map<string, Item>();
  for await (const item of items) {
    batch.set(keyText(item, keyNames), item);
    if (batch.size < BATCH) continue;
    yield [...batch.values()];
    batch = new Map();
  }
  if (batch.size > 0) yield [...batch.values()];
}

async function uploadBucket({ name, versioned, objects }: BucketData, uploading: Uploading): Promise<SeededBucket> {
  const { s3, createBucket, progress } = uploading;
  const state: BucketState = new Map();
  createBucket(name, versioned);
  const writing = new Map<string, Promise<void>>();
  await inTurns(ofOneKey(objects()), (writes) => {
    // Later writes to a key wait for the earlier ones, wherever they stand.
    const key = writes[0]?.key ?? '';
    const turn = (writing.get(key) ?? Promise.resolve()).then(() => write(writes));
    writing.set(key, turn);
    return turn;
  });
  return { name, state };

  async function write(writes: readonly ObjectWrite[]): Promise<void> {
    for (const { key, body, deleteMarker } of writes) {
      const versionId = deleteMarker ? await hide(key) : await put(key, body ?? '');
      const version = { versionId, sha256: deleteMarker ? null : sha256(body ?? '') };
      const before = versioned ? (state.get(key) ?? []) : [];
      state.set(key, [...before, version]);
    }
    progress(writes.length, 'object versions');
  }

  async function put(Key: string, Body: string | Uint8Array): Promise<string> {
    const { VersionId = 'null' } = await s3.send(
      new PutObjectCommand({ Bucket: name, Key, Body, ContentLength: Buffer.byteLength(Body) }),
    );
    return VersionId;
  }

  async function hide(Key: string): Promise<string> {
    const { VersionId = 'null' } = await s3.send(new DeleteObjectCommand({ Bucket: name, Key }));
    return VersionId;
  }
}

/** Writes that follow each other to one key stay together, so that they keep their order. */
async function* ofOneKey(writes: Streamed<ObjectWrite>): AsyncIterable<ObjectWrite[]> {
  let together: ObjectWrite[] = [];
  for await (const write of writes) {
    if (together.length > 0 && together[0]?.key !== write.key) {
      yield together;
      together = [];
    }
    together.push(write);
  }
  if (together.length > 0) yield together;
}

async function inTurns<T>(source: AsyncIterable<T>, work: (one: T) => Promise<void>): Promise<void> {
  const underWay = new Set<Promise<void>>();
  for await (const one of source) {
    const job = work(one).finally(() => underWay.delete(job));
    job.catch(() => undefined); // seen by the race or the last wait
    underWay.add(job);
    if (underWay.size >= IN_FLIGHT) await Promise.race(underWay);
  }
  await Promise.all(underWay);
}
