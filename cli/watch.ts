// Watches a run until its execution has ended.
import type { Execution } from '../adapters/executions.ts';
import type { RunStatus } from '../adapters/run-status.ts';
import type { Connection } from './connect.ts';
import type { Io } from './io.ts';
import type { Progress } from './progress.ts';

/** Looks grow rarer the longer it takes: a thirtieth of the time passed, within these. */
const LOOK_MIN_MS = 500;
const LOOK_MAX_MS = 5_000;
const LOOK_SHARE = 1 / 30;
/** Looks that may fail one after the other: the network of a laptop comes and goes, the run does not care. */
const MAX_FAILURES = 10;

/** @throws whatever the last of too many looks in a row failed with */
export async function watch(
  run: { readonly runId: string; readonly executionArn: string },
  { executions, statuses }: Pick<Connection, 'executions' | 'statuses'>,
  progress: Progress,
  { clock }: Io,
): Promise<Execution> {
  const startedMs = clock.nowMs();
  let told = '';
  for (let failures = 0; ; ) {
    try {
      const execution = await executions.find(run.executionArn);
      if (!execution) throw new Error('Step Functions does not know it');
      // What the control table cannot tell is no reason to stop watching the execution.
      failures = 0;
      if (execution.status !== 'RUNNING') return execution;
      progress.show((await statuses.read(run.runId, clock.nowMs())) ?? unplanned(run.runId));
      told = '';
    } catch (error) {
      failures++;
      if (failures >= MAX_FAILURES) throw error;
      const why = error instanceof Error ? error.message : String(error);
      if (why !== told) progress.tell([`Could not look at the run (${why}); it goes on.`]);
      told = why;
    }
    const passedMs = clock.nowMs() - startedMs;
    await clock.sleep(Math.min(LOOK_MAX_MS, Math.max(LOOK_MIN_MS, passedMs * LOOK_SHARE)));
  }
}

/** A run so young that nothing is written of it. */
export function unplanned(runId: string): RunStatus {
  return {
    runId,
    phase: 'Plan run',
    outcome: null,
    approval: null,
    targets: [],
    itemsPerSecond: null,
    secondsLeft: null,
  };
}
