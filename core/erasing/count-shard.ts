// Counts one shard by the listing that erasing uses: what is counted is what is erased.
import type { Progress } from '../../contracts/shard.ts';
import type { Allowance, Listing } from './ports.ts';

/** A checkpoint at most this often: a counting pass that dies counts the rest of its page again, nothing twice. */
const CHECKPOINT_EVERY_MS = 10_000;

/** Adds up pages from where the last worker stopped, until the end, the deadline or a stop. @throws Fault ShardTaken */
export async function countShard<Item>(listing: Listing<Item>, allowance: Allowance): Promise<Progress> {
  const { ledger } = allowance;
  let progress = ledger.progress;
  if (progress.isDone) return progress;
  let checkpointAtMs = allowance.nowMs() + CHECKPOINT_EVERY_MS;
  for await (const { tally, resume, isLast } of listing.pages(progress.cursor)) {
    progress = {
      ...progress,
      items: progress.items + tally.items,
      bytes: progress.bytes + tally.bytes,
      versions: progress.versions + tally.versions,
      cursor: resume,
      isDone: isLast,
    };
    if (progress.isDone || allowance.nowMs() > allowance.deadlineMs || !(await allowance.mayContinue())) break;
    if (allowance.nowMs() < checkpointAtMs) continue;
    await ledger.checkpoint(progress);
    checkpointAtMs = allowance.nowMs() + CHECKPOINT_EVERY_MS;
  }
  return progress;
}
