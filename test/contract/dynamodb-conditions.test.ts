// Selectors that compare what can change: what they find, and that what changed hands since it was listed stays.
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { Equality, TableTargetSelector } from '../../contracts/selector.ts';
import { NO_PROGRESS } from '../../contracts/shard.ts';
import { earlierConditions, finds } from '../../core/finding/item-conditions.ts';
import { Pacer } from '../../core/pacing/pacer.ts';
import { makeDynamoDbStore } from '../../stores/dynamodb/dynamodb-store.ts';
import { type Call, type Fault, on, RESET_AFTER, RESET_BEFORE, refused, slow } from '../support/faulty-client.ts';
import { byKey } from '../support/plans.ts';
import { finish, NONE, type Sent, ShardBook, type Work, workOn } from '../support/shard-worker.ts';
import { type Index, type Item, inFull, type Keys, Stores } from '../support/stores.ts';

const aws = await Stores.open();
afterAll(() => aws.close());

const KEYS: Keys = [
  ['pk', 'S'],
  ['sk', 'S'],
];
const INDEXES: readonly Index[] = [
  { name: 'by-owner', keys: [['owner', 'S']], holds: ['kind'] },
  {
    name: 'by-rank',
    kind: 'local',
    keys: [
      ['pk', 'S'],
      ['rank', 'N'],
    ],
    holds: ['owner'],
  },
  {
    name: 'by-number',
    keys: [
      ['number', 'N'],
      ['sk', 'S'],
    ],
  },
];
/** The same, holding all that an entry of a list could compare. */
const WHOLE_INDEXES = INDEXES.map(({ holds: _, ...index }): Index => index);
const text = (name: string, equals: string) => ({ name, type: 'S' as const, equals });
const number = (name: string, equals: string) => ({ name, type: 'N' as const, equals });

/** Every item is of one kind of pk, owner, kind, rank, number: enough to tell selectors apart by. */
const ITEMS: readonly Item[] = ['acme', 'acme-2'].flatMap((pk) =>
  ['me', 'ME', 'me-2'].flatMap((owner) =>
    ['photo', 'film'].flatMap((kind) =>
      ['7', '70'].map(
        (n): Item => ({
          pk: { S: pk },
          sk: { S: `${owner}/${kind}/${n}` },
          owner: { S: owner },
          kind: { S: kind },
          number: { N: n },
          ...(kind === 'photo' && { rank: { N: n } }),
        }),
      ),
    ),
  ),
);
const is = (name: string, value: string) => (item: Item) => Object.values(item[name] ?? {})[0] === value;

const KINDS: readonly [name: string, selector: TableTargetSelector, finds: (item: Item) => boolean][] = [
  [
    'a key with where',
    byKey('pk', 'acme', { where: [text('owner', 'me')] }),
    (item) => is('pk', 'acme')(item) && is('owner', 'me')(item),
  ],
  [
    'a key with two in where',
    byKey('pk', 'acme', { where: [text('owner', 'me'), number('number', '7')] }),
    (item) => is('pk', 'acme')(item) && is('owner', 'me')(item) && is('number', '7')(item),
  ],
  [
    'a sort key with where',
    byKey('pk', 'acme', { sort: { name: 'sk', type: 'S', beginsWith: 'me/' }, where: [text('kind', 'film')] }),
    (item) => is('pk', 'acme')(item) && is('owner', 'me')(item) && is('kind', 'film')(item),
  ],
  ['a global index', byKey('owner', 'me', { index: 'by-owner' }), is('owner', 'me')],
  [
    'a global index with where',
    byKey('owner', 'me', { index: 'by-owner', where: [text('kind', 'film')] }),
    (item) => is('owner', 'me')(item) && is('kind', 'film')(item),
  ],
  [
    'a global index with where of the table’s key',
    byKey('owner', 'me', { index: 'by-owner', where: [text('pk', 'acme')] }),
    (item) => is('owner', 'me')(item) && is('pk', 'acme')(item),
  ],
  [
    'a numeric key of an index, with its sort key',
    byKey('number', '7', {
      index: 'by-number',
      partition: number('number', '7'),
      sort: { name: 'sk', type: 'S', beginsWith: 'me/' },
    }),
    (item) => is('number', '7')(item) && is('owner', 'me')(item),
  ],
  [
    'a local index',
    byKey('pk', 'acme', { index: 'by-rank' }),
    (item) => is('pk', 'acme')(item) && item['rank'] !== undefined,
  ],
  [
    'a local index with its sort key and where',
    byKey('pk', 'acme', { index: 'by-rank', sort: number('rank', '70'), where: [text('owner', 'ME')] }),
    (item) => is('pk', 'acme')(item) && is('rank', '70')(item) && is('owner', 'ME')(item),
  ],
  ['an attribute', { by: 'table', where: [text('owner', 'me')] }, is('owner', 'me')],
  ['an attribute that is a number', { by: 'table', where: [number('number', '7')] }, is('number', '7')],
  ['an attribute that is a sort key', { by: 'table', where: [text('sk', 'me/film/7')] }, is('sk', 'me/film/7')],
];

interface Seeded extends Work {
  readonly table: string;
}

async function seed(selector: TableTargetSelector | readonly TableTargetSelector[], items = ITEMS): Promise<Seeded> {
  const table = await aws.table(KEYS, items, INDEXES);
  return { table, target: await aws.tableTarget(table, selector), operation: 'erase' };
}

const sorted = (items: readonly Item[]) => items.map((item) => JSON.stringify(Object.entries(item).sort())).sort();
const isWrite = ({ operation }: { readonly operation: string }) => /^(DeleteItem|BatchWriteItem)$/.test(operation);
const bodiesOf = (sent: readonly Sent[], wanted: (call: Sent) => boolean) =>
  sent.filter(wanted).map(({ body }) => JSON.parse(body));

describe('what is found', () => {
  it.each(KINDS)('by %s is counted, erased and verified, and nothing else is touched', async (_, selector, finds) => {
    const { table, ...work } = await seed(selector);
    const own = ITEMS.filter(finds);
    const counted = await finish(aws, { ...work, operation: 'count' });
    const erased = await finish(aws, work);
    const verified = await finish(aws, { ...work, operation: 'count', isVerifying: true });
    expect(own.length).toBeGreaterThan(0);
    expect(own.length).toBeLessThan(ITEMS.length);
    expect(counted.progress).toMatchObject({ isDone: true, items: own.length });
    expect(erased.progress).toMatchObject({
      isDone: true,
      seen: own.length,
      erased: own.length,
      changed: 0,
      failed: NONE,
    });
    expect(verified.progress).toMatchObject({ isDone: true, items: 0 });
    expect(sorted(await aws.items(table))).toEqual(sorted(ITEMS.filter((item) => !finds(item))));
  });

  it('is no number that is only written alike', async () => {
    const item = (sk: string, number: Item[string]): Item => ({ pk: { S: 'acme' }, sk: { S: sk }, number });
    const items = [
      item('seven', { N: '7' }),
      item('sevens', { N: '7.0' }),
      item('text', { S: '7' }),
      item('minus', { N: '-7' }),
    ];
    const table = await aws.table(KEYS, items);
    const target = await aws.tableTarget(table, { by: 'table', where: [number('number', '7')] });
    const { progress } = await finish(aws, { target, operation: 'erase' });
    expect(progress).toMatchObject({ seen: 2, erased: 2 });
    expect((await aws.items(table)).map(({ sk }) => sk)).toEqual(
      expect.arrayContaining([{ S: 'minus' }, { S: 'text' }]),
    );
  });
});

describe('a list of selectors', () => {
  const LISTS: readonly [string, readonly TableTargetSelector[], (item: Item) => boolean][] = [
    [
      'a key and an attribute',
      [byKey('pk', 'acme'), { by: 'table', where: [text('owner', 'me')] }],
      (item) => is('pk', 'acme')(item) || is('owner', 'me')(item),
    ],
    [
      'an attribute and a key',
      [{ by: 'table', where: [text('owner', 'me')] }, byKey('pk', 'acme')],
      (item) => is('pk', 'acme')(item) || is('owner', 'me')(item),
    ],
    [
      'an index, a local index and a number',
      [
        byKey('owner', 'me', { index: 'by-owner' }),
        byKey('pk', 'acme', { index: 'by-rank' }),
        { by: 'table', where: [number('number', '7')] },
      ],
      (item) =>
        is('owner', 'me')(item) || (is('pk', 'acme')(item) && item['rank'] !== undefined) || is('number', '7')(item),
    ],
    ['the same twice', [byKey('pk', 'acme'), byKey('pk', 'acme')], is('pk', 'acme')],
  ];

  it.each(LISTS)('finds each item once: %s', async (_, selectors, finds) => {
    const { table, target } = await seed(selectors);
    const own = ITEMS.filter(finds).length;
    const ranges = await inFull(makeDynamoDbStore(aws.dynamodb).shards(target));
    expect(ranges.map(({ selector }) => selector)).toEqual([...selectors.keys()]);
    const sums = { counted: 0, seen: 0, erased: 0, changed: 0, verified: 0 };
    // The last first: whatever order shards run in, each item is one shard's.
    for (const range of ranges.toReversed())
      sums.counted += (await finish(aws, { target, range, operation: 'count' })).progress.items;
    for (const range of ranges.toReversed()) {
      const { progress } = await finish(aws, { target, range, operation: 'erase' });
      sums.seen += progress.seen;
      sums.erased += progress.erased;
      sums.changed += progress.changed;
    }
    for (const range of ranges)
      sums.verified += (await finish(aws, { target, range, operation: 'count', isVerifying: true })).progress.items;
    expect(sums).toEqual({ counted: own, seen: own, erased: own, changed: 0, verified: 0 });
    expect(sorted(await aws.items(table))).toEqual(sorted(ITEMS.filter((item) => !finds(item))));
  });
});

function itemAt({ pk, sk }: Item): Item {
  return ITEMS.find((item) => JSON.stringify([item['pk'], item['sk']]) === JSON.stringify([pk, sk])) ?? {};
}

describe('what the pure function finds', () => {
  const value = fc.constantFrom<Item[string] | undefined>(
    { S: 'a' },
    { S: 'ab' },
    { S: '7' },
    { N: '7' },
    { N: '7.0' },
    { N: '-7' },
    { B: 'YQ==' },
    undefined,
  );
  const texts = fc.constantFrom<Item[string] | undefined>({ S: 'a' }, { S: 'ab' }, { S: '7' }, undefined);
  const numbers = fc.constantFrom<Item[string] | undefined>({ N: '7' }, { N: '-7' }, { N: '70' }, undefined);
  /** Whatever the indexes let in: their keys have one type. */
  const items = fc
    .array(
      fc.record({
        pk: fc.constantFrom({ S: 'a' }, { S: 'ab' }),
        owner: texts,
        kind: value,
        rank: numbers,
        number: numbers,
      }),
      { minLength: 20, maxLength: 40 },
    )
    .map((all) =>
      all.map((item, n): Item => JSON.parse(JSON.stringify({ ...item, sk: { S: `${n % 2 ? 'a' : 'ab'}#${n}` } }))),
    );
  const word = fc.constantFrom('a', 'ab', '7');
  const digits = fc.constantFrom('7', '-7', '70');
  const kinds = fc.oneof(
    word.map((equals) => text('kind', equals)),
    digits.map((equals) => number('kind', equals)),
  );
  const where: fc.Arbitrary<Equality[]> = fc.array(kinds, { maxLength: 1 });
  const selectors = fc.oneof<fc.Arbitrary<TableTargetSelector>[]>(
    fc.record({ pk: word, where }).map(({ pk, where }) => byKey('pk', pk, { where })),
    fc
      .record({ pk: word, sk: word, where })
      .map(({ pk, sk, where }) => byKey('pk', pk, { where, sort: { name: 'sk', type: 'S', beginsWith: `${sk}#` } })),
    fc.record({ owner: word, where }).map(({ owner, where }) => byKey('owner', owner, { index: 'by-owner', where })),
    word.map((pk) => byKey('pk', pk, { index: 'by-rank' })),
    fc
      .record({ pk: word, rank: digits })
      .map(({ pk, rank }) => byKey('pk', pk, { index: 'by-rank', sort: number('rank', rank) })),
    fc
      .record({ n: digits, where })
      .map(({ n, where }) => byKey('', '', { index: 'by-number', partition: number('number', n), where })),
    fc
      .record({ owner: word, where })
      .map(({ owner, where }) => ({ by: 'table', where: [text('owner', owner), ...where] })),
  );

  it('is what DynamoDB finds, and a list is the union of its entries', async () => {
    const tally = { found: 0, twice: 0 };
    await fc.assert(
      fc.asyncProperty(items, fc.array(selectors, { minLength: 1, maxLength: 3 }), async (all, list) => {
        const table = await aws.table(KEYS, all, WHOLE_INDEXES);
        const target = await aws.tableTarget(table, list);
        if (target.facts?.kind !== 'dynamodb') throw new Error('no table');
        const conditions = earlierConditions(list, list.length, target.facts);
        const own = conditions.map((one) => all.filter((item) => finds(one, item)).length);
        const union = all.filter((item) => conditions.some((one) => finds(one, item))).length;
        const counted: number[] = [];
        const alone: number[] = [];
        for (const range of await inFull(makeDynamoDbStore(aws.dynamodb).shards(target))) {
          counted.push((await finish(aws, { target, range, operation: 'count' })).progress.items);
          const single = { ...target, selectors: target.selectors.slice(range.selector, range.selector + 1) };
          alone.push(
            (await finish(aws, { target: single, range: { ...range, selector: 0 }, operation: 'count' })).progress
              .items,
          );
        }
        expect(alone).toEqual(own);
        expect(counted.reduce((sum, items) => sum + items, 0)).toBe(union);
        tally.found += union;
        tally.twice += own.reduce((sum, items) => sum + items, 0) - union;
      }),
      { numRuns: 80 },
    );
    expect(Math.min(tally.found, tally.twice)).toBeGreaterThan(20);
  });
});

/** Something happens just before the nth deletion, with its key. */
function justBefore(
  n: number,
  happen: (key: Item) => Promise<unknown>,
  then: Fault = {},
): (call: Call) => Fault | undefined {
  return on('DeleteItem', n, {
    ...then,
    async onCall({ input }, send) {
      await happen(input.Key);
      return send(input);
    },
  });
}

describe('an item that is no longer the scope’s when it is to be deleted', () => {
  const SELECTORS = KINDS.filter(([, , finds]) => ITEMS.filter(finds).length > 2);
  const inHands = async (table: string, key: Item) => {
    const { rank: _, ...others } = itemAt(key);
    const globex: Item = { ...others, owner: { S: 'globex' }, number: { N: '8' }, kind: { S: 'other' } };
    await aws.put(table, [globex]);
    return globex;
  };

  it.each(SELECTORS)('stays, is counted as changed and is not tried again: %s', async (_, selector, finds) => {
    const { table, ...work } = await seed(selector);
    let changed: Item = {};
    const own = ITEMS.filter(finds).length;
    const { progress, sent } = await finish(aws, work, {
      fault: justBefore(2, async (key) => {
        changed = await inHands(table, key);
      }),
    });
    expect(progress).toMatchObject({ isDone: true, seen: own, erased: own - 1, changed: 1, failed: NONE });
    expect(sent.filter(isWrite)).toHaveLength(own);
    expect(sorted(await aws.items(table))).toEqual(sorted([...ITEMS.filter((item) => !finds(item)), changed]));
  });

  it('and was deleted by somebody else is changed too: this run did not erase it', async () => {
    const { table, ...work } = await seed({ by: 'table', where: [text('owner', 'me')] });
    const { progress } = await finish(aws, work, { fault: justBefore(1, (key) => aws.deleteItem(table, key)) });
    expect(progress).toMatchObject({ seen: 8, erased: 7, changed: 1 });
  });

  it('since it is no longer in the index it was found by, stays', async () => {
    const { table, ...work } = await seed(byKey('pk', 'acme', { index: 'by-rank' }));
    const { progress } = await finish(aws, work, {
      fault: justBefore(1, async (key) => {
        const { rank: _, ...unranked } = itemAt(key);
        await aws.put(table, [unranked]);
      }),
    });
    expect(progress).toMatchObject({ seen: 6, erased: 5, changed: 1 });
  });
});

describe('a deletion whose answer is lost', () => {
  const MINE: TableTargetSelector = { by: 'table', where: [text('owner', 'me')] };

  it.each([
    ['before it took effect', RESET_BEFORE],
    ['after it took effect', RESET_AFTER],
    ['in a 500 after it took effect', refused(500, 'InternalServerError', 'after')],
  ])('%s, counts once and as erased', async (_, fault) => {
    const { table, ...work } = await seed(MINE);
    const { progress, sent } = await finish(aws, work, { fault: on('DeleteItem', [1, 4], fault) });
    expect(progress).toMatchObject({ isDone: true, seen: 8, erased: 8, changed: 0, failed: NONE, inFlightAtKills: 0 });
    expect(sent.filter(isWrite)).toHaveLength(fault === RESET_BEFORE ? 8 : 10);
    expect(await aws.items(table)).toHaveLength(ITEMS.length - 8);
  });

  it('and whose key somebody else has taken since, leaves his item', async () => {
    const { table, ...work } = await seed(MINE);
    const taken: Item[] = [];
    const lost = on('DeleteItem', 1, {
      async onCall({ input }, send) {
        await send(input);
        const his: Item = { ...input.Key, owner: { S: 'globex' } };
        taken.push(his);
        await aws.put(table, [his]);
        throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
      },
    });
    const { progress } = await finish(aws, work, { fault: lost });
    expect(progress).toMatchObject({ seen: 8, erased: 7, changed: 1 });
    expect(await aws.items(table)).toEqual(expect.arrayContaining(taken));
  });

  it('says so in the condition of the next attempt alone', async () => {
    const { table, ...work } = await seed(MINE);
    const { sent } = await finish(aws, work, { fault: on('DeleteItem', 1, RESET_AFTER) });
    const conditions = bodiesOf(sent, isWrite).map(({ ConditionExpression }) => ConditionExpression);
    expect(conditions.filter((one) => one === '#k0 = :v0')).toHaveLength(8);
    expect(conditions.filter((one) => one === 'attribute_not_exists(#k1) OR (#k0 = :v0)')).toHaveLength(1);
    expect(await aws.items(table)).toHaveLength(ITEMS.length - 8);
  });

  it('of a dead worker, and which comes late, counts as erased', async () => {
    const { table, ...work } = await seed(MINE);
    const book = new ShardBook();
    // A scan and a checkpoint take two steps each; no deletion is sent before the fifth.
    expect((await workOn(aws, work, { book, diesAtStep: 5 })).end).toBe('killed');
    const { progress } = await finish(aws, work, { book, fault: justBefore(3, (key) => aws.deleteItem(table, key)) });
    expect(progress).toMatchObject({ isDone: true, seen: 8, erased: 8, changed: 0, inFlightAtKills: 8, foundGone: 0 });
  });
});

describe('throttles and refusals of single deletions', () => {
  const MINE: TableTargetSelector = { by: 'table', where: [text('owner', 'me')] };

  it('are waited for, and slow the worker down', async () => {
    const { table, ...work } = await seed(MINE);
    const pacer = new Pacer(1_000, 1_000);
    const { progress } = await finish(aws, work, {
      pacer,
      fault: on('DeleteItem', [1, 2, 9], refused(400, 'ThrottlingException')),
    });
    expect(progress).toMatchObject({ isDone: true, seen: 8, erased: 8, changed: 0 });
    expect(pacer.itemsPerSecond).toBeLessThan(1_000);
    expect(await aws.items(table)).toHaveLength(ITEMS.length - 8);
  });

  it('are counted by their code and stop nothing else', async () => {
    const { table, ...work } = await seed(MINE);
    const { progress } = await finish(aws, work, { fault: on('DeleteItem', 3, refused(400, 'AccessDeniedException')) });
    expect(progress).toMatchObject({ isDone: true, seen: 8, erased: 7, failed: { AccessDeniedException: 1 } });
    expect(await aws.items(table)).toHaveLength(ITEMS.length - 7);
  });

  it('never let go more than the cap', async () => {
    const { table, ...work } = await seed(MINE);
    const { progress } = await finish(aws, work, { cap: 5 });
    expect(progress).toMatchObject({ isDone: true, stoppedBy: 'cap', erased: 5 });
    expect(await aws.items(table)).toHaveLength(ITEMS.length - 5);
  });
});

describe('what goes over the wire', () => {
  const readsOf = (sent: readonly Sent[]) => bodiesOf(sent, (call) => !isWrite(call));
  const namesOf = (read: { ProjectionExpression: string; ExpressionAttributeNames: Record<string, string> }) =>
    read.ProjectionExpression.split(', ').map((alias) => read.ExpressionAttributeNames[alias]);

  it.each<[string, TableTargetSelector, string[]]>([
    ['a key with where', byKey('pk', 'acme', { where: [text('owner', 'me')] }), ['pk', 'sk']],
    ['a global index', byKey('owner', 'me', { index: 'by-owner' }), ['pk', 'sk', 'owner']],
    ['a local index', byKey('pk', 'acme', { index: 'by-rank' }), ['pk', 'sk', 'rank']],
    ['an attribute', { by: 'table', where: [text('owner', 'me')] }, ['pk', 'sk']],
  ])('is keys alone: %s', async (_, selector, names) => {
    const { target } = await seed(selector);
    const counted = await finish(aws, { target, operation: 'count' });
    const erased = await finish(aws, { target, operation: 'erase' });
    for (const read of readsOf([...counted.sent, ...erased.sent])) expect(namesOf(read)).toEqual(names);
    expect(erased.sent.some(({ operation }) => operation === 'BatchWriteItem')).toBe(false);
  });

  it('is, for the second of a list, what the first compares too', async () => {
    const { target } = await seed([byKey('owner', 'me', { index: 'by-owner' }), byKey('pk', 'acme')]);
    const { sent } = await finish(aws, { target, range: { by: 'whole', selector: 1 }, operation: 'erase' });
    expect(readsOf(sent).map(namesOf)).toEqual([['pk', 'sk', 'owner']]);
    expect(sent.filter(isWrite).map(({ operation }) => operation)).toEqual(['BatchWriteItem']);
  });

  it('is a verification that reads twice through a global index, and consistently once through anything else', async () => {
    const consistency = async (selector: TableTargetSelector) => {
      const { target } = await seed(selector);
      const { sent } = await finish(aws, { target, operation: 'count', isVerifying: true });
      return readsOf(sent).map(({ ConsistentRead }) => ConsistentRead);
    };
    expect(await consistency(byKey('owner', 'me', { index: 'by-owner' }))).toEqual([false, false]);
    expect(await consistency(byKey('pk', 'acme', { index: 'by-rank' }))).toEqual([true]);
    expect(await consistency({ by: 'table', where: [text('owner', 'me')] })).toEqual([true]);
  });

  it('is 32 deletions side by side at most', async () => {
    const items = Array.from(
      { length: 100 },
      (_, n): Item => ({ pk: { S: `${n}` }, sk: { S: '' }, owner: { S: 'me' } }),
    );
    const { target } = await seed(
      { by: 'table', where: [text('owner', 'me')] },
      items.map((item) => ({ ...item, sk: { S: 'x' } })),
    );
    const all = (call: Call) => (call.operation === 'DeleteItem' ? slow(1_000) : undefined);
    const { sent } = await finish(aws, { target, operation: 'erase' }, { fault: all });
    const starts = sent.filter(isWrite).map(({ atMs }) => Math.floor(atMs / 1_000));
    expect([0, 1, 2, 3].map((second) => starts.filter((at) => at === second).length)).toEqual([32, 32, 32, 4]);
  });
});

describe('a scan that finds little', () => {
  const big = { big: { S: 'x'.repeat(350_000) } };
  const strangers = Array.from(
    { length: 12 },
    (_, n): Item => ({ pk: { S: `q${n}` }, sk: { S: 'x' }, owner: { S: 'you' }, ...big }),
  );
  const mine: Item = { pk: { S: 'mine' }, sk: { S: 'x' }, owner: { S: 'me' } };
  const MINE: TableTargetSelector = { by: 'table', where: [text('owner', 'me')] };

  it.each([
    'count',
    'erase',
  ] as const)('stops between empty pages when its time is over, and goes on from there: %s', async (operation) => {
    const { table, ...work } = await seed(MINE, [...strangers, mine]);
    const book = new ShardBook();
    const cursors: (string | null)[] = [];
    for (let workers = 0; !book.record.isDone && workers < 20; workers++) {
      const { progress, sent } = await finish(
        aws,
        { ...work, operation },
        { book, ...(workers < 3 && { deadlineMs: -1 }) },
      );
      if (workers < 3) expect(sent.filter(({ operation: name }) => name === 'Scan').length).toBeLessThanOrEqual(2);
      cursors.push(progress.cursor);
    }
    expect(new Set(cursors).size).toBeGreaterThan(2);
    expect(book.record).toMatchObject({ isDone: true, ...(operation === 'count' ? { items: 1 } : { erased: 1 }) });
  });

  it('counts the bytes of what it finds, not of what it reads', async () => {
    const { table, ...work } = await seed(MINE, [...strangers, mine]);
    const { progress } = await finish(aws, { ...work, operation: 'count' });
    expect(progress.bytes).toBeLessThan(500_000);
    expect(progress.bytes).toBeGreaterThan(0);
    expect(await aws.items(table)).toHaveLength(13);
  });
});

describe('a takeover among others who delete', () => {
  const own = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, n): Item => {
      const sk = String(from + n).padStart(3, '0');
      return { pk: { S: 'acme' }, sk: { S: sk }, owner: { S: 'me' } };
    });
  const SELECTOR = byKey('pk', 'acme', { where: [text('owner', 'me')] });
  /** Its worker died with five items in flight, of which the first two are still there. */
  const died = () => {
    const book = new ShardBook();
    const to = JSON.stringify({ pk: { S: 'acme' }, sk: { S: '004' } });
    book.record = { ...NO_PROGRESS, seen: 5, inFlight: { to, count: 5 } };
    return book;
  };

  it('finds where its range ends though all that marked it is gone by then', async () => {
    const { table, ...work } = await seed(SELECTOR, [...own(0, 2), ...own(5, 205)]);
    const vanishing: Fault = {
      async onCall({ input }, send) {
        for (const { pk, sk } of own(5, 105)) if (pk && sk) await aws.deleteItem(table, { pk, sk });
        return send(input);
      },
    };
    const { progress } = await finish(aws, work, { book: died(), fault: on('Query', 2, vanishing) });
    expect(progress).toMatchObject({ isDone: true, seen: 5 + 100, erased: 102, foundGone: 3, inFlightAtKills: 5 });
    expect(await aws.items(table)).toEqual([]);
  });

  it('gives up where nothing ever stays, having deleted nothing', async () => {
    const { table, ...work } = await seed(SELECTOR, [...own(0, 2), ...own(5, 9)]);
    let n = 0;
    const neverThere: Fault = {
      async onCall({ input }, send) {
        const answer = await send(input);
        const Items = [{ pk: { S: 'acme' }, sk: { S: `gone-${n++}` } }];
        return { ...answer, output: { ...answer.output, Items } };
      },
    };
    const fault = ({ input }: Call) => (input.Limit === undefined ? undefined : neverThere);
    await expect(workOn(aws, work, { book: died(), fault })).rejects.toMatchObject({ name: 'Lethe.OutcomeUnknown' });
    expect(await aws.items(table)).toHaveLength(6);
  });

  it('counts no item twice that was put between those in flight', async () => {
    const { table, ...work } = await seed(SELECTOR, [...own(0, 9)]);
    const more = ['000a', '000b', '000c'].map((sk): Item => ({ pk: { S: 'acme' }, sk: { S: sk }, owner: { S: 'me' } }));
    await aws.put(table, more);
    const { progress } = await finish(aws, work, { book: died() });
    expect(progress).toMatchObject({ isDone: true, seen: 12, erased: 12, foundGone: 0, inFlightAtKills: 5 });
  });
});
