// The row of each target in the report: what was planned, what became of it, and how that was verified.
import type { CountedTarget } from '../../contracts/plan.ts';
import type { ReportTarget } from '../../contracts/report.ts';
import { verifiesEventually } from '../finding/item-conditions.ts';
import { plannedItems, tally } from '../planning/count-targets.ts';
import type { RunRecords } from './run-records.ts';
import { addsUp, type Sums, sumUp } from './sums.ts';

export interface TargetResult {
  readonly row: ReportTarget;
  readonly sums: Sums;
  readonly isComplete: boolean;
}

/** The part of the records that the rows are made of: a run under way has as much. */
export type ResultRecords = Pick<
  RunRecords,
  'plan' | 'verdict' | 'erasingAt' | 'erased' | 'verified' | 'finalised' | 'gone' | 'recoveryPoints'
>;

export function resultsOf(records: ResultRecords): TargetResult[] {
  const erased = (records.plan?.targets ?? []).filter(({ purpose }) => purpose === 'erase');
  return erased.map((target) => resultOf(target, records));
}

function resultOf(target: CountedTarget, records: ResultRecords): TargetResult {
  const of = (pass: RunRecords['counted']) => pass.filter((record) => record.target === target.id);
  const isFinaliseOnly = target.operations[0] === 'finalise';
  const passes = isFinaliseOnly ? [of(records.finalised)] : records.erased.map(of);
  const sums = sumUp(passes, target.shards);
  const planned = target.counted && plannedItems(target, target.counted);
  const isStarted = records.erasingAt !== null && target.state === 'planned';
  // A run that erased nothing has verified nothing: a target that it did not even cut into shards is not empty.
  const remaining = isStarted ? remainingOf(target, records) : null;
  const isFinalised =
    !target.operations.includes('finalise') || sumUp([of(records.finalised)], target.shards).isFinished;
  const isComplete = isStarted && sums.isFinished && isFinalised && remaining === 0 && addsUp(sums);
  const isNothing = records.verdict === 'nothing-found' && target.state === 'planned';
  const { kind, resource, id, counted } = target;
  const row: ReportTarget = {
    store: id,
    kind,
    resource,
    state: stateOf(target, { isStarted, isDone: isComplete || isNothing }),
    planned: counted && { items: planned ?? 0, bytes: counted.bytes, bytesAre: counted.bytesAre },
    seen: sums.seen,
    erased: sums.erased,
    changed: sums.changed,
    failed: Object.values(sums.failed).reduce((sum, count) => sum + count, 0),
    remaining: isNothing ? 0 : remaining,
    unacknowledged: sums.unacknowledged,
    changedSincePlan: isStarted && planned !== null ? sums.seen - planned : null,
    errors: Object.entries(sums.failed).map(([code, count]) => ({
      code,
      count,
      samples: [...(sums.samples[code] ?? [])],
    })),
    recoveryPoint: isStarted ? (records.recoveryPoints.get(id) ?? null) : null,
    verification: isStarted
      ? { level: levelOf(target), passes: passes.filter((pass) => pass.length > 0).length }
      : null,
  };
  return { row, sums, isComplete };
}

function stateOf(
  { state }: CountedTarget,
  { isStarted, isDone }: { readonly isStarted: boolean; readonly isDone: boolean },
): ReportTarget['state'] {
  if (state !== 'planned') return state;
  if (isDone) return 'erased';
  return isStarted ? 'incomplete' : 'notStarted';
}

/** What the last verification found; null where none came to its end. */
function remainingOf(target: CountedTarget, { verified, gone }: ResultRecords): number | null {
  const isGone = target.operations.includes('finalise');
  const pass = isGone ? gone : verified.at(-1);
  if (!pass || target.state !== 'planned') return null;
  const { counts, isComplete } = tally(target, pass);
  if (!isComplete) return null;
  return isGone ? (counts.versions ?? counts.items) : counts.items;
}

function levelOf(target: CountedTarget): 'consistent' | 'eventual' | 'hidden' | 'gone' {
  const { kind, operations, selectors } = target;
  if (selectors.some(({ by }) => by === 'uploads')) return 'gone';
  if (kind === 'dynamodb') return verifiesEventually(target) ? 'eventual' : 'consistent';
  return operations.includes('finalise') ? 'gone' : 'hidden';
}
