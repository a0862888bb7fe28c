// Small shared shapes: durations, names, digests, texts.
import * as z from 'zod';

const SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;

/** Seconds of a duration text such as `10m`; the text must match `^\d+(s|m|h|d)$`. */
export function durationSeconds(text: string): number {
  const unit = text.at(-1) as keyof typeof SECONDS;
  return Number(text.slice(0, -1)) * SECONDS[unit];
}

/** A century: dates stay writable, whatever is added up. */
const MAX_DURATION = '36500d';

export const duration = z
  .string()
  .regex(/^\d+(s|m|h|d)$/, { error: 'is no duration; allowed is a number and s, m, h or d, such as 10m', abort: true })
  .refine((text) => durationSeconds(text) <= durationSeconds(MAX_DURATION), {
    error: `must be at most ${MAX_DURATION}`,
  });

/** Names of stores, scopes and opt-ins in a catalog. */
const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;
export const name = z.string().regex(NAME, 'is no name; allowed are 1 to 64 letters, digits, - and _, a letter first');

export const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/);
export const planDigest = z.string().regex(/^sha256:[0-9a-f]{64}$/);
export const instant = z.iso.datetime({ offset: false });
export const count = z.int().nonnegative();

/** Execution names that can be run ids (interfaces.md, section 1). */
export const RUN_ID = /^[0-9A-Za-z_-]{1,80}$/;
export const runId = z.string().regex(RUN_ID);

/** Characters that no line of text in a page, a mail or a log may carry. */
const CONTROL_CHARACTERS = /\p{Cc}/u;

/** Text of `min` to `max` characters (code points) without control characters and without halves of characters. */
export function line(min: number, max: number) {
  return z.string().refine(
    (text) => {
      const length = [...text].length;
      return length >= min && length <= max && text.isWellFormed() && !CONTROL_CHARACTERS.test(text);
    },
    { error: `must be ${min} to ${max} characters without control characters` },
  );
}
