// Keys kept in order while they come and go: short sorted runs, so that no write moves more than one run.
import { compareKeys } from './key-order.ts';

const LONGEST_RUN = 512;

/** True for the keys before some place; if true for a key it is true for every key before that one. */
export type IsBefore = (key: string) => boolean;

export class SortedKeys {
  /** No run is empty; every key of a run lies before those of the next. */
  readonly #runs: string[][] = [];

  /** A key that is there already stays there once. */
  insert(key: string): void {
    const isBefore: IsBefore = (other) => compareKeys(other, key) < 0;
    const at = Math.min(this.#runAt(isBefore), this.#runs.length - 1);
    const run = this.#runs[at];
    if (!run) {
      this.#runs.push([key]);
      return;
    }
    const index = partition(run, isBefore);
    if (run[index] === key) return;
    run.splice(index, 0, key);
    if (run.length > LONGEST_RUN) this.#runs.splice(at + 1, 0, run.splice(LONGEST_RUN / 2));
  }

  remove(key: string): void {
    const isBefore: IsBefore = (other) => compareKeys(other, key) < 0;
    const at = this.#runAt(isBefore);
    const run = this.#runs[at];
    if (!run) return;
    const index = partition(run, isBefore);
    if (run[index] !== key) return;
    run.splice(index, 1);
    if (run.length === 0) this.#runs.splice(at, 1);
  }

  /** The keys in order, beginning with the first that is not before. Not to be changed meanwhile. */
  *from(isBefore: IsBefore): Generator<string, void> {
    const first = this.#runAt(isBefore);
    for (let at = first; at < this.#runs.length; at++) {
      const run = this.#runs[at] ?? [];
      const start = at === first ? partition(run, isBefore) : 0;
      for (let index = start; index < run.length; index++) yield run[index] as string;
    }
  }

  /** The first run with a key that is not before. */
  #runAt(isBefore: IsBefore): number {
    return partition(this.#runs, (run) => isBefore(run.at(-1) as string));
  }
}

/** Index of the first item that is not before. */
function partition<T>(items: readonly T[], isBefore: (item: T) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(items[middle] as T)) low = middle + 1;
    else high = middle;
  }
  return low;
}
