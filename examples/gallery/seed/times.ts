// Moments before a fixed date: a seed made tomorrow equals the one made today.
import type { Dice } from './dice.ts';

/** The day the seeded platform stands still: 1 October 2025, 09:00 UTC. */
const NOW_MS = Date.UTC(2025, 9, 1, 9);

export const SECOND_MS = 1000;
export const DAY_MS = 86_400_000;

export function daysAgoMs(days: number): number {
  return NOW_MS - days * DAY_MS;
}

export function isoTime(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

export function isoDay(epochMs: number): string {
  return isoTime(epochMs).slice(0, 10);
}

/** Month `n` of the year before that day, the oldest first: 2024-10 … 2025-09. */
export function isoMonth(n: number): string {
  return isoTime(Date.UTC(2024, 9 + n, 1)).slice(0, 7);
}

/** Moment `n` of `count` over the last `days` days: irregular, yet each later than the one before. */
export function momentMs(n: number, count: number, days: number, dice: Dice): number {
  const stepMs = Math.floor((days * DAY_MS) / count);
  return daysAgoMs(days) + n * stepMs + dice.below(Math.min(stepMs, 2 ** 32));
}
