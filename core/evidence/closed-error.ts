// Why an execution ended without its report, for the evidence that is written afterwards.
import type { CloseRunEvent, WriteReportEvent } from '../../contracts/events.ts';

type ErrorOutput = WriteReportEvent['error'];

/**
 * Where only the report failed, the run's own failure is what counts, if it had one; where nothing caught the end,
 * the status and what Step Functions says of it.
 */
export function errorOfClosed({ status, error, cause }: CloseRunEvent): ErrorOutput {
  if (status !== 'FAILED') {
    const what = status === 'TIMED_OUT' ? 'The execution timed out.' : 'The execution was stopped.';
    const details = { what, status, error: error ?? null, cause: cause ?? null };
    return { Error: 'Lethe.Aborted', Cause: JSON.stringify({ errorMessage: JSON.stringify(details) }) };
  }
  const failed = reportFailure(cause);
  if (failed) return failed.failure;
  return { ...(error != null && { Error: error }), ...(cause != null && { Cause: cause }) };
}

/** The Cause of the state `Report failed`: with the failure of the run before it, or null. */
function reportFailure(cause: string | null | undefined): { readonly failure: ErrorOutput } | undefined {
  try {
    const parsed: unknown = JSON.parse(cause ?? '');
    if (typeof parsed !== 'object' || parsed === null || !('reportError' in parsed)) return undefined;
    const { failure } = parsed as { failure?: ErrorOutput };
    return { failure: failure ?? null };
  } catch {
    return undefined;
  }
}
