// Honest sums: what was seen and what became of it, per target, observed and never derived; and whether it adds up.
import { failedCount, type Progress } from '../../contracts/shard.ts';
import type { CountedShard } from '../planning/count-targets.ts';

export interface Sums {
  readonly seen: number;
  readonly erased: number;
  readonly changed: number;
  readonly failed: Readonly<Record<string, number>>;
  readonly samples: Readonly<Record<string, readonly string[]>>;
  readonly bytesErased: number;
  /** `seen − erased − changed − failed`: gone without an acknowledgement, because a worker died. */
  readonly unacknowledged: number;
  /** What was in flight when workers died: the bound of `unacknowledged`. */
  readonly inFlightAtKills: number;
  /** What takeovers found gone: equal to `unacknowledged` while nobody else writes. */
  readonly foundGone: number;
  /** Every shard came to its end, in the last pass that worked on it. */
  readonly isFinished: boolean;
}

const MAX_SAMPLES = 3;

/**
 * @param passes the records of one target in each pass, first pass first; a later pass has records of the shards only in
 * which something was left
 * @param shards how many shards the target has
 */
export function sumUp(passes: readonly (readonly CountedShard[])[], shards: number): Sums {
  const records = passes.flatMap((pass, at) =>
    pass.map(({ n, progress }) => ({
      progress,
      isLast: !passes.slice(at + 1).some((later) => later.some((one) => one.n === n)),
    })),
  );
  const total = (number: (progress: Progress, isLast: boolean) => number) =>
    records.reduce((sum, { progress, isLast }) => sum + number(progress, isLast), 0);
  // What failed in a pass that was repeated is seen again in the next: it counts there.
  const repeated = (progress: Progress, isLast: boolean) => (isLast ? 0 : failedCount(progress));
  const last = records.filter(({ isLast }) => isLast).map(({ progress }) => progress);
  const failed = merge(last.map((progress) => progress.failed));
  const seen = total((progress, isLast) => progress.seen - repeated(progress, isLast));
  const erased = total(({ erased }) => erased);
  const changed = total(({ changed }) => changed);
  const failures = Object.values(failed).reduce((sum, count) => sum + count, 0);
  return {
    seen,
    erased,
    changed,
    failed,
    samples: mergeSamples(last.map((progress) => progress.samples)),
    bytesErased: total(({ bytesErased }) => bytesErased),
    unacknowledged: seen - erased - changed - failures,
    inFlightAtKills: total(({ inFlightAtKills, inFlight }) => inFlightAtKills + (inFlight?.count ?? 0)),
    foundGone: total(({ foundGone }) => foundGone),
    isFinished: last.length === shards && last.every(({ isDone, stoppedBy }) => isDone && stoppedBy === null),
  };
}

/** The check that is printed: nothing is gone that neither an acknowledgement nor a worker's death explains. */
export function addsUp({ unacknowledged, inFlightAtKills }: Sums): boolean {
  return unacknowledged >= 0 && unacknowledged <= inFlightAtKills;
}

function merge(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const one of all) for (const [code, count] of Object.entries(one)) sums[code] = (sums[code] ?? 0) + count;
  return sums;
}

function mergeSamples(all: readonly Progress['samples'][]): Record<string, readonly string[]> {
  const merged: Record<string, readonly string[]> = {};
  for (const one of all) {
    for (const [code, samples] of Object.entries(one)) {
      merged[code] = [...(merged[code] ?? []), ...samples].slice(0, MAX_SAMPLES);
    }
  }
  return merged;
}
