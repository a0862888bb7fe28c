// `lethe status RUN`: where a run stands.
import { executionArnIn } from '../../adapters/executions.ts';
import type { RunStatus } from '../../adapters/run-status.ts';
import { RUN_ID } from '../../contracts/scalars.ts';
import { type Connection, connect } from '../connect.ts';
import { endedOf } from '../ending.ts';
import { EXIT } from '../exit-code.ts';
import { commandLine, type Flags } from '../flags.ts';
import { type Io, say, sayJson } from '../io.ts';
import { approvalText, headline, targetLines } from '../show/status.ts';
import { facts } from '../show/table.ts';
import { UsageError } from '../usage-error.ts';
import { unplanned } from '../watch.ts';

/** Between the two readings that a rate takes. */
const READING_GAP_MS = 2_000;
const MOVING: readonly string[] = ['Count shard', 'Erase shard', 'Finalise shard'] satisfies RunStatus['phase'][];

/** @throws UsageError, NoDeployment */
export async function status(runId: string, flags: Flags, io: Io): Promise<number> {
  checkRunId(runId);
  const connection = await connect(flags, io);
  try {
    const found = await readStatus(runId, connection, io);
    if (flags.json) sayJson(io, found);
    else say(io, lines(found, flags));
    return EXIT.held;
  } finally {
    connection.close();
  }
}

async function readStatus(runId: string, connection: Connection, { clock }: Io): Promise<RunStatus> {
  const first = await requireRun(runId, connection, clock.nowMs());
  if (!MOVING.includes(first.phase)) return first;
  await clock.sleep(READING_GAP_MS);
  return requireRun(runId, connection, clock.nowMs());
}

/** @throws UsageError where there is no such run */
export async function requireRun(
  runId: string,
  { statuses, executions, deployment }: Connection,
  nowMs: number,
): Promise<RunStatus> {
  const written = await statuses.read(runId, nowMs);
  if (written) return written;
  const execution = await executions.find(executionArnIn(deployment.stateMachineArn, runId));
  if (execution?.status === 'RUNNING') return unplanned(runId);
  if (execution) return { ...unplanned(runId), phase: 'Ended', outcome: endedOf(execution).outcome };
  throw new UsageError({
    what: `There is no run ${runId} in this deployment.`,
    received: runId,
    allowed: 'the run id that `lethe start` printed, which is the name of the execution',
    next: 'Check the run id, --region and --stack.',
  });
}

/** @throws UsageError */
export function checkRunId(runId: string): void {
  if (RUN_ID.test(runId)) return;
  throw new UsageError({
    what: 'This is no run id.',
    received: runId,
    allowed: '1 to 80 of A-Z a-z 0-9 _ -',
    next: 'Give the run id that `lethe start` printed.',
  });
}

function lines(found: RunStatus, flags: Flags): string[] {
  const { runId, phase, approval, targets } = found;
  const isWaiting = phase === 'Wait for approval';
  return [
    ...facts([
      ['Run', runId],
      ['Phase', headline(found)],
      ['Approval', approval === null || isWaiting ? null : approvalText(approval)],
      ['Report', phase === 'Ended' ? commandLine(`report ${runId}`, flags) : null],
    ]),
    ...(targets.length === 0 ? [] : ['', ...targetLines(found)]),
  ];
}
