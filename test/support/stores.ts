// The embedded DynamoDB and S3 behind one front door, for contract tests: one server a file, a table or bucket a test.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { ControlTable } from '../../adapters/control-table/control-table.ts';
import type { Target } from '../../contracts/plan.ts';
import type { KeyType, TableTargetSelector } from '../../contracts/selector.ts';
import { type DynamoDb, makeDynamoDb } from '../../local/dynamodb/dynamodb.ts';
import { CallLog, type CallRecord } from '../../local/kernel/call-record.ts';
import { openFrontDoor } from '../../local/kernel/front-door.ts';
import { KeyRing } from '../../local/kernel/key-ring.ts';
import type { AwsService, Place } from '../../local/kernel/service.ts';
import { ServiceClock } from '../../local/kernel/service-clock.ts';
import { makeS3, type S3 } from '../../local/s3/s3.ts';
import { makeDynamoDbStore } from '../../stores/dynamodb/dynamodb-store.ts';
import { type ListedVersion, listVersions } from '../local/s3-account.ts';
import { bucketTarget, tableTarget as planned, WHOLE } from './plans.ts';

export interface Parts {
  readonly clock: ServiceClock;
  readonly place: Place;
  readonly keys: KeyRing;
}

export interface StoresOptions {
  /** Service seconds a second while nothing is under way. @default 600 */
  readonly clockSpeed?: number;
  /** Service seconds a backup stays CREATING. @default 3 */
  readonly backupSeconds?: number;
  /** Services besides DynamoDB and S3. */
  readonly more?: (parts: Parts) => readonly AwsService[];
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface ClientConfiguration {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: Credentials;
  /** What fails is to be seen, not repeated by the SDK. */
  readonly maxAttempts: 1;
}

export const PLACE: Place = { account: '123456789012', region: 'eu-west-1' };

export class Stores {
  readonly clock: ServiceClock;
  readonly configuration: ClientConfiguration;
  readonly calls: CallRecord[] = [];
  /** Clients of the caller, for what a test does itself. */
  readonly dynamodb: DynamoDBClient;
  readonly s3: S3Client;
  readonly #tables: DynamoDb;
  readonly #buckets: S3;
  readonly #closeDoor: () => Promise<void>;
  #names = 0;

  private constructor(parts: {
    readonly clock: ServiceClock;
    readonly tables: DynamoDb;
    readonly buckets: S3;
    readonly endpoint: string;
    readonly calls: CallLog;
    readonly closeDoor: () => Promise<void>;
  }) {
    this.clock = parts.clock;
    this.#tables = parts.tables;
    this.#buckets = parts.buckets;
    this.#closeDoor = parts.closeDoor;
    const credentials = { accessKeyId: 'AKIAOUTSIDE', secretAccessKey: 'secret' };
    this.configuration = { endpoint: parts.endpoint, region: PLACE.region, credentials, maxAttempts: 1 };
    this.dynamodb = this.newDynamoDb();
    this.s3 = this.newS3();
    parts.calls.listen((call) => this.calls.push(call));
  }

  static async open({ clockSpeed = 600, backupSeconds = 3, more }: StoresOptions = {}): Promise<Stores> {
    const clock = new ServiceClock(clockSpeed);
    const keys = new KeyRing(PLACE);
    const calls = new CallLog();
    const tables = makeDynamoDb({ clock, place: PLACE, backupSeconds });
    const buckets = makeS3({ clock, place: PLACE });
    const services = [tables.service, buckets.service, ...(more?.({ clock, place: PLACE, keys }) ?? [])];
    const door = await openFrontDoor({ services, clock, keys, calls });
    return new Stores({ clock, tables, buckets, endpoint: door.endpoint, calls, closeDoor: door.close });
  }

  async close(): Promise<void> {
    this.dynamodb.destroy();
    this.s3.destroy();
    await this.#closeDoor();
    await this.#tables.close();
    this.#buckets.close();
    this.clock.close();
  }

  newDynamoDb(more: Partial<ClientConfiguration> = {}): DynamoDBClient {
    return new DynamoDBClient({ ...this.configuration, ...more });
  }

  newS3(more: Partial<ClientConfiguration> = {}): S3Client {
    return new S3Client({ ...this.configuration, ...more, forcePathStyle: true });
  }

  /** Of a table or bucket that no other test uses. */
  newName(): string {
    this.#names++;
    return `store-${this.#names}`;
  }

  /** A new table with such keys and indexes, holding the items. @returns its name */
  async table(keys: Keys, items: readonly Item[] = [], indexes: readonly Index[] = []): Promise<string> {
    const TableName = this.newName();
    const types = new Map([keys, ...indexes.map((index) => index.keys)].flat());
    await this.#tables.execute('CreateTable', {
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [...types].map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType })),
      KeySchema: schemaOf(keys),
      ...indexesOf(indexes, 'global'),
      ...indexesOf(indexes, 'local'),
    });
    await this.put(TableName, items);
    return TableName;
  }

  async put(table: string, items: readonly Item[]): Promise<void> {
    for (let at = 0; at < items.length; at += 25) {
      const RequestItems = { [table]: items.slice(at, at + 25).map((Item) => ({ PutRequest: { Item } })) };
      await this.#tables.execute('BatchWriteItem', { RequestItems });
    }
  }

  async deleteItem(table: string, Key: Item): Promise<void> {
    await this.#tables.execute('DeleteItem', { TableName: table, Key });
  }

  /** Every item of a table, in an order of their own. */
  async items(table: string): Promise<Item[]> {
    const items: Item[] = [];
    for (let ExclusiveStartKey: Item | undefined, isFirst = true; isFirst || ExclusiveStartKey; isFirst = false) {
      const page = await this.#tables.execute('Scan', {
        TableName: table,
        ...(ExclusiveStartKey && { ExclusiveStartKey }),
      });
      items.push(...page.Items);
      ExclusiveStartKey = page.LastEvaluatedKey;
    }
    return items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }

  /** A new bucket, versioned since long ago unless said otherwise, with objects that hold their keys. @returns its name */
  bucket(keys: Iterable<string> = [], versioning: 'Enabled' | 'Off' = 'Enabled'): string {
    const name = this.newName();
    this.#buckets.createBucket(name, versioning === 'Enabled' ? { versioning } : {});
    for (const key of keys) this.putObject(name, key);
    return name;
  }

  /** A new bucket with Object Lock. @returns its name */
  async lockedBucket(keys: Iterable<string>): Promise<string> {
    const Bucket = this.newName();
    await this.s3.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
    for (const key of keys) this.putObject(Bucket, key);
    return Bucket;
  }

  putObject(bucket: string, key: string, body = key): void {
    this.#buckets.putObject(bucket, key, body);
  }

  /** Keys of a bucket's current objects, and all its versions and markers. */
  async objects(bucket: string): Promise<{ readonly current: string[]; readonly versions: readonly ListedVersion[] }> {
    const versions = await listVersions(this.s3, { Bucket: bucket, EncodingType: 'url' });
    const decoded = versions.map((one) => ({ ...one, key: decodeURIComponent(one.key.replaceAll('+', ' ')) }));
    const current = decoded.filter(({ isLatest, isMarker }) => isLatest && !isMarker);
    return { current: current.map(({ key }) => key), versions: decoded };
  }

  /** The calls to a table or bucket, from a call on. */
  callsTo(resource: string, operation?: string): CallRecord[] {
    return this.calls.filter((call) => call.resource === resource && (operation ?? call.operation) === call.operation);
  }

  /** A control table of its own, empty. */
  async controlTable(client = this.dynamodb): Promise<ControlTable> {
    const keys = [
      ['pk', 'S'],
      ['sk', 'S'],
    ] as const;
    return new ControlTable(client, await this.table(keys));
  }

  /** A table as the plan describes it. */
  async tableTarget(
    table: string,
    selector: TableTargetSelector | readonly TableTargetSelector[] = WHOLE,
    more: Partial<Target> = {},
  ): Promise<Target> {
    const description = await makeDynamoDbStore(this.dynamodb).describe(table);
    if (!description.exists) throw new Error(`${table} does not exist`);
    return planned({ id: table, resource: table, selectors: [selector].flat(), facts: description.facts, ...more });
  }
}

export type Keys = readonly (readonly [name: string, type: KeyType])[];

export interface Index {
  readonly name: string;
  readonly keys: Keys;
  /** @default global */
  readonly kind?: 'global' | 'local';
  /** Attributes besides the keys. @default all */
  readonly holds?: readonly string[];
}

function schemaOf(keys: Keys) {
  return keys.map(([AttributeName], at) => ({ AttributeName, KeyType: at === 0 ? 'HASH' : 'RANGE' }));
}

function indexesOf(indexes: readonly Index[], wanted: 'global' | 'local') {
  const own = indexes.filter(({ kind = 'global' }) => kind === wanted);
  const described = own.map(({ name, keys, holds }) => ({
    IndexName: name,
    KeySchema: schemaOf(keys),
    Projection: holds === undefined ? { ProjectionType: 'ALL' } : projectionOf(holds),
  }));
  if (own.length === 0) return {};
  return wanted === 'global' ? { GlobalSecondaryIndexes: described } : { LocalSecondaryIndexes: described };
}

function projectionOf(holds: readonly string[]) {
  return holds.length === 0
    ? { ProjectionType: 'KEYS_ONLY' }
    : { ProjectionType: 'INCLUDE', NonKeyAttributes: [...holds] };
}

/** An item as it goes over the wire. */
export type Item = Readonly<Record<string, { readonly S: string } | { readonly N: string } | { readonly B: string }>>;

/** A prefix of a bucket as the plan describes it. */
export function prefixTarget(
  bucket: string,
  prefix: string,
  { except = [], ...more }: { readonly except?: string[] } & Partial<Target> = {},
): Target {
  return bucketTarget({ id: bucket, resource: bucket, selectors: [{ by: 'prefix', prefix, except }], ...more });
}

export async function inFull<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}
