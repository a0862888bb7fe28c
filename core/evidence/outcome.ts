// How a run ended, from what the tables say.
import { REFUSALS } from '../../contracts/errors.ts';
import type { Outcome } from '../../contracts/report.ts';
import type { RunRecords } from './run-records.ts';
import type { TargetResult } from './target-results.ts';

/**
 * What was begun is judged by what is left; what was not, by why it was not. A run that had come to its end is not
 * aborted by whatever stops it afterwards.
 */
export function outcomeOf(records: RunRecords, results: readonly TargetResult[]): Outcome {
  const { error, verdict, erasingAt, isAborted } = records;
  if (erasingAt !== null) {
    const planned = results.filter(({ row }) => row.state !== 'missing' && row.state !== 'notInScope');
    if (planned.every(({ isComplete }) => isComplete)) return 'erased';
    return isAborted ? 'aborted' : 'incomplete';
  }
  if (error && (REFUSALS as readonly string[]).includes(error.name)) return 'refused';
  if (verdict === 'aborted') return 'aborted';
  if (isAborted) return conclusionOf(records) ?? 'aborted';
  return error ? 'failed' : (conclusionOf(records) ?? 'failed');
}

/** What a run that erases nothing comes to, once it has; undefined before. */
function conclusionOf({ plan, planDigest, verdict }: RunRecords): Outcome | undefined {
  if (plan?.mode === 'preview') return 'previewed';
  if (plan?.mode === 'dry-run' && planDigest !== null) return 'counted';
  if (verdict === 'nothing-found') return 'erased';
  return verdict === 'rejected' || verdict === 'expired' ? verdict : undefined;
}

/** The executions that end SUCCEEDED; an abort does as long as nothing was erased. */
export function isSuccess(outcome: Outcome, erased: number): boolean {
  if (outcome === 'aborted') return erased === 0;
  return outcome !== 'incomplete' && outcome !== 'failed' && outcome !== 'refused';
}
