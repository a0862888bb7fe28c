// How much of a shard may be deleted in this pass, from what the passes before it counted and deleted.
import type { ShardRecord, Shards } from '../../adapters/control-table/shards.ts';
import { Fault } from '../../contracts/errors.ts';
import { MAX_PASSES } from '../../contracts/events.ts';
import { spent } from '../../core/erasing/erase-shard.ts';
import type { Assignment } from './assignment.ts';

export interface Quota {
  /** Items that may be deleted in this pass without a lease. */
  readonly cap: number;
  /** Deleted in earlier passes of this phase beyond leases. */
  readonly spentBefore: number;
}

/** @returns `nothing left` where the last verification found the shard empty */
export async function quotaOf({ id, operation }: Assignment, shards: Shards): Promise<Quota | 'nothing left'> {
  if (operation === 'count') return { cap: 0, spentBefore: 0 };
  const counted = await shards.get({ ...id, phase: 'Count', pass: 1 });
  if (!counted?.progress.isDone) throw notCounted(id.n);
  if (id.phase === 'Finalise') {
    // Every object hidden by this run has left a marker behind that goes too.
    const passes = Array.from({ length: MAX_PASSES }, (_, at) => shards.get({ ...id, phase: 'Erase', pass: at + 1 }));
    const hidden = (await Promise.all(passes)).reduce((sum, erased) => sum + (erased?.progress.seen ?? 0), 0);
    return { cap: counted.progress.versions + hidden, spentBefore: 0 };
  }
  if (id.pass === 1) return { cap: counted.progress.items, spentBefore: 0 };
  const verified = await shards.get({ ...id, phase: 'Verify', pass: id.pass - 1 });
  if (verified?.progress.isDone && verified.progress.items === 0) return 'nothing left';
  const erased = await lastErased(id, shards);
  const spentBefore = erased ? erased.spentBefore + Math.max(0, spent(erased.progress) - erased.progress.leased) : 0;
  return { cap: Math.max(0, counted.progress.items - spentBefore), spentBefore };
}

/** Not always of the pass before: that one had nothing to do where the shard was found empty, and left no record. */
async function lastErased(id: Assignment['id'], shards: Shards): Promise<ShardRecord | undefined> {
  for (let pass = id.pass - 1; pass >= 1; pass--) {
    const record = await shards.get({ ...id, pass });
    if (record) return record;
  }
  return undefined;
}

function notCounted(n: number): Fault {
  return new Fault('Lethe.CountIncomplete', {
    what: `Shard ${n} was never counted to its end.`,
    received: n,
    allowed: 'a shard that was counted',
    next: 'Nothing of it was erased; start a new execution.',
  });
}
