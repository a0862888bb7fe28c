// Which failures of a bucket are worth another attempt, and reads that are repeated until they are answered.
import { isUnansweredBy, repeatUntilAnswered } from '../attempts.ts';

/** Codes by which S3 asks to slow down, of a whole call or of one key in a multi-delete. */
const THROTTLES = new Set(['SlowDown', 'ServiceUnavailable', 'RequestLimitExceeded', 'ThrottlingException']);
/** Codes of one key that say nothing of its fate. */
const UNKNOWN = new Set(['InternalError', 'RequestTimeout', 'OperationAborted']);

export const isThrottleCode = (code: string): boolean => THROTTLES.has(code);
export const isUnknownCode = (code: string): boolean => UNKNOWN.has(code);

export function isThrottle(error: unknown): boolean {
  return error instanceof Error && isThrottleCode(error.name);
}

export function isUnanswered(error: unknown): boolean {
  return error instanceof Error && (isUnknownCode(error.name) || isUnansweredBy(error));
}

/** For reads, which may be repeated at will. @throws the last failure */
export function untilAnswered<T>(read: () => Promise<T>, sleep: (ms: number) => Promise<void>): Promise<T> {
  return repeatUntilAnswered(read, (error) => isThrottle(error) || isUnanswered(error), sleep);
}
