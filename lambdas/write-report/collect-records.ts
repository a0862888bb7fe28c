// Collects what the tables know of a run, however far it came.
import type { AbortRecord } from '../../adapters/control-table/aborts.ts';
import type { ProtectionRecord, ProtectionStep } from '../../adapters/control-table/protections.ts';
import { claimsEndAtMs, type ShardRecord } from '../../adapters/control-table/shards.ts';
import { readPlanSoFar } from '../../adapters/run-files.ts';
import { REFUSALS } from '../../contracts/errors.ts';
import { MAX_PASSES, type WriteReportEvent } from '../../contracts/events.ts';
import { parseExecutionArn } from '../../contracts/execution-arn.ts';
import type { PlanBody, RecoveryPoint } from '../../contracts/plan.ts';
import type { Phase } from '../../contracts/shard.ts';
import type { RunRecords } from '../../core/evidence/run-records.ts';
import type { WriteReportDependencies } from './dependencies.ts';

/** What the tables know, and until when a worker may still delete; null: none may. */
export interface Collected {
  readonly records: RunRecords;
  readonly inFlightUntilMs: number | null;
}

export async function collectRecords(event: WriteReportEvent, deps: WriteReportDependencies): Promise<Collected> {
  const { runId, executionArn } = event;
  const { runs, aborts, approvals } = deps;
  const found = await runs.get(runId);
  const run = found?.startedAt === event.startedAt ? found : undefined;
  const plan = run ? await readPlanSoFar(deps.work, run) : null;
  const shards = plan?.shards.count ?? 0;
  const list = (phase: Phase, pass: number): Promise<ShardRecord[]> =>
    shards === 0 ? Promise.resolve([]) : deps.shards.list(runId, phase, pass, shards);
  const protections = plan?.mode === 'execute' ? await deps.protections.list(runId) : [];
  const points = protections.flatMap(({ target, recoveryPoint }) =>
    recoveryPoint ? [[target, recoveryPoint] as const] : [],
  );
  const counted = await list('Count', 1);
  const [erased, verified] = [await passes('Erase'), await passes('Verify')];
  const [finalised, gone] = [await list('Finalise', 1), await list('Gone', 1)];
  const shardPhases = {
    'Count shard': counted,
    'Erase shard': erased.flat(),
    'Verify shard': verified.flat(),
    'Finalise shard': [...finalised, ...gone],
  };
  const abort = run && (await aborts.get(runId));
  const approval = run?.planDigest === undefined ? undefined : await approvals.get(runId);
  const records: RunRecords = {
    runId,
    executionArn,
    ...parseExecutionArn(executionArn),
    request: event.request,
    plan,
    planDigest: run?.planDigest ?? null,
    verdict: run?.verdict ?? null,
    erasingAt: run?.erasingAt ?? null,
    // A run that was stopped before it wrote anything has no flag.
    isAborted: (abort !== undefined && abort.why !== 'closed') || event.error?.Error === 'Lethe.Aborted',
    error: errorOf(event.error, abort),
    decisions: approval?.decisions ?? [],
    revoked: approval?.revoked ?? [],
    phases: [...(run ? await runs.phases(runId) : []), ...phasesOf(protections, shardPhases)].sort(byStart),
    counted,
    erased,
    verified,
    finalised,
    gone,
    recoveryPoints: new Map<string, RecoveryPoint>(points),
    backups: plan ? await standingBackups(plan, protections, deps) : new Map(),
  };
  const inFlightUntilMs = claimsEndAtMs([...erased.flat(), ...finalised], deps.clock.nowMs());
  return { records, inFlightUntilMs };

  async function passes(phase: Phase): Promise<ShardRecord[][]> {
    if (run?.erasingAt === undefined) return [];
    const all = await Promise.all(Array.from({ length: MAX_PASSES }, (_, at) => list(phase, at + 1)));
    return all.filter((pass) => pass.length > 0);
  }
}

type Phases = RunRecords['phases'];

/** Phases that are worked on target by target, or shard by shard, begin with the first and end with the last of them. */
function phasesOf(
  protections: readonly ProtectionRecord[],
  shards: Readonly<Record<string, readonly ShardRecord[]>>,
): Phases {
  const steps = (step: ProtectionStep) =>
    protections.flatMap((record) =>
      record[step] ? [[record[step].startedAtMs, record[step].readyAtMs] as const] : [],
    );
  const claims = (records: readonly ShardRecord[]) =>
    records.map(({ claimedAtMs, releasedAtMs }) => [claimedAtMs, releasedAtMs] as const);
  const spans = {
    'Protect target': steps('protect'),
    'Confirm recovery': steps('confirm'),
    ...Object.fromEntries(Object.entries(shards).map(([name, records]) => [name, claims(records)])),
  };
  return Object.entries(spans).flatMap(([name, span]) => (span.length === 0 ? [] : [{ name, ...bounds(span) }]));
}

function bounds(spans: readonly (readonly [number, number | null])[]) {
  const ends = spans.map(([, end]) => end);
  const iso = (ms: number) => new Date(ms).toISOString();
  const endedAt = ends.some((end) => end === null) ? null : iso(Math.max(...ends.map((end) => end ?? 0)));
  return { startedAt: iso(Math.min(...spans.map(([start]) => start))), endedAt };
}

function byStart(a: Phases[number], b: Phases[number]): number {
  return a.startedAt < b.startedAt ? -1 : 1;
}

async function standingBackups(
  plan: PlanBody,
  protections: readonly { readonly target: string; readonly backupArn?: string }[],
  { backups }: WriteReportDependencies,
): Promise<Map<string, string>> {
  const standing = new Map<string, string>();
  for (const { target, backupArn } of protections) {
    const facts = plan.targets.find(({ id }) => id === target)?.facts;
    if (backupArn === undefined || facts?.kind !== 'dynamodb') continue;
    const registered = await backups.list(facts.arn);
    // One that only other runs hold is theirs to report; one that nobody holds could not be deleted yet.
    const own = registered.find((backup) => backup.backupArn === backupArn);
    if (own && (own.holders.length === 0 || own.holders.includes(plan.runId))) standing.set(target, backupArn);
  }
  return standing;
}

/**
 * A function's error comes as JSON with our explanation in its message; anything else is kept as text. A run that a
 * person aborted failed for that, unless it had been refused.
 */
function errorOf(error: WriteReportEvent['error'], abort: AbortRecord | undefined): RunRecords['error'] {
  const isRefused = (REFUSALS as readonly string[]).includes(error?.Error ?? '');
  if (abort?.why === 'asked' && !isRefused) {
    const { by, reason, at } = abort;
    return { name: 'Lethe.Aborted', details: { what: `${by} aborted the run.`, by, reason, at } };
  }
  if (error === null) return null;
  const name = error.Error ?? 'States.Runtime';
  const cause = parse(error.Cause ?? '');
  const message = typeof cause === 'object' && cause !== null && 'errorMessage' in cause ? cause.errorMessage : cause;
  const details = typeof message === 'string' ? parse(message) : message;
  return { name, details: name.startsWith('Lethe.') ? details : { what: details } };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
