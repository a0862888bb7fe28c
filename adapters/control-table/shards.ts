// SHARD#<run>#<phase>.<pass>#<n mod 32>: the progress of each shard, held by one worker at a time by its epoch.
import * as z from 'zod';
import { Fault } from '../../contracts/errors.ts';
import { MAX_PASSES } from '../../contracts/events.ts';
import { count } from '../../contracts/scalars.ts';
import { NO_PROGRESS, type Phase, type Progress, progress } from '../../contracts/shard.ts';
import type { ControlTable, Item, Key } from './control-table.ts';

/** Partition keys a pass is spread over, so that thousands of workers do not meet on one. */
const SPREAD = 32;

export interface ShardId {
  readonly runId: string;
  readonly phase: Phase;
  readonly pass: number;
  readonly n: number;
}

const shardRecord = z
  .object({
    n: count,
    target: z.string(),
    progress,
    /** Sum of what earlier passes deleted of this shard beyond their leases. */
    spentBefore: count,
    claimedAtMs: count,
    claimEndsAtMs: count,
    /** Null while a worker holds it. */
    releasedAtMs: count.nullable().default(null),
  })
  .readonly();
export type ShardRecord = z.output<typeof shardRecord>;

export interface Claim {
  readonly epoch: number;
  readonly record: ShardRecord;
}

export class Shards {
  readonly #table: ControlTable;

  constructor(table: ControlTable) {
    this.#table = table;
  }

  async get(id: ShardId): Promise<ShardRecord | undefined> {
    return asShard(await this.#table.get(key(id)));
  }

  /** False once another worker has taken the shard over. */
  async isHeld(id: ShardId, epoch: number): Promise<boolean> {
    return (await this.#table.get(key(id)))?.['epoch'] === epoch;
  }

  /** Takes the shard over from whoever held it. @returns `done` with the record where nothing is left to do */
  async claim(
    id: ShardId,
    claim: { readonly target: string; readonly spentBefore: number; readonly nowMs: number; readonly endsAtMs: number },
  ): Promise<Claim | { readonly epoch: 'done'; readonly record: ShardRecord }> {
    const { won, item } = await this.#table.update(key(id), {
      expression: `SET epoch = if_not_exists(epoch, :zero) + :one, n = :n, target = :target,
        progress = if_not_exists(progress, :none), spentBefore = if_not_exists(spentBefore, :spent),
        claimedAtMs = if_not_exists(claimedAtMs, :now), claimEndsAtMs = :ends REMOVE releasedAtMs`,
      condition: 'attribute_not_exists(isDone) OR isDone = :false',
      values: {
        ':zero': 0,
        ':one': 1,
        ':n': id.n,
        ':target': claim.target,
        ':none': NO_PROGRESS,
        ':spent': claim.spentBefore,
        ':now': claim.nowMs,
        ':ends': claim.endsAtMs,
        ':false': false,
      },
    });
    const record = asShard(item);
    if (!record) throw new Error(`shard ${id.n} of run ${id.runId} has no record after its claim`);
    return won ? { epoch: Number(item?.['epoch']), record } : { epoch: 'done', record };
  }

  /** @throws Fault ShardTaken when another worker has taken the shard over */
  async checkpoint(id: ShardId, epoch: number, progress: Progress, releasedAtMs: number | null): Promise<void> {
    const release = releasedAtMs === null ? '' : ', releasedAtMs = :released';
    const { won } = await this.#table.update(key(id), {
      expression: `SET progress = :progress, isDone = :done${release}`,
      condition: 'epoch = :epoch',
      values: {
        ':progress': progress,
        ':done': progress.isDone,
        ':epoch': epoch,
        ...(releasedAtMs !== null && { ':released': releasedAtMs }),
      },
    });
    if (won) return;
    throw new Fault('Lethe.ShardTaken', {
      what: `Another worker has taken over shard ${id.n} of run ${id.runId}.`,
      received: epoch,
      allowed: 'the newest epoch',
      next: 'Nothing: the other worker goes on from the last checkpoint.',
    });
  }

  /** Every record of a pass over `shardCount` shards, in shard order. */
  async list(runId: string, phase: Phase, pass: number, shardCount: number): Promise<ShardRecord[]> {
    const partitions = Array.from(
      { length: Math.min(SPREAD, shardCount) },
      (_, n) => key({ runId, phase, pass, n }).pk,
    );
    const items = (await Promise.all(partitions.map((pk) => this.#table.query(pk)))).flat();
    return items.flatMap((item) => asShard(item) ?? []).sort((a, b) => a.n - b.n);
  }

  /** Until when workers of the run may delete; null: none may. */
  async inFlightUntilMs(runId: string, nowMs: number): Promise<number | null> {
    const deleting = [
      ...Array.from({ length: MAX_PASSES }, (_, at) => ({ phase: 'Erase' as const, pass: at + 1 })),
      { phase: 'Finalise' as const, pass: 1 },
    ];
    const records = await Promise.all(deleting.map(({ phase, pass }) => this.list(runId, phase, pass, SPREAD)));
    return claimsEndAtMs(records.flat(), nowMs);
  }

  /** Tells all workers of a target to stop: its bucket does not keep what is deleted. */
  async stopTarget(runId: string, target: string): Promise<void> {
    await this.#table.put({ ...stopKey(runId, target) });
  }

  async isTargetStopped(runId: string, target: string): Promise<boolean> {
    return (await this.#table.get(stopKey(runId, target))) !== undefined;
  }
}

/**
 * A shard is in flight from its claim to its release, or, its worker dead, to the end of its claim.
 * @returns when the last one in flight ends for certain, or null
 */
export function claimsEndAtMs(records: readonly ShardRecord[], nowMs: number): number | null {
  const open = records.filter(({ releasedAtMs, claimEndsAtMs }) => releasedAtMs === null && claimEndsAtMs > nowMs);
  return open.length === 0 ? null : Math.max(...open.map(({ claimEndsAtMs }) => claimEndsAtMs));
}

function key({ runId, phase, pass, n }: ShardId): Key {
  return { pk: `SHARD#${runId}#${phase}.${pass}#${n % SPREAD}`, sk: String(n).padStart(8, '0') };
}

const stopKey = (runId: string, target: string): Key => ({ pk: `SHARD#${runId}#STOP`, sk: target });

function asShard(item: Item | undefined): ShardRecord | undefined {
  return item?.['progress'] === undefined ? undefined : shardRecord.parse(item);
}
