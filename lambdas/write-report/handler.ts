// Ends a run: closes it, leaves its backups, writes the evidence, and only then frees the lock.
import { type WriteReportEvent, type WrittenReport, writeReportEvent } from '../../contracts/events.ts';
import { evidenceKey } from '../../contracts/files.ts';
import type { Ending } from '../../contracts/report.ts';
import { buildReport } from '../../core/evidence/build-report.ts';
import { evidenceRunId } from '../../core/evidence/evidence-run-id.ts';
import { isSuccess, outcomeOf } from '../../core/evidence/outcome.ts';
import { resultsOf } from '../../core/evidence/target-results.ts';
import { collectRecords } from './collect-records.ts';
import type { WriteReportDependencies } from './dependencies.ts';
import { leaveBackups } from './leave-backups.ts';
import { writeEvidence } from './write-evidence.ts';

const CLEAN_UP_WAIT_SECONDS = 20;
const MAX_WAIT_SECONDS = 60;

/**
 * Repeatable, also by two at once: the run is closed once, everything written comes from the tables, and a file that
 * stands with the same bytes counts as written. The state machine calls again while a shard is in flight, and while a
 * backup is still being made and cannot be deleted yet.
 */
export function makeWriteReport(deps: WriteReportDependencies) {
  return async (event: unknown): Promise<WrittenReport> => {
    const parsed = writeReportEvent.parse(event);
    const { clock, runs, evidence, locks, requests } = deps;
    const own = { ...parsed, runId: evidenceRunId(parsed.runId) };
    await endWork(own, deps);
    const { records: first, inFlightUntilMs } = await collectRecords(own, deps);
    // Nothing may be deleted after the report, nor after the lock is free.
    if (inFlightUntilMs !== null) return again(Math.ceil((inFlightUntilMs - clock.nowMs()) / 1_000));
    const closed = await runs.close(own, outcomeOf(first, resultsOf(first)), clock.nowIso(), first.error);
    // The name belongs to an earlier execution: its evidence stays as it is.
    if (!closed) return failing(first.error?.name ?? 'Lethe.Failed', first.error?.details ?? null);
    const isKept = first.erasingAt !== null && !(closed.outcome === 'erased' && first.plan?.undoWindowSeconds === 0);
    const isClean = isKept || (await leaveBackups(own.runId, first.plan, closed.closedAt, deps));
    if (!isClean) return again(CLEAN_UP_WAIT_SECONDS);
    // Whoever opens the link from now on is told that it is over, and the decisions printed are all there will be.
    await deps.approvals.end(own.runId, closed.closedAt);
    const records = { ...(await collectRecords(own, deps)).records, error: closed.error };
    const results = resultsOf(records);
    const report = buildReport(records, results, closed);
    await writeEvidence(evidence, deps.signing, { request: own.request, plan: records.plan, report });
    const coolUntilMs = report.cooldownUntil === null ? null : Date.parse(report.cooldownUntil);
    const held = (await runs.get(own.runId))?.locks;
    if (held) await locks.release(held, own.runId, coolUntilMs);
    const requestId = requestIdOf(own.request);
    if (report.outcome === 'refused' && requestId !== undefined) await requests.release(requestId, own.runId);
    const ending: Ending = {
      runId: own.runId,
      outcome: report.outcome,
      planDigest: report.planDigest,
      report: `s3://${evidence.bucket}/${evidenceKey(own.runId, 'report.json')}`,
      totals: report.totals,
    };
    deps.metrics.runEnded(report.outcome, report.totals);
    if (records.planDigest !== null && records.plan?.expiresAt) await deps.telling.request(own.runId);
    if (isSuccess(report.outcome, report.totals.erased)) {
      return { isSuccess: true, error: '', ending: JSON.stringify(ending), waitSeconds: 0 };
    }
    return failing(...whyItFailed(report.outcome, records.error, ending));
  };
}

/** Flag first, claims second: a worker that claims later finds the flag, and one that claimed before is found. */
async function endWork({ runId, startedAt }: WriteReportEvent, { runs, aborts, clock }: WriteReportDependencies) {
  const run = await runs.get(runId);
  if (run?.startedAt !== startedAt) return;
  const reason = 'The run has come to its report.';
  await aborts.request(runId, { why: 'closed', by: 'write-report', reason, at: clock.nowIso() });
}

/** The input of a refused run is anything at all. */
function requestIdOf(request: unknown): string | undefined {
  const requestId = (request as { requestId?: unknown } | null | undefined)?.requestId;
  return typeof requestId === 'string' ? requestId : undefined;
}

function again(seconds: number): WrittenReport {
  return { ...failing('Lethe.Failed', null), waitSeconds: Math.min(MAX_WAIT_SECONDS, Math.max(1, seconds)) };
}

function whyItFailed(
  outcome: Ending['outcome'],
  error: { readonly name: string; readonly details: unknown } | null,
  ending: Ending,
): [string, unknown] {
  if (outcome === 'refused' && error) return [error.name, error.details];
  if (outcome === 'incomplete') return ['Lethe.Incomplete', ending];
  return [outcome === 'aborted' ? 'Lethe.Aborted' : 'Lethe.Failed', ending];
}

function failing(error: string, cause: unknown): WrittenReport {
  return { isSuccess: false, error, ending: JSON.stringify(cause), waitSeconds: 0 };
}
