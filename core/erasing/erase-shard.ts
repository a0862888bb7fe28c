// Erases one shard: list, record the burst, delete it, go on; resumable after a kill at any point, bounded in memory.
import type { Progress } from '../../contracts/shard.ts';
import type { Allowance, Listed, Listing, Page, Remover } from './ports.ts';
import { removeBurst } from './remove-burst.ts';

const MAX_BURST = 4_000;
/** A burst of a slow target must not outlast the reaction to an abort by much. */
const BURST_SECONDS = 5;
const MAX_SAMPLES = 3;
/** A checkpoint at most this often where nothing is found: a worker that dies lists the rest again. */
const CHECKPOINT_EVERY_MS = 10_000;

/**
 * Deletes what the listing finds, from where the last worker stopped, until the end, the deadline, a stop or the cap.
 * Before each burst its range and number are recorded and added to `seen`, on the condition that no other worker holds
 * the shard; so whatever moment a worker dies at, its successor knows which items to look at again.
 * @returns the progress made, for the caller to record with the release of the shard
 * @throws Fault ShardTaken, OutcomeUnknown
 */
export async function eraseShard<Item>(
  listing: Listing<Item>,
  remover: Remover<Item>,
  allowance: Allowance,
): Promise<Progress> {
  const { ledger } = allowance;
  let progress = await takeOver(ledger.progress, listing);
  if (progress.isDone) return progress;
  // What the predecessor had in flight and what is still there of it comes first.
  let inDoubt = ledger.progress.seen - progress.seen;
  let checkpointAtMs = allowance.nowMs() + CHECKPOINT_EVERY_MS;
  const source = new Buffered(listing.pages(progress.cursor)[Symbol.asyncIterator]());
  let isFirst = remover.triesOneFirst;
  for (;;) {
    const burst = await source.take(isFirst ? 1 : burstSize(remover, allowance), remover.batchSize);
    if (burst.length === 0)
      progress = { ...progress, cursor: source.resume ?? progress.cursor, isDone: source.isEnded };
    if (progress.isDone || allowance.nowMs() > allowance.deadlineMs || !(await allowance.mayContinue())) break;
    if (burst.length === 0) {
      if (allowance.nowMs() >= checkpointAtMs) {
        await ledger.checkpoint(progress);
        checkpointAtMs = allowance.nowMs() + CHECKPOINT_EVERY_MS;
      }
      continue;
    }
    isFirst = false;
    const [granted, leased] = await grant(burst.length, progress, allowance);
    progress = { ...progress, leased: progress.leased + leased };
    const seenBefore = progress.seen;
    progress = await eraseBurst(burst.slice(0, granted), inDoubt, progress, remover, allowance);
    inDoubt = Math.max(0, inDoubt - granted);
    // What was left of the burst lies before what the source gives next: whoever comes next begins with it.
    const isCutShort = progress.seen < seenBefore + granted;
    if (isCutShort || progress.stoppedBy !== null) break;
    if (granted < burst.length) {
      progress = { ...progress, isDone: true, stoppedBy: 'cap' };
      break;
    }
  }
  await source.close();
  return progress;
}

/** Looks again at what a dead predecessor had in flight: what is still there was not erased and is done anew. */
export async function takeOver<Item>(claimed: Progress, listing: Listing<Item>): Promise<Progress> {
  const { inFlight } = claimed;
  if (inFlight === null) return claimed;
  const stillThere = await listing.countBetween(claimed.cursor, inFlight.to, inFlight.count);
  return {
    ...claimed,
    seen: claimed.seen - stillThere,
    inFlight: null,
    inFlightAtKills: claimed.inFlightAtKills + inFlight.count,
    foundGone: claimed.foundGone + inFlight.count - stillThere,
  };
}

/** How many of a burst may be erased: within the cap at once, beyond it as far as the pool goes. */
async function grant(
  wanted: number,
  progress: Progress,
  { cap, ledger }: Allowance,
): Promise<readonly [number, number]> {
  const free = Math.max(0, cap + progress.leased - spent(progress));
  if (wanted <= free) return [wanted, 0];
  const leased = await ledger.lease(wanted - free);
  return [free + leased, leased];
}

/** What counts against the cap: everything that is gone or may be. */
export function spent({ seen, changed, failed }: Pick<Progress, 'seen' | 'changed' | 'failed'>): number {
  return seen - changed - Object.values(failed).reduce((sum, count) => sum + count, 0);
}

/** @param inDoubt how many of the burst's first items a dead worker had in flight */
async function eraseBurst<Item>(
  burst: readonly Listed<Item>[],
  inDoubt: number,
  before: Progress,
  remover: Remover<Item>,
  allowance: Allowance,
): Promise<Progress> {
  const { ledger } = allowance;
  const last = burst.at(-1);
  if (!last) return before;
  const begun = { ...before, seen: before.seen + burst.length, inFlight: { to: last.at, count: burst.length } };
  await ledger.checkpoint(begun);
  const doubtful = new Set(burst.slice(0, inDoubt).map(({ item }) => item));
  const result = await removeBurst(burst, doubtful, remover, allowance);
  const firstLeft = burst.findIndex(({ item }) => result.left.has(item));
  const resume = firstLeft < 0 ? last.resume : firstLeft === 0 ? before.cursor : (burst[firstLeft - 1]?.resume ?? null);
  // What failed behind the cursor is listed again by whoever comes next: it counts there.
  const again = new Set(firstLeft < 0 || result.isVersioningLost ? [] : burst.slice(firstLeft).map(({ item }) => item));
  const failed = result.failed.filter(({ item }) => !again.has(item));
  let progress: Progress = {
    ...begun,
    cursor: resume,
    seen: begun.seen - result.left.size - (result.failed.length - failed.length),
    erased: begun.erased + result.erased,
    bytesErased: begun.bytesErased + result.bytesErased,
    changed: begun.changed + result.changed,
    inFlight: null,
  };
  for (const { item, code } of failed) progress = await countFailure(progress, code, remover.keyOf(item), allowance);
  if (!result.isVersioningLost) return progress;
  await ledger.stopTarget();
  return { ...progress, isDone: true, stoppedBy: 'versioning' };
}

async function countFailure(progress: Progress, code: string, key: string, { ledger }: Allowance): Promise<Progress> {
  const samples = progress.samples[code] ?? [];
  const isSampled = samples.length < MAX_SAMPLES;
  return {
    ...progress,
    failed: { ...progress.failed, [code]: (progress.failed[code] ?? 0) + 1 },
    samples: isSampled
      ? { ...progress.samples, [code]: [...samples, await ledger.sample(code, key)] }
      : progress.samples,
  };
}

function burstSize<Item>({ batchSize, batchesPerBurst }: Remover<Item>, { pacer }: Allowance): number {
  const perBurst = Math.min(MAX_BURST, batchSize * batchesPerBurst, pacer.itemsPerSecond * BURST_SECONDS);
  return Math.max(1, Math.floor(perBurst / batchSize)) * batchSize;
}

/** Listed items in order, one page ahead, so that the next is read while the last is deleted. */
class Buffered<Item> {
  readonly #pages: AsyncIterator<Page<Item>>;
  #items: Listed<Item>[] = [];
  #ahead: Promise<IteratorResult<Page<Item>>> | undefined;
  #isEnded = false;
  #resume: string | null = null;

  constructor(pages: AsyncIterator<Page<Item>>) {
    this.#pages = pages;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** From where a successor lists on once all that was taken is dealt with, after a take that found nothing. */
  get resume(): string | null {
    return this.#resume;
  }

  /**
   * At most `wanted` items; whole batches but at the end, so that requests stay full across pages. None where a page has
   * none: a filter may leave nothing of page after page, and whoever takes must be able to stop between them.
   */
  async take(wanted: number, batchSize: number): Promise<Listed<Item>[]> {
    while (!this.#isEnded && this.#items.length < Math.min(wanted, batchSize)) {
      const page = await (this.#ahead ?? this.#pages.next());
      this.#ahead = undefined;
      if (!page.done) {
        this.#items = this.#items.concat(page.value.items);
        this.#resume = page.value.resume;
      }
      this.#isEnded = page.done === true || page.value.isLast;
      if (this.#items.length === 0) return [];
    }
    const whole = Math.floor(this.#items.length / batchSize) * batchSize;
    const isRest = this.#isEnded && this.#items.length <= wanted;
    const taken = this.#items.splice(0, isRest ? this.#items.length : Math.min(wanted, Math.max(1, whole)));
    if (!this.#isEnded && this.#items.length < wanted) {
      this.#ahead ??= this.#pages.next();
      // Whoever takes next sees the failure; until then it must not count as unhandled.
      this.#ahead.catch(() => undefined);
    }
    return taken;
  }

  /** Lets a read ahead finish, so that nothing of this worker runs on after it. */
  async close(): Promise<void> {
    await this.#ahead?.catch(() => undefined);
  }
}
