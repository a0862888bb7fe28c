// A shard in memory behind the ports of the erase loop: pages, batches and faults, and a record of all that was asked.
import type { Allowance, BatchResult, Listing, Page, Remover } from '../../core/erasing/ports.ts';
import { Pacer } from '../../core/pacing/pacer.ts';
import type { Life } from './life.ts';
import type { ShardBook } from './shard-book.ts';
import type { VirtualTime } from './virtual-time.ts';

/**
 * What a request meets: a throttle, half of it left unprocessed, an answer lost before or after it had its effect, or
 * each in turn for the items of one request.
 */
export type Fault = 'none' | 'throttled' | 'unprocessed' | 'lostBefore' | 'lostAfter' | 'mixed';

export interface ShelfItem {
  readonly key: string;
}

export interface ShelfOptions {
  readonly items: number;
  /** Sizes of the pages in turn, over all listings; 0 is a page without items. */
  readonly pageSizes: readonly number[];
  readonly batchSize: number;
  readonly concurrency: number;
  readonly triesOneFirst?: boolean;
  /** Positions of items that can never be deleted. */
  readonly failing?: ReadonlySet<number>;
  /** By number of the request, from 0; later ones meet none. */
  readonly faults?: readonly Fault[];
  /** Reads that fail, by their number from 0. */
  readonly failingReads?: ReadonlySet<number>;
  /** What others do before a request is carried out. */
  readonly meanwhile?: (shelf: Shelf, request: number) => void;
}

export interface Request {
  readonly keys: readonly string[];
  readonly atMs: number;
  /** Whether an answer for its items was lost before. */
  readonly isRepeat: boolean;
}

const BYTES_EACH = 10;
const VERSIONS_EACH = 3;
export const keyAt = (position: number): string => `item-${String(position).padStart(6, '0')}`;

export class Shelf {
  readonly requests: Request[] = [];
  /** How often each key was deleted while it was there. */
  readonly deleted = new Map<string, number>();
  /** Keys that were asked to be deleted though no page ever listed them. */
  readonly strangers: string[] = [];
  /** The most that one worker had listed and not yet settled. */
  mostAhead = 0;
  reads = 0;
  readonly #options: ShelfOptions;
  readonly #keys: Set<string>;
  readonly #failing: ReadonlySet<string>;
  readonly #listed = new Set<string>();
  readonly #doubtful = new Set<string>();

  constructor(options: ShelfOptions) {
    this.#options = options;
    this.#keys = new Set(Array.from({ length: options.items }, (_, position) => keyAt(position)));
    this.#failing = new Set([...(options.failing ?? [])].map(keyAt));
  }

  get left(): string[] {
    return [...this.#keys].sort();
  }

  add(key: string): void {
    this.#keys.add(key);
  }

  take(key: string): void {
    this.#keys.delete(key);
  }

  /** The ports of one worker. */
  open(life: Life, nowMs: () => number): { listing: Listing<ShelfItem>; remover: Remover<ShelfItem> } {
    const { batchSize, concurrency, triesOneFirst = false } = this.#options;
    let ahead = 0;
    const listing: Listing<ShelfItem> = {
      pages: (after) =>
        this.#pages(after, life, (listed) => {
          ahead += listed;
          this.mostAhead = Math.max(this.mostAhead, ahead);
        }),
      countBetween: (from, to, atMost) =>
        life.act(async () => Math.min(atMost, this.left.filter((key) => key > (from ?? '') && key <= to).length)),
    };
    const remover: Remover<ShelfItem> = {
      batchSize,
      batchesPerBurst: 40,
      concurrency,
      triesOneFirst,
      keyOf: ({ key }) => key,
      remove: (batch) =>
        life.act(async () => {
          const result = this.#remove(batch, nowMs());
          ahead -= batch.length - result.retry.length;
          return result;
        }),
    };
    return { listing, remover };
  }

  async *#pages(after: string | null, life: Life, note: (listed: number) => void): AsyncIterable<Page<ShelfItem>> {
    for (let position = after, isLast = false; !isLast; ) {
      const page = await life.act(async () => this.#read(position));
      note(page.items.length);
      ({ resume: position, isLast } = page);
      yield page;
    }
  }

  #read(after: string | null): Page<ShelfItem> {
    const { pageSizes, failingReads } = this.#options;
    const read = this.reads++;
    if (failingReads?.has(read)) throw new Error('the listing failed');
    const size = pageSizes[read % pageSizes.length] ?? 1;
    const keys = this.left.filter((key) => key > (after ?? ''));
    const items = keys.slice(0, size).map((key) => ({ item: { key }, at: key, resume: key, bytes: BYTES_EACH }));
    for (const { at } of items) this.#listed.add(at);
    // Like the services: a full page may be the last without saying so.
    const isLast = size > 0 && (keys.length < size || (keys.length === size && read % 2 === 0));
    const tally = { items: items.length, bytes: items.length * BYTES_EACH, versions: items.length * VERSIONS_EACH };
    return { items, resume: items.at(-1)?.at ?? after, isLast, tally };
  }

  #remove(batch: readonly ShelfItem[], atMs: number): BatchResult<ShelfItem> {
    const request = this.requests.length;
    this.#options.meanwhile?.(this, request);
    const isRepeat = batch.some(({ key }) => this.#doubtful.has(key));
    this.requests.push({ keys: batch.map(({ key }) => key), atMs, isRepeat });
    this.strangers.push(...batch.filter(({ key }) => !this.#listed.has(key)).map(({ key }) => key));
    const fault = this.#options.faults?.[request] ?? 'none';
    const [retry, lost]: [ShelfItem[], ShelfItem[]] = [[], []];
    const failed: { item: ShelfItem; code: string }[] = [];
    let erased = 0;
    for (const [at, item] of batch.entries()) {
      const fate = fault === 'mixed' ? (['none', 'throttled', 'lostAfter', 'lostBefore'] as const)[at % 4] : fault;
      if (fate === 'throttled' || (fate === 'unprocessed' && at % 2 === 0)) retry.push(item);
      else if (fate === 'lostBefore' || (fate === 'lostAfter' && this.#failing.has(item.key))) lost.push(item);
      else if (fate === 'lostAfter') {
        this.#delete(item.key);
        lost.push(item);
      } else if (this.#failing.has(item.key)) failed.push({ item, code: 'AccessDenied' });
      else {
        this.#delete(item.key);
        erased++;
      }
    }
    if (lost.length > 0) for (const { key } of [...retry, ...lost]) this.#doubtful.add(key);
    const because = lost.length > 0 ? 'unknown' : retry.length > 0 ? 'throttled' : null;
    return { erased, changed: 0, failed, retry: [...retry, ...lost], because, isVersioningLost: false };
  }

  #delete(key: string): void {
    if (this.#keys.delete(key)) this.deleted.set(key, (this.deleted.get(key) ?? 0) + 1);
  }
}

export interface ShelfWorker {
  readonly time: VirtualTime;
  /** The worker dies at this step of its life. @default it lives on */
  readonly diesAtStep?: number;
  /** @default none */
  readonly deadlineMs?: number;
  /** @default no bound */
  readonly cap?: number;
  /** @default as fast as can be */
  readonly itemsPerSecond?: number;
  readonly mayContinue?: () => boolean;
}

/** An allowance of virtual time for one worker with the record it claims. */
export function allowanceFor(book: ShardBook, life: Life, worker: ShelfWorker): Allowance {
  const { time, itemsPerSecond = 1_000_000, mayContinue = () => true } = worker;
  return {
    deadlineMs: worker.deadlineMs ?? Number.POSITIVE_INFINITY,
    pacer: new Pacer(itemsPerSecond, itemsPerSecond),
    cap: worker.cap ?? Number.POSITIVE_INFINITY,
    ledger: book.claim(life),
    mayContinue: () => life.wait(Promise.resolve(mayContinue())),
    nowMs: time.nowMs,
    sleep: (ms) => life.wait(time.sleep(ms)),
  };
}
