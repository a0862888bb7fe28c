// Laws of counting: whoever dies, stops or is stopped, every item is counted once in the end.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Progress } from '../../contracts/shard.ts';
import { countShard } from '../../core/erasing/count-shard.ts';
import { Life } from '../support/life.ts';
import { ShardBook } from '../support/shard-book.ts';
import { allowanceFor, Shelf, type ShelfWorker } from '../support/shelf.ts';
import { VirtualTime } from '../support/virtual-time.ts';

const shards = fc.record({
  items: fc.integer({ min: 0, max: 60 }),
  pageSizes: fc
    .tuple(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 4 }), fc.integer({ min: 1, max: 9 }))
    .map(([some, one]) => [...some, one]),
});

/** A shelf whose pages take their time. */
function slow(shelf: Shelf, life: Life, { time }: ShelfWorker, pageMs: number) {
  const { listing } = shelf.open(life, time.nowMs);
  return {
    ...listing,
    async *pages(after: string | null) {
      for await (const page of listing.pages(after)) {
        await life.wait(time.sleep(pageMs));
        yield page;
      }
    },
  };
}

async function countOn(
  shelf: Shelf,
  book: ShardBook,
  worker: ShelfWorker,
  pageMs: number,
): Promise<Progress | 'killed'> {
  const life = new Life(worker.diesAtStep);
  const allowance = allowanceFor(book, life, worker);
  const work = countShard(slow(shelf, life, worker, pageMs), allowance).then(async (progress) => {
    await allowance.ledger.checkpoint(progress);
    return progress;
  });
  return life.live(work);
}

describe('counting', () => {
  it('comes to the same number whoever dies on the way and however slow the pages are', async () => {
    const deaths = fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(shards, deaths, fc.integer({ min: 0, max: 15_000 }), async (options, dying, pageMs) => {
        const [shelf, book, time] = [
          new Shelf({ ...options, batchSize: 1, concurrency: 1 }),
          new ShardBook(),
          new VirtualTime(),
        ];

        for (const diesAtStep of dying) await countOn(shelf, book, { time, diesAtStep }, pageMs);
        await countOn(shelf, book, { time }, pageMs);

        expect(book.record).toMatchObject({
          isDone: true,
          items: options.items,
          bytes: 10 * options.items,
          versions: 3 * options.items,
          seen: 0,
          erased: 0,
          inFlight: null,
        });
        expect(shelf.requests).toEqual([]);
      }),
    );
  });

  it('goes on in another invocation after a deadline or a stop, and counts nothing twice', async () => {
    await fc.assert(
      fc.asyncProperty(shards, fc.integer({ min: 1, max: 10 }), async (options, pages) => {
        const [shelf, book, time] = [
          new Shelf({ ...options, batchSize: 1, concurrency: 1 }),
          new ShardBook(),
          new VirtualTime(),
        ];
        let invocations = 0;

        while (!book.record.isDone) {
          let asks = pages;
          const readsBefore = shelf.reads;
          await countOn(shelf, book, { time, mayContinue: () => --asks > 0 }, 0);
          expect(shelf.reads - readsBefore).toBeLessThanOrEqual(pages);
          expect(++invocations).toBeLessThan(200);
        }

        expect(book.record.items).toBe(options.items);
      }),
    );
  });

  it('reads at most one page after its deadline', async () => {
    await fc.assert(
      fc.asyncProperty(shards, fc.integer({ min: 0, max: 30_000 }), async (options, deadlineMs) => {
        const [shelf, book, time] = [
          new Shelf({ ...options, batchSize: 1, concurrency: 1 }),
          new ShardBook(),
          new VirtualTime(),
        ];

        await countOn(shelf, book, { time, deadlineMs }, 1_000);

        expect(shelf.reads).toBeLessThanOrEqual(Math.floor(deadlineMs / 1_000) + 1);
        await countOn(shelf, book, { time }, 0);
        expect(book.record.items).toBe(options.items);
      }),
    );
  });

  it('keeps what it has counted every ten seconds, so that a death costs no more than that', async () => {
    const [shelf, book, time] = [
      new Shelf({ items: 100, pageSizes: [1], batchSize: 1, concurrency: 1 }),
      new ShardBook(),
      new VirtualTime(),
    ];

    await countOn(shelf, book, { time, diesAtStep: 180 }, 1_000);

    // some 85 pages of a second each were read: what the last ten of them counted may be lost
    expect(book.record.items).toBeGreaterThan(shelf.reads - 12);
    expect(book.record.items).toBeLessThan(shelf.reads);
  });

  it('is kept every ten seconds and not more often', async () => {
    const [shelf, life, time] = [
      new Shelf({ items: 36, pageSizes: [1], batchSize: 1, concurrency: 1 }),
      new Life(),
      new VirtualTime(),
    ];
    const allowance = allowanceFor(new ShardBook(), life, { time });
    const keptAtMs: number[] = [];
    const checkpoint = async () => {
      keptAtMs.push(time.nowMs());
    };

    await countShard(slow(shelf, life, { time }, 1_000), { ...allowance, ledger: { ...allowance.ledger, checkpoint } });

    expect(keptAtMs).toEqual([10_000, 20_000, 30_000]);
  });

  it('goes on at the very moment of its deadline', async () => {
    const [shelf, book, time] = [
      new Shelf({ items: 9, pageSizes: [1], batchSize: 1, concurrency: 1 }),
      new ShardBook(),
      new VirtualTime(),
    ];

    await countOn(shelf, book, { time, deadlineMs: 2_000 }, 1_000);

    expect(book.record.items).toBe(3);
  });

  it('of a shard that is done reads nothing', async () => {
    const [shelf, book] = [new Shelf({ items: 5, pageSizes: [5], batchSize: 1, concurrency: 1 }), new ShardBook()];
    book.record = { ...book.record, isDone: true, items: 3 };

    expect(await countOn(shelf, book, { time: new VirtualTime() }, 0)).toMatchObject({ items: 3 });
    expect(shelf.reads).toBe(0);
  });
});
