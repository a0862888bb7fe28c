// Writing and reading single items and batches in the embedded DynamoDB.
import {
  BatchGetItemCommand,
  type BatchGetItemCommandInput,
  BatchWriteItemCommand,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  type PutItemCommandInput,
  UpdateItemCommand,
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

const KEY = { pk: { S: 'a' }, sk: { S: '1' } };

test.each([
  'plain',
  'a~b',
  'a/b',
  '/',
  '~',
  '#',
  'TENANT#acme',
  'ünïcödé 𝌆',
  '\u0000',
  '\uffff',
  ' ',
  '%2F',
])('an item whose key is %j is written, read and deleted', async (text) => {
  await using world = await openWorld();
  await createTable(world, tableInput('photos'));
  const Key = { pk: { S: text }, sk: { S: text } };
  const others = ['', '~', '/', '#', '0'].map((tail) => ({
    pk: { S: `${text}${tail}x` },
    sk: { S: `${tail}${text}y` },
  }));
  await putAll(world, 'photos', [{ ...Key, note: { S: 'it' } }, ...others]);
  const { Item } = await world.client.send(new GetItemCommand({ TableName: 'photos', Key }));
  expect(Item).toEqual({ ...Key, note: { S: 'it' } });
  await world.client.send(new DeleteItemCommand({ TableName: 'photos', Key }));
  expect(await contentsOf(world, 'photos')).toHaveLength(others.length);
});

test('an item of every type comes back as it was', async () => {
  await using world = await openWorld();
  await createTable(world, tableInput('photos'));
  const Item: NonNullable<PutItemCommandInput['Item']> = {
    ...KEY,
    text: { S: '' },
    bytes: { B: new Uint8Array([0, 255, 128]) },
    yes: { BOOL: true },
    none: { NULL: true },
    numbers: { NS: ['1', '-2.5'] },
    texts: { SS: ['a', 'b'] },
    list: { L: [{ S: 'x' }, { M: { deep: { N: '1' } } }] },
    map: { M: { empty: { M: {} } } },
  };
  await world.client.send(new PutItemCommand({ TableName: 'photos', Item }));
  const read = await world.client.send(new GetItemCommand({ TableName: 'photos', Key: KEY }));
  expect(read.Item).toEqual(Item);
});

test('an empty text is refused as a key, of the table and of an index, and welcome elsewhere', async () => {
  await using world = await openWorld();
  await createTable(world, indexedTableInput('photos'));
  const put = (Item: PutItemCommandInput['Item']) =>
    refusalOf(world.client.send(new PutItemCommand({ TableName: 'photos', Item })));
  const { message, name } = await put({ pk: { S: '' }, sk: { S: '1' } });
  expect({ message, name }).toEqual({
    name: 'ValidationException',
    message: expect.stringContaining('cannot contain an empty string value'),
  });
  expect((await put({ ...KEY, owner: { S: '' } })).message).toContain('IndexName: by-owner, IndexKey: owner');
  expect(await tableOf(world, 'photos')).toMatchObject({ ItemCount: 0, GlobalSecondaryIndexes: [{ ItemCount: 0 }] });
  expect((await put({ ...KEY, note: { S: '' } })).message).toBe('it was not refused');
});

test('keys and items are measured in bytes, not in characters', async () => {
  await using world = await openWorld();
  await createTable(world, tableInput('photos'));
  const put = (Item: PutItemCommandInput['Item']) =>
    refusalOf(world.client.send(new PutItemCommand({ TableName: 'photos', Item })));
  expect((await put({ pk: { S: 'é'.repeat(1024) }, sk: { S: 'é'.repeat(512) } })).message).toBe('it was not refused');
  expect((await put({ pk: { S: 'é'.repeat(1025) }, sk: { S: '1' } })).name).toBe('ValidationException');
  expect((await put({ pk: { S: 'a' }, sk: { S: 'é'.repeat(513) } })).name).toBe('ValidationException');
  // 400 KB = 409,600 bytes: pk 3, sk 3, note 4, and two bytes a letter.
  expect((await put({ ...KEY, note: { S: 'é'.repeat(204_795) } })).message).toBe('it was not refused');
  expect((await put({ ...KEY, note: { S: 'é'.repeat(204_796) } })).message).toBe(
    'Item size has exceeded the maximum allowed size',
  );
});

test('the size of an item is what the developer guide counts', async () => {
  await using world = await openWorld();
  const definitions = [{ AttributeName: 'shirt-color', AttributeType: 'S' as const }];
  await createTable(world, {
    TableName: 'shirts',
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: definitions,
    KeySchema: [{ AttributeName: 'shirt-color', KeyType: 'HASH' }],
  });
  // "the total size of the item is 23 bytes", Capacity unit consumption.
  const Item = { 'shirt-color': { S: 'R' }, 'shirt-size': { S: 'M' } };
  await world.client.send(new PutItemCommand({ TableName: 'shirts', Item }));
  expect((await tableOf(world, 'shirts')).TableSizeBytes).toBe(23);
});

test.each([
  'PutItem',
  'UpdateItem',
  'DeleteItem',
])('%s whose condition fails tells the item it met, if asked to', async (operation) => {
  await using world = await openWorld();
  await createTable(world, tableInput('photos'));
  await putAll(world, 'photos', [{ ...KEY, owner: { S: 'globex' } }]);
  const send = (ReturnValuesOnConditionCheckFailure: 'ALL_OLD' | 'NONE', key = KEY) => {
    const common = {
      TableName: 'photos',
      ConditionExpression: '#o = :me',
      ExpressionAttributeNames: { '#o': 'owner' },
      ExpressionAttributeValues: { ':me': { S: 'acme' } },
      ReturnValuesOnConditionCheckFailure,
    };
    if (operation === 'PutItem') return refusalOf(world.client.send(new PutItemCommand({ ...common, Item: key })));
    if (operation === 'DeleteItem') return refusalOf(world.client.send(new DeleteItemCommand({ ...common, Key: key })));
    return refusalOf(
      world.client.send(new UpdateItemCommand({ ...common, Key: key, UpdateExpression: 'REMOVE note' })),
    );
  };
  const told = await send('ALL_OLD');
  expect(told).toMatchObject({ name: 'ConditionalCheckFailedException', message: 'The conditional request failed' });
  expect(told['Item']).toEqual({ ...KEY, owner: { S: 'globex' } });
  expect((await send('NONE'))['Item']).toBeUndefined();
  expect((await send('ALL_OLD', { pk: { S: 'no' }, sk: { S: 'no' } }))['Item']).toBeUndefined();
});

test('of twenty conditional deletes at once, one finds the item', async () => {
  await using world = await openWorld();
  await createTable(world, tableInput('photos'));
  await putAll(world, 'photos', [KEY]);
  const deletes = Array.from({ length: 20 }, () =>
    world.client.send(
      new DeleteItemCommand({ TableName: 'photos', Key: KEY, ConditionExpression: 'attribute_exists(pk)' }),
    ),
  );
  const outcomes = await Promise.allSettled(deletes);
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test('counters added to at once lose no addition', async () => {
  await using world = await openWorld();
  await createTable(world, tableInput('photos'));
  const add = () =>
    world.client.send(
      new UpdateItemCommand({
        TableName: 'photos',
        Key: KEY,
        UpdateExpression: 'ADD seen :one',
        ExpressionAttributeValues: { ':one': { N: '1' } },
      }),
    );
  await Promise.all(Array.from({ length: 40 }, add));
  const { Item } = await world.client.send(new GetItemCommand({ TableName: 'photos', Key: KEY }));
  expect(Item?.['seen']).toEqual({ N: '40' });
});

test('every path of an update means the item before it', async () => {
  await using world = await openWorld();
  await createTable(world, tableInput('photos'));
  const list = ['a', 'b', 'c', 'd'].map((S) => ({ S }));
  await world.client.send(new PutItemCommand({ TableName: 'photos', Item: { ...KEY, cells: { L: list } } }));
  const { Attributes } = await world.client.send(
    new UpdateItemCommand({
      TableName: 'photos',
      Key: KEY,
      UpdateExpression: 'REMOVE cells[0], cells[2] SET cells[3] = :x, copied = cells[0]',
      ExpressionAttributeValues: { ':x': { S: 'X' } },
      ReturnValues: 'ALL_NEW',
    }),
  );
  expect(Attributes).toEqual({ ...KEY, cells: { L: [{ S: 'b' }, { S: 'X' }] }, copied: { S: 'a' } });
});

test('a batch takes 25 writes over all its tables, each key once', async () => {
  await using world = await openWorld();
  await createTable(world, tableInput('one'));
  await createTable(world, tableInput('two'));
  const puts = (count: number) =>
    Array.from({ length: count }, (_, n) => ({ PutRequest: { Item: { pk: { S: 'a' }, sk: { S: `${n}` } } } }));
  const send = (RequestItems: Record<string, ReturnType<typeof puts>>) =>
    refusalOf(world.client.send(new BatchWriteItemCommand({ RequestItems })));
  expect((await send({ one: puts(13), two: puts(13) })).message).toBe(
    'Too many items requested for the BatchWriteItem call',
  );
  expect((await send({ one: [...puts(1), ...puts(1)] })).message).toBe(
    'Provided list of item keys contains duplicates',
  );
  expect(await contentsOf(world, 'one')).toEqual([]);
  expect((await send({ one: puts(12), two: puts(13) })).message).toBe('it was not refused');
});

test('a batch with one wrong item writes nothing', async () => {
  await using world = await openWorld();
  await createTable(world, indexedTableInput('photos'));
  const writes = [
    { PutRequest: { Item: { pk: { S: 'a' }, sk: { S: '1' } } } },
    { PutRequest: { Item: { pk: { S: 'a' }, sk: { S: '2' }, owner: { S: '' } } } },
    { PutRequest: { Item: { pk: { S: 'a' }, sk: { S: '3' }, owner: { S: 'x' } } } },
  ];
  const batch = world.client.send(new BatchWriteItemCommand({ RequestItems: { photos: writes } }));
  expect((await refusalOf(batch)).name).toBe('ValidationException');
  expect(await tableOf(world, 'photos')).toMatchObject({
    ItemCount: 0,
    TableSizeBytes: 0,
    GlobalSecondaryIndexes: [{ ItemCount: 0, IndexSizeBytes: 0 }],
  });
});

test('what a batch read leaves out is asked for again in the same form', async () => {
  await using world = await openWorld();
  await createTable(world, tableInput('photos'));
  const keys = Array.from({ length: 8 }, (_, n) => ({ pk: { S: 'a' }, sk: { S: `${n}` } }));
  for (const key of keys)
    await putAll(world, 'photos', [{ ...key, small: { S: key.sk.S }, big: { S: 'x'.repeat(390_000) } }]);
  const read: (string | undefined)[][] = [];
  const readAll = async (RequestItems: BatchGetItemCommandInput['RequestItems']): Promise<void> => {
    const { Responses, UnprocessedKeys = {} } = await world.client.send(new BatchGetItemCommand({ RequestItems }));
    for (const item of Responses?.['photos'] ?? []) expect(Object.keys(item).sort()).toEqual(['big', 'small']);
    read.push((Responses?.['photos'] ?? []).map(({ small }) => small?.S));
    if (Object.keys(UnprocessedKeys).length > 0) await readAll(UnprocessedKeys);
  };
  await readAll({
    photos: { Keys: keys, ProjectionExpression: '#s, big', ExpressionAttributeNames: { '#s': 'small' } },
  });
  expect(read.length).toBeGreaterThan(1);
  expect(read.flat().sort()).toEqual(keys.map(({ sk }) => sk.S));
});

test('writes use a unit for each begun KB of the larger image, and one for each index entry they change', async () => {
  await using world = await openWorld();
  await createTable(world, indexedTableInput('photos', 'KEYS_ONLY'));
  const put = async (more: Record<string, { S: string }>) => {
    const Item = { ...KEY, ...more };
    const { ConsumedCapacity } = await world.client.send(
      new PutItemCommand({ TableName: 'photos', Item, ReturnConsumedCapacity: 'INDEXES' }),
    );
    return [ConsumedCapacity?.CapacityUnits, ConsumedCapacity?.GlobalSecondaryIndexes?.['by-owner']?.CapacityUnits];
  };
  expect(await put({ note: { S: 'x'.repeat(2000) } })).toEqual([2, undefined]);
  expect(await put({ owner: { S: 'a' } })).toEqual([2 + 1, 1]);
  expect(await put({ owner: { S: 'a' }, note: { S: 'index unchanged' } })).toEqual([1, undefined]);
  // "one to delete the previous projected item from the index and another to put the new projected item".
  expect(await put({ owner: { S: 'b' } })).toEqual([1 + 2, 2]);
  const DeleteRequest = { Key: KEY };
  const batch = await world.client.send(
    new BatchWriteItemCommand({ RequestItems: { photos: [{ DeleteRequest }] }, ReturnConsumedCapacity: 'TOTAL' }),
  );
  expect(batch.ConsumedCapacity).toEqual([{ TableName: 'photos', CapacityUnits: 2 }]);
  // Deleting what is not there uses one unit.
  const again = await world.client.send(
    new DeleteItemCommand({ TableName: 'photos', Key: KEY, ReturnConsumedCapacity: 'TOTAL' }),
  );
  expect(again.ConsumedCapacity).toEqual({ TableName: 'photos', CapacityUnits: 1 });
});
