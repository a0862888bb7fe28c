// `lethe abort RUN`: stops a run at its next batch, and returns when nothing of it deletes any more.
import { executionArnIn } from '../../adapters/executions.ts';
import type { RunStatus } from '../../adapters/run-status.ts';
import { type Connection, connect } from '../connect.ts';
import { EXIT, exitCodeOf } from '../exit-code.ts';
import { commandLine, type Flags } from '../flags.ts';
import { type Io, note, say, sayJson } from '../io.ts';
import { Progress } from '../progress.ts';
import { BY_MAX, REASON_MAX, requireLine } from '../require-line.ts';
import { targetLines } from '../show/status.ts';
import { facts } from '../show/table.ts';
import { UsageError } from '../usage-error.ts';
import { watch } from '../watch.ts';
import { checkRunId, requireRun } from './status.ts';

export interface AbortFlags extends Flags {
  readonly by?: string;
  readonly reason?: string;
}

const WHO_AND_WHY = 'Say who aborts and why; both stand in the evidence.';
/** Between two looks at a run that is closed from outside, after its execution has ended. */
const CLOSING_LOOK_MS = 2_000;

/** @throws UsageError for a run that does not exist or has ended; NoDeployment */
export async function abort(runId: string, flags: AbortFlags, io: Io): Promise<number> {
  checkRunId(runId);
  const by = requireLine('--by', flags.by, BY_MAX, WHO_AND_WHY);
  const reason = requireLine('--reason', flags.reason, REASON_MAX, WHO_AND_WHY);
  const connection = await connect(flags, io);
  try {
    const found = await requireRun(runId, connection, io.clock.nowMs());
    if (found.phase === 'Ended') throw hasEnded(found, flags);
    const standing = await connection.aborts.request(runId, { why: 'asked', by, reason, at: io.clock.nowIso() });
    await wake(runId, connection);
    io.interrupted.addEventListener('abort', () => {
      note(io, ['', `The run is stopping without this command; see \`${commandLine(`status ${runId}`, flags)}\`.`]);
    });
    const progress = new Progress(io);
    progress.tell([`Stopping run ${runId}: ${standing.by}, ${standing.at}.`]);
    const ended = await untilStopped(runId, connection, progress, io);
    progress.end();
    if (flags.json) sayJson(io, { runId, outcome: ended.outcome, abort: standing, targets: ended.targets });
    else say(io, stoppedLines(ended, flags));
    return ended.outcome === null ? EXIT.failed : exitCodeOf(ended.outcome);
  } finally {
    connection.close();
  }
}

/** A task that waits for an approval is answered at once; what it goes on to finds the flag. */
async function wake(runId: string, { approvals, callback }: Connection): Promise<void> {
  const taskToken = await approvals.taskToken(runId);
  if (taskToken !== undefined) await callback.wake(taskToken);
}

/** The report is written when no shard is in flight any more, and closes the run. */
async function untilStopped(runId: string, connection: Connection, progress: Progress, io: Io): Promise<RunStatus> {
  await watch(
    { runId, executionArn: executionArnIn(connection.deployment.stateMachineArn, runId) },
    connection,
    progress,
    io,
  );
  for (;;) {
    const found = await requireRun(runId, connection, io.clock.nowMs());
    if (found.phase === 'Ended') return found;
    progress.show(found);
    await io.clock.sleep(CLOSING_LOOK_MS);
  }
}

function stoppedLines(ended: RunStatus, flags: Flags): string[] {
  const { runId, outcome, targets } = ended;
  return [
    ...facts([
      ['Run', runId],
      ['Outcome', outcome],
      ['Report', commandLine(`report ${runId}`, flags)],
    ]),
    ...(targets.length === 0 ? [] : ['', ...targetLines(ended)]),
  ];
}

function hasEnded({ runId, outcome }: RunStatus, flags: Flags): UsageError {
  return new UsageError({
    what: `Run ${runId} has ended: ${outcome ?? 'its outcome is unknown'}.`,
    received: runId,
    allowed: 'a run that has not ended',
    next: `See \`${commandLine(`report ${runId}`, flags)}\`.`,
  });
}
