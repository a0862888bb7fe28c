// Laws of how a run may end, given what was asked and what happened to it.
import type { WrittenCatalog } from '../model.ts';
import { type Observed, reportOf, type SeenReport } from './observed.ts';
import { idsOf, levelOf, selectingStores } from './selection.ts';

/** What earlier runs of the case mean for this one. */
export interface Before {
  /** The same scope was erased, and may be erased again from this time on. */
  readonly cooldownUntil: string | null;
}

export function checkOutcome(observed: Observed, before: Before): string[] {
  const { ended, run } = observed;
  if (!ended) return ['the run hangs: it did not end in time'];
  const report = reportOf(observed);
  if (!report) return [];
  const { outcome, error } = report;
  const isSuccess = ended.status === 'SUCCEEDED';
  // A run whose report nobody heard of is closed from outside: its execution has failed, its report tells what was.
  const isClosed = ended.status === 'ABORTED' || (ended.error === 'Lethe.Failed' && observed.hasFaults);
  const told = isClosed ? undefined : parse(ended.output ?? ended.cause)?.['outcome'];
  const expected = expectedOutcomes(observed, before);
  const refusals = run.mustRefuse ?? expectedRefusals(observed, before);
  return [
    ...(expected.includes(outcome) ? [] : [`it ended ${outcome} (${error?.name}), expected ${expected.join(' or ')}`]),
    ...(outcome !== 'refused' || refusals.includes(error?.name ?? '') ? [] : [`it was refused with ${error?.name}`]),
    ...(isClosed || isSuccess === isGood(report) ? [] : [`it ended ${outcome}, but its execution ${ended.status}`]),
    ...(told === undefined || told === outcome ? [] : [`the execution says ${told}, the report ${outcome}`]),
  ];
}

function isGood({ outcome, totals }: SeenReport): boolean {
  if (outcome === 'aborted') return totals.erased === 0;
  return !['incomplete', 'failed', 'refused'].includes(outcome);
}

function expectedOutcomes(observed: Observed, before: Before): string[] {
  const { run, hasFaults, isInterrupted, hasIntruders } = observed;
  // Faults may keep a run from its end, never from the truth about it.
  const unlucky = hasFaults ? ['failed', 'incomplete'] : [];
  const interrupted = isInterrupted ? ['aborted'] : [];
  if (run.mustRefuse) return ['refused', ...unlucky, ...interrupted];
  const refused = expectedRefusals(observed, before).length > 0 ? ['refused'] : [];
  if (run.request.mode === 'execute' && hasPlannedBefore(observed, before.cooldownUntil))
    return [...refused, ...unlucky, ...interrupted];
  if (run.request.mode === 'preview') return ['previewed', ...refused, ...unlucky, ...interrupted];
  if (run.request.mode === 'dry-run') return ['counted', ...refused, ...unlucky, ...interrupted];
  return [...decided(observed), ...refused, ...unlucky, ...interrupted, ...(hasIntruders ? ['incomplete'] : [])];
}

/** By what the approvers did; nobody is asked where nothing was found. */
function decided({ posted, run, catalog, hasFaults }: Observed): string[] {
  const accepted = posted.filter(({ status }) => status === 200);
  const isLate = posted.some(({ status }) => status === 410);
  if (accepted.some(({ decision }) => decision === 'reject')) return ['rejected'];
  const { required } = catalog.approval;
  // Whoever approved in the last moment may be overtaken by the end of the wait.
  const expired = isLate || run.ending.kind === 'expire' || hasFaults ? ['expired'] : [];
  if (accepted.length >= required || posted.length === 0) return ['erased', ...expired];
  return expired;
}

/** Whether its planning was over by then: a busy machine may need longer than a cooldown of the service's time. */
function hasPlannedBefore(observed: Observed, time: string | null): boolean {
  const endedAt = reportOf(observed)?.phases.find(({ name }) => name === PLANNING)?.endedAt;
  return time !== null && endedAt != null && endedAt < time;
}

const PLANNING = 'Plan run';

function expectedRefusals(observed: Observed, { cooldownUntil }: Before): string[] {
  const { catalog, run, shapes } = observed;
  const { mode } = run.request;
  const startedAt = reportOf(observed)?.phases.find(({ name }) => name === PLANNING)?.startedAt ?? '';
  const isCoolingDown = cooldownUntil !== null && startedAt < cooldownUntil;
  const isExecute = mode === 'execute';
  const isForbidden = ['staging', 'production'].includes(catalog.environment) && !catalog.protected.allowed;
  const buckets = shapes.buckets.filter(({ isVersioned }) => !isVersioned).map(({ name }) => name);
  const isUnprotected = Object.values(catalog.stores).some(({ bucket = '' }) => buckets.includes(bucket));
  return [
    ...(isExecute && isForbidden ? ['Lethe.EnvironmentNotAllowed'] : []),
    ...(isExecute && isCoolingDown ? ['Lethe.CooldownActive'] : []),
    ...(isExecute && isUnprotected && catalog.protection.versioning === 'refuse' ? ['Lethe.StoreUnsupported'] : []),
    ...(mode !== 'preview' && catalog.limits.maxItems < 1_000 ? ['Lethe.LimitExceeded'] : []),
    ...(isInsidePreserved(catalog, run.request, shapes) ? ['Lethe.PreservedStore'] : []),
  ];
}

/** An id may name the very folder that is preserved. */
function isInsidePreserved(
  catalog: WrittenCatalog,
  request: Observed['run']['request'],
  { tables }: Observed['shapes'],
) {
  const ids = idsOf(request);
  const level = levelOf(catalog, ids);
  return selectingStores(catalog, request, tables).some(({ name, bucket }) => {
    if (bucket === null || catalog.stores[name]?.select?.[level] === undefined) return false;
    return (
      Object.values(ids).includes('legal') &&
      Object.values(catalog.stores).some((one) => one.preserve && one.bucket === bucket)
    );
  });
}

function parse(text: string | null): Record<string, unknown> | undefined {
  try {
    return text === null ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
