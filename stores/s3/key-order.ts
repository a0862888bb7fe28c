// S3 orders keys by their UTF-8 bytes, which is not the order of JavaScript strings.

export function compareKeys(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** The last key that can begin with `prefix` and `character`: nothing of it sorts after this. */
export const LAST_CHARACTER = '\u{10FFFF}';

/** The later of two positions; null is the beginning. */
export function laterKey(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return compareKeys(a, b) >= 0 ? a : b;
}
