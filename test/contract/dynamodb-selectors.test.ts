import { afterAll, describe, expect, it } from 'vitest';
import type { KeySelector } from '../../contracts/selector.ts';
import type { Range } from '../../contracts/shard.ts';
import { makeDynamoDbStore } from '../../stores/dynamodb/dynamodb-store.ts';
import { byKey, WHOLE } from '../support/plans.ts';
import { finish, NONE } from '../support/shard-worker.ts';
import { type Item, inFull, Stores } from '../support/stores.ts';

const aws = await Stores.open();
afterAll(() => aws.close());

const PAYLOAD = { S: 'x'.repeat(2_000) };

/** Text keys, with a payload that nobody needs to read. */
function row(pk: string, sk?: string): Item {
  return { pk: { S: pk }, ...(sk !== undefined && { sk: { S: sk } }), payload: PAYLOAD, secret: { S: 'personal' } };
}

const TEXT_KEYS = [
  ['pk', 'S'],
  ['sk', 'S'],
] as const;

function partition(equals: string, sort: KeySelector['sort'] = null): KeySelector {
  return byKey('pk', equals, { sort });
}

const sortEquals = (equals: string) => ({ name: 'sk', type: 'S' as const, equals });
const sortBeginsWith = (beginsWith: string) => ({ name: 'sk', type: 'S' as const, beginsWith });

describe('what a key selector finds', () => {
  const NEIGHBOURS = ['acme-2', 'ACME', 'acm', 'acme ', 'acme#', 'xacme', 'acmé'].map((pk) => row(pk, 'EVENT#1'));
  const SORTS = ['EVENT', 'EVENT#', 'EVENT#1', 'EVENT#2', 'EVENTS#1', 'EVENT$', 'event#1', 'EVEN', 'Z', '\u{1F600}'];
  const own = SORTS.map((sk) => row('acme', sk));
  const cases: [name: string, selector: KeySelector, finds: (sk: string) => boolean][] = [
    ['a partition: all of it', partition('acme'), () => true],
    ['a sort key that equals: one item', partition('acme', sortEquals('EVENT#1')), (sk) => sk === 'EVENT#1'],
    ['a sort key that equals nothing', partition('acme', sortEquals('EVENT#3')), () => false],
    [
      'EVENT#: not EVENTS#, not EVENT',
      partition('acme', sortBeginsWith('EVENT#')),
      (sk) => ['EVENT#', 'EVENT#1', 'EVENT#2'].includes(sk),
    ],
    ['a beginning beyond U+FFFF', partition('acme', sortBeginsWith('\u{1F600}')), (sk) => sk === '\u{1F600}'],
  ];

  it.each(cases)('%s', async (_, selector, finds) => {
    const table = await aws.table(TEXT_KEYS, [...own, ...NEIGHBOURS]);
    const target = await aws.tableTarget(table, selector);
    const selected = SORTS.filter(finds).length;
    const counted = await finish(aws, { target, operation: 'count' });
    const erased = await finish(aws, { target, operation: 'erase' });
    const verified = await finish(aws, { target, operation: 'count', isVerifying: true });
    expect(counted.progress).toMatchObject({ isDone: true, items: selected });
    expect(erased.progress).toMatchObject({ isDone: true, seen: selected, erased: selected, failed: NONE, changed: 0 });
    expect(verified.progress).toMatchObject({ isDone: true, items: 0 });
    const left = [...own.filter((_, at) => !finds(SORTS[at] ?? '')), ...NEIGHBOURS];
    expect(await aws.items(table)).toEqual(expect.arrayContaining(left));
    expect(await aws.items(table)).toHaveLength(left.length);
  });

  it('finds the one item of a partition in a table without a sort key', async () => {
    const table = await aws.table([['pk', 'S']], [row('acme'), row('acme-2')]);
    const target = await aws.tableTarget(table, partition('acme'));
    const { progress } = await finish(aws, { target, operation: 'erase' });
    expect(progress).toMatchObject({ isDone: true, seen: 1, erased: 1 });
    expect(await aws.items(table)).toEqual([row('acme-2')]);
  });

  const types: ['N', string, Item[string], Item[string]][] = [
    ['N', '42', { N: '42' }, { N: '420' }],
    ['N', '-0.5', { N: '-0.5' }, { N: '0.5' }],
  ];
  it.each(types)('finds a partition key of type %s that equals %s', async (type, equals, own, other) => {
    const table = await aws.table([['pk', type]], [{ pk: own }, { pk: other }]);
    const selector = byKey('pk', equals, { partition: { name: 'pk', type, equals } });
    const { progress } = await finish(aws, { target: await aws.tableTarget(table, selector), operation: 'erase' });
    expect(progress).toMatchObject({ seen: 1, erased: 1 });
    expect(await aws.items(table)).toEqual([{ pk: other }]);
  });

  it('takes reserved words and odd characters as names of keys', async () => {
    const keys = [
      ['name', 'S'],
      ['order-by.date', 'S'],
    ] as const;
    const item = (name: string): Item => ({ name: { S: name }, 'order-by.date': { S: '1' } });
    const table = await aws.table(keys, [item('acme'), item('globex')]);
    const selector = byKey('name', 'acme', { sort: { name: 'order-by.date', type: 'S', beginsWith: '1' } });
    await finish(aws, { target: await aws.tableTarget(table, selector), operation: 'erase' });
    expect(await aws.items(table)).toEqual([item('globex')]);
  });
});

describe('a whole table', () => {
  const items = Array.from({ length: 130 }, (_, n) => row(`tenant-${n % 7}`, `${n}`));

  it('is one shard while it is small, and up to 64 for every 25,000 items', async () => {
    const table = await aws.table(TEXT_KEYS, items);
    const target = await aws.tableTarget(table);
    const store = makeDynamoDbStore(aws.dynamodb);
    const segmentsOf = async (count: number) => {
      const facts = target.facts?.kind === 'dynamodb' ? { ...target.facts, items: count } : null;
      return inFull(store.shards({ ...target, facts }));
    };
    expect(await segmentsOf(0)).toEqual([{ by: 'segment', selector: 0, segment: 0, of: 1 }]);
    expect(await segmentsOf(25_000)).toHaveLength(1);
    expect(await segmentsOf(25_001)).toEqual([
      { by: 'segment', selector: 0, segment: 0, of: 2 },
      { by: 'segment', selector: 0, segment: 1, of: 2 },
    ]);
    expect(await segmentsOf(1_000_000_000)).toHaveLength(64);
  });

  it.each([1, 5, 64])('loses every item once, in %i segments', async (of) => {
    const table = await aws.table(TEXT_KEYS, items);
    const target = await aws.tableTarget(table);
    const sums = { counted: 0, erased: 0, verified: 0 };
    for (let segment = 0; segment < of; segment++) {
      const range: Range = { by: 'segment', selector: 0, segment, of };
      sums.counted += (await finish(aws, { target, operation: 'count', range })).progress.items;
      sums.erased += (await finish(aws, { target, operation: 'erase', range })).progress.erased;
      sums.verified += (await finish(aws, { target, operation: 'count', range, isVerifying: true })).progress.items;
    }
    expect(sums).toEqual({ counted: items.length, erased: items.length, verified: 0 });
    expect(await aws.items(table)).toEqual([]);
  });

  it('leaves the other segments alone', async () => {
    const table = await aws.table(TEXT_KEYS, items);
    const target = await aws.tableTarget(table);
    const { progress } = await finish(aws, {
      target,
      operation: 'erase',
      range: { by: 'segment', selector: 0, segment: 1, of: 3 },
    });
    expect(progress.erased).toBeGreaterThan(0);
    expect(await aws.items(table)).toHaveLength(items.length - progress.erased);
  });
});

describe('what goes over the wire', () => {
  const mine = Array.from({ length: 60 }, (_, n) => row('acme', `item-${String(n).padStart(3, '0')}`));

  it.each([
    ['a partition', partition('acme')],
    ['a whole table', WHOLE],
  ])('is the keys of %s only, however it is read', async (_, selector) => {
    const table = await aws.table(TEXT_KEYS, mine);
    const target = await aws.tableTarget(table, selector);
    const from = aws.calls.length;
    const sent = [
      ...(await finish(aws, { target, operation: 'count' })).sent,
      ...(await finish(aws, { target, operation: 'erase' })).sent,
      ...(await finish(aws, { target, operation: 'count', isVerifying: true })).sent,
    ];
    const reads = sent.filter(({ operation }) => operation === 'Query' || operation === 'Scan');
    for (const { body } of reads) {
      const { ProjectionExpression, ExpressionAttributeNames } = JSON.parse(body);
      const names = ProjectionExpression.split(', ').map((alias: string) => ExpressionAttributeNames[alias]);
      expect(names).toEqual(['pk', 'sk']);
    }
    const answers = aws.calls.slice(from).filter(({ operation }) => operation === 'Query' || operation === 'Scan');
    expect(answers).toHaveLength(3);
    // 60 items of 2 KB: what comes back is two short texts each, and a few bytes around them.
    for (const { bytesOut } of answers) expect(bytesOut).toBeLessThan(mine.length * 80 + 200);
    expect(
      sent.map(({ operation }) => operation).filter((name) => !reads.some(({ operation }) => operation === name)),
    ).toEqual(Array(3).fill('BatchWriteItem'));
  });

  it('is deletes in batches of 25 keys, at most one request for each batch and page, and one more', async () => {
    // 3 MB: DynamoDB ends a page after 1 MB.
    const items = Array.from(
      { length: 210 },
      (_, n): Item => ({ ...row('acme', `${n}`), big: { S: 'x'.repeat(14_000) } }),
    );
    const table = await aws.table(TEXT_KEYS, [...items, row('acme-2', '1')]);
    const { sent, progress } = await finish(aws, {
      target: await aws.tableTarget(table, partition('acme')),
      operation: 'erase',
    });
    const writes = sent.filter(({ operation }) => operation === 'BatchWriteItem').map(({ body }) => JSON.parse(body));
    const sizes = writes.map(({ RequestItems }) => RequestItems[table].length);
    expect(progress.erased).toBe(items.length);
    expect(sizes.toSorted((a, b) => b - a)).toEqual([...Array(8).fill(25), 10]);
    expect(sent.length).toBeLessThanOrEqual(Math.ceil(items.length / 25) + 4 + 1);
    for (const { RequestItems, ...rest } of writes) {
      expect(rest).toEqual({});
      expect(Object.keys(RequestItems)).toEqual([table]);
      for (const request of RequestItems[table])
        expect(request).toEqual({ DeleteRequest: { Key: { pk: { S: 'acme' }, sk: { S: expect.any(String) } } } });
    }
  });

  it('is consistent reads for verifying, and for nothing else', async () => {
    const table = await aws.table(TEXT_KEYS, mine);
    const target = await aws.tableTarget(table, partition('acme'));
    const consistency = async (operation: 'count' | 'erase', isVerifying: boolean) =>
      (await finish(aws, { target, operation, isVerifying })).sent
        .filter((call) => call.operation === 'Query')
        .map(({ body }) => JSON.parse(body).ConsistentRead);
    expect(await consistency('count', false)).toEqual([false]);
    expect(await consistency('count', true)).toEqual([true]);
    expect(await consistency('erase', false)).toEqual([false]);
  });

  it.each([
    false,
    true,
  ])('tells how many bytes a partition has, to a page of 4 KB (consistent: %s)', async (isVerifying) => {
    const table = await aws.table(TEXT_KEYS, mine);
    const { progress } = await finish(aws, {
      target: await aws.tableTarget(table, partition('acme')),
      operation: 'count',
      isVerifying,
    });
    const sizes = mine.map((item) =>
      Object.entries(item).reduce(
        (sum, [name, value]) => sum + name.length + String(Object.values(value)[0]).length,
        0,
      ),
    );
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    expect(progress.bytes).toBeGreaterThanOrEqual(bytes);
    expect(progress.bytes).toBeLessThan(bytes + 2 * 4_096);
  });
});
