// `lethe start`: starts a run from a request, and with --wait follows it to its end.
import { readFile } from 'node:fs/promises';
import { Refusal } from '../../contracts/errors.ts';
import { checkExecutionName, readRequest } from '../../core/request/read-request.ts';
import { showCount, showCounted } from '../../core/text.ts';
import { type Connection, connect } from '../connect.ts';
import { type Ended, endedOf } from '../ending.ts';
import { EXIT, exitCodeOf } from '../exit-code.ts';
import { commandLine, type Flags } from '../flags.ts';
import { type Io, note, say, sayJson } from '../io.ts';
import { Progress } from '../progress.ts';
import { RANDOM_DIGITS, runName } from '../run-name.ts';
import { explanationLines } from '../show/explanation.ts';
import { facts } from '../show/table.ts';
import { UsageError, unreadable } from '../usage-error.ts';
import { watch } from '../watch.ts';

export interface StartFlags extends Flags {
  readonly request?: string;
  readonly name?: string;
  readonly wait?: boolean;
}

interface Started {
  readonly runId: string;
  readonly executionArn: string;
}

/** @throws UsageError; Refusal where the request would be refused anyway, before anything is called; NoDeployment */
export async function start(flags: StartFlags, io: Io): Promise<number> {
  const input = await readInput(flags.request, io);
  const request = readRequest(input);
  const runId = flags.name ?? runName(request, io.clock.nowMs(), io.random(RANDOM_DIGITS));
  checkExecutionName(runId);
  const connection = await connect(flags, io);
  try {
    const started = await startRun(runId, input, connection, flags, io);
    if (flags.wait) return await follow(started, connection, flags, io);
    if (flags.json) sayJson(io, started);
    else say(io, startedLines(started, flags));
    return EXIT.held;
  } finally {
    connection.close();
  }
}

async function startRun(
  runId: string,
  input: unknown,
  { executions, deployment }: Connection,
  flags: Flags,
  io: Io,
): Promise<Started> {
  let isStarted = false;
  io.interrupted.addEventListener('abort', () => {
    const what = isStarted ? 'The run goes on without this command' : `Run ${runId} may have been started`;
    note(io, ['', `${what}; see \`${commandLine(`status ${runId}`, flags)}\`.`]);
  });
  const executionArn = await executions.start(deployment.stateMachineArn, runId, input);
  if (executionArn === undefined) {
    throw new Refusal('Lethe.InvalidRequest', {
      what: 'Another execution has used this name before.',
      received: runId,
      allowed: 'a name that was never used',
      next: `Start under another name, or without a name; see \`${commandLine(`status ${runId}`, flags)}\`.`,
    });
  }
  isStarted = true;
  return { runId, executionArn };
}

async function follow(started: Started, connection: Connection, flags: Flags, io: Io): Promise<number> {
  const progress = new Progress(io);
  progress.tell(startedLines(started, flags));
  const execution = await watch(started, connection, progress, io);
  progress.end();
  const ended = endedOf(execution);
  const { outcome, ending, error } = ended;
  if (flags.json) sayJson(io, { planDigest: null, report: null, totals: null, ...ending, ...started, outcome, error });
  else say(io, endedLines(started, ended, flags));
  return exitCodeOf(outcome);
}

function startedLines({ runId, executionArn }: Started, flags: Flags): string[] {
  return facts([
    ['Run', runId],
    ['Execution', executionArn],
    ['Watch it with', commandLine(`status ${runId}`, flags)],
  ]);
}

function endedLines({ runId }: Started, { outcome, ending, error }: Ended, flags: Flags): string[] {
  const totals = ending?.totals;
  const lines = facts([
    ['Run', runId],
    ['Outcome', error === null ? outcome : `${outcome} (${error.name})`],
    ['Planned', totals ? showCounted(totals.planned, 'item') : null],
    ['Erased', totals && totals.seen > 0 ? `${showCount(totals.erased)}; ${restOf(totals)}` : null],
    ['Plan digest', ending?.planDigest ?? null],
    ['Report', ending?.report ?? null],
  ]);
  const why = error?.what === undefined ? [] : [error.what, ...explanationLines(error)];
  return [...lines, ...why, `Read it with \`${commandLine(`report ${runId}`, flags)}\`.`];
}

function restOf({ changed, failed, remaining }: { changed: number; failed: number; remaining: number }): string {
  return `${showCount(changed)} changed, ${showCount(failed)} failed, ${showCount(remaining)} left`;
}

/** @throws UsageError */
async function readInput(file: string | undefined, io: Io): Promise<unknown> {
  if (file === undefined) {
    throw new UsageError({
      what: 'No request is given.',
      received: null,
      allowed: '--request with a file in JSON, or - for stdin',
      next: 'Run `lethe start --help`.',
    });
  }
  const isStdin = file === '-';
  const text = await (isStdin ? io.readInput() : readFile(file, 'utf8')).catch((error: Error) => {
    throw unreadable('The request', file, error);
  });
  try {
    return JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(
      {
        what: `The request is no JSON: ${why}.`,
        received: isStdin ? 'stdin' : file,
        allowed: 'a JSON object such as {"scope": {"tenant": "acme"}}',
        next: 'Correct it and start again; nothing was called.',
      },
      { cause: error },
    );
  }
}
