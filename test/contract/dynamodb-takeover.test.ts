import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { KeySelector, TableTargetSelector } from '../../contracts/selector.ts';
import type { Progress, Range } from '../../contracts/shard.ts';
import { Pacer } from '../../core/pacing/pacer.ts';
import { type Fault, on, RESET_AFTER, RESET_BEFORE } from '../support/faulty-client.ts';
import { byKey } from '../support/plans.ts';
import { finish, ShardBook, type Work, workOn } from '../support/shard-worker.ts';
import { type Index, type Item, type Keys, Stores } from '../support/stores.ts';

const aws = await Stores.open();
afterAll(() => aws.close());

interface Shape {
  readonly keys: Keys;
  /** @default none */
  readonly indexes?: readonly Index[];
  readonly selector: TableTargetSelector | readonly TableTargetSelector[];
  readonly range: Range;
  /** Bursts are of five seconds' worth. @default 10 */
  readonly itemsPerSecond?: number;
  readonly selected: readonly Item[];
  readonly neighbours: readonly Item[];
}

const acme = (sort: KeySelector['sort'] = null) => byKey('pk', 'acme', { sort });
const whole: Range = { by: 'whole', selector: 0 };
const numbered = (count: number, item: (n: number) => Item) => Array.from({ length: count }, (_, n) => item(n));
const keyed = (pk: string, sk: Item[string]): Item => ({ pk: { S: pk }, sk });
/** A selector that compares what can change. */
const owned = (owner: string) => ({ name: 'owner', type: 'S' as const, equals: owner });
const ownedBy = (owner: string, pk: string, sk: Item[string], more: Item = {}): Item => ({
  ...keyed(pk, sk),
  owner: { S: owner },
  ...more,
});
/** Deleted one by one, so that a few of them are many steps. */
const SLOWLY = { itemsPerSecond: 0.8 };
/** More than a third of the 1 MB that DynamoDB gives in one page. */
const BIG = { big: { S: 'x'.repeat(350_000) } };

const SHAPES: Readonly<Record<string, Shape>> = {
  'a partition sorted by text': {
    keys: [
      ['pk', 'S'],
      ['sk', 'S'],
    ],
    selector: acme(),
    range: whole,
    selected: numbered(60, (n) => keyed('acme', { S: `${n}` })),
    neighbours: [keyed('acme-2', { S: '1' }), keyed('acm', { S: '1' })],
  },
  'a partition sorted by number': {
    keys: [
      ['pk', 'S'],
      ['sk', 'N'],
    ],
    selector: acme(),
    range: whole,
    selected: numbered(60, (n) => keyed('acme', { N: `${n % 2 ? -n : n / 8}` })),
    neighbours: [keyed('acme-2', { N: '1' })],
  },
  'a partition sorted by bytes': {
    keys: [
      ['pk', 'S'],
      ['sk', 'B'],
    ],
    selector: acme(),
    range: whole,
    selected: numbered(60, (n) => keyed('acme', { B: Buffer.from([n * 4, 255 - n]).toString('base64') })),
    neighbours: [keyed('acme-2', { B: 'AA==' })],
  },
  'a partition of several pages': {
    keys: [
      ['pk', 'S'],
      ['sk', 'S'],
    ],
    selector: acme(),
    range: whole,
    selected: numbered(8, (n) => ({ ...keyed('acme', { S: `${n}` }), ...BIG })),
    neighbours: [keyed('acme-2', { S: '1' })],
  },
  'the beginning of a sort key': {
    keys: [
      ['pk', 'S'],
      ['sk', 'S'],
    ],
    selector: acme({ name: 'sk', type: 'S', beginsWith: 'EVENT#' }),
    range: whole,
    selected: numbered(30, (n) => keyed('acme', { S: `EVENT#${n}` })),
    neighbours: [keyed('acme', { S: 'EVENTS#1' }), keyed('acme', { S: 'A' }), keyed('acme-2', { S: 'EVENT#1' })],
  },
  'one item by its sort key': {
    keys: [
      ['pk', 'S'],
      ['sk', 'S'],
    ],
    selector: acme({ name: 'sk', type: 'S', equals: 'g1' }),
    range: whole,
    selected: [keyed('acme', { S: 'g1' })],
    neighbours: [keyed('acme', { S: 'g10' }), keyed('acme', { S: 'g' })],
  },
  'one item of a table without a sort key': {
    keys: [['pk', 'S']],
    selector: acme(),
    range: whole,
    selected: [{ pk: { S: 'acme' } }],
    neighbours: [{ pk: { S: 'acme-2' } }],
  },
  'a whole table of numbers': {
    keys: [['pk', 'N']],
    selector: { by: 'table', where: [] },
    range: { by: 'segment', selector: 0, segment: 0, of: 1 },
    selected: numbered(60, (n) => ({ pk: { N: `${n}` } })),
    neighbours: [],
  },
  'a whole table of several pages': {
    keys: [
      ['pk', 'S'],
      ['sk', 'B'],
    ],
    selector: { by: 'table', where: [] },
    range: { by: 'segment', selector: 0, segment: 0, of: 1 },
    selected: numbered(8, (n) => ({ ...keyed(`tenant-${n % 3}`, { B: Buffer.from([n]).toString('base64') }), ...BIG })),
    neighbours: [],
  },
  'a partition narrowed by where': {
    keys: [
      ['pk', 'S'],
      ['sk', 'N'],
    ],
    selector: byKey('pk', 'acme', { where: [owned('me')] }),
    range: whole,
    selected: numbered(9, (n) => ownedBy('me', 'acme', { N: `${2 * n}` })),
    neighbours: [
      ...numbered(9, (n) => ownedBy('you', 'acme', { N: `${2 * n + 1}` })),
      keyed('acme', { N: '-1' }),
      ownedBy('me', 'acme-2', { N: '0' }),
    ],
    ...SLOWLY,
  },
  'a partition of a global index, many with one key of it': {
    keys: [
      ['pk', 'S'],
      ['sk', 'B'],
    ],
    indexes: [
      {
        name: 'by-owner',
        keys: [
          ['owner', 'S'],
          ['rank', 'N'],
        ],
        holds: [],
      },
    ],
    selector: byKey('owner', 'me', { index: 'by-owner' }),
    range: whole,
    selected: numbered(9, (n) => ownedBy('me', `p${n}`, { B: 'AA==' }, { rank: { N: `${n % 2}` } })),
    neighbours: [
      ownedBy('you', 'p1', { B: 'AQ==' }, { rank: { N: '1' } }),
      // Without the index's sort key it is not in the index.
      ownedBy('me', 'p1', { B: 'Ag==' }),
    ],
    ...SLOWLY,
  },
  'a partition of a local index': {
    keys: [
      ['pk', 'S'],
      ['sk', 'S'],
    ],
    indexes: [
      {
        name: 'by-kind',
        kind: 'local',
        keys: [
          ['pk', 'S'],
          ['kind', 'S'],
        ],
      },
    ],
    selector: byKey('pk', 'acme', { index: 'by-kind', sort: { name: 'kind', type: 'S', beginsWith: 'photo#' } }),
    range: whole,
    selected: numbered(9, (n) => ({ ...keyed('acme', { S: `${n}` }), kind: { S: `photo#${n % 2}` } })),
    neighbours: [{ ...keyed('acme', { S: 'x' }), kind: { S: 'photos#1' } }, keyed('acme', { S: 'y' })],
    ...SLOWLY,
  },
  'an attribute, in pages that hold none or few of it': {
    keys: [
      ['pk', 'S'],
      ['sk', 'S'],
    ],
    selector: { by: 'table', where: [owned('me')] },
    range: { by: 'segment', selector: 0, segment: 0, of: 1 },
    selected: numbered(5, (n) => ownedBy('me', `p${n}`, { S: `${n}` }, BIG)),
    neighbours: numbered(12, (n) => ownedBy('you', `q${n}`, { S: 'x' }, BIG)),
    ...SLOWLY,
  },
  'what the first of two selectors leaves to the second': {
    keys: [
      ['pk', 'S'],
      ['sk', 'S'],
    ],
    indexes: [
      {
        name: 'by-owner',
        keys: [
          ['owner', 'S'],
          ['rank', 'N'],
        ],
      },
    ],
    selector: [byKey('owner', 'me', { index: 'by-owner' }), byKey('pk', 'acme')],
    range: { by: 'whole', selector: 1 },
    selected: numbered(30, (n) => ({ ...keyed('acme', { S: `${n}` }), ...(n % 2 === 0 && { owner: { S: 'me' } }) })),
    neighbours: numbered(9, (n) => ownedBy('me', 'acme', { S: `z${n}` }, { rank: { N: `${n}` } })),
  },
};

function shapeOf(name: string): Shape {
  const shape = SHAPES[name];
  if (!shape) throw new Error(`there is no shape called ${name}`);
  return shape;
}

const SORTED_BY_TEXT = shapeOf('a partition sorted by text');
/** A query and the first checkpoint take two steps each, sending a batch one. */
const DURING_THE_FIRST_BATCH = 6;
/** Ten items a second make bursts of two batches, so that items lie beyond what is in flight. */
const inBursts = ({ itemsPerSecond = 10 }: Partial<Shape> = {}) => ({
  pacer: new Pacer(itemsPerSecond, itemsPerSecond),
});
const isWrite = ({ operation }: { readonly operation: string }) => operation === 'BatchWriteItem';

async function seed({ keys, indexes, selector, range, selected, neighbours }: Shape): Promise<Work> {
  const table = await aws.table(keys, [...selected, ...neighbours], indexes);
  return { target: await aws.tableTarget(table, selector), operation: 'erase', range };
}

/** What must be true at the end, however often workers died, as long as nobody else wrote. */
async function expectErased({ target }: Work, { selected, neighbours }: Shape, progress: Progress): Promise<void> {
  const { seen, erased, changed, failed, inFlight, inFlightAtKills, foundGone, isDone } = progress;
  const left = await aws.items(target.resource);
  expect(left.map(keysOf).toSorted()).toEqual(neighbours.map(keysOf).toSorted());
  expect({ seen, changed, failed, inFlight, isDone }).toEqual({
    seen: selected.length,
    changed: 0,
    failed: {},
    inFlight: null,
    isDone: true,
  });
  expect(seen - erased).toBe(foundGone);
  expect(foundGone).toBeLessThanOrEqual(inFlightAtKills);
}

const keysOf = ({ pk, sk }: Item) => JSON.stringify([pk, sk]);

describe.each(Object.entries(SHAPES))('killed at any step while it erases %s', (_, shape) => {
  it('a worker leaves behind what the next one finishes, nothing lost and nothing counted twice', async () => {
    const clean = await seed(shape);
    const { progress, steps } = await finish(aws, clean, inBursts(shape));
    await expectErased(clean, shape, progress);
    expect(progress).toMatchObject({ erased: shape.selected.length, inFlightAtKills: 0 });
    for (let diesAtStep = 1; diesAtStep <= steps; diesAtStep++) {
      const work = await seed(shape);
      const book = new ShardBook();
      const killed = await workOn(aws, work, { ...inBursts(shape), book, diesAtStep });
      expect(killed.end, `at step ${diesAtStep}`).toBe('killed');
      const { progress } = await finish(aws, work, { ...inBursts(shape), book });
      await expectErased(work, shape, progress);
    }
  });
});

describe('a shard of a table that changes hands', () => {
  const shapes = Object.entries(SHAPES).map(([name, shape]) => fc.constant({ name, shape }));

  it('comes out right whatever moments its workers die at', async () => {
    const moments = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(fc.oneof(...shapes), moments, async ({ shape }, deaths) => {
        const work = await seed(shape);
        const book = new ShardBook();
        for (const diesAtStep of deaths) await workOn(aws, work, { ...inBursts(shape), book, diesAtStep });
        const { progress } = await finish(aws, work, { ...inBursts(shape), book });
        await expectErased(work, shape, progress);
      }),
      { numRuns: 40 },
    );
  });

  it('is looked at again consistently where a worker died, and only there', async () => {
    const work = await seed(SORTED_BY_TEXT);
    const book = new ShardBook();
    await workOn(aws, work, { book, diesAtStep: DURING_THE_FIRST_BATCH });
    const { sent } = await finish(aws, work, { book });
    const reads = sent.filter(({ operation }) => operation === 'Query').map(({ body }) => JSON.parse(body));
    expect(reads.map(({ ConsistentRead }) => ConsistentRead)).toEqual([true, true, false]);
    expect(reads.map(({ ProjectionExpression }) => ProjectionExpression)).toEqual(Array(3).fill('#k0, #k1'));
  });

  it('also loses what somebody wrote anew where a burst was in flight', async () => {
    const work = await seed(SORTED_BY_TEXT);
    const book = new ShardBook();
    await workOn(aws, work, { book, diesAtStep: DURING_THE_FIRST_BATCH });
    await aws.put(work.target.resource, [keyed('acme', { S: '0' }), keyed('acme', { S: '0-again' })]);
    const there = (await aws.items(work.target.resource)).length - SORTED_BY_TEXT.neighbours.length;
    const { progress } = await finish(aws, work, { book });
    // The first batch was gone; '0' was in it.
    expect(there).toBe(60 - 25 + 2);
    expect(await aws.items(work.target.resource)).toHaveLength(SORTED_BY_TEXT.neighbours.length);
    expect(progress).toMatchObject({ erased: there, foundGone: 60 - there, seen: 60 });
  });

  it('is left alone by a worker that lost it, from its next burst on', async () => {
    const selected = numbered(150, (n) => keyed('acme', { S: `${n}` }));
    const work = await seed({ ...SORTED_BY_TEXT, selected });
    const book = new ShardBook();
    const answer = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    const held: Fault = {
      async onCall({ input }, send) {
        asked.resolve();
        await answer.promise;
        return send(input);
      },
    };
    const first = workOn(aws, work, { ...inBursts(), book, fault: on('BatchWriteItem', 1, held) });
    await asked.promise;
    const second = await finish(aws, work, { book });
    answer.resolve();
    await expect(first).rejects.toMatchObject({ name: 'Lethe.ShardTaken' });
    expect(second.progress).toMatchObject({ isDone: true, seen: 150, inFlightAtKills: 50 });
    expect(book.record).toEqual(second.progress);
    const byFirst = aws.callsTo(work.target.resource, 'BatchWriteItem').length - second.sent.filter(isWrite).length;
    expect(byFirst).toBe(2);
  });

  it('goes to the next worker when answers keep getting lost, who finds out what became of it', async () => {
    for (const reset of [RESET_BEFORE, RESET_AFTER]) {
      const work = await seed(SORTED_BY_TEXT);
      const book = new ShardBook();
      const fault = ({ operation }: { operation: string }) => (operation === 'BatchWriteItem' ? reset : undefined);
      await expect(workOn(aws, work, { book, fault })).rejects.toMatchObject({
        name: 'Lethe.OutcomeUnknown',
        retryable: true,
      });
      const { progress } = await finish(aws, work, { book });
      await expectErased(work, SORTED_BY_TEXT, progress);
      expect(progress.foundGone).toBe(reset === RESET_AFTER ? 60 : 0);
    }
  });
});

describe('counting that is interrupted', () => {
  const count = async (work: Work, book: ShardBook, deadlineMs?: number) =>
    finish(aws, { ...work, operation: 'count' }, { book, ...(deadlineMs !== undefined && { deadlineMs }) });
  const SEVERAL_PAGES = ['a partition of several pages', 'a whole table of several pages'] as const;

  it.each(SEVERAL_PAGES)('goes on page by page in %s, and counts nothing twice', async (name) => {
    const shape = shapeOf(name);
    const work = await seed(shape);
    const [whole, book] = [await count(work, new ShardBook()), new ShardBook()];
    let workers = 0;
    for (; !book.record.isDone; workers++) await count(work, book, -1);
    expect(workers).toBeGreaterThan(2);
    expect(book.record).toMatchObject({ items: shape.selected.length, bytes: whole.progress.bytes });
  });

  it.each(SEVERAL_PAGES)('goes on in %s though the item it stopped at is gone', async (name) => {
    const shape = shapeOf(name);
    const work = await seed(shape);
    const book = new ShardBook();
    const { progress } = await count(work, book, -1);
    const { pk, sk } = JSON.parse(progress.cursor ?? '');
    await aws.deleteItem(work.target.resource, { pk, sk });
    await count(work, book);
    expect(progress.items).toBeLessThan(shape.selected.length);
    expect(book.record).toMatchObject({ isDone: true, items: shape.selected.length });
  });
});
