// How fast a counter moves, smoothed over its readings: progress is recorded burst by burst, so two of them tell little.

/** Weight of what was read so long ago is 1/e: longer than the longest burst, or the rate would jump with each. */
const WINDOW_MS = 15_000;
/** Readings closer to each other than this are one: the first burst alone would tell a rate far from what follows. */
const MIN_GAP_MS = 1_000;
const SETTLED_SECONDS = 2;

interface Reading {
  readonly atMs: number;
  readonly count: number;
}

export class MovingRate {
  #last: Reading | undefined;
  #count = 0;
  #seconds = 0;

  /** Long enough read to foretell from: bursts come at the end of several seconds, not one by one. */
  get isSettled(): boolean {
    return this.#seconds >= SETTLED_SECONDS;
  }

  /** A second; null until two readings are known. */
  get perSecond(): number | null {
    return this.#seconds === 0 ? null : this.#count / this.#seconds;
  }

  /** Counts and seconds fade alike, so that the rate is that of the last window, and right from the first pair on. */
  read(count: number, atMs: number): void {
    const last = this.#last;
    if (last && atMs - last.atMs < MIN_GAP_MS) return;
    this.#last = { atMs, count };
    if (!last) return;
    const fade = Math.exp((last.atMs - atMs) / WINDOW_MS);
    this.#count = this.#count * fade + Math.max(0, count - last.count);
    this.#seconds = this.#seconds * fade + (atMs - last.atMs) / 1_000;
  }
}

/** Whole seconds until `left` more are counted; null where the rate tells nothing. */
export function secondsUntil(left: number, perSecond: number | null): number | null {
  if (left <= 0) return 0;
  return perSecond === null || perSecond <= 0 ? null : Math.ceil(left / perSecond);
}
