// How a run ended, from what the tables say.
import { REFUSALS } from '../../contracts/errors.ts';
import type { Outcome } from '../../contracts/report.ts';
import type { RunRecords } from './run-records.ts';
import type { TargetResult } from './target-results.ts';

/** What was begun is judged by what is left; what was not, by why it was not. */
export function outcomeOf(records: RunRecords, results: readonly TargetResult[]): Outcome {
  const { error, verdict, erasingAt, isAborted, plan } = records;
  if (erasingAt !== null) {
    const planned = results.filter(({ row }) => row.state !== 'missing' && row.state !== 'notInScope');
    if (planned.every(({ isComplete }) => isComplete)) return 'erased';
    return isAborted ? 'aborted' : 'incomplete';
  }
  if (error && (REFUSALS as readonly string[]).includes(error.name)) return 'refused';
  if (isAborted || verdict === 'aborted') return 'aborted';
  if (error) return 'failed';
  if (plan?.mode === 'preview') return 'previewed';
  if (plan?.mode === 'dry-run' && records.planDigest !== null) return 'counted';
  if (verdict === 'nothing-found') return 'erased';
  if (verdict === 'rejected' || verdict === 'expired') return verdict;
  return 'failed';
}

/** The executions that end SUCCEEDED; an abort does as long as nothing was erased. */
export function isSuccess(outcome: Outcome, erased: number): boolean {
  if (outcome === 'aborted') return erased === 0;
  return outcome !== 'incomplete' && outcome !== 'failed' && outcome !== 'refused';
}
