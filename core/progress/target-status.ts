// The numbers of each target while a run goes on, by the sums that its report will have.
import type { PlanBody, StoreKind } from '../../contracts/plan.ts';
import type { ReportTarget } from '../../contracts/report.ts';
import type { RunRecords } from '../evidence/run-records.ts';
import { type ResultRecords, resultsOf } from '../evidence/target-results.ts';
import { plannedItems, tally } from '../planning/count-targets.ts';

export interface TargetStatus {
  readonly store: string;
  readonly kind: StoreKind;
  /** Table or bucket name. */
  readonly resource: string;
  /** As in the report; while the run goes on, `planned` until erasing is open, then `erasing` until it is verified. */
  readonly state: ReportTarget['state'] | 'planned' | 'erasing';
  /** Null until the plan is sealed. */
  readonly planned: number | null;
  readonly counted: number;
  readonly erased: number;
  readonly failed: number;
  readonly changed: number;
  /** What the last verification found; null until one came to its end. */
  readonly remaining: number | null;
  /** Of the pass under way, or of the last one. */
  readonly shards: { readonly total: number; readonly done: number };
}

/** @param done records of the shards that are done in the pass under way, or in the last one */
export function targetStatuses(
  plan: PlanBody,
  records: ResultRecords & Pick<RunRecords, 'counted'>,
  done: readonly { readonly target: string }[],
  isEnded: boolean,
): TargetStatus[] {
  const targets = new Map(plan.targets.map((target) => [target.id, target]));
  return resultsOf(records).map(({ row }) => {
    const { store, kind, resource, erased, failed, changed, remaining } = row;
    const planned = row.planned?.items ?? null;
    const target = targets.get(store);
    const counted = planned ?? (target ? plannedItems(target, tally(target, records.counted).counts) : 0);
    const total = target?.shards ?? 0;
    // Counted to its end, and not begun to be erased: no pass is under way.
    const isBetween = planned !== null && records.erasingAt === null;
    const shards = { total, done: isBetween ? total : done.filter((record) => record.target === store).length };
    const state = isEnded ? row.state : whileRunning(row.state);
    return { store, kind, resource, state, planned, counted, erased, failed, changed, remaining, shards };
  });
}

function whileRunning(state: ReportTarget['state']): TargetStatus['state'] {
  if (state === 'notStarted') return 'planned';
  return state === 'incomplete' ? 'erasing' : state;
}
