// The learned pacer: how fast one shard may delete, found out from throttles, never above its share of the ceiling.

/** Where a table's pacer begins: everything in flight meets the first throttle, so there should be little of it. */
export const SLOW_START_PER_SECOND = 500;
const DOUBLE_EVERY_MS = 250;
/** After a throttle: down to 7/10 at once, then up again by a fortieth of the last good rate every 250 ms. */
const DECREASE = 0.7;
const INCREASE_SHARE = 1 / 40;
const MIN_PER_SECOND = 5;
/** Everything in flight meets the same throttle; only the first of a burst counts. */
const DEAF_MS = 250;

/**
 * Slow start (doubling every 250 ms), after the first throttle additive increase and multiplicative decrease.
 * Pure: the caller gives the time in milliseconds and does the waiting.
 */
export class Pacer {
  readonly #ceiling: number;
  #perSecond: number;
  #isLearned = false;
  #step = 0;
  #changedAtMs: number | undefined;
  #deafUntilMs = Number.NEGATIVE_INFINITY;
  #freeAtMs = Number.NEGATIVE_INFINITY;

  /**
   * @param ceilingPerSecond items a second this shard may use at most
   * @param startPerSecond items a second to begin with
   */
  constructor(ceilingPerSecond: number, startPerSecond = SLOW_START_PER_SECOND) {
    this.#ceiling = ceilingPerSecond;
    this.#perSecond = Math.min(startPerSecond, ceilingPerSecond);
  }

  get itemsPerSecond(): number {
    return this.#perSecond;
  }

  /** Reserves the next place for `items`; @returns milliseconds to wait before sending them */
  reserve(items: number, nowMs: number): number {
    this.#grow(nowMs);
    const sendAtMs = Math.max(nowMs, this.#freeAtMs);
    this.#freeAtMs = sendAtMs + (items / this.#perSecond) * 1_000;
    return sendAtMs - nowMs;
  }

  throttled(nowMs: number): void {
    if (nowMs < this.#deafUntilMs) return;
    this.#isLearned = true;
    this.#step = Math.max(1, this.#perSecond * INCREASE_SHARE);
    this.#perSecond = Math.max(Math.min(MIN_PER_SECOND, this.#ceiling), this.#perSecond * DECREASE);
    this.#deafUntilMs = nowMs + DEAF_MS;
    this.#changedAtMs = nowMs;
  }

  #grow(nowMs: number): void {
    this.#changedAtMs ??= nowMs;
    while (nowMs - this.#changedAtMs >= DOUBLE_EVERY_MS && this.#perSecond < this.#ceiling) {
      this.#perSecond = Math.min(this.#ceiling, this.#isLearned ? this.#perSecond + this.#step : this.#perSecond * 2);
      this.#changedAtMs += DOUBLE_EVERY_MS;
    }
  }
}
