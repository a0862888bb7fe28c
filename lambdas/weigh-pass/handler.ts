// Weighs what a verification found: another pass, finalising, or the report.
import type { Aborts } from '../../adapters/control-table/aborts.ts';
import type { Runs } from '../../adapters/control-table/runs.ts';
import type { Shards } from '../../adapters/control-table/shards.ts';
import type { Objects } from '../../adapters/objects.ts';
import { readPlan } from '../../adapters/run-files.ts';
import { MAX_PASSES, type WeighedPass, weighPassEvent } from '../../contracts/events.ts';
import { tally } from '../../core/planning/count-targets.ts';

export interface WeighPassDependencies {
  readonly runs: Runs;
  readonly aborts: Aborts;
  readonly shards: Shards;
  readonly work: Objects;
}

/** Repeatable: it only reads, and says the same of the same pass. */
export function makeWeighPass({ runs, aborts, shards, work }: WeighPassDependencies) {
  return async (event: unknown): Promise<WeighedPass> => {
    const { runId, pass } = weighPassEvent.parse(event);
    const run = await runs.get(runId);
    if (!run) throw new TypeError(`there is no run ${runId}`);
    if (await aborts.get(runId)) return { next: 'report', pass };
    const plan = await readPlan(work, run);
    const verified = await shards.list(runId, 'Verify', pass, plan.shards.count);
    const hidden = plan.targets.filter(({ operations }) => operations.includes('erase'));
    const isClean = hidden.every((target) => {
      const { counts, isComplete } = tally(target, verified);
      return target.state !== 'planned' || (isComplete && counts.items === 0);
    });
    if (!isClean && pass < MAX_PASSES) return { next: 'erase', pass: pass + 1 };
    const finalises = plan.targets.some(
      ({ operations, state }) => state === 'planned' && operations.includes('finalise'),
    );
    // While anything is left, the recovery points stay.
    return { next: isClean && finalises ? 'finalise' : 'report', pass };
  };
}
