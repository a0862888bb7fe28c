// Builds report.json from the tables alone, so that a retry yields the same bytes.
import type { CountedTarget, PlanBody } from '../../contracts/plan.ts';
import type { Outcome, Report } from '../../contracts/report.ts';
import { tally } from '../planning/count-targets.ts';
import { residualOf } from './residual.ts';
import type { RunRecords } from './run-records.ts';
import type { TargetResult } from './target-results.ts';

/** @param closedAt when the run was first closed; the cooldown of an erased scope counts from it */
export function buildReport(
  records: RunRecords,
  results: readonly TargetResult[],
  { outcome, closedAt }: { readonly outcome: Outcome; readonly closedAt: string },
): Report {
  const { plan, runId, executionArn, account, region, planDigest, decisions, revoked, error } = records;
  const preserved = preservedOf(records);
  const cooldownSeconds = plan?.limits.cooldownSeconds ?? 0;
  return {
    version: 1,
    runId,
    executionArn,
    outcome,
    mode: plan?.mode ?? null,
    catalog: plan?.catalog ?? null,
    account,
    region,
    scope: plan && scopeOf(plan),
    optIn: plan?.optIn ?? null,
    reason: plan?.reason ?? null,
    // Nothing proves who the requester is: what was typed is a claim, and printed as one.
    requestedBy: plan?.requestedBy == null ? null : { claimed: plan.requestedBy, identity: null },
    planDigest,
    decisions: [...decisions],
    ...(revoked.length > 0 && { revoked: [...revoked] }),
    targets: results.map(({ row }) => row),
    preserved,
    residual: residualOf(records),
    sideEffects: plan?.sideEffects ?? [],
    warnings: [...(plan?.warnings ?? []), ...warningsOf(records, results, preserved)],
    totals: totalsOf(results),
    phases: phasesUntil(closedAt, records.phases),
    cooldownUntil:
      outcome === 'erased' && cooldownSeconds > 0
        ? new Date(Date.parse(closedAt) + cooldownSeconds * 1_000).toISOString()
        : null,
    error,
  };
}

/** What a function that outlived the run tells after its end is left out: a repeated report must say the same. */
function phasesUntil(closedAt: string, phases: RunRecords['phases']): Report['phases'] {
  return phases
    .filter(({ startedAt }) => startedAt <= closedAt)
    .map((phase) => ({
      ...phase,
      endedAt: phase.endedAt !== null && phase.endedAt <= closedAt ? phase.endedAt : null,
    }));
}

/** As in the request. */
function scopeOf({ scope }: Pick<PlanBody, 'scope'>): Record<string, unknown> {
  return scope.length === 0 ? { everything: true } : Object.fromEntries(scope.map(({ name, id }) => [name, id]));
}

function totalsOf(results: readonly TargetResult[]): Report['totals'] {
  const sum = (number: (result: TargetResult) => number) =>
    results.reduce((total, result) => total + number(result), 0);
  return {
    planned: sum(({ row }) => row.planned?.items ?? 0),
    seen: sum(({ row }) => row.seen),
    erased: sum(({ row }) => row.erased),
    changed: sum(({ row }) => row.changed),
    failed: sum(({ row }) => row.failed),
    remaining: sum(({ row }) => row.remaining ?? 0),
    bytesFreed: sum(bytesFreed),
  };
}

/** Hidden objects free nothing; of tables only an estimate is known, in the share that was erased. */
function bytesFreed({ row, sums }: TargetResult): number {
  if (row.kind === 's3') return row.verification?.level === 'gone' ? sums.bytesErased : 0;
  const planned = row.planned;
  if (!planned || planned.items === 0) return 0;
  return Math.round(planned.bytes * Math.min(1, row.erased / planned.items));
}

function preservedOf({ plan, counted, verified }: RunRecords): Report['preserved'] {
  const preserved = (plan?.targets ?? []).filter(({ purpose }) => purpose === 'preserve');
  return preserved.map((target) => {
    if (target.selectors.length === 0 || target.shards === 0) {
      const before = target.facts?.kind === 'dynamodb' ? target.facts.items : null;
      return { store: target.id, basis: 'estimate', before, after: null };
    }
    return {
      store: target.id,
      basis: 'exact',
      before: countOf(target, counted),
      after: countOf(target, verified.at(-1) ?? []),
    };
  });
}

function countOf(target: CountedTarget, pass: RunRecords['counted']): number | null {
  const { counts, isComplete } = tally(target, pass);
  return isComplete ? counts.items : null;
}

function warningsOf({ plan }: RunRecords, results: readonly TargetResult[], preserved: Report['preserved']): string[] {
  const unexplained = results.filter(({ sums }) => sums.unacknowledged !== sums.foundGone && sums.seen > 0);
  const moved = preserved.filter(({ before, after }) => before !== null && after !== null && before !== after);
  const lost = results.filter(({ row }) => row.errors.some(({ code }) => code === 'VersioningLost'));
  return [
    ...unexplained.map(
      ({ row, sums }) =>
        `${row.store}: ${sums.unacknowledged} items are gone without an acknowledgement, takeovers found ${sums.foundGone} gone: somebody else wrote meanwhile`,
    ),
    ...moved.map(
      ({ store, before, after }) =>
        `preserved store ${store} counted ${before} before and ${after} after; Lethe cannot write to it`,
    ),
    ...lost.map(
      ({ row }) =>
        `${row.store}: versioning of ${row.resource} was lost; the objects counted as failed cannot be recovered`,
    ),
    ...(plan !== null && plan.mode === 'execute' && !plan.canBeUndone
      ? ['THIS CANNOT BE UNDONE for every target']
      : []),
  ];
}
