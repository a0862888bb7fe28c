// How many listed entries of a range are still there: what a takeover asks of either listing.
import type { Page } from '../../core/erasing/ports.ts';

/**
 * S3 listings are strongly consistent (S3 user guide, consistency model).
 * @param pages from after the range's beginning on
 * @param isBeyond whether an entry lies after the range's end
 */
export async function countUntil<Item>(
  pages: AsyncIterable<Page<Item>>,
  isBeyond: (item: Item) => boolean,
  atMost: number,
): Promise<number> {
  let count = 0;
  for await (const { items } of pages) {
    for (const { item } of items) {
      if (count >= atMost || isBeyond(item)) return count;
      count++;
    }
  }
  return count;
}
