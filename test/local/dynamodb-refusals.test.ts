// What the embedded DynamoDB does not do, and says so with 501 instead of a plausible answer.
import {
  BatchWriteItemCommand,
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteItemCommand,
  DescribeLimitsCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  ExecuteStatementCommand,
  ExportTableToPointInTimeCommand,
  GetItemCommand,
  PutItemCommand,
  type PutItemCommandInput,
  QueryCommand,
  type QueryCommandInput,
  RestoreTableFromBackupCommand,
  ScanCommand,
  type ScanCommandInput,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  UpdateTableCommand,
  type UpdateTableCommandInput,
} from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import {
  contentsOf,
  createTable,
  indexedTableInput,
  openWorld,
  putAll,
  refusalOf,
  tableInput,
  tableOf,
} from './dynamodb.fixture.ts';

const ARN = 'arn:aws:dynamodb:eu-west-1:123456789012:table/photos';
const KEY = { pk: { S: 'a' }, sk: { S: '1' } };
const MAP = { M: { x: { S: 'y' } } };
const LIST = { L: [{ S: 'y' }] };
const BYTES = { B: new Uint8Array([195]) };

const create = (more: Partial<CreateTableCommandInput>) => (client: DynamoDBClient) =>
  client.send(new CreateTableCommand(tableInput('new', more)));
const update = (more: Partial<UpdateTableCommandInput>) => (client: DynamoDBClient) =>
  client.send(new UpdateTableCommand({ TableName: 'photos', ...more }));
const put = (more: Partial<PutItemCommandInput>) => (client: DynamoDBClient) =>
  client.send(new PutItemCommand({ TableName: 'photos', Item: KEY, ...more }));
const scan = (more: Partial<ScanCommandInput>) => (client: DynamoDBClient) =>
  client.send(new ScanCommand({ TableName: 'photos', ...more }));
const filter = (FilterExpression: string, value: NonNullable<ScanCommandInput['ExpressionAttributeValues']>[string]) =>
  scan({ FilterExpression, ExpressionAttributeValues: { ':v': value } });

test.each<[string, (client: DynamoDBClient) => Promise<unknown>]>([
  ['DescribeLimits', (client) => client.send(new DescribeLimitsCommand({}))],
  ['ExecuteStatement', (client) => client.send(new ExecuteStatementCommand({ Statement: 'SELECT * FROM photos' }))],
  [
    'ExportTableToPointInTime',
    (client) => client.send(new ExportTableToPointInTimeCommand({ TableArn: ARN, S3Bucket: 'bucket' })),
  ],
  ['CreateTable SSESpecification', create({ SSESpecification: { Enabled: true } })],
  ['CreateTable TableClass', create({ TableClass: 'STANDARD_INFREQUENT_ACCESS' })],
  ['CreateTable OnDemandThroughput', create({ OnDemandThroughput: { MaxWriteRequestUnits: 10 } })],
  ['CreateTable WarmThroughput', create({ WarmThroughput: { ReadUnitsPerSecond: 12_000 } })],
  ['CreateTable ResourcePolicy', create({ ResourcePolicy: '{}' })],
  [
    'CreateTable GlobalSecondaryIndexes WarmThroughput',
    create({
      ...indexedTableInput('new'),
      GlobalSecondaryIndexes: (indexedTableInput('new').GlobalSecondaryIndexes ?? []).map((index) => ({
        ...index,
        WarmThroughput: { ReadUnitsPerSecond: 12_000 },
      })),
    }),
  ],
  [
    'GlobalSecondaryIndexes with more than two key attributes',
    create({
      AttributeDefinitions: ['pk', 'sk', 'owner'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      GlobalSecondaryIndexes: [
        {
          IndexName: 'wide',
          KeySchema: [
            { AttributeName: 'owner', KeyType: 'HASH' },
            { AttributeName: 'pk', KeyType: 'HASH' },
            { AttributeName: 'sk', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    }),
  ],
  ['UpdateTable ReplicaUpdates', update({ ReplicaUpdates: [{ Create: { RegionName: 'us-east-1' } }] })],
  ['UpdateTable StreamSpecification', update({ StreamSpecification: { StreamEnabled: true } })],
  [
    'UpdateTable GlobalSecondaryIndexUpdates',
    update({ GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: 'by-owner' } }] }),
  ],
  [
    'UpdateTable ProvisionedThroughput',
    update({ ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 } }),
  ],
  ['UpdateTable BillingMode PROVISIONED', update({ BillingMode: 'PROVISIONED' })],
  ['DescribeTable with the ARN', (client) => client.send(new DescribeTableCommand({ TableName: ARN }))],
  ['GetItem with the ARN', (client) => client.send(new GetItemCommand({ TableName: ARN, Key: KEY }))],
  [
    'BatchWriteItem with the ARN',
    (client) => client.send(new BatchWriteItemCommand({ RequestItems: { [ARN]: [{ PutRequest: { Item: KEY } }] } })),
  ],
  [
    'TransactGetItems with the ARN',
    (client) => client.send(new TransactGetItemsCommand({ TransactItems: [{ Get: { TableName: ARN, Key: KEY } }] })),
  ],
  [
    'RestoreTableFromBackup SSESpecificationOverride',
    (client) =>
      client.send(
        new RestoreTableFromBackupCommand({
          BackupArn: `${ARN}/backup/01489602797149-73d8d5bc`,
          TargetTableName: 'new',
          SSESpecificationOverride: { Enabled: true },
        }),
      ),
  ],
  ['PutItem ReturnItemCollectionMetrics SIZE', put({ ReturnItemCollectionMetrics: 'SIZE' })],
  ['PutItem Expected', put({ Expected: { pk: { Exists: false } } })],
  [
    'UpdateItem AttributeUpdates',
    (client) =>
      client.send(
        new UpdateItemCommand({ TableName: 'photos', Key: KEY, AttributeUpdates: { n: { Value: { N: '1' } } } }),
      ),
  ],
  ['Scan ScanFilter', scan({ ScanFilter: { pk: { ComparisonOperator: 'NOT_NULL' } } })],
  ['Scan TotalSegments above 4096', scan({ Segment: 4096, TotalSegments: 4097 })],
  ['= with an operand of type M', filter('a = :v', MAP)],
  ['<> with an operand of type L', filter('NOT (attribute_exists(b) OR a <> :v)', LIST)],
  ['in with an operand of type M', filter('a IN (:v)', MAP)],
  ['contains with an operand of type B', filter('contains(a, :v)', BYTES)],
  ['contains with an operand of type BOOL', filter('contains(a, :v)', { BOOL: true })],
  ['begins_with with an operand of type B', filter('begins_with(a, :v)', BYTES)],
  ['= of two attributes', filter('attribute_exists(c) AND (a = :v OR a = b)', { S: 'x' })],
  [
    '= with an operand of type L',
    (client) =>
      client.send(
        new DeleteItemCommand({
          TableName: 'photos',
          Key: KEY,
          ConditionExpression: 'a = :v',
          ExpressionAttributeValues: { ':v': LIST },
        }),
      ),
  ],
  [
    'Query FilterExpression on note',
    (client) =>
      client.send(
        new QueryCommand({
          TableName: 'photos',
          IndexName: 'by-owner',
          KeyConditionExpression: '#o = :x',
          FilterExpression: 'note = :x',
          ExpressionAttributeNames: { '#o': 'owner' },
          ExpressionAttributeValues: { ':x': { S: 'x' } },
        }),
      ),
  ],
  [
    'TransactWriteItems ReturnConsumedCapacity TOTAL',
    (client) =>
      client.send(
        new TransactWriteItemsCommand({
          TransactItems: [{ Put: { TableName: 'photos', Item: KEY } }],
          ReturnConsumedCapacity: 'TOTAL',
        }),
      ),
  ],
])('%s is answered 501, and nothing changes', async (what, call) => {
  await using world = await openWorld();
  await createTable(world, indexedTableInput('photos', 'KEYS_ONLY'));
  const before = await tableOf(world, 'photos');
  const refusal = await refusalOf(call(world.client));
  expect(refusal).toMatchObject({ name: 'NotImplemented', $metadata: { httpStatusCode: 501 } });
  expect(refusal.message).toContain(what);
  expect(await tableOf(world, 'photos')).toEqual(before);
  expect((await refusalOf(tableOf(world, 'new'))).name).toBe('ResourceNotFoundException');
});

test('settings in the form that changes nothing are accepted', async () => {
  await using world = await openWorld();
  await createTable(
    world,
    tableInput('photos', {
      StreamSpecification: { StreamEnabled: false },
      SSESpecification: { Enabled: false },
      TableClass: 'STANDARD',
      DeletionProtectionEnabled: false,
    }),
  );
  const more = { ReturnConsumedCapacity: 'NONE', ReturnItemCollectionMetrics: 'NONE' } as const;
  await world.client.send(new PutItemCommand({ TableName: 'photos', Item: KEY, ReturnValues: 'NONE', ...more }));
  expect(await contentsOf(world, 'photos')).toHaveLength(1);
});

test('an attribute the local index lacks is answered 501, as AWS would fetch it from the table', async () => {
  await using world = await openWorld();
  await createTable(
    world,
    tableInput('photos', {
      AttributeDefinitions: ['pk', 'sk', 'at'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      LocalSecondaryIndexes: [
        {
          IndexName: 'by-at',
          KeySchema: [
            { AttributeName: 'pk', KeyType: 'HASH' },
            { AttributeName: 'at', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['note'] },
        },
      ],
    }),
  );
  await putAll(world, 'photos', [{ ...KEY, at: { S: '2' }, note: { S: 'n' }, size: { N: '1' } }]);
  const read = (more: Partial<ScanCommandInput>) => scan({ IndexName: 'by-at', ...more })(world.client);
  expect(await read({ ProjectionExpression: 'note, pk' })).toMatchObject({ Items: [{ note: { S: 'n' }, pk: KEY.pk }] });
  const names = { '#s': 'size' };
  expect((await refusalOf(read({ ProjectionExpression: '#s', ExpressionAttributeNames: names }))).name).toBe(
    'NotImplemented',
  );
  expect((await refusalOf(read({ Select: 'ALL_ATTRIBUTES' }))).name).toBe('NotImplemented');
});

test('a page after the first of bytes that begin with others is answered 501', async () => {
  await using world = await openWorld();
  const definitions = ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'B' as const }));
  await createTable(world, tableInput('photos', { AttributeDefinitions: definitions }));
  for (const last of [1, 2]) {
    const Item = { pk: BYTES, sk: { B: new Uint8Array([195, last]) } };
    await world.client.send(new PutItemCommand({ TableName: 'photos', Item }));
  }
  const page = (ExclusiveStartKey?: QueryCommandInput['ExclusiveStartKey']) =>
    world.client.send(
      new QueryCommand({
        TableName: 'photos',
        KeyConditionExpression: 'pk = :b AND begins_with(sk, :b)',
        ExpressionAttributeValues: { ':b': BYTES },
        Limit: 1,
        ExclusiveStartKey,
      }),
    );
  const { Count, LastEvaluatedKey } = await page();
  expect(Count).toBe(1);
  expect((await refusalOf(page(LastEvaluatedKey))).name).toBe('NotImplemented');
});

test('an unknown field is named in the answer, at any depth', async () => {
  await using world = await openWorld();
  await createTable(world, tableInput('photos'));
  const call = (operation: string, body: unknown) =>
    fetch(world.endpoint, {
      method: 'POST',
      headers: {
        authorization: 'AWS4-HMAC-SHA256 Credential=AKIA/20260101/eu-west-1/dynamodb/aws4_request, Signature=0',
        'x-amz-target': `DynamoDB_20120810.${operation}`,
        'content-type': 'application/x-amz-json-1.0',
      },
      body: JSON.stringify(body),
    });
  const deep = { RequestItems: { photos: [{ DeleteRequest: { Key: KEY, Condition: 'x' } }] } };
  for (const [operation, body, what] of [
    ['DescribeTable', { TableName: 'photos', Verbose: true }, 'DescribeTable Verbose'],
    ['BatchWriteItem', deep, 'BatchWriteItem RequestItems DeleteRequest Condition'],
    ['GetItem', { TableName: 'photos', Key: KEY, constructor: 'x' }, 'GetItem constructor'],
  ] as const) {
    const answer = await call(operation, body);
    expect(answer.status).toBe(501);
    expect(await answer.json()).toMatchObject({ __type: 'NotImplemented', message: expect.stringContaining(what) });
  }
  expect((await call('GetItem', { TableName: 'photos', Key: { pk: 'not a value' } })).status).toBe(400);
});
