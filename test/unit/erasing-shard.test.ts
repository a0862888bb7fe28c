// The erase loop step by step: what is recorded before and after each burst, and what makes it stop.
import { describe, expect, it } from 'vitest';
import { NO_PROGRESS, type Progress } from '../../contracts/shard.ts';
import { eraseShard, spent } from '../../core/erasing/erase-shard.ts';
import type { Allowance, BatchResult, Ledger, Remover } from '../../core/erasing/ports.ts';
import { Life } from '../support/life.ts';
import { ShardBook } from '../support/shard-book.ts';
import { allowanceFor, keyAt, Shelf, type ShelfItem, type ShelfOptions, type ShelfWorker } from '../support/shelf.ts';
import { VirtualTime } from '../support/virtual-time.ts';

const PLAIN: ShelfOptions = { items: 10, pageSizes: [4], batchSize: 2, concurrency: 1 };

interface Told {
  /** Overrides of the remover. */
  readonly remove?: Remover<ShelfItem>['remove'];
  readonly worker?: Partial<ShelfWorker>;
  readonly book?: ShardBook;
}

/** Erases a shelf with one worker and tells every step that matters, in order. */
async function erase(options: Partial<ShelfOptions>, { remove, worker = {}, book = new ShardBook() }: Told = {}) {
  const [shelf, life, time] = [new Shelf({ ...PLAIN, ...options }), new Life(), new VirtualTime()];
  const steps: string[] = [];
  const { listing, remover } = shelf.open(life, time.nowMs);
  const told: Remover<ShelfItem> = {
    ...remover,
    remove: (batch, mayBeGone) => {
      steps.push(`remove ${batch.map(({ key }) => Number(key.slice(5))).join(' ')}`);
      return (remove ?? remover.remove)(batch, mayBeGone);
    },
  };
  const allowance = allowanceFor(book, life, { time, ...worker });
  const { ledger } = allowance;
  const watched: Ledger = {
    ...ledger,
    checkpoint: (progress) => {
      steps.push(
        `begin ${progress.inFlight?.count} to ${Number(progress.inFlight?.to.slice(5))}, seen ${progress.seen}`,
      );
      return ledger.checkpoint(progress);
    },
    lease: async (items) => {
      const granted = await ledger.lease(items);
      steps.push(`lease ${items}, granted ${granted}`);
      return granted;
    },
    stopTarget: () => {
      steps.push('stop target');
      return ledger.stopTarget();
    },
  };
  const allowed: Allowance = { ...allowance, ledger: watched };
  const run = () => eraseShard(listing, told, allowed);
  return { run, steps, shelf, book, time, pacer: allowed.pacer };
}

const NOTHING: BatchResult<ShelfItem> = {
  erased: 0,
  changed: 0,
  failed: [],
  retry: [],
  because: null,
  isVersioningLost: false,
};

describe('a burst', () => {
  it('is recorded before the first of it is deleted, with where it ends and how many it is', async () => {
    // 2 items a second: bursts of five seconds' worth, in whole batches of 4
    const { run, steps } = await erase({ batchSize: 4, pageSizes: [5] }, { worker: { itemsPerSecond: 2 } });

    const progress = await run();

    expect(steps).toEqual([
      'begin 4 to 3, seen 4',
      'remove 0 1 2 3',
      'begin 4 to 7, seen 8',
      'remove 4 5 6 7',
      'begin 2 to 9, seen 10',
      'remove 8 9',
    ]);
    expect(progress).toMatchObject({ isDone: true, cursor: keyAt(9), seen: 10, erased: 10, inFlight: null });
  });

  it('is 40 batches at most, so that little is in flight when a worker dies', async () => {
    const { run, steps } = await erase({ items: 100, pageSizes: [100] });

    await run();

    expect(steps.filter((step) => step.startsWith('begin'))).toEqual([
      'begin 80 to 79, seen 80',
      'begin 20 to 99, seen 100',
    ]);
  });

  it('is 4,000 items at most', async () => {
    const { run, steps } = await erase({ items: 5_000, pageSizes: [5_000], batchSize: 1_000 });

    await run();

    expect(steps.filter((step) => step.startsWith('begin'))).toEqual([
      'begin 4000 to 3999, seen 4000',
      'begin 1000 to 4999, seen 5000',
    ]);
  });

  it('of a slow target is five seconds of it, and a batch at least', async () => {
    const ofTen = await erase({ items: 60, pageSizes: [60] }, { worker: { itemsPerSecond: 4 } });
    const ofEleven = await erase({ items: 60, pageSizes: [60] }, { worker: { itemsPerSecond: 4.7 } });
    const ofOne = await erase({ items: 8, pageSizes: [8], batchSize: 3 }, { worker: { itemsPerSecond: 0.1 } });

    await Promise.all([ofTen.run(), ofEleven.run(), ofOne.run()]);

    expect(ofTen.steps[0]).toBe('begin 20 to 19, seen 20');
    expect(ofEleven.steps[0]).toBe('begin 22 to 21, seen 22');
    expect(ofOne.steps[0]).toBe('begin 3 to 2, seen 3');
  });

  it('is one item alone where the store tries one first', async () => {
    const { run, steps } = await erase({ triesOneFirst: true, items: 5, pageSizes: [10] });

    await run();

    expect(steps).toEqual(['begin 1 to 0, seen 1', 'remove 0', 'begin 4 to 4, seen 5', 'remove 1 2', 'remove 3 4']);
  });
});

describe('reading ahead', () => {
  /** Tells when the reading of a page begins and ends; each takes a while. */
  async function eraseSlowly(options: Partial<ShelfOptions>, worker: Partial<ShelfWorker> = {}) {
    const [shelf, life, time] = [new Shelf({ ...PLAIN, ...options }), new Life(), new VirtualTime()];
    const events: string[] = [];
    const { listing, remover } = shelf.open(life, time.nowMs);
    async function* pages(after: string | null) {
      const reader = listing.pages(after)[Symbol.asyncIterator]();
      for (let n = 1; ; n++) {
        events.push(`read ${n}`);
        await time.sleep(100);
        const page = await reader.next();
        events.push(`have ${n}`);
        if (page.done) return;
        yield page.value;
      }
    }
    const slowRemover: Remover<ShelfItem> = {
      ...remover,
      remove: async (batch, mayBeGone) => {
        events.push('remove');
        await time.sleep(50);
        return remover.remove(batch, mayBeGone);
      },
    };
    const allowance = allowanceFor(new ShardBook(), life, { time, ...worker });
    const progress = await eraseShard({ ...listing, pages }, slowRemover, allowance);
    return { progress, events };
  }

  it('reads the next page while the last is deleted', async () => {
    const { events } = await eraseSlowly({ items: 4, pageSizes: [2, 2, 1], batchSize: 2 });

    expect(events).toEqual(['read 1', 'have 1', 'read 2', 'remove', 'have 2', 'read 3', 'remove', 'have 3']);
  });

  it('reads none as long as enough for another burst is there', async () => {
    const { events } = await eraseSlowly({ items: 8, pageSizes: [6, 2, 1], batchSize: 2 }, { itemsPerSecond: 0.4 });

    expect(events.slice(0, 5)).toEqual(['read 1', 'have 1', 'remove', 'remove', 'read 2']);
  });

  it('is over when the worker is, whatever made it stop', async () => {
    let asks = 0;
    const { events, progress } = await eraseSlowly({ items: 8, pageSizes: [2] }, { mayContinue: () => ++asks <= 1 });

    expect(progress).toMatchObject({ isDone: false, seen: 0 });
    expect(events).toEqual(['read 1', 'have 1', 'read 2', 'have 2']);
  });

  it('ends with the listing, also with one that does not say which page is its last', async () => {
    const shelf = new Shelf({ ...PLAIN, items: 3, pageSizes: [3] });
    const { listing, remover } = shelf.open(new Life(), () => 0);
    async function* pages() {
      for await (const page of listing.pages(null)) yield { ...page, isLast: false };
    }
    const allowance = allowanceFor(new ShardBook(), new Life(), { time: new VirtualTime() });

    expect(await eraseShard({ ...listing, pages }, remover, allowance)).toMatchObject({ erased: 3, isDone: true });
  });
});

describe('pages without items', () => {
  const EMPTY = { items: 1, pageSizes: [0, 0, 0, 0, 0, 9] };

  it('let the worker stop between them, and whoever comes next goes on from there', async () => {
    const { run, steps } = await erase(EMPTY, { worker: { mayContinue: () => false } });

    expect(await run()).toMatchObject({ isDone: false, seen: 0 });
    expect(steps).toEqual([]);
  });

  it('are recorded every ten seconds, on the condition that nobody took the shard over', async () => {
    const time = new VirtualTime();
    const [shelf, life, book] = [new Shelf({ ...PLAIN, items: 0 }), new Life(), new ShardBook()];
    const { remover, listing } = shelf.open(life, time.nowMs);
    async function* pages() {
      for (let n = 1; n <= 9; n++) {
        await time.sleep(4_000);
        yield { items: [], resume: `page-${n}`, isLast: n === 9, tally: { items: 0, bytes: 0, versions: 0 } };
      }
    }
    const allowance = allowanceFor(book, life, { time });
    const written: (string | null)[] = [];
    const ledger: Ledger = {
      ...allowance.ledger,
      checkpoint: (progress) => {
        written.push(progress.cursor);
        return allowance.ledger.checkpoint(progress);
      },
    };

    const progress = await eraseShard({ ...listing, pages }, remover, { ...allowance, ledger });

    expect(written).toEqual(['page-3', 'page-6']);
    expect(progress).toMatchObject({ isDone: true, seen: 0, cursor: 'page-9' });
  });
});

describe('a shard that is done', () => {
  it('is answered from its record', async () => {
    const book = new ShardBook();
    book.record = { ...NO_PROGRESS, isDone: true, seen: 7, erased: 7 };
    const { run, shelf } = await erase({}, { book });

    expect(await run()).toEqual(book.record);
    expect(shelf.reads).toBe(0);
  });

  it('is one without items', async () => {
    const { run, steps } = await erase({ items: 0 });

    expect(await run()).toEqual({ ...NO_PROGRESS, isDone: true });
    expect(steps).toEqual([]);
  });
});

describe('a takeover', () => {
  it('looks again at what was in flight: what is there is done anew, what is gone was not acknowledged', async () => {
    const book = new ShardBook();
    book.record = { ...NO_PROGRESS, cursor: keyAt(1), seen: 6, erased: 2, inFlight: { to: keyAt(5), count: 4 } };
    const { run, steps, shelf } = await erase({ pageSizes: [10] }, { book });
    for (const position of [0, 1, 2, 4]) shelf.take(keyAt(position));

    const progress = await run();

    expect(steps.slice(0, 1)).toEqual(['begin 6 to 9, seen 10']);
    expect(progress).toMatchObject({ seen: 10, erased: 8, foundGone: 2, inFlightAtKills: 4, isDone: true });
  });
});

describe('what may be gone already', () => {
  it('is what a dead worker had in flight, and what an answer was lost for; nothing else', async () => {
    const book = new ShardBook();
    book.record = { ...NO_PROGRESS, seen: 4, inFlight: { to: keyAt(3), count: 4 } };
    const asked: string[] = [];
    const remove: Remover<ShelfItem>['remove'] = async (batch, mayBeGone) => {
      const numbers = batch.map(({ key }) => Number(key.slice(5))).join(' ');
      asked.push(`${numbers}${mayBeGone ? ' may be gone' : ''}`);
      const isLost = numbers === '4 5' && asked.length < 5;
      return isLost ? { ...NOTHING, retry: batch, because: 'unknown' } : { ...NOTHING, erased: batch.length };
    };
    const { run } = await erase({ items: 8 }, { book, remove });

    await run();

    expect(asked).toEqual(['0 1 may be gone', '2 3 may be gone', '4 5', '6 7', '4 5 may be gone']);
  });
});

describe('the cap', () => {
  const capped = (cap: number, pool: number, options: Partial<ShelfOptions> = {}) => {
    const book = new ShardBook();
    book.pool = pool;
    return erase({ items: 6, pageSizes: [6], ...options }, { book, worker: { cap } });
  };

  it('is used before anything is leased', async () => {
    const { run, steps, book } = await capped(6, 9);

    expect(await run()).toMatchObject({ erased: 6, leased: 0, stoppedBy: null });
    expect([steps.join(), book.pool]).toEqual([expect.not.stringContaining('lease'), 9]);
  });

  it('is added to from the pool before more is deleted', async () => {
    const { run, steps, book } = await capped(4, 9);

    expect(await run()).toMatchObject({ erased: 6, leased: 2, stoppedBy: null, isDone: true });
    expect(steps).toEqual(['lease 2, granted 2', 'begin 6 to 5, seen 6', 'remove 0 1', 'remove 2 3', 'remove 4 5']);
    expect(book.pool).toBe(7);
  });

  it('ends the shard where the pool is not enough, and what is beyond stays', async () => {
    const { run, steps, shelf } = await capped(3, 1, { items: 20, pageSizes: [6] });

    expect(await run()).toMatchObject({ erased: 4, leased: 1, stoppedBy: 'cap', isDone: true, cursor: keyAt(3) });
    expect(steps).toEqual(['lease 3, granted 1', 'begin 4 to 3, seen 4', 'remove 0 1', 'remove 2 3']);
    expect([shelf.left.length, shelf.reads]).toEqual([16, 2]);
  });

  it('ends the shard before anything where there is none', async () => {
    const { run, steps, shelf } = await capped(0, 0);

    expect(await run()).toMatchObject({ erased: 0, seen: 0, stoppedBy: 'cap', isDone: true });
    expect([steps, shelf.left.length]).toEqual([['lease 6, granted 0'], 6]);
  });

  it('does not count what failed or changed, but what may be gone', () => {
    expect(spent({ seen: 10, changed: 2, failed: { A: 1, B: 2 } })).toBe(5);
    expect(spent({ seen: 10, changed: 0, failed: {} })).toBe(10);
  });
});

describe('a stop', () => {
  it('before the first burst leaves no trace', async () => {
    const { run, steps, book } = await erase({}, { worker: { mayContinue: () => false } });

    expect(await run()).toEqual(NO_PROGRESS);
    expect([steps, book.record]).toEqual([[], NO_PROGRESS]);
  });

  it('waits for no batch that is not sent any more', async () => {
    let asks = 0;
    const { run, time } = await erase({}, { worker: { itemsPerSecond: 0.1, mayContinue: () => ++asks <= 2 } });

    expect(await run()).toMatchObject({ seen: 2, erased: 2, isDone: false });
    expect(time.nowMs()).toBeLessThanOrEqual(20_000);
  });

  it('is one by the deadline, which may still be met', async () => {
    const { run, steps, time } = await erase(
      { batchSize: 1, pageSizes: [10] },
      { worker: { itemsPerSecond: 10, deadlineMs: 300 } },
    );

    expect(await run()).toMatchObject({ seen: 4, erased: 4, isDone: false, cursor: keyAt(3) });
    expect(steps.filter((step) => step.startsWith('remove'))).toHaveLength(4);
    expect(time.nowMs()).toBe(300);
  });

  it('is waited for no longer than until the deadline', async () => {
    const { run, time } = await erase(
      { batchSize: 1, pageSizes: [10] },
      { worker: { itemsPerSecond: 1, deadlineMs: 2_500 } },
    );

    expect(await run()).toMatchObject({ erased: 3, isDone: false });
    expect(time.nowMs()).toBe(2_500);
  });

  it('by the deadline lets a burst begin at that very moment and none later', async () => {
    const inTime = await erase({ items: 2 }, { worker: { deadlineMs: 0 } });
    const late = await erase({ items: 2 }, { worker: { deadlineMs: -1 } });

    expect(await inTime.run()).toMatchObject({ erased: 2, isDone: true });
    expect(await late.run()).toEqual(NO_PROGRESS);
  });
});

describe('failures', () => {
  it('are counted by code, three keys of each are kept, and the rest goes on', async () => {
    const { run, book } = await erase({ failing: new Set([1, 2, 5, 7, 8]) });

    expect(await run()).toMatchObject({
      seen: 10,
      erased: 5,
      failed: { AccessDenied: 5 },
      samples: { AccessDenied: ['sample of AccessDenied', 'sample of AccessDenied', 'sample of AccessDenied'] },
      bytesErased: 50,
      isDone: true,
    });
    expect(book.samples).toEqual([1, 2, 5].map((position) => ['AccessDenied', keyAt(position)]));
  });

  it('of several codes are told apart', async () => {
    const codes = ['A', 'B'];
    const remove = async (batch: readonly ShelfItem[]) => ({
      ...NOTHING,
      failed: batch.map((item, at) => ({ item, code: codes[at] ?? '' })),
    });
    const { run, book } = await erase({ items: 4 }, { remove });

    expect(await run()).toMatchObject({ failed: { A: 2, B: 2 }, erased: 0, bytesErased: 0 });
    expect(book.samples).toEqual([0, 1, 2, 3].map((position) => [codes[position % 2], keyAt(position)]));
  });

  it('of items that changed hands are counted apart and never tried again', async () => {
    const remove = async (batch: readonly ShelfItem[]) => ({ ...NOTHING, erased: batch.length - 1, changed: 1 });
    const { run, steps } = await erase({ items: 4 }, { remove });

    expect(await run()).toMatchObject({ seen: 4, erased: 2, changed: 2, failed: {} });
    expect(steps.filter((step) => step.startsWith('remove'))).toHaveLength(2);
  });
});

describe('an answer that is lost', () => {
  it('is asked for again, eight times in all, ever later; then the worker gives up and its successor looks', async () => {
    const remove = async (batch: readonly ShelfItem[]) => ({ ...NOTHING, retry: batch, because: 'unknown' as const });
    const { run, steps, time } = await erase({ items: 2 }, { remove });

    await expect(run()).rejects.toMatchObject({ name: 'Lethe.OutcomeUnknown', retryable: true });
    expect(steps.filter((step) => step.startsWith('remove'))).toHaveLength(8);
    expect(time.nowMs()).toBe(50 + 100 + 200 + 400 + 800 + 1_600 + 3_200);
  });

  it('is asked for again even after a stop, because nobody knows what became of its items', async () => {
    let asks = 0;
    const { run, steps, shelf } = await erase(
      { items: 4, faults: ['lostAfter'] },
      { worker: { mayContinue: () => ++asks <= 2 } },
    );

    expect(await run()).toMatchObject({ seen: 2, erased: 2, isDone: false, cursor: keyAt(1) });
    expect(steps).toEqual(['begin 4 to 3, seen 4', 'remove 0 1', 'remove 0 1']);
    expect(shelf.left).toEqual([keyAt(2), keyAt(3)]);
  });

  it('is not forgotten over a throttle', async () => {
    let asks = 0;
    const { run, steps } = await erase(
      { items: 2, faults: ['lostAfter', 'throttled'] },
      { worker: { mayContinue: () => ++asks <= 2 } },
    );

    expect(await run()).toMatchObject({ seen: 2, erased: 2 });
    expect(steps.filter((step) => step.startsWith('remove'))).toHaveLength(3);
  });
});

describe('the pace', () => {
  it('is slowed by throttles, not by answers that are lost', async () => {
    const lost = await erase({ items: 2, faults: ['lostBefore', 'lostAfter'] }, { worker: { itemsPerSecond: 10 } });
    const throttled = await erase({ items: 2, faults: ['throttled'] }, { worker: { itemsPerSecond: 10 } });

    await Promise.all([lost.run(), throttled.run()]);

    expect([lost.pacer.itemsPerSecond, throttled.pacer.itemsPerSecond]).toEqual([10, 7]);
  });
});

describe('a throttle', () => {
  it('slows the pacer down, once for a burst of them', async () => {
    const { run, time } = await erase(
      { items: 4, batchSize: 1, faults: ['throttled'] },
      { worker: { itemsPerSecond: 10 } },
    );

    await run();

    // at 10 a second three more take 300 ms after the first; the one that was throttled goes last, at 7 a second
    expect(time.nowMs()).toBeGreaterThan(400);
    expect(time.nowMs()).toBeLessThan(700);
  });

  it('is tried again for as long as it lasts', async () => {
    const { run, steps } = await erase({ items: 2, faults: Array.from({ length: 30 }, () => 'throttled' as const) });

    expect(await run()).toMatchObject({ erased: 2, isDone: true });
    expect(steps.filter((step) => step.startsWith('remove'))).toHaveLength(31);
  });
});

describe('versioning that is lost', () => {
  const losing = (lostAt: number, options: Partial<ShelfOptions> = {}) => {
    let request = 0;
    const remove = async (batch: readonly ShelfItem[]): Promise<BatchResult<ShelfItem>> => {
      if (request++ < lostAt) return { ...NOTHING, erased: batch.length };
      return { ...NOTHING, failed: batch.map((item) => ({ item, code: 'VersioningLost' })), isVersioningLost: true };
    };
    return erase(options, { remove });
  };

  it('stops the whole target at once, and what is lost counts as failed', async () => {
    const { run, steps, book } = await losing(0, { triesOneFirst: true });

    expect(await run()).toMatchObject({
      seen: 1,
      erased: 0,
      failed: { VersioningLost: 1 },
      stoppedBy: 'versioning',
      isDone: true,
    });
    expect(steps).toEqual(['begin 1 to 0, seen 1', 'remove 0', 'stop target']);
    expect(book.isTargetStopped).toBe(true);
  });

  it('lets no further batch of the burst begin', async () => {
    const { run, steps } = await losing(2);

    expect(await run()).toMatchObject({
      seen: 6,
      erased: 4,
      failed: { VersioningLost: 2 },
      stoppedBy: 'versioning',
      isDone: true,
    });
    expect(steps.filter((step) => step.startsWith('remove'))).toEqual(['remove 0 1', 'remove 2 3', 'remove 4 5']);
  });
});

describe('a failure that nobody expected', () => {
  it('lets nothing of the worker run on, and is thrown', async () => {
    let underWay = 0;
    const remove = async (batch: readonly ShelfItem[]) => {
      if (batch[0]?.key === keyAt(2)) throw new TypeError('a defect');
      underWay++;
      await Promise.resolve();
      underWay--;
      return { ...NOTHING, erased: batch.length };
    };
    const { run, steps, book } = await erase({ concurrency: 3, items: 20, pageSizes: [20] }, { remove });

    await expect(run()).rejects.toThrow('a defect');
    expect(underWay).toBe(0);
    expect(steps.filter((step) => step.startsWith('remove')).length).toBeLessThan(5);
    expect((book.record satisfies Progress).inFlight).toEqual({ to: keyAt(19), count: 20 });
  });
});
