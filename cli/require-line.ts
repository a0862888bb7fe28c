// Flags that are a line of text, and stand where others read them.
import { line } from '../contracts/scalars.ts';
import { UsageError } from './usage-error.ts';

export const BY_MAX = 320;
export const REASON_MAX = 500;

/** @throws UsageError */
export function requireLine(flag: string, value: string | undefined, max: number, next: string): string {
  const checked = line(1, max).safeParse(value?.trim());
  if (checked.success) return checked.data;
  throw new UsageError({
    what: value === undefined ? `${flag} is missing.` : `${flag} is no line of text.`,
    received: value ?? null,
    allowed: `1 to ${max} characters without control characters`,
    next,
  });
}
