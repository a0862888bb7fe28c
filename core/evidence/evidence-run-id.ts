// Under which id the evidence of an execution lies.
import { RUN_ID } from '../../contracts/scalars.ts';
import { sha256Hex } from './digest.ts';

/** Step Functions allows names that make no safe file name; their runs are refused, and their evidence lies under this. */
export function evidenceRunId(executionName: string): string {
  if (RUN_ID.test(executionName)) return executionName;
  const safe = executionName.replace(/[^0-9A-Za-z_-]/gu, '_').slice(0, 60);
  return `${safe}-${sha256Hex(executionName).slice(0, 12)}`;
}
