// What is wrong, what was received, what is allowed, what to do next: every refusal and every mistake in one form.
import type { Explanation } from '../../contracts/errors.ts';
import { showInstant } from '../../core/text.ts';
import { facts } from './table.ts';

/** Lines of what is known. `what` is not among them: it stands before them as a sentence. */
export function explanationLines({ received, allowed, next, retryAt, runId }: Partial<Explanation>): string[] {
  return facts([
    ['Received', received === undefined ? null : showValue(received)],
    ['Allowed', allowed === undefined ? null : showValue(allowed)],
    ['Next', next ?? null],
    ['Retry at', retryAt === undefined ? null : showInstant(retryAt)],
    ['Because of', runId === undefined ? null : `run ${runId}`],
  ]);
}

function showValue(value: unknown): string {
  if (value === null) return 'nothing';
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) {
    return value.length === 0 ? 'none' : value.join(', ');
  }
  return JSON.stringify(value);
}
