// Lines of states that run beside one another: the first failure stops the others and is the failure of all.
import { Aborted } from './errors.ts';
import type { Frame } from './frame.ts';
import type { Trail } from './history.ts';

/** One place of several that work at the same time. */
export interface Slot {
  readonly trail: Trail;
  readonly signal: AbortSignal;
}

/**
 * Runs `one` for each index below `count`, at most `limit` at a time. Every slot starts its line of events after the
 * last event of `frame`, which goes on after the last event of the slot that ended last, or that failed.
 */
export async function runTogether<T>(
  frame: Frame,
  count: number,
  limit: number,
  one: (index: number, slot: Slot) => Promise<T>,
): Promise<T[]> {
  frame.signal.throwIfAborted();
  const results: T[] = new Array(count);
  const stopper = new AbortController();
  const onAbort = () => stopper.abort(frame.signal.reason);
  frame.signal.addEventListener('abort', onAbort, { once: true });
  const startId = frame.trail.lastId;
  let failure: { readonly thrown: unknown } | undefined;
  let next = 0;
  const work = async () => {
    const slot = { trail: { lastId: startId }, signal: stopper.signal };
    while (next < count && !stopper.signal.aborted) {
      const index = next++;
      try {
        results[index] = await one(index, slot);
        if (!stopper.signal.aborted) frame.trail.lastId = slot.trail.lastId;
      } catch (thrown) {
        if (stopper.signal.aborted) return;
        failure = { thrown };
        frame.trail.lastId = slot.trail.lastId;
        stopper.abort(new Aborted(slot.trail.lastId));
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(limit, count) }, work));
  } finally {
    frame.signal.removeEventListener('abort', onAbort);
  }
  frame.signal.throwIfAborted();
  if (failure) throw failure.thrown;
  return results;
}
