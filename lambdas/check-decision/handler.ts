// The gate: proves the decision from the tables, and later, with recovery confirmed, opens erasing. Nothing else does.
import type { Clock } from '../../adapters/clock.ts';
import type { Aborts } from '../../adapters/control-table/aborts.ts';
import type { Approvals } from '../../adapters/control-table/approvals.ts';
import type { Protections } from '../../adapters/control-table/protections.ts';
import type { Runs } from '../../adapters/control-table/runs.ts';
import type { Delivery } from '../../adapters/delivery.ts';
import type { Objects } from '../../adapters/objects.ts';
import { readPlan } from '../../adapters/run-files.ts';
import { Fault } from '../../contracts/errors.ts';
import { type About, type CheckedDecision, checkDecisionEvent } from '../../contracts/events.ts';
import type { Plan } from '../../contracts/plan.ts';
import { proveDecision } from '../../core/approval/prove.ts';

export interface CheckDecisionDependencies {
  readonly clock: Clock;
  readonly runs: Runs;
  readonly aborts: Aborts;
  readonly approvals: Approvals;
  readonly protections: Protections;
  readonly work: Objects;
  /** To tell-outcome. */
  readonly telling: Delivery;
  readonly catalogSha256: string;
}

/**
 * Repeatable: each step forward is a conditional write, and taking it twice is the same as once.
 * Ignores whatever the callback carried, so a task token from the execution's history approves nothing.
 * @throws Fault DecisionNotProven, ProtectionFailed
 */
export function makeCheckDecision(deps: CheckDecisionDependencies) {
  return async (event: unknown): Promise<CheckedDecision> => {
    const { runId, step } = checkDecisionEvent.parse(event);
    const { clock, runs, approvals, aborts } = deps;
    const run = await runs.get(runId);
    if (!run) throw new TypeError(`there is no run ${runId}`);
    await runs.endPhase(runId, 'Wait for approval', clock.nowIso());
    const plan = await readPlan(deps.work, run);
    const proven = proveDecision({
      plan,
      approval: await approvals.get(runId),
      isAborted: (await aborts.get(runId)) !== undefined,
      catalogSha256: deps.catalogSha256,
      nowMs: clock.nowMs(),
      checksExpiry: step === 'decide',
    });
    if (proven === 'unproven') throw notProven(runId, 'no decision that counts is recorded');
    if (proven !== 'approved') {
      await runs.judge(runId, proven, clock.nowIso());
      return { next: 'report' };
    }
    if (step === 'decide') {
      if (!(await runs.approve(runId, plan.planDigest, clock.nowIso())))
        throw notProven(runId, 'the run is not sealed');
      if (plan.approval.required > 0) await deps.telling.request(runId, { about: 'approval' satisfies About });
      return { next: 'confirm' };
    }
    const closedPools = await requireConfirmed(plan, deps.protections);
    const isOpen = await runs.open(runId, plan.planDigest, clock.nowIso(), closedPools);
    if (!isOpen) throw notProven(runId, 'the run was not approved before');
    return { next: 'erase' };
  };
}

/** @returns targets without a drift pool, because their recovery point is a backup of one moment */
async function requireConfirmed(plan: Plan, protections: Protections): Promise<string[]> {
  const records = await protections.list(plan.runId);
  const erased = plan.targets.filter(({ purpose, state }) => purpose === 'erase' && state === 'planned');
  return erased.flatMap(({ id }) => {
    const record = records.find(({ target }) => target === id);
    if (record?.confirm?.readyAtMs == null || !record.recoveryPoint) {
      throw new Fault('Lethe.ProtectionFailed', {
        what: `The recovery point of ${id} was not confirmed: ${record?.confirm?.failure ?? 'confirming it did not finish'}.`,
        received: id,
        allowed: 'a confirmed recovery point for every target',
        next: 'Nothing was erased. Mend the cause and start a new execution.',
      });
    }
    return record.hasLateBackup ? [id] : [];
  });
}

function notProven(runId: string, why: string): Fault {
  return new Fault('Lethe.DecisionNotProven', {
    what: `Run ${runId} was woken, but ${why}.`,
    received: runId,
    allowed: 'decisions of distinct approvers for this plan, in time',
    next: 'Nothing was erased. Find out who sent the callback, then start a new execution.',
  });
}
