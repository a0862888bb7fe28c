// Runs one case on a deployment of its catalog, from empty stores to the judgement of its last run.
import { Deployment } from './deployment.ts';
import type { Case } from './model.ts';
import { judge } from './oracle/judge.ts';
import { type Observed, reportOf } from './oracle/observed.ts';
import { perform } from './perform.ts';
import { clear, fill, makeVersionedBuckets, readStores } from './stores.ts';
import { World } from './world.ts';

export interface CaseResult {
  readonly seed: number;
  readonly problems: readonly string[];
  /** Of each run that was made. */
  readonly outcomes: readonly string[];
  /** What happened in it, by name: the suite shows that it tests what it means to. */
  readonly happened: Readonly<Record<string, number>>;
  readonly seconds: number;
}

/** What a failing case leaves to look at. */
export interface Witness {
  readonly problems: readonly string[];
  readonly observed: Observed;
}

export async function openFor(one: Case, bundles: string): Promise<Deployment> {
  const deployment = await Deployment.open(one.catalog, bundles);
  await makeVersionedBuckets(deployment, one.shapes);
  return deployment;
}

export async function runCase(
  deployment: Deployment,
  one: Case,
  witness: (witness: Witness) => Promise<void>,
): Promise<CaseResult> {
  const startedMs = performance.now();
  const world = new World(one.shapes);
  await clear(deployment, one.shapes);
  await fill(deployment, one.shapes, one.seeded, world);
  deployment.injectFaults(one.faults);
  const outcomes: string[] = [];
  const happened: Record<string, number> = {};
  const injected = deployment.local.faultCounts();
  let cooldownUntil: string | null = null;
  let problems: string[] = [];
  for (const [at, run] of one.runs.entries()) {
    if (at > 0) world.startFrom(await readStores(deployment, one.shapes));
    const observed = await perform(deployment, one, run, `case-${one.seed}-${at}-${++runs}`, world);
    const report = reportOf(observed);
    outcomes.push(report?.outcome ?? 'none');
    for (const total of COUNTED) count(happened, total, report?.totals[total]);
    for (const { unacknowledged } of report?.targets ?? []) count(happened, 'unacknowledged', unacknowledged);
    count(happened, 'written by others', world.intruded);
    problems = judge(observed, { cooldownUntil }).map((problem) => `run ${at + 1}: ${problem}`);
    if (problems.length > 0) await witness({ problems, observed });
    if (problems.length > 0) break;
    cooldownUntil = report?.cooldownUntil ?? cooldownUntil;
  }
  for (const [effect, total] of Object.entries(deployment.local.faultCounts())) {
    count(happened, `fault ${effect}`, total - (injected[effect] ?? 0));
  }
  return { seed: one.seed, problems, outcomes, happened, seconds: (performance.now() - startedMs) / 1_000 };
}

/** Names of executions are used once in a deployment, and a case may be run again in one. */
let runs = 0;

const COUNTED = ['erased', 'changed', 'failed', 'remaining'] as const;

function count(happened: Record<string, number>, what: string, more = 0): void {
  if (more > 0) happened[what] = (happened[what] ?? 0) + more;
}
