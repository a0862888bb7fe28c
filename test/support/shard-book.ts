// The record of one shard in memory: what outlives the workers that claim it one after the other.
import { Fault } from '../../contracts/errors.ts';
import { NO_PROGRESS, type Progress } from '../../contracts/shard.ts';
import type { Ledger } from '../../core/erasing/ports.ts';
import type { Life } from './life.ts';

/** What outlives a worker: the shard's record, its target's pool, and what was kept of failed keys. */
export class ShardBook {
  record: Progress = NO_PROGRESS;
  /** What may still be leased. */
  pool = 0;
  isTargetStopped = false;
  /** Code and key of each sample. */
  readonly samples: (readonly [string, string])[] = [];
  #epoch = 0;

  claim(life: Life): Ledger {
    this.#epoch++;
    const epoch = this.#epoch;
    const act = <T>(effect: () => T): Promise<T> => life.act(async () => effect());
    return {
      progress: structuredClone(this.record),
      checkpoint: (progress) => act(() => this.#write(progress, epoch)),
      lease: (items) =>
        act(() => {
          const granted = Math.min(items, this.pool);
          this.pool -= granted;
          return granted;
        }),
      stopTarget: () =>
        act(() => {
          this.isTargetStopped = true;
        }),
      sample: (code, key) =>
        act(() => {
          this.samples.push([code, key]);
          return `sample of ${code}`;
        }),
    };
  }

  #write(progress: Progress, epoch: number): void {
    if (epoch !== this.#epoch) {
      const details = { what: 'Another worker has taken over.', received: epoch, allowed: this.#epoch, next: '' };
      throw new Fault('Lethe.ShardTaken', details);
    }
    this.record = structuredClone(progress);
  }
}
