// A DynamoDB of its own for one test: behind a front door, spoken to with the SDK.
import {
  BatchWriteItemCommand,
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  DynamoDBClient,
  paginateScan,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { type DynamoDb, makeDynamoDb } from '../../local/dynamodb/dynamodb.ts';
import { CallLog, type CallRecord } from '../../local/kernel/call-record.ts';
import { openFrontDoor } from '../../local/kernel/front-door.ts';
import { KeyRing } from '../../local/kernel/key-ring.ts';
import { ServiceClock } from '../../local/kernel/service-clock.ts';

const PLACE = { account: '123456789012', region: 'eu-west-1' } as const;

/** So fast that `clock.sleep` of minutes takes a wink; in calls the clock keeps the wall's pace. */
const CLOCK_SPEED = 100_000;

export interface World extends AsyncDisposable {
  readonly client: DynamoDBClient;
  readonly clock: ServiceClock;
  readonly dynamoDb: DynamoDb;
  readonly endpoint: string;
  readonly calls: readonly CallRecord[];
}

export async function openWorld({ backupSeconds = 60, clockSpeed = CLOCK_SPEED } = {}): Promise<World> {
  const clock = new ServiceClock(clockSpeed);
  const dynamoDb = makeDynamoDb({ clock, place: PLACE, backupSeconds });
  const log = new CallLog();
  const calls: CallRecord[] = [];
  log.listen((call) => calls.push(call));
  const door = await openFrontDoor({ services: [dynamoDb.service], clock, keys: new KeyRing(PLACE), calls: log });
  const credentials = { accessKeyId: 'AKIAOUTSIDE', secretAccessKey: 'secret' };
  // The SDK would repeat a 501.
  const client = new DynamoDBClient({ endpoint: door.endpoint, region: PLACE.region, credentials, maxAttempts: 1 });
  return {
    client,
    clock,
    dynamoDb,
    endpoint: door.endpoint,
    calls,
    async [Symbol.asyncDispose]() {
      client.destroy();
      await door.close();
      await dynamoDb.close();
      clock.close();
    },
  };
}

/** Partition key `pk` and sort key `sk`, both strings unless said otherwise. */
export function tableInput(TableName: string, more: Partial<CreateTableCommandInput> = {}): CreateTableCommandInput {
  return {
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: 'S' },
    ],
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    ...more,
  };
}

/** The table of `tableInput` with a global index over `owner`. */
export function indexedTableInput(TableName: string, ProjectionType: 'ALL' | 'KEYS_ONLY' = 'ALL') {
  return tableInput(TableName, {
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: 'S' },
      { AttributeName: 'owner', AttributeType: 'S' },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'by-owner',
        KeySchema: [{ AttributeName: 'owner', KeyType: 'HASH' }],
        Projection: { ProjectionType },
      },
    ],
  });
}

export async function createTable({ client }: World, input: CreateTableCommandInput): Promise<void> {
  await client.send(new CreateTableCommand(input));
}

export type WireItem = Record<string, { S: string } | { N: string }>;

export async function putAll({ client }: World, table: string, items: readonly WireItem[]): Promise<void> {
  for (let start = 0; start < items.length; start += 25) {
    const writes = items.slice(start, start + 25).map((Item) => ({ PutRequest: { Item } }));
    await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: writes } }));
  }
}

/** As sorted JSON lines, to compare whole tables. */
export async function contentsOf({ client }: World, TableName: string, IndexName?: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const { Items = [] } of paginateScan({ client }, { TableName, IndexName }))
    for (const item of Items) lines.push(JSON.stringify(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1))));
  return lines.sort();
}

export async function tableOf({ client }: World, TableName: string) {
  const { Table } = await client.send(new DescribeTableCommand({ TableName }));
  if (!Table) throw new Error(`${TableName} has no description`);
  return Table;
}

export async function untilActive({ client }: World, TableName: string): Promise<void> {
  await waitUntilTableExists({ client, maxWaitTime: 20, minDelay: 0.01, maxDelay: 0.05 }, { TableName });
}

/** The error a promise is rejected with. */
export async function refusalOf(promise: Promise<unknown>): Promise<Error & { [member: string]: unknown }> {
  const error = await promise.then(
    () => new Error('it was not refused'),
    (reason) => reason,
  );
  return error;
}
