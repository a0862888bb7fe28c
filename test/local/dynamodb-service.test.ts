// The embedded DynamoDB as a service: its entries in the call record, and the same operations in process.
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  CreateBackupCommand,
  DeleteItemCommand,
  DescribeBackupCommand,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  QueryCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { AwsError } from '../../local/kernel/aws-error.ts';
import { createTable, openWorld, refusalOf, tableInput } from './dynamodb.fixture.ts';

const key = (sk: string) => ({ pk: { S: 'a' }, sk: { S: sk } });

test('the call record says which table a call was for and how many items it moved', async () => {
  await using world = await openWorld({ backupSeconds: 0 });
  await createTable(world, tableInput('one'));
  await createTable(world, tableInput('two'));
  const { client, calls } = world;
  const { BackupDetails } = await client.send(new CreateBackupCommand({ TableName: 'two', BackupName: 'backup' }));
  const query = {
    KeyConditionExpression: 'pk = :a',
    ExpressionAttributeValues: { ':a': { S: 'a' } },
  };
  const put = (sk: string) => ({ PutRequest: { Item: key(sk) } });
  const recorded = async (call: Promise<unknown>) => {
    await call.catch(() => undefined);
    const { operation, resource, items, status } = calls.at(-1) ?? {};
    return [operation, resource, items, status];
  };
  expect(
    await recorded(
      client.send(new BatchWriteItemCommand({ RequestItems: { one: [put('1'), put('2')], two: [put('1')] } })),
    ),
  ).toEqual(['BatchWriteItem', 'one', 3, 200]);
  expect(
    await recorded(
      client.send(new BatchGetItemCommand({ RequestItems: { two: { Keys: [key('1'), key('missing')] } } })),
    ),
  ).toEqual(['BatchGetItem', 'two', 1, 200]);
  expect(await recorded(client.send(new PutItemCommand({ TableName: 'one', Item: key('3') })))).toEqual([
    'PutItem',
    'one',
    1,
    200,
  ]);
  expect(await recorded(client.send(new QueryCommand({ TableName: 'one', ...query })))).toEqual([
    'Query',
    'one',
    3,
    200,
  ]);
  expect(await recorded(client.send(new GetItemCommand({ TableName: 'one', Key: key('missing') })))).toEqual([
    'GetItem',
    'one',
    0,
    200,
  ]);
  expect(
    await recorded(
      client.send(
        new TransactWriteItemsCommand({
          TransactItems: [
            { Delete: { TableName: 'two', Key: key('1') } },
            { Delete: { TableName: 'one', Key: key('1') } },
          ],
        }),
      ),
    ),
  ).toEqual(['TransactWriteItems', 'two', 2, 200]);
  expect(
    await recorded(
      client.send(
        new TransactGetItemsCommand({
          TransactItems: [{ Get: { TableName: 'one', Key: key('1') } }, { Get: { TableName: 'one', Key: key('2') } }],
        }),
      ),
    ),
  ).toEqual(['TransactGetItems', 'one', 1, 200]);
  expect(await recorded(client.send(new DescribeBackupCommand({ BackupArn: BackupDetails?.BackupArn })))).toEqual([
    'DescribeBackup',
    'two',
    0,
    200,
  ]);
  const condition = { TableName: 'one', Key: key('1'), ConditionExpression: 'attribute_exists(pk)' };
  expect(await recorded(client.send(new DeleteItemCommand(condition)))).toEqual(['DeleteItem', 'one', 0, 400]);
  expect(await recorded(client.send(new ListTablesCommand({})))).toEqual(['ListTables', null, 0, 200]);
});

test('operations run in process as over the wire, and refuse with the same errors', async () => {
  await using world = await openWorld();
  const { dynamoDb, client } = world;
  await dynamoDb.execute('CreateTable', tableInput('photos'));
  await dynamoDb.execute('PutItem', { TableName: 'photos', Item: { ...key('1'), note: { S: 'n' } } });
  const { Item } = await client.send(new GetItemCommand({ TableName: 'photos', Key: key('1') }));
  expect(Item).toEqual({ ...key('1'), note: { S: 'n' } });
  const missing = await refusalOf(dynamoDb.execute('DescribeTable', { TableName: 'missing' }));
  expect(missing).toBeInstanceOf(AwsError);
  expect(missing).toMatchObject({ name: 'ResourceNotFoundException', status: 400 });
  expect(await refusalOf(dynamoDb.execute('DescribeStream', {}))).toMatchObject({
    name: 'NotImplemented',
    status: 501,
  });
});

test('what a caller in process does to its documents changes no stored item', async () => {
  await using world = await openWorld();
  const { dynamoDb } = world;
  await dynamoDb.execute('CreateTable', tableInput('photos'));
  const Item = { ...key('1'), tags: { L: [{ S: 'kept' }] } };
  await dynamoDb.execute('PutItem', { TableName: 'photos', Item });
  Item.tags.L[0] = { S: 'changed' };
  const read = await dynamoDb.execute('GetItem', { TableName: 'photos', Key: key('1') });
  expect(read.Item.tags).toEqual({ L: [{ S: 'kept' }] });
  read.Item.tags.L.push({ S: 'added' });
  const again = await dynamoDb.execute('GetItem', { TableName: 'photos', Key: key('1') });
  expect(again.Item.tags).toEqual({ L: [{ S: 'kept' }] });
});
