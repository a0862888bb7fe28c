// What the passes over a plan's shards have to do, and what is done of it.
import type { CountedTarget, PlanBody } from '../../contracts/plan.ts';
import { failedCount } from '../../contracts/shard.ts';
import type { CountedShard } from '../planning/count-targets.ts';

type Records = readonly CountedShard[];

/** The targets that a phase works on (as work-shard decides for each shard). */
export interface PassWork {
  readonly erase: readonly CountedTarget[];
  /** Preserved stores are counted again too. */
  readonly verify: readonly CountedTarget[];
  readonly finalise: readonly CountedTarget[];
}

export function passWorkOf({ targets }: PlanBody): PassWork {
  const planned = targets.filter(({ state }) => state === 'planned');
  const erase = planned.filter(({ operations }) => operations.includes('erase'));
  return {
    erase,
    verify: planned.filter((target) => target.purpose === 'preserve' || erase.includes(target)),
    finalise: planned.filter(({ operations }) => operations.includes('finalise')),
  };
}

export function shardsOf(targets: readonly CountedTarget[]): number {
  return targets.reduce((sum, { shards }) => sum + shards, 0);
}

export function recordsOf<Shard extends CountedShard>(
  targets: readonly CountedTarget[],
  records: readonly Shard[],
): Shard[] {
  return records.filter(({ target }) => targets.some(({ id }) => id === target));
}

export function doneIn<Shard extends CountedShard>(records: readonly Shard[]): Shard[] {
  return records.filter(({ progress }) => progress.isDone);
}

/** Shards in which a verification found nothing left. */
export function cleanIn<Shard extends CountedShard>(records: readonly Shard[]): Shard[] {
  return doneIn(records).filter(({ progress }) => progress.items === 0);
}

/** Items an erasing or finalising pass is through with, whatever became of them. */
export function dealtWith(records: Records): number {
  return records.reduce((sum, { progress }) => sum + progress.erased + progress.changed + failedCount(progress), 0);
}

export function itemsIn(records: Records): number {
  return records.reduce((sum, { progress }) => sum + progress.items, 0);
}
