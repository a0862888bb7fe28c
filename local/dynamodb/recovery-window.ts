// The times a table with point-in-time recovery can be restored to.
import type { Recovery } from './table.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** "LatestRestorableDateTime is typically 5 minutes before the current time"; here always. */
const LAG_MS = 5 * 60 * 1000;

export function earliestMs(recovery: Recovery, nowMs: number): number {
  return Math.max(recovery.sinceMs, nowMs - recovery.periodDays * DAY_MS);
}

export function latestMs(recovery: Recovery, nowMs: number): number {
  return Math.max(earliestMs(recovery, nowMs), nowMs - LAG_MS);
}
