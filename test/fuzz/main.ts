// `npm run fuzz`: random cases, each made from its seed, on the embedded AWS, judged by laws that know nothing of Lethe's insides.
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError } from 'commander';
import { wholeNumber } from '../../local/arguments.ts';
import { bundleLethe } from '../../local/start.ts';
import { catalogSeed } from './make/case.ts';
import type { CaseResult } from './run-case.ts';
import type { Assignment, Message } from './worker.ts';

interface Flags {
  readonly cases: number;
  readonly seed: number;
  readonly dump?: string;
  readonly jobs: number;
  readonly json?: true;
}

/** The last line with `--json`. */
interface Summary {
  readonly suite: 'fuzz';
  readonly engine: 'embedded';
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly notSelected: number;
  readonly seconds: number;
  readonly failingSeeds: readonly number[];
}

const USAGE = 2;
const MAX_SEED = 2 ** 31 - 1;
/** More refusals than that, and the suite tests refusals instead of erasing. */
const MAX_REFUSED_SHARE = 0.1;
const MANY_CASES = 100;
/** Problems of one case; the dump has all. */
const MAX_SHOWN = 12;
const WORKER = fileURLToPath(new URL('./worker.ts', import.meta.url));
const NODE_FLAGS = ['--max-semi-space-size=16', '--heap-growing-percent=40'];

export async function main(argv: readonly string[]): Promise<void> {
  const flags = parse(argv);
  const startedMs = performance.now();
  const bundles = await mkdtemp(join(tmpdir(), 'lethe-fuzz-bundles-'));
  try {
    await bundleLethe(bundles);
    const results = await runAll(flags, bundles);
    const summary = summarize(results, flags, (performance.now() - startedMs) / 1_000);
    if (flags.json) console.log(JSON.stringify(summary));
    process.exitCode = summary.failed === 0 && summary.skipped === 0 && summary.passed > 0 ? 0 : 1;
  } finally {
    await rm(bundles, { recursive: true, force: true });
  }
}

function parse(argv: readonly string[]): Flags {
  const command = new Command('npm run fuzz --')
    .description(
      'Runs random cases on the embedded AWS. A case is a function of its seed: --cases 1 --seed N runs it again.',
    )
    .option('--cases <n>', 'how many, with seeds that follow each other', wholeNumber(1, 1_000_000), 200)
    .option('--seed <n>', 'of the first case', wholeNumber(0, MAX_SEED), 1)
    .option('--dump <folder>', 'leave catalog, requests, data, faults and evidence of every failing case there')
    .option('--jobs <n>', 'processes side by side', wholeNumber(1, 64), availableParallelism())
    .option('--json', 'print a summary as the last line')
    .allowExcessArguments(false)
    .showHelpAfterError('Run with --help to see what is allowed.')
    .exitOverride();
  try {
    return command.parse(argv).opts<Flags>();
  } catch (error) {
    if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : USAGE);
    throw error;
  }
}

/** Seeds with one catalog go to one process. */
async function runAll({ cases, seed, dump, jobs }: Flags, bundles: string): Promise<CaseResult[]> {
  const seeds = Array.from({ length: cases }, (_, n) => seed + n);
  const groups = [...Map.groupBy(seeds, catalogSeed).values()];
  const folder = dump === undefined ? null : resolve(dump);
  const results: CaseResult[] = [];
  const tell = (result: CaseResult) => {
    results.push(result);
    show(result, results.length, cases);
  };
  const work = async () => {
    for (let group = groups.shift(); group; group = groups.shift()) {
      await runGroup({ seeds: group, bundles, dump: folder }, tell);
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  return results;
}

/** In a process of its own, which nothing that a case did outlives. */
async function runGroup(assignment: Assignment, tell: (result: CaseResult) => void): Promise<void> {
  const child = fork(WORKER, { execArgv: NODE_FLAGS });
  const open = new Set(assignment.seeds);
  await new Promise<void>((resolve) => {
    child.on('message', (message: Message) => {
      if ('isIdle' in message) return end(child);
      open.delete(message.result.seed);
      tell(message.result);
    });
    child.once('exit', () => resolve());
    child.send(assignment);
  });
  for (const seed of open)
    tell({ seed, problems: ['the process of the case died'], outcomes: [], happened: {}, seconds: 0 });
}

function end(child: ChildProcess): void {
  if (child.connected) child.disconnect();
}

function show({ seed, problems, outcomes, seconds }: CaseResult, done: number, cases: number): void {
  const ending = `${outcomes.join(', ')}; ${seconds.toFixed(2)} s`;
  const verdict = problems.length === 0 ? 'holds' : 'FAILS';
  const lines = [`${done}/${cases} case ${seed} ${verdict}: ${ending}`, ...problems.slice(0, MAX_SHOWN)];
  console.error(lines.join('\n    '));
}

/** A suite that erases nothing, or meets no fault, proves nothing: here it is seen. */
function showWhatHappened(results: readonly CaseResult[], seconds: number): void {
  const outcomes = Map.groupBy(
    results.flatMap((result) => result.outcomes),
    (outcome) => outcome,
  );
  const runs = [...outcomes].map(([outcome, all]) => `${outcome} ${all.length}`).sort();
  const sums = new Map<string, { total: number; cases: number }>();
  for (const [what, total] of results.flatMap(({ happened }) => Object.entries(happened))) {
    const sum = sums.get(what) ?? { total: 0, cases: 0 };
    sums.set(what, { total: sum.total + total, cases: sum.cases + 1 });
  }
  const lines = [...sums].map(([what, { total, cases }]) => `${what}: ${total} in ${cases} cases`).sort();
  console.error(`${results.length} cases in ${seconds.toFixed(1)} s; runs: ${runs.join(', ')}`);
  console.error(lines.join('; '));
}

function summarize(results: readonly CaseResult[], { cases }: Flags, seconds: number): Summary {
  const failing = results.filter(({ problems }) => problems.length > 0).map(({ seed }) => seed);
  const refused = results.filter(({ outcomes }) => outcomes[0] === 'refused').length;
  showWhatHappened(results, seconds);
  const isVain = cases >= MANY_CASES && refused > cases * MAX_REFUSED_SHARE * 2;
  if (isVain) console.error(`${refused} of ${cases} cases were refused: too many`);
  return {
    suite: 'fuzz',
    engine: 'embedded',
    passed: results.length - failing.length,
    failed: failing.length + (isVain ? 1 : 0),
    skipped: cases - results.length,
    notSelected: 0,
    seconds: Math.round(seconds * 100) / 100,
    failingSeeds: failing.sort((a, b) => a - b),
  };
}
