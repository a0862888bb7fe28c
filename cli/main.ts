// `lethe`: runs one command, explains what went wrong, and ends with the exit code that says how it went.

import { NoDeployment } from '../adapters/deployment.ts';
import { type Explanation, LetheError, Refusal } from '../contracts/errors.ts';
import { EXIT } from './exit-code.ts';
import { type Io, note, processIo, sayJson } from './io.ts';
import { runProgram } from './program.ts';
import { explanationLines } from './show/explanation.ts';
import { UsageError } from './usage-error.ts';

/** @param argv without the program and its script */
export async function main(argv: readonly string[]): Promise<void> {
  const io = processIo();
  process.exitCode = await run(argv, io);
  // Whatever is still under way would keep the process alive.
  if (io.interrupted.aborted) process.exit();
}

/** @returns the exit code */
export function run(argv: readonly string[], io: Io): Promise<number> {
  const interruption = new Promise<number>((resolve) => {
    io.interrupted.addEventListener('abort', () => resolve(EXIT.interrupted));
  });
  const command = runProgram(argv, io).catch((error: unknown) => explain(error, argv, io));
  return Promise.race([command, interruption]);
}

function explain(error: unknown, argv: readonly string[], io: Io): number {
  const name = error instanceof Error ? error.name : 'Error';
  const details = detailsOf(error);
  note(io, [`lethe: ${details.what} (${name})`, ...explanationLines(details).map((line) => `  ${line}`)]);
  if (isDefect(error)) note(io, error.stack?.split('\n') ?? []);
  if (argv.includes('--json')) {
    sayJson(io, { ok: false, outcome: error instanceof Refusal ? 'refused' : null, error: { name, ...details } });
  }
  const isUsage = error instanceof UsageError || error instanceof Refusal || error instanceof NoDeployment;
  return isUsage ? EXIT.usage : EXIT.failed;
}

function detailsOf(error: unknown): Partial<Explanation> & Pick<Explanation, 'what'> {
  if (error instanceof LetheError) return error.details;
  if (isDefect(error)) return { what: `This went wrong: ${error.message}`, next: 'Report it with these lines.' };
  return {
    what: `AWS answered: ${error instanceof Error ? error.message : String(error)}`,
    allowed: 'a call that AWS grants and carries out',
    next: 'Check the permissions of these credentials, then try again.',
  };
}

/** Neither ours nor an answer of AWS. */
function isDefect(error: unknown): error is Error {
  return error instanceof Error && !(error instanceof LetheError) && !('$metadata' in error);
}
