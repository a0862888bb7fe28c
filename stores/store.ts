// What a kind of store can do: describe itself, be cut into shards, and be worked on shard by shard.
import type { Target } from '../contracts/plan.ts';
import type { Operation, Progress, Range } from '../contracts/shard.ts';
import type { Allowance } from '../core/erasing/ports.ts';
import type { Description } from '../core/planning/check-facts.ts';

export interface Store {
  /** Metadata only: existence, keys, protection, size estimates. No item or object is read. */
  describe(resource: string): Promise<Description>;
  /** Half-open ranges that together cover the whole target, keys that appear later included. */
  shards(target: Target): AsyncIterable<Range>;
  /**
   * Works on one range until its end or the end of the allowance. Resumable, time-boxed, safe to repeat.
   * @throws Fault ShardTaken, OutcomeUnknown
   */
  work(
    target: Target,
    range: Range,
    operation: Operation,
    isVerifying: boolean,
    allowance: Allowance,
  ): Promise<Progress>;
}
