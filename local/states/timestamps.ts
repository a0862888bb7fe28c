// Timestamps of Amazon States Language.

/** A profile of RFC 3339 with capital T and Z (states-language.net, Timestamps). */
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

export const TIMESTAMP_FORM = 'a time such as 2026-01-31T12:00:00Z';

/** Epoch milliseconds; undefined for a text that is no timestamp. */
export function millisOf(text: string): number | undefined {
  const atMs = TIMESTAMP.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(atMs) ? undefined : atMs;
}
