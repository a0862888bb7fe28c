// What working on a shard needs from its store and from the run: listing, removing, the ledger, the allowance.
import type { Progress } from '../../contracts/shard.ts';
import type { Pacer } from '../pacing/pacer.ts';

/** One item as listed. Positions are opaque texts of the store; null is the shard's start. */
export interface Listed<Item> {
  readonly item: Item;
  /** Its own position. */
  readonly at: string;
  /** From where a successor lists on once this item and all before it are dealt with. */
  readonly resume: string | null;
  /** Bytes it occupies, where the listing tells; else 0. */
  readonly bytes: number;
}

export interface Page<Item> {
  readonly items: readonly Listed<Item>[];
  /** From where a successor lists on once this page is dealt with. */
  readonly resume: string | null;
  readonly isLast: boolean;
  readonly tally: Tally;
}

/** What a counting pass adds up. */
export interface Tally {
  readonly items: number;
  readonly bytes: number;
  readonly versions: number;
}

export interface Listing<Item> {
  /** Pages from after a position to the shard's end, each request made only when it is asked for. */
  pages(after: string | null): AsyncIterable<Page<Item>>;
  /** How many items lie after `from` up to and including `to`, read consistently; counts no further than `atMost`. */
  countBetween(from: string | null, to: string, atMost: number): Promise<number>;
}

/** What became of one batch. Items of `retry` are known to be still there, or safe to delete again. */
export interface BatchResult<Item> {
  readonly erased: number;
  readonly changed: number;
  readonly failed: readonly { readonly item: Item; readonly code: string }[];
  readonly retry: readonly Item[];
  /** Set where `retry` has items: whether the service asked to slow down, or an answer was lost. */
  readonly because: 'throttled' | 'unknown' | null;
  /** Deleted without a recovery point although one was promised: the whole target stops. */
  readonly isVersioningLost: boolean;
}

export interface Remover<Item> {
  /** Items of one request. */
  readonly batchSize: number;
  /** Requests of one burst, for which one checkpoint is written. */
  readonly batchesPerBurst: number;
  readonly concurrency: number;
  /** Sends one item alone before the first batch of an invocation. */
  readonly triesOneFirst: boolean;
  /** @param mayBeGone by a request of this run whose answer was never heard: what is gone then counts as erased */
  remove(batch: readonly Item[], mayBeGone: boolean): Promise<BatchResult<Item>>;
  /** The key as it appears in samples. */
  keyOf(item: Item): string;
}

/** The record of one shard in one pass, held by one worker at a time. */
export interface Ledger {
  /** As claimed. */
  readonly progress: Progress;
  /** Writes on the condition that no other worker has taken the shard over. @throws Fault ShardTaken */
  checkpoint(progress: Progress): Promise<void>;
  /** Leases items from the target's pool before they are deleted; @returns how many were granted, possibly 0 */
  lease(items: number): Promise<number>;
  /** Tells every worker of the target to stop. */
  stopTarget(): Promise<void>;
  /** Keeps the key where an operator can find it and returns its keyed hash for the evidence. */
  sample(code: string, key: string): Promise<string>;
}

/** What one worker invocation may use. */
export interface Allowance {
  /** No burst begins after this. */
  readonly deadlineMs: number;
  readonly pacer: Pacer;
  /** Items of this shard that may be erased without a lease, over all passes so far. */
  readonly cap: number;
  readonly ledger: Ledger;
  /** False once the run, its abort flag or its target say stop; reads them at most every 2 s. */
  mayContinue(): Promise<boolean>;
  nowMs(): number;
  sleep(ms: number): Promise<void>;
}
