// Seals the plan: everything protected, everything counted, within its limits; plan.json and its digest, once.
import type { Clock } from '../../adapters/clock.ts';
import type { Aborts } from '../../adapters/control-table/aborts.ts';
import type { Pools } from '../../adapters/control-table/pools.ts';
import type { Protections } from '../../adapters/control-table/protections.ts';
import type { Runs } from '../../adapters/control-table/runs.ts';
import type { Shards } from '../../adapters/control-table/shards.ts';
import { JSON_TYPE, type Objects } from '../../adapters/objects.ts';
import { mismatch, readTargets } from '../../adapters/run-files.ts';
import { graceSeconds } from '../../contracts/approval.ts';
import { Fault } from '../../contracts/errors.ts';
import { runEvent, type SealedPlan } from '../../contracts/events.ts';
import { planKey } from '../../contracts/files.ts';
import { type Plan, plan as planSchema, type RecoveryPoint, type TargetList } from '../../contracts/plan.ts';
import { canonicalJson, planDigestOf } from '../../core/evidence/digest.ts';
import { type CountedShard, tally } from '../../core/planning/count-targets.ts';
import { findsNothing, sealPlan, settleSeconds } from '../../core/planning/seal.ts';

export interface SealPlanDependencies {
  readonly clock: Clock;
  readonly runs: Runs;
  readonly aborts: Aborts;
  readonly shards: Shards;
  readonly pools: Pools;
  readonly protections: Protections;
  readonly work: Objects;
}

/**
 * Repeatable: plan.json is written once, and what stands is the plan; pools and status are set on condition.
 * @throws Refusal LimitExceeded; Fault ProtectionFailed, CountIncomplete
 */
export function makeSealPlan(deps: SealPlanDependencies) {
  return async (event: unknown): Promise<SealedPlan> => {
    const { runId } = runEvent.parse(event);
    const { clock, runs, aborts, shards, work } = deps;
    const run = await runs.get(runId);
    if (!run) throw new TypeError(`there is no run ${runId}`);
    await runs.beginPhase(runId, 'Seal plan', clock.nowIso());
    // Not everything may be protected and counted then, and nothing has to be.
    if (await aborts.get(runId)) return abandoned();
    const list = await readTargets(work, run);
    const recoveryPoints = list.mode === 'execute' ? await requireProtection(list, deps.protections) : new Map();
    const counted = await shards.list(runId, 'Count', 1, list.shards.count);
    requireCounts(list, counted);
    const { plan, versionId } = await writePlan(list, { shards: counted, recoveryPoints }, deps);
    for (const { id, pool } of plan.targets) if (pool > 0) await deps.pools.create(runId, id, pool);
    const { planDigest, expiresAt } = plan;
    const isSealed = await runs.seal(runId, { planDigest, planVersionId: versionId, expiresAt });
    if (!isSealed) throw mismatch('plan.json', runId, planDigest);
    await runs.endPhase(runId, 'Seal plan', clock.nowIso());
    const { required, expiresAfterSeconds } = list.approval;
    const timeoutSeconds = expiresAfterSeconds + graceSeconds(expiresAfterSeconds);
    const sealed = { planDigest, timeoutSeconds, settleSeconds: settleSeconds(plan) };
    if (list.mode !== 'execute') return { ...sealed, next: 'report' };
    if (findsNothing(plan)) {
      await runs.judge(runId, 'nothing-found', clock.nowIso());
      return { ...sealed, next: 'report' };
    }
    return { ...sealed, next: required === 0 ? 'check' : 'approve' };

    async function abandoned(): Promise<SealedPlan> {
      await runs.judge(runId, 'aborted', clock.nowIso());
      return { planDigest: null, timeoutSeconds: 0, settleSeconds: 0, next: 'report' };
    }
  };
}

async function writePlan(
  list: TargetList,
  counted: Parameters<typeof sealPlan>[1],
  { clock, work }: SealPlanDependencies,
): Promise<{ plan: Plan; versionId: string }> {
  const body = sealPlan(list, counted, clock.nowMs());
  const plan: Plan = planSchema.parse({ ...body, planDigest: planDigestOf(body) });
  const written = await work.writeOnce(planKey(list.runId), canonicalJson(plan), JSON_TYPE);
  if (!('standing' in written)) return { plan, versionId: written.versionId };
  const standing = planSchema.parse(JSON.parse(written.standing.body));
  const isOwn = standing.executionArn === list.executionArn && standing.startedAt === list.startedAt;
  if (!isOwn || planDigestOf(standing) !== standing.planDigest)
    throw mismatch('plan.json', list.runId, plan.planDigest);
  return { plan: standing, versionId: written.standing.versionId };
}

async function requireProtection(list: TargetList, protections: Protections): Promise<Map<string, RecoveryPoint>> {
  const records = await protections.list(list.runId);
  const points = new Map<string, RecoveryPoint>();
  for (const { id, purpose, state } of list.targets) {
    if (purpose !== 'erase' || state !== 'planned') continue;
    const record = records.find(({ target }) => target === id);
    if (record?.protect?.readyAtMs == null || !record.recoveryPoint) {
      throw new Fault('Lethe.ProtectionFailed', {
        what: `There is no recovery point for ${id}: ${record?.protect?.failure ?? 'protecting it did not finish'}.`,
        received: id,
        allowed: 'a recovery point for every target',
        next: 'Nothing was erased. Mend the cause and start a new execution.',
      });
    }
    points.set(id, record.recoveryPoint);
  }
  return points;
}

/** A shard without a finished count is not zero items. */
function requireCounts(list: TargetList, shards: readonly CountedShard[]): void {
  const incomplete = list.targets.filter((target) => target.state === 'planned' && !tally(target, shards).isComplete);
  if (incomplete.length === 0) return;
  throw new Fault('Lethe.CountIncomplete', {
    what: 'Not every shard was counted to its end.',
    received: incomplete.map(({ id }) => id).join(', '),
    allowed: 'a count for every shard',
    next: 'Nothing was erased. See the failed children of the map run Count, then start a new execution.',
  });
}
