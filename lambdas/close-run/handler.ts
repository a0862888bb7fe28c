// Closes a run whose execution ended without its report: flag, wait until nothing is in flight, then the report.
import type { Clock } from '../../adapters/clock.ts';
import type { Aborts } from '../../adapters/control-table/aborts.ts';
import type { Locks } from '../../adapters/control-table/locks.ts';
import type { Runs } from '../../adapters/control-table/runs.ts';
import type { Shards } from '../../adapters/control-table/shards.ts';
import type { Executions } from '../../adapters/executions.ts';
import type { Objects } from '../../adapters/objects.ts';
import { type CloseRunEvent, type ClosingRun, closeRunEvent } from '../../contracts/events.ts';
import { evidenceKey } from '../../contracts/files.ts';
import { errorOfClosed } from '../../core/evidence/closed-error.ts';
import { evidenceRunId } from '../../core/evidence/evidence-run-id.ts';

export interface CloseRunDependencies {
  readonly clock: Clock;
  readonly runs: Runs;
  readonly aborts: Aborts;
  readonly locks: Locks;
  readonly shards: Shards;
  readonly executions: Executions;
  readonly evidence: Objects;
}

const MIN_WAIT_SECONDS = 5;
const MAX_WAIT_SECONDS = 60;

/** Repeatable, and nothing to do where the evidence is complete and the lock free: events come twice, and late. */
export function makeCloseRun(deps: CloseRunDependencies) {
  return async (event: unknown): Promise<ClosingRun> => {
    const ended = closeRunEvent.parse(event);
    const { executionArn, name } = ended;
    const { runs, aborts, locks, executions, shards, clock } = deps;
    const found = await runs.get(name);
    // Executions of one name have one ARN; their start tells them apart, whatever it was written as.
    const isOwn = found?.executionArn === executionArn && Date.parse(found.startedAt) === ended.startDate;
    const run = isOwn ? found : undefined;
    const report = {
      runId: name,
      executionArn,
      startedAt: run?.startedAt ?? new Date(ended.startDate).toISOString(),
      request: await requestOf(ended, deps),
      error: errorOfClosed(ended),
    };
    const sums = evidenceKey(evidenceRunId(name), 'SHA256SUMS');
    const isWritten = (await deps.evidence.read(sums)) !== undefined;
    const isFree = run?.locks === undefined || !(await locks.isHeldBy(run.locks, name));
    if (isWritten && isFree) return { next: 'nothing', waitSeconds: 0, report };
    if (run && run.closedAt === undefined) {
      const why = ended.status === 'FAILED' ? ('closed' as const) : ('stopped' as const);
      const reason = `The execution is ${ended.status}.`;
      await aborts.request(name, { why, by: 'Step Functions', reason, at: clock.nowIso() });
    }
    const nowMs = clock.nowMs();
    const untilMs = await shards.inFlightUntilMs(name, nowMs);
    if (untilMs === null && !(await executions.hasRunningMap(executionArn)))
      return { next: 'report', waitSeconds: 0, report };
    const seconds = untilMs === null ? MIN_WAIT_SECONDS : Math.ceil((untilMs - nowMs) / 1_000);
    const waitSeconds = Math.min(MAX_WAIT_SECONDS, Math.max(MIN_WAIT_SECONDS, seconds));
    return { next: 'wait', waitSeconds, report };
  };
}

/** An event leaves out an input that is too long for it. */
async function requestOf(
  { executionArn, input }: CloseRunEvent,
  { executions }: CloseRunDependencies,
): Promise<unknown> {
  const text = input ?? (await executions.find(executionArn))?.input ?? 'null';
  return JSON.parse(text);
}
