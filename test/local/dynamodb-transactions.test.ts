// Transactions of the embedded DynamoDB: all or nothing, once, and never seen half done.
import {
  GetItemCommand,
  QueryCommand,
  TransactGetItemsCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  type TransactWriteItemsCommandInput,
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
  type World,
} from './dynamodb.fixture.ts';

const key = (sk: string) => ({ pk: { S: 'a' }, sk: { S: sk } });

function write(
  { client }: World,
  TransactItems: TransactWriteItem[],
  more: Partial<TransactWriteItemsCommandInput> = {},
) {
  return client.send(new TransactWriteItemsCommand({ TransactItems, ...more }));
}

test('a transaction over two tables does all four kinds of action', async () => {
  await using world = await openWorld();
  await createTable(world, indexedTableInput('one'));
  await createTable(world, tableInput('two'));
  await putAll(world, 'one', [key('old'), key('checked')]);
  await write(world, [
    { Put: { TableName: 'two', Item: { ...key('new'), note: { S: 'n' } } } },
    { Delete: { TableName: 'one', Key: key('old'), ConditionExpression: 'attribute_exists(pk)' } },
    { ConditionCheck: { TableName: 'one', Key: key('checked'), ConditionExpression: 'attribute_exists(pk)' } },
    {
      Update: {
        TableName: 'one',
        Key: key('made'),
        UpdateExpression: 'SET #o = :o',
        ExpressionAttributeNames: { '#o': 'owner' },
        ExpressionAttributeValues: { ':o': { S: 'x' } },
      },
    },
  ]);
  expect((await contentsOf(world, 'one')).map((line) => line.includes('made'))).toEqual([true, false]);
  expect(await contentsOf(world, 'one', 'by-owner')).toHaveLength(1);
  expect(await contentsOf(world, 'two')).toHaveLength(1);
});

test('when one condition fails nothing is written, and each action has its reason', async () => {
  await using world = await openWorld();
  await createTable(world, indexedTableInput('one'));
  await putAll(world, 'one', [{ ...key('there'), owner: { S: 'globex' } }]);
  const before = await tableOf(world, 'one');
  const refusal = await refusalOf(
    write(world, [
      { Put: { TableName: 'one', Item: { ...key('new'), owner: { S: 'x' } } } },
      {
        Put: {
          TableName: 'one',
          Item: key('there'),
          ConditionExpression: 'attribute_not_exists(pk)',
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        },
      },
      { Delete: { TableName: 'one', Key: key('gone'), ConditionExpression: 'attribute_exists(pk)' } },
    ]),
  );
  expect(refusal.name).toBe('TransactionCanceledException');
  expect(refusal.message).toBe(
    'Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed, ConditionalCheckFailed]',
  );
  expect(refusal['CancellationReasons']).toEqual([
    { Code: 'None' },
    {
      Code: 'ConditionalCheckFailed',
      Message: 'The conditional request failed',
      Item: { ...key('there'), owner: { S: 'globex' } },
    },
    { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed' },
  ]);
  expect(await tableOf(world, 'one')).toEqual(before);
  expect(await contentsOf(world, 'one', 'by-owner')).toHaveLength(1);
});

test('an action that shows to be wrong only when it is done takes the others back', async () => {
  await using world = await openWorld();
  await createTable(world, indexedTableInput('one'));
  await putAll(world, 'one', [{ ...key('text'), n: { S: 'not a number' }, owner: { S: 'x' } }]);
  const before = [await contentsOf(world, 'one'), await contentsOf(world, 'one', 'by-owner')];
  const refusal = await refusalOf(
    write(world, [
      { Put: { TableName: 'one', Item: { ...key('new'), owner: { S: 'x' } } } },
      {
        Update: {
          TableName: 'one',
          Key: key('text'),
          UpdateExpression: 'ADD n :one',
          ExpressionAttributeValues: { ':one': { N: '1' } },
        },
      },
      { Delete: { TableName: 'one', Key: { pk: { S: 'only half a key' } } } },
    ]),
  );
  expect(refusal['CancellationReasons']).toMatchObject([
    { Code: 'None' },
    { Code: expect.any(String) },
    { Code: 'ValidationError', Message: 'The provided key element does not match the schema' },
  ]);
  const wrongOperand = await refusalOf(
    write(world, [
      { Put: { TableName: 'one', Item: { ...key('new'), owner: { S: 'x' } } } },
      {
        Update: {
          TableName: 'one',
          Key: key('text'),
          UpdateExpression: 'ADD n :one',
          ExpressionAttributeValues: { ':one': { N: '1' } },
        },
      },
    ]),
  );
  expect(wrongOperand['CancellationReasons']).toEqual([
    { Code: 'None' },
    {
      Code: 'ValidationError',
      Message: 'An operand in the update expression has an incorrect data type',
    },
  ]);
  expect([await contentsOf(world, 'one'), await contentsOf(world, 'one', 'by-owner')]).toEqual(before);
});

test.each<[string, TransactWriteItem[], string]>([
  [
    'two actions on one item',
    [{ Put: { TableName: 'one', Item: key('1') } }, { Delete: { TableName: 'one', Key: key('1') } }],
    'Transaction request cannot include multiple operations on one item',
  ],
  [
    'an entry with two actions',
    [{ Put: { TableName: 'one', Item: key('1') }, Delete: { TableName: 'one', Key: key('2') } }],
    'TransactItems can only contain one of Check, Put, Update or Delete',
  ],
  ['no action', [], 'Member must have length greater than or equal to 1'],
  [
    'more than a hundred actions',
    Array.from({ length: 101 }, (_, n) => ({ Put: { TableName: 'one', Item: key(`${n}`) } })),
    'Member must have length less than or equal to 100',
  ],
  [
    'an expression that does not parse',
    [{ Delete: { TableName: 'one', Key: key('1'), ConditionExpression: 'pk =' } }],
    'Invalid ConditionExpression: Syntax error',
  ],
  [
    'more than 4 MB',
    Array.from({ length: 11 }, (_, n) => ({
      Put: { TableName: 'one', Item: { ...key(`${n}`), note: { S: 'x'.repeat(400_000) } } },
    })),
    '4 MB',
  ],
])('%s is a ValidationException, and nothing is written', async (_, actions, message) => {
  await using world = await openWorld();
  await createTable(world, tableInput('one'));
  expect(await refusalOf(write(world, actions))).toMatchObject({
    name: 'ValidationException',
    message: expect.stringContaining(message),
  });
  expect(await contentsOf(world, 'one')).toEqual([]);
});

test('a hundred actions are done', async () => {
  await using world = await openWorld();
  await createTable(world, tableInput('one'));
  await write(
    world,
    Array.from({ length: 100 }, (_, n) => ({ Put: { TableName: 'one', Item: key(`${n}`) } })),
  );
  expect((await tableOf(world, 'one')).ItemCount).toBe(100);
});

test('a table that does not exist is named as usual', async () => {
  await using world = await openWorld();
  await createTable(world, tableInput('one'));
  const refusal = refusalOf(
    write(world, [{ Put: { TableName: 'one', Item: key('1') } }, { Put: { TableName: 'missing', Item: key('1') } }]),
  );
  expect((await refusal).name).toBe('ResourceNotFoundException');
  expect(await contentsOf(world, 'one')).toEqual([]);
});

test('a token makes a transaction happen once within ten minutes', async () => {
  await using world = await openWorld();
  await createTable(world, tableInput('one'));
  const add = (by: string) =>
    write(
      world,
      [
        {
          Update: {
            TableName: 'one',
            Key: key('n'),
            UpdateExpression: 'ADD n :by',
            ExpressionAttributeValues: { ':by': { N: by } },
          },
        },
      ],
      { ClientRequestToken: 'token-1' },
    );
  const value = async () =>
    (await world.client.send(new GetItemCommand({ TableName: 'one', Key: key('n') }))).Item?.['n']?.N;
  const release = world.clock.hold();
  await add('1');
  await add('1');
  expect(await value()).toBe('1');
  expect((await refusalOf(add('2'))).name).toBe('IdempotentParameterMismatchException');
  release();
  await world.clock.sleep(10 * 60 * 1000);
  await add('2');
  expect(await value()).toBe('3');
});

test('the token of a cancelled transaction can be used again', async () => {
  await using world = await openWorld();
  await createTable(world, tableInput('one'));
  const remove = () =>
    write(world, [{ Delete: { TableName: 'one', Key: key('1'), ConditionExpression: 'attribute_exists(pk)' } }], {
      ClientRequestToken: 'token-1',
    });
  expect((await refusalOf(remove())).name).toBe('TransactionCanceledException');
  await putAll(world, 'one', [key('1')]);
  await remove();
  expect(await contentsOf(world, 'one')).toEqual([]);
});

test('readers see both sides of a transfer or neither, and no transfer is lost', async () => {
  await using world = await openWorld();
  await createTable(world, tableInput('one'));
  await createTable(world, tableInput('two'));
  await putAll(world, 'one', [{ ...key('left'), n: { N: '100' } }]);
  await putAll(world, 'two', [{ ...key('right'), n: { N: '0' } }]);
  const move = () =>
    write(
      world,
      [
        { TableName: 'one', Key: key('left'), by: '-1' },
        { TableName: 'two', Key: key('right'), by: '1' },
      ].map(({ by, ...where }) => ({
        Update: { ...where, UpdateExpression: 'ADD n :by', ExpressionAttributeValues: { ':by': { N: by } } },
      })),
    );
  const sum = async () => {
    const { Responses = [] } = await world.client.send(
      new TransactGetItemsCommand({
        TransactItems: [
          { Get: { TableName: 'one', Key: key('left') } },
          { Get: { TableName: 'two', Key: key('right') } },
        ],
      }),
    );
    return Responses.reduce((total, { Item }) => total + Number(Item?.['n']?.N), 0);
  };
  const sums = await Promise.all(Array.from({ length: 30 }, async () => (await Promise.all([move(), sum()]))[1]));
  expect(new Set(sums)).toEqual(new Set([100]));
  const { Item } = await world.client.send(new GetItemCommand({ TableName: 'two', Key: key('right') }));
  expect(Item?.['n']).toEqual({ N: '30' });
});

test('a query never sees a part of a transaction', async () => {
  await using world = await openWorld();
  await createTable(world, tableInput('one'));
  const sizes = new Set<number | undefined>();
  const turn = async (kind: 'Put' | 'Delete') => {
    const keys = Array.from({ length: 20 }, (_, n) => key(`${n}`));
    const writing = write(
      world,
      keys.map((one) =>
        kind === 'Put' ? { Put: { TableName: 'one', Item: one } } : { Delete: { TableName: 'one', Key: one } },
      ),
    );
    const reading = world.client.send(
      new QueryCommand({
        TableName: 'one',
        KeyConditionExpression: 'pk = :a',
        ExpressionAttributeValues: { ':a': { S: 'a' } },
        Select: 'COUNT',
      }),
    );
    sizes.add((await Promise.all([reading, writing]))[0].Count);
  };
  await Promise.all(Array.from({ length: 20 }, (_, n) => turn(n % 2 ? 'Put' : 'Delete')));
  expect([...sizes].filter((size) => size !== 0 && size !== 20)).toEqual([]);
});

test('items read together come in the order asked for, the missing ones empty', async () => {
  await using world = await openWorld();
  await createTable(world, tableInput('one'));
  await putAll(world, 'one', [{ ...key('1'), note: { S: 'n' }, more: { S: 'm' } }]);
  const { Responses } = await world.client.send(
    new TransactGetItemsCommand({
      TransactItems: [
        { Get: { TableName: 'one', Key: key('missing') } },
        { Get: { TableName: 'one', Key: key('1'), ProjectionExpression: 'note' } },
      ],
    }),
  );
  expect(Responses).toEqual([{}, { Item: { note: { S: 'n' } } }]);
});
