// What is wrong with a command line, or with a file it names.
import { LetheError } from '../contracts/errors.ts';

/** Thrown before anything is called: the same command line would fail again. */
export class UsageError extends LetheError {
  override readonly name = 'Lethe.Usage';
  override readonly retryable = false;
}

/** @param what it was to be, such as `The catalog` */
export function unreadable(what: string, file: string, cause: Error): UsageError {
  const details = {
    what: `${what} cannot be read: ${cause.message}.`,
    received: file,
    allowed: 'a file that exists and may be read',
    next: 'Check the path.',
  };
  return new UsageError(details, { cause });
}
