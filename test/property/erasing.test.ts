// Laws of the erase loop over random shards, pages, faults and deaths: nothing is lost, nothing is touched twice.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failedCount, type Progress } from '../../contracts/shard.ts';
import { eraseShard } from '../../core/erasing/erase-shard.ts';
import { Life } from '../support/life.ts';
import { ShardBook } from '../support/shard-book.ts';
import { allowanceFor, type Fault, keyAt, Shelf, type ShelfOptions, type ShelfWorker } from '../support/shelf.ts';
import { VirtualTime } from '../support/virtual-time.ts';

const MAX_WORKERS = 60;

const pageSizes = fc
  .tuple(fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 4 }), fc.integer({ min: 1, max: 30 }))
  .map(([some, one]) => [...some, one]);
const calm = fc.record({
  items: fc.integer({ min: 0, max: 90 }),
  pageSizes,
  batchSize: fc.integer({ min: 1, max: 9 }),
  concurrency: fc.integer({ min: 1, max: 4 }),
});
const faults = fc.array(
  fc.constantFrom<Fault>('none', 'none', 'throttled', 'unprocessed', 'lostBefore', 'lostAfter', 'mixed'),
  { maxLength: 40 },
);
const failing = fc.array(fc.integer({ min: 0, max: 89 }), { maxLength: 6 }).map((all) => new Set(all));
const rates = fc.constantFrom(1, 4, 20, 1_000_000);
const deaths = fc.array(fc.integer({ min: 1, max: 120 }), { maxLength: 5 });

/** One worker from its claim to its release or its death. */
async function workOn(shelf: Shelf, book: ShardBook, worker: ShelfWorker): Promise<Progress | 'killed' | Error> {
  const life = new Life(worker.diesAtStep);
  const allowance = allowanceFor(book, life, worker);
  const { listing, remover } = shelf.open(life, worker.time.nowMs);
  const work = eraseShard(listing, remover, allowance).then(async (progress) => {
    await allowance.ledger.checkpoint(progress);
    return progress;
  });
  return life.live(work).catch((error: Error) => error);
}

/** One worker after the other until the shard is done: first those who die, then others who live on. */
async function workToTheEnd(
  shelf: Shelf,
  book: ShardBook,
  dying: readonly number[],
  worker: ShelfWorker,
): Promise<Progress> {
  for (const diesAtStep of dying) {
    if (book.record.isDone) break;
    await workOn(shelf, book, { ...worker, diesAtStep });
  }
  for (let n = 0; !book.record.isDone; n++) {
    if (n > MAX_WORKERS) throw new Error('the shard does not come to its end');
    await workOn(shelf, book, worker);
  }
  return book.record;
}

const within = (options: ShelfOptions) => [...(options.failing ?? [])].filter((at) => at < options.items);

function unacknowledgedOf(progress: Progress): number {
  return progress.seen - progress.erased - progress.changed - failedCount(progress);
}

describe('without faults', () => {
  it('every item is deleted once, in full batches, and counted once', async () => {
    await fc.assert(
      fc.asyncProperty(calm, rates, async (options, itemsPerSecond) => {
        const [shelf, book] = [new Shelf(options), new ShardBook()];

        const progress = await workToTheEnd(shelf, book, [], { time: new VirtualTime(), itemsPerSecond });

        expect(shelf.left).toEqual([]);
        expect([...shelf.deleted.values()].every((times) => times === 1)).toBe(true);
        expect(shelf.requests).toHaveLength(Math.ceil(options.items / options.batchSize));
        expect(progress).toMatchObject({
          seen: options.items,
          erased: options.items,
          bytesErased: 10 * options.items,
          failed: {},
          inFlight: null,
          inFlightAtKills: 0,
          foundGone: 0,
          stoppedBy: null,
        });
      }),
    );
  });

  it('an invocation that tries one item first sends one request more at most', async () => {
    await fc.assert(
      fc.asyncProperty(calm, async (options) => {
        const shelf = new Shelf({ ...options, triesOneFirst: true });

        await workToTheEnd(shelf, new ShardBook(), [], { time: new VirtualTime() });

        expect(shelf.requests[0]?.keys ?? ['']).toHaveLength(1);
        expect(shelf.requests).toHaveLength(
          Math.min(1, options.items) + Math.ceil(Math.max(0, options.items - 1) / options.batchSize),
        );
      }),
    );
  });

  it('no more is listed ahead than a page and two bursts, and never more than two pages and a batch', async () => {
    await fc.assert(
      fc.asyncProperty(calm, rates, fc.integer({ min: 1, max: 3 }), async (options, itemsPerSecond, more) => {
        const shelf = new Shelf({ ...options, items: options.items * more });

        await workToTheEnd(shelf, new ShardBook(), [], { time: new VirtualTime(), itemsPerSecond });

        const { batchSize, pageSizes } = options;
        const page = Math.max(...pageSizes);
        const burst = Math.max(1, Math.floor(Math.min(40 * batchSize, 5 * itemsPerSecond) / batchSize)) * batchSize;
        expect(shelf.mostAhead).toBeLessThanOrEqual(page + Math.min(page + batchSize, 2 * burst));
      }),
    );
  });
});

describe('with faults and deaths', () => {
  const worlds = fc.record({ calm, faults, failing, deaths, rate: rates, triesOneFirst: fc.boolean() });

  it('nothing is lost, nothing else is touched, and the sums say what became of every item', async () => {
    const tally = { deaths: 0, failures: 0 };
    await fc.assert(
      fc.asyncProperty(worlds, async ({ calm: options, rate, deaths, ...faulty }) => {
        const [shelf, book] = [new Shelf({ ...options, ...faulty }), new ShardBook()];

        const progress = await workToTheEnd(shelf, book, deaths, { time: new VirtualTime(), itemsPerSecond: rate });

        const failingHere = within({ ...options, ...faulty });
        expect(shelf.left).toEqual(failingHere.map(keyAt).sort());
        expect(shelf.strangers).toEqual([]);
        const unacknowledged = unacknowledgedOf(progress);
        expect(progress.seen).toBe(options.items);
        expect(failedCount(progress)).toBe(failingHere.length);
        expect(progress.erased + progress.foundGone).toBe(options.items - failingHere.length);
        expect(unacknowledged).toBe(progress.foundGone);
        expect(unacknowledged).toBeGreaterThanOrEqual(0);
        expect(unacknowledged).toBeLessThanOrEqual(progress.inFlightAtKills);
        expect([progress.inFlight, progress.stoppedBy]).toEqual([null, null]);
        expect(progress.bytesErased).toBe(10 * progress.erased);
        tally.deaths += Math.sign(progress.inFlightAtKills);
        tally.failures += failingHere.length;
      }),
      { numRuns: 300 },
    );
    expect(Math.min(tally.deaths, tally.failures)).toBeGreaterThan(20);
  });

  it('an item is asked to be deleted again only when an answer was lost, a worker died, or it was not processed', async () => {
    await fc.assert(
      fc.asyncProperty(calm, failing, async (options, broken) => {
        const shelf = new Shelf({ ...options, failing: broken });

        await workToTheEnd(shelf, new ShardBook(), [], { time: new VirtualTime() });

        const asked = shelf.requests.flatMap(({ keys }) => keys);
        expect(new Set(asked).size).toBe(asked.length);
      }),
    );
  });

  it('a listing that fails costs an attempt, and nothing else', async () => {
    const failingReads = fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 5 }).map((all) => new Set(all));
    await fc.assert(
      fc.asyncProperty(calm, rates, failingReads, async (options, itemsPerSecond, reads) => {
        const [shelf, book] = [new Shelf({ ...options, failingReads: reads }), new ShardBook()];

        const progress = await workToTheEnd(shelf, book, [], { time: new VirtualTime(), itemsPerSecond });

        expect(shelf.left).toEqual([]);
        expect([progress.seen, progress.erased + progress.foundGone]).toEqual([options.items, options.items]);
        expect(unacknowledgedOf(progress)).toBe(progress.foundGone);
      }),
    );
  });

  it('a worker whose shard was taken over changes nothing any more in the record', async () => {
    await fc.assert(
      fc.asyncProperty(
        calm.filter(({ items }) => items > 0),
        async (options) => {
          const [shelf, book] = [new Shelf(options), new ShardBook()];
          const late = book.claim(new Life());
          const progress = await workToTheEnd(shelf, book, [], { time: new VirtualTime() });

          await expect(late.checkpoint({ ...progress, erased: 0 })).rejects.toMatchObject({ name: 'Lethe.ShardTaken' });
          expect(book.record).toEqual(progress);
        },
      ),
      { numRuns: 20 },
    );
  });
});

describe('while others write', () => {
  it('the sums stay within what was in flight when workers died', async () => {
    const others = fc.array(
      fc.record({
        at: fc.integer({ min: 0, max: 30 }),
        position: fc.integer({ min: 0, max: 99 }),
        isAdded: fc.boolean(),
      }),
      { maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(calm, faults, deaths, rates, others, async (options, faulty, dying, itemsPerSecond, acts) => {
        const meanwhile = (shelf: Shelf, request: number) => {
          for (const { at, position, isAdded } of acts.filter((act) => act.at === request)) {
            if (isAdded) shelf.add(`${keyAt(position)}-new-${at}`);
            else shelf.take(keyAt(position));
          }
        };
        const [shelf, book] = [new Shelf({ ...options, faults: faulty, meanwhile }), new ShardBook()];

        const progress = await workToTheEnd(shelf, book, dying, { time: new VirtualTime(), itemsPerSecond });

        const unacknowledged = unacknowledgedOf(progress);
        expect(unacknowledged).toBeGreaterThanOrEqual(0);
        expect(unacknowledged).toBeLessThanOrEqual(progress.inFlightAtKills);
        expect(shelf.strangers).toEqual([]);
      }),
    );
  });
});

describe('a cap', () => {
  const capped = fc.record({
    calm,
    cap: fc.integer({ min: 0, max: 60 }),
    pool: fc.integer({ min: 0, max: 40 }),
    deaths,
    faults,
    rate: rates,
  });

  it('with its pool is never exceeded, and all within it is erased', async () => {
    await fc.assert(
      fc.asyncProperty(capped, async ({ calm: options, cap, pool, deaths, faults, rate }) => {
        const book = new ShardBook();
        book.pool = pool;
        const [shelf, time] = [new Shelf({ ...options, faults }), new VirtualTime()];

        const progress = await workToTheEnd(shelf, book, deaths, { time, cap, itemsPerSecond: rate });

        const gone = options.items - shelf.left.length;
        const drawn = pool - book.pool;
        expect(gone).toBeLessThanOrEqual(cap + drawn);
        expect(progress.leased).toBeLessThanOrEqual(drawn);
        if (progress.stoppedBy === 'cap') expect([book.pool, gone]).toEqual([0, cap + progress.leased]);
        else expect(gone).toBe(options.items);
        if (deaths.length === 0 && !faults.some((fault) => fault !== 'none'))
          expect(gone).toBe(Math.min(options.items, cap + pool));
      }),
      { numRuns: 300 },
    );
  });
});

describe('a stop', () => {
  const stopped = fc.record({ calm, faults, failing, asks: fc.integer({ min: 0, max: 30 }), rate: rates });

  it('lets no batch begin whose items are known to be there, and its successor finishes the rest', async () => {
    await fc.assert(
      fc.asyncProperty(stopped, async ({ calm: options, faults, failing, asks, rate }) => {
        const [shelf, book, time] = [new Shelf({ ...options, faults, failing }), new ShardBook(), new VirtualTime()];
        let left = asks;
        let freshAtStop: number | undefined;
        const fresh = () => shelf.requests.filter(({ isRepeat }) => !isRepeat).length;
        const mayContinue = () => {
          if (left > 0) left--;
          else freshAtStop ??= fresh();
          return freshAtStop === undefined;
        };

        const end = await workOn(shelf, book, { time, itemsPerSecond: rate, mayContinue });

        // Batches whose go-ahead came before the stop may still be on their way, one for each other sender.
        if (freshAtStop !== undefined) expect(fresh() - freshAtStop).toBeLessThan(options.concurrency);
        if (end instanceof Error || end === 'killed') return;
        const failingHere = within({ ...options, failing });
        expect(end.seen).toBe(end.erased + failedCount(end));
        expect(end.erased).toBe(options.items - shelf.left.length);
        expect(end.inFlight).toBeNull();

        const progress = await workToTheEnd(shelf, book, [], { time });

        expect(shelf.left).toEqual(failingHere.map(keyAt).sort());
        expect([progress.seen, failedCount(progress)]).toEqual([options.items, failingHere.length]);
        expect(progress.erased + progress.foundGone).toBe(options.items - failingHere.length);
      }),
      { numRuns: 300 },
    );
  });

  it('is what a deadline is: no fresh batch begins after it', async () => {
    await fc.assert(
      fc.asyncProperty(
        stopped,
        fc.integer({ min: 0, max: 8_000 }),
        async ({ calm: options, faults, failing }, deadlineMs) => {
          const [shelf, book, time] = [new Shelf({ ...options, faults, failing }), new ShardBook(), new VirtualTime()];

          await workOn(shelf, book, { time, itemsPerSecond: 10, deadlineMs });

          for (const { atMs, isRepeat } of shelf.requests) if (!isRepeat) expect(atMs).toBeLessThanOrEqual(deadlineMs);
          const progress = await workToTheEnd(shelf, book, [], { time });
          expect([progress.seen, shelf.left.length]).toEqual([options.items, within({ ...options, failing }).length]);
        },
      ),
      { numRuns: 150 },
    );
  });
});
