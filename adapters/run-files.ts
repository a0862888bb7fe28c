// Reads targets.json and plan.json of a run as they were pinned: by version, and by digest.
import { Fault } from '../contracts/errors.ts';
import { planKey, targetsKey } from '../contracts/files.ts';
import { type Plan, type PlanBody, plan, type TargetList, targetList } from '../contracts/plan.ts';
import { planDigestOf, sha256Hex } from '../core/evidence/digest.ts';
import { sealPlan } from '../core/planning/seal.ts';
import type { RunRecord } from './control-table/runs.ts';
import type { Objects } from './objects.ts';

/** @throws Fault PlanMismatch when the bytes are not those the run was planned with */
export async function readTargets(work: Objects, run: RunRecord): Promise<TargetList> {
  const file = await work.read(targetsKey(run.runId), run.targetsVersionId);
  if (!file || sha256Hex(file.body) !== run.targetsSha256) {
    throw mismatch('targets.json', run.runId, run.targetsSha256 ?? null);
  }
  return targetList.parse(JSON.parse(file.body));
}

/** @throws Fault PlanMismatch when the plan is not the sealed one, or that of another run */
export async function readPlan(work: Objects, run: RunRecord): Promise<Plan> {
  const file = run.planDigest === undefined ? undefined : await work.read(planKey(run.runId), run.planVersionId);
  const read = file && parsePlan(file.body);
  const isSealed = read?.planDigest === run.planDigest && read?.runId === run.runId;
  if (!read || !isSealed || planDigestOf(read) !== run.planDigest) {
    throw mismatch('plan.json', run.runId, run.planDigest ?? null);
  }
  return read;
}

/** @returns undefined: these bytes are no plan */
function parsePlan(body: string): Plan | undefined {
  try {
    return plan.safeParse(JSON.parse(body)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * The plan as far as the run came: sealed, planned but not counted, or null where the run was refused before.
 * The status tells nothing of it: a run that was refused is closed without ever having been planned.
 * @throws Fault PlanMismatch
 */
export async function readPlanSoFar(work: Objects, run: RunRecord): Promise<PlanBody | null> {
  if (run.targetsSha256 === undefined) return null;
  if (run.planDigest === undefined) {
    return sealPlan(await readTargets(work, run), { shards: [], recoveryPoints: new Map() }, null);
  }
  const { planDigest: _, ...body } = await readPlan(work, run);
  return body;
}

export function mismatch(file: string, runId: string, expected: string | null): Fault {
  return new Fault('Lethe.PlanMismatch', {
    what: `${file} of run ${runId} is not the one the run was sealed with.`,
    received: file,
    allowed: expected,
    next: 'Nothing is erased by it; find out who wrote the file, then start a new execution.',
  });
}
