// Limits of Step Functions that fail a running execution (service quotas, developer guide).
import { StatesError } from './errors.ts';

/** Of an input, an output, one variable, or all that one Assign sets, as UTF-8 JSON. */
export const MAX_DATA_BYTES = 256 * 1024;
/** Of all variables that an execution holds at one time. */
export const MAX_VARIABLES_BYTES = 10 * 1024 * 1024;
/** Of one execution; the one that ends it is counted. */
export const MAX_HISTORY_EVENTS = 25_000;

/** Of one wait, timeout or interval: a little over three years. */
export const MAX_SECONDS = 99_999_999;

/** A character takes at most three bytes per UTF-16 unit, so that most texts need not be measured. */
function isOverDataLimit(json: string): boolean {
  return json.length * 3 > MAX_DATA_BYTES && Buffer.byteLength(json) > MAX_DATA_BYTES;
}

/** @param who the state or function that gave the result */
export function refuseLargeResult(who: string, json: string): void {
  if (!isOverDataLimit(json)) return;
  const text = `The state/task '${who}' returned a result with a size exceeding the maximum number of bytes service limit.`;
  throw new StatesError('States.DataLimitExceeded', text);
}

/** @param who the state whose arguments, or whose child's input, it is */
export function refuseLargeInput(who: string, json: string): void {
  if (!isOverDataLimit(json)) return;
  const text = `The state/task '${who}' was given an input with a size exceeding the maximum number of bytes service limit.`;
  throw new StatesError('States.DataLimitExceeded', text);
}
