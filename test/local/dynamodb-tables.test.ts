// Tables of the embedded DynamoDB: their life, their settings, their names.
import {
  CreateTableCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeTimeToLiveCommand,
  GetItemCommand,
  ListTablesCommand,
  ListTagsOfResourceCommand,
  PutItemCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateItemCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
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

test('a table is CREATING in the answer and ACTIVE in the next call', async () => {
  await using world = await openWorld();
  const { TableDescription } = await world.client.send(new CreateTableCommand(indexedTableInput('photos')));
  expect(TableDescription).toMatchObject({
    TableStatus: 'CREATING',
    TableArn: 'arn:aws:dynamodb:eu-west-1:123456789012:table/photos',
    BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
    GlobalSecondaryIndexes: [{ IndexName: 'by-owner', IndexStatus: 'CREATING' }],
  });
  expect(await tableOf(world, 'photos')).toMatchObject({
    TableStatus: 'ACTIVE',
    DeletionProtectionEnabled: false,
    ItemCount: 0,
    TableSizeBytes: 0,
    GlobalSecondaryIndexes: [{ IndexStatus: 'ACTIVE', Projection: { ProjectionType: 'ALL' } }],
  });
});

test('a table carries the time of the service clock', async () => {
  await using world = await openWorld();
  await world.clock.sleep(3600 * 1000);
  const before = world.clock.nowMs();
  await createTable(world, tableInput('photos'));
  const created = (await tableOf(world, 'photos')).CreationDateTime?.getTime();
  expect(created).toBeGreaterThanOrEqual(before);
  expect(created).toBeLessThanOrEqual(world.clock.nowMs());
});

test('a second table of the same name is refused, and so is one whose definitions do not fit', async () => {
  await using world = await openWorld();
  await createTable(world, tableInput('photos'));
  expect(await refusalOf(createTable(world, tableInput('photos')))).toMatchObject({
    name: 'ResourceInUseException',
    message: 'Table already exists: photos',
  });
  const { GlobalSecondaryIndexes: _, ...unused } = indexedTableInput('unused');
  expect((await refusalOf(createTable(world, unused))).name).toBe('ValidationException');
});

test('item counts and sizes are right after every kind of write, for the table and its index', async () => {
  await using world = await openWorld();
  await createTable(world, indexedTableInput('photos', 'KEYS_ONLY'));
  await putAll(world, 'photos', [
    { pk: { S: 'a' }, sk: { S: '1' }, owner: { S: 'x' }, note: { S: 'long' } },
    { pk: { S: 'a' }, sk: { S: '2' }, note: { S: 'no owner' } },
    { pk: { S: 'b' }, sk: { S: '1' }, owner: { S: 'y' } },
  ]);
  await putAll(world, 'photos', [{ pk: { S: 'b' }, sk: { S: '1' }, owner: { S: 'z' } }]);
  await world.client.send(
    new UpdateItemCommand({
      TableName: 'photos',
      Key: { pk: { S: 'a' }, sk: { S: '1' } },
      UpdateExpression: 'SET note = :n',
      ExpressionAttributeValues: { ':n': { S: 'café' } },
    }),
  );
  await world.client.send(new DeleteItemCommand({ TableName: 'photos', Key: { pk: { S: 'a' }, sk: { S: '2' } } }));
  await world.client.send(new DeleteItemCommand({ TableName: 'photos', Key: { pk: { S: 'no' }, sk: { S: 'no' } } }));
  // Attribute names and values in UTF-8: pk 3, sk 3, owner 6, note 4 + 5.
  expect(await tableOf(world, 'photos')).toMatchObject({
    ItemCount: 2,
    TableSizeBytes: 3 + 3 + 6 + 9 + (3 + 3 + 6),
    GlobalSecondaryIndexes: [{ ItemCount: 2, IndexSizeBytes: 2 * (3 + 3 + 6) }],
  });
});

test('a deleted table is gone with its items', async () => {
  await using world = await openWorld();
  await createTable(world, tableInput('photos'));
  await putAll(world, 'photos', [{ pk: { S: 'a' }, sk: { S: '1' } }]);
  const { TableDescription } = await world.client.send(new DeleteTableCommand({ TableName: 'photos' }));
  expect(TableDescription?.TableStatus).toBe('DELETING');
  expect(await refusalOf(tableOf(world, 'photos'))).toMatchObject({
    name: 'ResourceNotFoundException',
    message: 'Requested resource not found: Table: photos not found',
  });
  await createTable(world, tableInput('photos'));
  expect(await contentsOf(world, 'photos')).toEqual([]);
});

test('a protected table is deleted only after its protection is taken off', async () => {
  await using world = await openWorld();
  await createTable(world, tableInput('photos', { DeletionProtectionEnabled: true }));
  expect((await tableOf(world, 'photos')).DeletionProtectionEnabled).toBe(true);
  const remove = () => world.client.send(new DeleteTableCommand({ TableName: 'photos' }));
  expect(await refusalOf(remove())).toMatchObject({
    name: 'ValidationException',
    message: expect.stringContaining('currently protected against deletion'),
  });
  await world.client.send(new UpdateTableCommand({ TableName: 'photos', DeletionProtectionEnabled: false }));
  expect((await tableOf(world, 'photos')).DeletionProtectionEnabled).toBe(false);
  await remove();
  expect((await world.client.send(new ListTablesCommand({}))).TableNames).toEqual([]);
});

test('a provisioned table can change to on-demand', async () => {
  await using world = await openWorld();
  const ProvisionedThroughput = { ReadCapacityUnits: 5, WriteCapacityUnits: 7 };
  await createTable(world, tableInput('photos', { BillingMode: 'PROVISIONED', ProvisionedThroughput }));
  expect(await tableOf(world, 'photos')).toMatchObject({ ProvisionedThroughput });
  await world.client.send(new UpdateTableCommand({ TableName: 'photos', BillingMode: 'PAY_PER_REQUEST' }));
  expect(await tableOf(world, 'photos')).toMatchObject({
    TableStatus: 'ACTIVE',
    BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
    ProvisionedThroughput: { ReadCapacityUnits: 0, WriteCapacityUnits: 0 },
  });
});

test('tables whose names contain one another keep their items apart', async () => {
  await using world = await openWorld();
  const names = ['app', 'app.', 'app-1', 'app_1', 'app.1', 'app-10', 'App', 'item-app'];
  for (const name of names) {
    await createTable(world, tableInput(name));
    await putAll(world, name, [{ pk: { S: 'p' }, sk: { S: 's' }, in: { S: name } }]);
  }
  await world.client.send(new DeleteTableCommand({ TableName: 'app' }));
  await world.client.send(new DeleteItemCommand({ TableName: 'app-1', Key: { pk: { S: 'p' }, sk: { S: 's' } } }));
  for (const name of names.filter((one) => one !== 'app')) {
    const { Item } = await world.client.send(
      new GetItemCommand({ TableName: name, Key: { pk: { S: 'p' }, sk: { S: 's' } } }),
    );
    expect(Item?.['in']?.S).toBe(name === 'app-1' ? undefined : name);
  }
});

test('tables are listed in pages, in the order of their names', async () => {
  await using world = await openWorld();
  for (const name of ['ccc', 'aaa', 'bbb']) await createTable(world, tableInput(name));
  const first = await world.client.send(new ListTablesCommand({ Limit: 2 }));
  expect(first).toMatchObject({ TableNames: ['aaa', 'bbb'], LastEvaluatedTableName: 'bbb' });
  const second = await world.client.send(new ListTablesCommand({ Limit: 2, ExclusiveStartTableName: 'bbb' }));
  expect(second.TableNames).toEqual(['ccc']);
  expect(second.LastEvaluatedTableName).toBeUndefined();
});

test('tags given at creation and later are listed, and can be taken off', async () => {
  await using world = await openWorld();
  await createTable(world, tableInput('photos', { Tags: [{ Key: 'team', Value: 'core' }] }));
  const ResourceArn = 'arn:aws:dynamodb:eu-west-1:123456789012:table/photos';
  await world.client.send(new TagResourceCommand({ ResourceArn, Tags: [{ Key: 'env', Value: 'ci' }] }));
  await world.client.send(new UntagResourceCommand({ ResourceArn, TagKeys: ['team'] }));
  const { Tags } = await world.client.send(new ListTagsOfResourceCommand({ ResourceArn }));
  expect(Tags).toEqual([{ Key: 'env', Value: 'ci' }]);
  const elsewhere = ResourceArn.replace('eu-west-1', 'us-east-1');
  expect((await refusalOf(world.client.send(new ListTagsOfResourceCommand({ ResourceArn: elsewhere })))).name).toBe(
    'ResourceNotFoundException',
  );
});

test('time to live is shown as it was set, and nothing expires', async () => {
  await using world = await openWorld();
  await createTable(world, tableInput('photos'));
  const set = (Enabled: boolean) =>
    world.client.send(
      new UpdateTimeToLiveCommand({
        TableName: 'photos',
        TimeToLiveSpecification: { Enabled, AttributeName: 'expires' },
      }),
    );
  const shown = async () =>
    (await world.client.send(new DescribeTimeToLiveCommand({ TableName: 'photos' }))).TimeToLiveDescription;
  expect(await shown()).toEqual({ TimeToLiveStatus: 'DISABLED' });
  await set(true);
  expect(await shown()).toEqual({ TimeToLiveStatus: 'ENABLED', AttributeName: 'expires' });
  await putAll(world, 'photos', [{ pk: { S: 'a' }, sk: { S: '1' }, expires: { N: '1' } }]);
  await world.clock.sleep(3600 * 1000);
  expect((await tableOf(world, 'photos')).ItemCount).toBe(1);
  expect((await refusalOf(set(true))).name).toBe('ValidationException');
  await set(false);
  expect(await shown()).toEqual({ TimeToLiveStatus: 'DISABLED' });
});

test('a call to a table that does not exist says so', async () => {
  await using world = await openWorld();
  const put = world.client.send(new PutItemCommand({ TableName: 'missing', Item: { pk: { S: 'a' } } }));
  expect(await refusalOf(put)).toMatchObject({
    name: 'ResourceNotFoundException',
    message: 'Requested resource not found',
  });
});
