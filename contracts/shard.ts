// A shard, the passes over it, and the progress one worker at a time makes in it.
import * as z from 'zod';
import { count } from './scalars.ts';
import { strict } from './strict.ts';

export const OPERATIONS = ['count', 'erase', 'finalise'] as const;
export type Operation = (typeof OPERATIONS)[number];

/** What a pass over all shards is for; the map labels of the state machine, and `Gone`, the count after `Finalise`. */
export const PHASES = ['Count', 'Erase', 'Verify', 'Finalise', 'Gone'] as const;
export type Phase = (typeof PHASES)[number];

/** Which of its target's selectors a shard lists, from 0. */
const selector = count;

/** Half-open ranges. Together the shards of a target cover all of it, keys that appear later included. */
export const range = z.discriminatedUnion('by', [
  /** All that the selector finds. */
  strict({ by: z.literal('whole'), selector }),
  /** One segment of a parallel scan. */
  strict({ by: z.literal('segment'), selector, segment: count, of: z.int().positive() }),
  /** Object keys after `from` up to and including `to`, in UTF-8 order; null is open. */
  strict({ by: z.literal('keys'), selector, from: z.string().nullable(), to: z.string().nullable() }),
]);
export type Range = z.output<typeof range>;

/** One line of shards.jsonl. Table and selector are taken from the sealed plan, never from here. */
export const shard = strict({ n: count, target: z.string(), range });
export type Shard = z.output<typeof shard>;

/** Items of one burst that was begun: recorded before the first of them is deleted. */
const inFlight = strict({
  /** Position of the last of them. */
  to: z.string(),
  count,
}).readonly();

/** What is known of one shard in one pass. Every number is observed. */
export const progress = strict({
  /** Position after which the next listing begins; null is the shard's start. */
  cursor: z.string().nullable(),
  isDone: z.boolean(),
  /** Items listed by a counting pass; for buckets, current objects. */
  items: count,
  bytes: count,
  /** Versions and markers listed by a counting pass of a bucket. */
  versions: count,
  /** Items listed for deletion. */
  seen: count,
  /** Items whose deletion the service acknowledged. */
  erased: count,
  bytesErased: count,
  /** Items that were no longer the scope's when they were to be deleted. */
  changed: count,
  /** Items the service refused to delete, by its error code. */
  failed: z.record(z.string(), count).readonly(),
  /** Keyed hashes of a few failed keys, by code. */
  samples: z.record(z.string(), z.array(z.string()).readonly()).readonly(),
  inFlight: inFlight.nullable(),
  /** Sum over all takeovers of what was in flight, and of what of it was found gone. */
  inFlightAtKills: count,
  foundGone: count,
  /** Leased from the target's pool. */
  leased: count,
  /** Why the worker stopped before the end of the range for good, or null. */
  stoppedBy: z.enum(['cap', 'versioning']).nullable(),
}).readonly();
export type Progress = z.output<typeof progress>;

export const NO_PROGRESS: Progress = {
  cursor: null,
  isDone: false,
  items: 0,
  bytes: 0,
  versions: 0,
  seen: 0,
  erased: 0,
  bytesErased: 0,
  changed: 0,
  failed: {},
  samples: {},
  inFlight: null,
  inFlightAtKills: 0,
  foundGone: 0,
  leased: 0,
  stoppedBy: null,
};

export function failedCount(progress: Pick<Progress, 'failed'>): number {
  return Object.values(progress.failed).reduce((sum, n) => sum + n, 0);
}
