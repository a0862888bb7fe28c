// A listing that is read twice counts the larger of both readings, however often its worker is replaced.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_PROGRESS, type Progress } from '../../contracts/shard.ts';
import { countShard } from '../../core/erasing/count-shard.ts';
import type { Listing } from '../../core/erasing/ports.ts';
import { readTwice } from '../../core/erasing/read-twice.ts';
import { Life } from '../support/life.ts';
import { ShardBook } from '../support/shard-book.ts';
import { allowanceFor } from '../support/shelf.ts';
import { VirtualTime } from '../support/virtual-time.ts';

const pages = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 6 });

/** Pages of so many items; of one reading first, and of another once the last page of that was given. */
function listingOf(readings: readonly (readonly number[])[]) {
  let reading = 0;
  const listing: Listing<never> = {
    async *pages(after) {
      const sizes = readings[reading] ?? [];
      for (let at = after === null ? 0 : Number(after); at < sizes.length; at++) {
        const isLast = at === sizes.length - 1;
        if (isLast) reading++;
        const tally = { items: sizes[at] ?? 0, bytes: 10, versions: 0 };
        yield { items: [], resume: isLast ? null : String(at + 1), isLast, tally };
      }
    },
    countBetween: async () => 0,
  };
  return { listing, readings: () => reading };
}

describe('a listing that is read twice', () => {
  it('counts the larger number, by one worker or by one for each page', async () => {
    await fc.assert(
      fc.asyncProperty(pages, pages, fc.boolean(), async (first, second, isInterrupted) => {
        const { listing, readings } = listingOf([first, second]);
        const book = new ShardBook();
        let workers = 0;
        for (; !book.record.isDone && workers < 20; workers++) {
          const time = new VirtualTime();
          const worker = { time, ...(isInterrupted && { deadlineMs: -1 }) };
          const allowance = allowanceFor(book, new Life(), worker);
          const progress: Progress = await countShard(readTwice(listing), allowance);
          await allowance.ledger.checkpoint(progress);
        }
        const sum = (sizes: readonly number[]) => sizes.reduce((total, size) => total + size, 0);
        expect(book.record).toMatchObject({
          ...NO_PROGRESS,
          cursor: expect.anything(),
          isDone: true,
          bytes: 10 * first.length,
          items: Math.max(sum(first), sum(second)),
        });
        expect(readings()).toBe(2);
        expect(workers).toBe(isInterrupted ? first.length + second.length : 1);
      }),
    );
  });
});
