// Query and Scan in the embedded DynamoDB: order, bounds, pages, segments, indexes, capacity.
import {
  CreateTableCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  paginateQuery,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
  type ScanCommandInput,
} from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  createTable,
  indexedTableInput,
  openWorld,
  putAll,
  refusalOf,
  tableInput,
  type WireItem,
  type World,
} from './dynamodb.fixture.ts';

type Condition = Pick<QueryCommandInput, 'KeyConditionExpression' | 'ExpressionAttributeValues'>;

/** The sort keys found below partition key `p`, in the order of the answer. */
async function sortKeys({ client }: World, condition: string, ...values: string[]): Promise<string[]> {
  const { Items = [] } = await client.send(
    new QueryCommand({
      TableName: 'events',
      KeyConditionExpression: `pk = :p AND ${condition}`,
      ExpressionAttributeValues: Object.fromEntries([
        [':p', { S: 'p' }],
        ...values.map((S, n) => [`:${n}`, { S }] as const),
      ]),
    }),
  );
  return Items.map(({ sk }) => sk?.S ?? '');
}

/** Strings are ordered by their bytes in UTF-8. */
function inOrder(texts: readonly string[]): string[] {
  return [...texts].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

test('begins_with finds what begins with the prefix, whatever stands next to it', async () => {
  await using world = await openWorld();
  await createTable(world, tableInput('events'));
  const keys = ['EVEN', 'EVENT', 'EVENT#', 'EVENT#1', 'EVENT#10', 'EVENT#2', 'EVENT#~', 'EVENT#é', 'EVENT#\u{1F600}'];
  keys.push('EVENT$', 'EVENT"', 'EVENTS#', 'EVENTS#1', 'EVENU', 'event#1', 'ÈVENT#1');
  await putAll(
    world,
    'events',
    keys.map((key) => ({ pk: { S: 'p' }, sk: { S: key } })),
  );
  for (const prefix of ['EVENT#', 'EVENT', 'EVENTS#', 'E', 'EVENT#1', 'EVENT#é', 'no'])
    expect(await sortKeys(world, 'begins_with(sk, :0)', prefix)).toEqual(
      inOrder(keys.filter((key) => key.startsWith(prefix))),
    );
});

test('every condition on a text sort key finds what the order of bytes says', async () => {
  await using world = await openWorld();
  const text = fc.string({
    unit: fc.constantFrom('a', 'b', '~', '/', '#', '0', 'é', '\u{1F600}', '\u0000'),
    minLength: 1,
    maxLength: 4,
  });
  const below = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0;
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(text, { minLength: 1, maxLength: 12 }), text, text, async (keys, one, other) => {
      await world.client.send(new CreateTableCommand(tableInput('events')));
      await putAll(
        world,
        'events',
        keys.map((key) => ({ pk: { S: 'p' }, sk: { S: key } })),
      );
      const [low = '', high = ''] = inOrder([one, other]);
      const expected: readonly [string, string[], (key: string) => boolean][] = [
        ['sk = :0', [one], (key) => key === one],
        ['sk < :0', [one], (key) => below(key, one)],
        ['sk <= :0', [one], (key) => !below(one, key)],
        ['sk > :0', [one], (key) => below(one, key)],
        ['sk >= :0', [one], (key) => !below(key, one)],
        ['sk BETWEEN :0 AND :1', [low, high], (key) => !below(key, low) && !below(high, key)],
        ['begins_with(sk, :0)', [one], (key) => key.startsWith(one)],
      ];
      for (const [condition, values, holds] of expected)
        expect(await sortKeys(world, condition, ...values)).toEqual(inOrder(keys.filter(holds)));
      await world.dynamoDb.execute('DeleteTable', { TableName: 'events' });
    }),
    { numRuns: 15 },
  );
});

test('number sort keys are in numeric order, however they are written', async () => {
  await using world = await openWorld();
  const definitions = [
    { AttributeName: 'pk', AttributeType: 'S' as const },
    { AttributeName: 'sk', AttributeType: 'N' as const },
  ];
  const number = fc.record({
    digits: fc.integer({ min: -99_999, max: 99_999 }),
    exponent: fc.integer({ min: -12, max: 12 }),
  });
  const exact = ({ digits, exponent }: { digits: number; exponent: number }) =>
    BigInt(digits) * 10n ** BigInt(exponent + 12);
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(number, { minLength: 2, maxLength: 20, selector: exact }), async (numbers) => {
      await createTable(world, tableInput('events', { AttributeDefinitions: definitions }));
      await putAll(
        world,
        'events',
        numbers.map((one, n) => ({ pk: { S: 'p' }, sk: { N: `${one.digits}e${one.exponent}` }, id: { N: `${n}` } })),
      );
      const ordered = numbers.map((one, n) => ({ value: exact(one), n, text: `${one.digits}e${one.exponent}` }));
      ordered.sort((a, b) => (a.value < b.value ? -1 : 1));
      const middle = ordered[ordered.length >> 1];
      const query = async (condition: string, more: Partial<QueryCommandInput> = {}) => {
        const ExpressionAttributeValues = { ':p': { S: 'p' }, ...(condition && { ':m': { N: middle?.text ?? '0' } }) };
        const KeyConditionExpression = `pk = :p ${condition}`;
        const input = { TableName: 'events', KeyConditionExpression, ExpressionAttributeValues, ...more };
        return (await world.client.send(new QueryCommand(input))).Items?.map(({ id }) => Number(id?.N));
      };
      expect(await query('')).toEqual(ordered.map(({ n }) => n));
      expect(await query('', { ScanIndexForward: false })).toEqual(ordered.map(({ n }) => n).reverse());
      expect(await query('AND sk < :m')).toEqual(ordered.slice(0, ordered.length >> 1).map(({ n }) => n));
      expect(await query('AND sk >= :m')).toEqual(ordered.slice(ordered.length >> 1).map(({ n }) => n));
      await world.dynamoDb.execute('DeleteTable', { TableName: 'events' });
    }),
    { numRuns: 15 },
  );
});

test('binary keys are compared byte by byte, unsigned', async () => {
  await using world = await openWorld();
  const definitions = [
    { AttributeName: 'pk', AttributeType: 'B' as const },
    { AttributeName: 'sk', AttributeType: 'B' as const },
  ];
  await createTable(world, tableInput('events', { AttributeDefinitions: definitions }));
  const pk = { B: new Uint8Array([255, 0]) };
  const keys = [[0], [0, 1], [127], [128], [195], [195, 169], [195, 170, 0], [255], [255, 255]];
  for (const key of keys.toReversed())
    await world.client.send(new PutItemCommand({ TableName: 'events', Item: { pk, sk: { B: new Uint8Array(key) } } }));
  const query = async (condition = '', bytes: number[] = []) => {
    const values = { ':p': pk, ...(condition && { ':s': { B: new Uint8Array(bytes) } }) };
    const input = {
      TableName: 'events',
      KeyConditionExpression: `pk = :p ${condition}`,
      ExpressionAttributeValues: values,
    };
    return (await world.client.send(new QueryCommand(input))).Items?.map(({ sk }) => [...(sk?.B ?? [])]);
  };
  expect(await query()).toEqual(keys);
  expect(await query('AND sk > :s', [127])).toEqual(keys.slice(3));
  expect(await query('AND begins_with(sk, :s)', [195])).toEqual(keys.slice(4, 7));
});

test('a page ends at 1 MB, and the pages together hold every item once', async () => {
  await using world = await openWorld();
  await createTable(world, tableInput('events'));
  const note = { S: 'x'.repeat(100_000) };
  const keys = Array.from({ length: 30 }, (_, n) => String(n).padStart(3, '0'));
  await putAll(
    world,
    'events',
    keys.map((key) => ({ pk: { S: 'p' }, sk: { S: key }, note })),
  );
  const pages: string[][] = [];
  const input: QueryCommandInput = {
    TableName: 'events',
    KeyConditionExpression: 'pk = :p',
    ProjectionExpression: 'sk',
    ExpressionAttributeValues: { ':p': { S: 'p' } },
  };
  for await (const { Items = [] } of paginateQuery({ client: world.client }, input))
    pages.push(Items.map(({ sk }) => sk?.S ?? ''));
  expect(pages.flat()).toEqual(keys);
  // Whole items count, also where only keys are asked for: ten of 100 KB are below 1 MB, eleven above.
  expect(pages.map((page) => page.length).slice(0, 2)).toEqual([11, 11]);
});

/** Reads page by page, deleting each item a page ends with before the next is asked for. */
async function readDeletingCursors(
  client: DynamoDBClient,
  next: (from: QueryCommandInput['ExclusiveStartKey']) => QueryCommand | ScanCommand,
) {
  const read: string[] = [];
  let from: QueryCommandInput['ExclusiveStartKey'];
  do {
    const { Items = [], LastEvaluatedKey } = await client.send(next(from) as QueryCommand);
    read.push(...Items.map(({ sk }) => sk?.S ?? ''));
    from = LastEvaluatedKey;
    const { pk, sk } = LastEvaluatedKey ?? {};
    if (pk && sk) await client.send(new DeleteItemCommand({ TableName: 'events', Key: { pk, sk } }));
  } while (from);
  return read;
}

const BELOW_P: Condition = { KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: { ':p': { S: 'p' } } };
const OF_X: Condition = { KeyConditionExpression: '#o = :x', ExpressionAttributeValues: { ':x': { S: 'x' } } };
const TABLE = { TableName: 'events', Limit: 3 };

test.each<[string, QueryCommandInput]>([
  ['a query', { ...TABLE, ...BELOW_P }],
  ['a backward query', { ...TABLE, ...BELOW_P, ScanIndexForward: false }],
  [
    'a query through an index',
    { ...TABLE, ...OF_X, ExpressionAttributeNames: { '#o': 'owner' }, IndexName: 'by-owner' },
  ],
])('%s goes on after a key that has been deleted meanwhile', async (_, input) => {
  await using world = await openWorld();
  await createTable(world, indexedTableInput('events'));
  const keys = Array.from({ length: 20 }, (_, n) => String(n).padStart(2, '0'));
  await putAll(
    world,
    'events',
    keys.map((sk) => ({ pk: { S: 'p' }, sk: { S: sk }, owner: { S: 'x' } })),
  );
  const read = await readDeletingCursors(
    world.client,
    (ExclusiveStartKey) => new QueryCommand({ ...input, ExclusiveStartKey }),
  );
  expect(read.toSorted()).toEqual(keys);
});

test.each([
  1, 4, 7,
])('a scan in %i segments reads every item once, though the keys it stops at are deleted', async (TotalSegments) => {
  await using world = await openWorld();
  await createTable(world, indexedTableInput('events'));
  const keys = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, '0'));
  await putAll(
    world,
    'events',
    keys.map((sk) => ({ pk: { S: `p${sk}` }, sk: { S: sk }, owner: { S: `o${sk}` } })),
  );
  const scan = (more: Partial<ScanCommandInput>) =>
    Promise.all(
      Array.from({ length: TotalSegments }, (_, Segment) =>
        readDeletingCursors(
          world.client,
          (ExclusiveStartKey) => new ScanCommand({ ...TABLE, Segment, TotalSegments, ExclusiveStartKey, ...more }),
        ),
      ),
    );
  const segments = await scan({});
  expect(segments.flat().toSorted()).toEqual(keys);
  const left = (await scan({ IndexName: 'by-owner' })).flat().length;
  expect(left).toBe(60 - segments.reduce((sum, read) => sum + Math.floor(read.length / 3), 0));
});

test('a scan shares 200 partitions out to 64 segments without gap or overlap', async () => {
  await using world = await openWorld();
  await createTable(world, tableInput('events'));
  const keys = Array.from({ length: 200 }, (_, n) => String(n).padStart(3, '0'));
  await putAll(
    world,
    'events',
    keys.map((sk) => ({ pk: { S: sk }, sk: { S: sk } })),
  );
  const read: string[] = [];
  for (let Segment = 0; Segment < 64; Segment++) {
    const { Items = [] } = await world.client.send(
      new ScanCommand({ TableName: 'events', Segment, TotalSegments: 64 }),
    );
    read.push(...Items.map(({ sk }) => sk?.S ?? ''));
  }
  expect(read.toSorted()).toEqual(keys);
});

test('a filter takes items off a page, not off what it has read', async () => {
  await using world = await openWorld();
  await createTable(world, tableInput('events'));
  await putAll(
    world,
    'events',
    Array.from({ length: 10 }, (_, n) => ({ pk: { S: 'p' }, sk: { S: `${n}` }, odd: { N: `${n % 2}` } })),
  );
  const answer = await world.client.send(
    new QueryCommand({
      TableName: 'events',
      KeyConditionExpression: 'pk = :p',
      FilterExpression: 'odd = :one',
      ExpressionAttributeValues: { ':p': { S: 'p' }, ':one': { N: '1' } },
      Select: 'COUNT',
      Limit: 6,
    }),
  );
  expect(answer).toMatchObject({ Count: 3, ScannedCount: 6, LastEvaluatedKey: { sk: { S: '5' } } });
  expect(answer.Items).toBeUndefined();
});

// One unit for each begun 4 KB, over all items together, read consistently; half of it otherwise.
test.each([
  { items: 0, bytes: 0, consistent: 1, eventual: 0.5 },
  { items: 1, bytes: 100, consistent: 1, eventual: 0.5 },
  { items: 40, bytes: 1000, consistent: 10, eventual: 5 },
  { items: 5, bytes: 4096, consistent: 5, eventual: 2.5 },
  { items: 5, bytes: 4097, consistent: 6, eventual: 3 },
])('$items items of $bytes bytes use $consistent read units, or $eventual', async ({
  items,
  bytes,
  consistent,
  eventual,
}) => {
  await using world = await openWorld();
  await createTable(world, tableInput('events'));
  const item = (n: number): WireItem => {
    const keys = { pk: { S: 'p' }, sk: { S: String(n).padStart(2, '0') } };
    return { ...keys, note: { S: 'x'.repeat(Math.max(0, bytes - 'pkpsk00note'.length)) } };
  };
  await putAll(
    world,
    'events',
    Array.from({ length: items }, (_, n) => item(n)),
  );
  for (const ConsistentRead of [true, false]) {
    const more = { TableName: 'events', ConsistentRead, ReturnConsumedCapacity: 'TOTAL' as const };
    const expected = { TableName: 'events', CapacityUnits: ConsistentRead ? consistent : eventual };
    const query = await world.client.send(new QueryCommand({ ...BELOW_P, ...more }));
    expect(query.ConsumedCapacity).toEqual(expected);
    expect((await world.client.send(new ScanCommand(more))).ConsumedCapacity).toEqual(expected);
  }
});

test('an index of keys alone gives keys alone, and refuses what it does not hold', async () => {
  await using world = await openWorld();
  await createTable(world, indexedTableInput('events', 'KEYS_ONLY'));
  await putAll(world, 'events', [{ pk: { S: 'p' }, sk: { S: '1' }, owner: { S: 'x' }, note: { S: 'n' } }]);
  const read = (more: Partial<QueryCommandInput>) =>
    world.client.send(
      new QueryCommand({
        TableName: 'events',
        IndexName: 'by-owner',
        KeyConditionExpression: '#o = :x',
        ExpressionAttributeNames: { '#o': 'owner' },
        ExpressionAttributeValues: { ':x': { S: 'x' } },
        ...more,
      }),
    );
  expect((await read({})).Items).toEqual([{ pk: { S: 'p' }, sk: { S: '1' }, owner: { S: 'x' } }]);
  expect(await refusalOf(read({ ProjectionExpression: 'pk, note' }))).toMatchObject({
    name: 'ValidationException',
    message: expect.stringContaining('does not project [note]'),
  });
  expect(await refusalOf(read({ Select: 'ALL_ATTRIBUTES' }))).toMatchObject({ name: 'ValidationException' });
  expect(await refusalOf(read({ ConsistentRead: true }))).toMatchObject({ name: 'ValidationException' });
});

test('index entries stay apart, also where a short hash of their table keys is the same', async () => {
  await using world = await openWorld();
  await createTable(world, indexedTableInput('events'));
  // Three pairs that share the first 24 bits of dynalite's MD5 of partition and sort key.
  const numbers = [1991, 4041, 5279, 5874, 5537, 7990];
  const keys = numbers.map((n) => ({ pk: { S: 'a' }, sk: { S: `item-${n}` } }));
  await putAll(
    world,
    'events',
    keys.map((key) => ({ ...key, owner: { S: 'x' } })),
  );
  const read = async (ScanIndexForward: boolean) => {
    const found: (string | undefined)[] = [];
    const input = { ...OF_X, TableName: 'events', IndexName: 'by-owner', ScanIndexForward };
    const pages = paginateQuery(
      { client: world.client, pageSize: 1 },
      { ...input, ExpressionAttributeNames: { '#o': 'owner' } },
    );
    for await (const { Items = [] } of pages) found.push(...Items.map(({ sk }) => sk?.S));
    return found;
  };
  const forward = await read(true);
  expect(forward.toSorted()).toEqual(keys.map(({ sk }) => sk.S).sort());
  expect(await read(false)).toEqual(forward.toReversed());
  const scanned = await world.client.send(new ScanCommand({ TableName: 'events', IndexName: 'by-owner' }));
  expect(scanned.Count).toBe(6);
  for (const Key of keys.slice(0, 3)) await world.client.send(new DeleteItemCommand({ TableName: 'events', Key }));
  expect((await read(true)).toSorted()).toEqual(['item-5537', 'item-5874', 'item-7990']);
});

test.each<[string, Partial<QueryCommandInput>]>([
  ['SPECIFIC_ATTRIBUTES without saying which', { Select: 'SPECIFIC_ATTRIBUTES' }],
  ['ALL_ATTRIBUTES and a projection', { Select: 'ALL_ATTRIBUTES', ProjectionExpression: 'pk' }],
  ['COUNT and a projection', { Select: 'COUNT', ProjectionExpression: 'pk' }],
  ['ALL_PROJECTED_ATTRIBUTES of the table', { Select: 'ALL_PROJECTED_ATTRIBUTES' }],
])('a query for %s is a ValidationException', async (_, more) => {
  await using world = await openWorld();
  await createTable(world, tableInput('events'));
  const query = world.client.send(new QueryCommand({ TableName: 'events', ...BELOW_P, ...more }));
  expect((await refusalOf(query)).name).toBe('ValidationException');
});
