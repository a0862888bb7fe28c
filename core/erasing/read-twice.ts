// Reads a listing twice and lets the larger count stand: for indexes, which may not have caught up in the first reading.
import * as z from 'zod';
import type { Listing, Page } from './ports.ts';

/** How far both readings have come; written into the cursor, so that a successor goes on with the right one. */
const place = z.strictObject({
  reading: z.union([z.literal(1), z.literal(2)]),
  /** Where in the reading. */
  at: z.string().nullable(),
  first: z.int().nonnegative(),
  second: z.int().nonnegative(),
});
type Place = z.output<typeof place>;

const START: Place = { reading: 1, at: null, first: 0, second: 0 };

/** For counting only. What the second reading finds beyond the first is added to the count when it is found. */
export function readTwice<Item>(listing: Listing<Item>): Listing<Item> {
  async function* pages(after: string | null): AsyncIterable<Page<Item>> {
    let reached: Place = after === null ? START : place.parse(JSON.parse(after));
    if (reached.reading === 1) {
      for await (const page of listing.pages(reached.at)) {
        const first = reached.first + page.tally.items;
        reached = page.isLast ? { ...START, reading: 2, first } : { ...reached, first, at: page.resume };
        yield { ...page, resume: JSON.stringify(reached), isLast: false };
      }
    }
    for await (const page of listing.pages(reached.at)) {
      const second = reached.second + page.tally.items;
      const more = Math.max(0, second - Math.max(reached.first, reached.second));
      reached = { ...reached, second, at: page.resume };
      yield { ...page, resume: JSON.stringify(reached), tally: { items: more, bytes: 0, versions: 0 } };
    }
  }
  return { pages, countBetween: listing.countBetween };
}
