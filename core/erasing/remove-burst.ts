// Deletes one burst: batches side by side at the pacer's speed, repeated until each item's fate is known.
import { Fault } from '../../contracts/errors.ts';
import type { Allowance, BatchResult, Listed, Remover } from './ports.ts';

export interface BurstResult<Item> {
  readonly erased: number;
  readonly bytesErased: number;
  readonly changed: number;
  readonly failed: readonly { readonly item: Item; readonly code: string }[];
  /** Known to be still there, because the worker had to stop. */
  readonly left: ReadonlySet<Item>;
  readonly isVersioningLost: boolean;
}

/** Attempts at a batch from its first lost answer on, before the worker gives up and its successor looks again. */
const MAX_UNKNOWN_ATTEMPTS = 8;
/** 50 + 100 + … + 6,400 ms: about 13 s in all. */
const UNKNOWN_BACKOFF_MS = 50;

interface Batch<Item> {
  readonly items: readonly Item[];
  /** Attempts since an answer for these items was lost: until one settles them, some may be gone and some still there. */
  readonly unknownAttempts: number;
}

/**
 * Once the worker must stop, no batch begins whose items are known to be there; one whose answer was lost is sent
 * again, because its items are neither there for certain nor gone.
 * @param inDoubt items that a dead worker had in flight
 * @throws Fault OutcomeUnknown when answers keep getting lost; by then nothing of the burst is under way any more
 */
export async function removeBurst<Item>(
  burst: readonly Listed<Item>[],
  inDoubt: ReadonlySet<Item>,
  remover: Remover<Item>,
  allowance: Allowance,
): Promise<BurstResult<Item>> {
  const queue = inBatches(burst, remover.batchSize);
  const sums = new Sums(burst);
  let isStopping = false;

  async function mayBegin(batch: Batch<Item>): Promise<boolean> {
    if (batch.unknownAttempts > 0) {
      await allowance.sleep(UNKNOWN_BACKOFF_MS * 2 ** (batch.unknownAttempts - 1));
      return true;
    }
    const waitMs = isStopping ? 0 : allowance.pacer.reserve(batch.items.length, allowance.nowMs());
    // A batch that is due after the deadline is not waited for any longer: the invocation would be killed meanwhile.
    const patienceMs = Math.max(0, allowance.deadlineMs - allowance.nowMs());
    if (waitMs > 0) await allowance.sleep(Math.min(waitMs, patienceMs));
    isStopping ||=
      waitMs > patienceMs ||
      sums.isVersioningLost ||
      allowance.nowMs() > allowance.deadlineMs ||
      !(await allowance.mayContinue());
    return !isStopping;
  }

  async function work(): Promise<void> {
    for (let batch = queue.shift(); batch; batch = queue.shift()) {
      if (!(await mayBegin(batch))) {
        sums.leave(batch.items);
        continue;
      }
      const mayBeGone = batch.unknownAttempts > 0 || batch.items.some((item) => inDoubt.has(item));
      const result = await remover.remove(batch.items, mayBeGone);
      sums.add(batch.items, result);
      if (result.retry.length === 0) continue;
      if (result.because === 'throttled') allowance.pacer.throttled(allowance.nowMs());
      const isUnknown = result.because === 'unknown' || batch.unknownAttempts > 0;
      const unknownAttempts = isUnknown ? batch.unknownAttempts + 1 : 0;
      if (unknownAttempts >= MAX_UNKNOWN_ATTEMPTS) throw outcomeUnknown(result.retry.length);
      queue.push({ items: result.retry, unknownAttempts });
    }
  }

  const workers = Array.from({ length: remover.concurrency }, () =>
    work().catch((error: unknown) => {
      isStopping = true;
      throw error;
    }),
  );
  const failure = (await Promise.allSettled(workers)).find((settled) => settled.status === 'rejected');
  if (failure) throw failure.reason;
  return sums;
}

class Sums<Item> implements BurstResult<Item> {
  readonly left = new Set<Item>();
  readonly failed: { readonly item: Item; readonly code: string }[] = [];
  readonly #bytes: ReadonlyMap<Item, number>;
  erased = 0;
  bytesErased = 0;
  changed = 0;
  isVersioningLost = false;

  constructor(burst: readonly Listed<Item>[]) {
    this.#bytes = new Map(burst.map(({ item, bytes }) => [item, bytes]));
  }

  add(batch: readonly Item[], result: BatchResult<Item>): void {
    this.erased += result.erased;
    this.changed += result.changed;
    this.failed.push(...result.failed);
    this.isVersioningLost ||= result.isVersioningLost;
    const stays = new Set([...result.retry, ...result.failed.map(({ item }) => item)]);
    for (const item of batch) if (!stays.has(item)) this.bytesErased += this.#bytes.get(item) ?? 0;
  }

  leave(items: readonly Item[]): void {
    for (const item of items) this.left.add(item);
  }
}

function inBatches<Item>(burst: readonly Listed<Item>[], size: number): Batch<Item>[] {
  const items = burst.map(({ item }) => item);
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) => ({
    items: items.slice(at * size, (at + 1) * size),
    unknownAttempts: 0,
  }));
}

function outcomeUnknown(items: number): Fault {
  return new Fault('Lethe.OutcomeUnknown', {
    what: `What became of ${items} items is still unknown after ${MAX_UNKNOWN_ATTEMPTS} attempts.`,
    received: null,
    allowed: 'answers',
    next: 'The next worker of the shard looks what is still there and goes on.',
  });
}
