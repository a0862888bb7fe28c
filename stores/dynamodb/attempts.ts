// Which failures of a table are worth another attempt, and reads that are repeated until they are answered.
import { isUnansweredBy, repeatUntilAnswered } from '../attempts.ts';

/** Errors by which DynamoDB asks to slow down. */
const THROTTLES = new Set([
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'RequestLimitExceeded',
  'LimitExceededException',
]);

export function isThrottle(error: unknown): boolean {
  return error instanceof Error && THROTTLES.has(error.name);
}

export function isUnanswered(error: unknown): boolean {
  return error instanceof Error && isUnansweredBy(error);
}

/** For reads, which may be repeated at will. @throws the last failure */
export function untilAnswered<T>(read: () => Promise<T>, sleep: (ms: number) => Promise<void>): Promise<T> {
  return repeatUntilAnswered(read, (error) => isThrottle(error) || isUnanswered(error), sleep);
}
