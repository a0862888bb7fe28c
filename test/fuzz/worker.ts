// One process of the fuzz suite: runs the cases it is sent, and says how each ended.
import { enableCompileCache } from 'node:module';
import type { Deployment } from './deployment.ts';
import { dumpCase } from './dump.ts';
import { makeCase } from './make/case.ts';
import { type CaseResult, openFor, runCase } from './run-case.ts';

/** What a worker is told: cases of one catalog, so that one deployment does for them. */
export interface Assignment {
  readonly seeds: readonly number[];
  readonly bundles: string;
  readonly dump: string | null;
}

export type Message = { readonly result: CaseResult } | { readonly isIdle: true };

enableCompileCache();
process.on('message', (assignment: Assignment) => {
  void work(assignment).then(() => send({ isIdle: true }));
});
process.on('disconnect', () => process.exit(0));

async function work({ seeds, bundles, dump }: Assignment): Promise<void> {
  let shared: Deployment | undefined;
  for (const seed of seeds) {
    const one = makeCase(seed);
    const deployment = one.isCatalogBroken ? await openFor(one, bundles) : (shared ?? (await openFor(one, bundles)));
    if (!one.isCatalogBroken) shared = deployment;
    const result = await runCase(deployment, one, async (witness) => {
      if (dump !== null) await dumpCase(dump, one, witness);
    }).catch((error: Error) => broken(seed, error));
    send({ result });
    if (!one.isCatalogBroken && result.problems.length === 0) continue;
    // What a failed case left under way must not reach the next one.
    await deployment.close();
    if (deployment === shared) shared = undefined;
  }
  await shared?.close();
}

function broken(seed: number, error: Error): CaseResult {
  return {
    seed,
    problems: [`the case itself failed: ${error.stack ?? error.message}`],
    outcomes: [],
    happened: {},
    seconds: 0,
  };
}

function send(message: Message): void {
  process.send?.(message);
}
