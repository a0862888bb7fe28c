// Asks for a decision: keeps the task's token, and mails each eligible approver a link of his own.
import type { Clock } from '../../adapters/clock.ts';
import type { Aborts } from '../../adapters/control-table/aborts.ts';
import type { Approvals } from '../../adapters/control-table/approvals.ts';
import type { Runs } from '../../adapters/control-table/runs.ts';
import type { Delivery } from '../../adapters/delivery.ts';
import type { Mail } from '../../adapters/mail.ts';
import type { Objects } from '../../adapters/objects.ts';
import type { Reminders } from '../../adapters/reminders.ts';
import { readPlan } from '../../adapters/run-files.ts';
import { requestApprovalEvent } from '../../contracts/events.ts';
import { isRevoked, settle } from '../../core/approval/decide.ts';
import { reminderTimes } from '../../core/approval/reminders.ts';
import { requireReachable } from '../../core/approval/subscribers.ts';
import { eligibleApprovers } from '../../core/request/guard.ts';
import { approvalMessage } from './approval-message.ts';

/** To ask somebody of a run that waits already. */
export interface AskingDependencies {
  readonly clock: Clock;
  readonly aborts: Aborts;
  readonly approvals: Approvals;
  readonly mail: Mail;
  readonly webUrl: string;
}

export interface RequestApprovalDependencies extends AskingDependencies {
  readonly runs: Runs;
  readonly work: Objects;
  readonly delivery: Delivery;
  readonly reminders: Reminders;
}

/** Repeatable: decisions that stand are kept, the newest token replaces the last; a repeated mail has a link of its own,
 * and nobody whose links were taken back gets another. */
export function makeRequestApproval(deps: RequestApprovalDependencies) {
  return async (event: unknown): Promise<Record<string, never>> => {
    const { runId, taskToken } = requestApprovalEvent.parse(event);
    const { clock, runs, approvals, mail } = deps;
    const run = await runs.get(runId);
    if (!run) throw new TypeError(`there is no run ${runId}`);
    const plan = await readPlan(deps.work, run);
    if (plan.expiresAt === null) throw new TypeError(`run ${runId} needs no approval`);
    await runs.beginPhase(runId, 'Wait for approval', clock.nowIso());
    const { planDigest, phrase, requestedBy, expiresAt } = plan;
    const approvers = eligibleApprovers(plan.approval.approvers, requestedBy);
    const { required } = plan.approval;
    const begun = { version: 0, runId, planDigest, phrase, requestedBy, approvers, required, expiresAt, decisions: [] };
    const state = await approvals.ask(begun, plan, taskToken);
    // Whoever aborts wakes the task whose token he finds; one that finds none is made up for here.
    if (settle(state) !== 'open' || (await deps.aborts.get(runId))) {
      await deps.delivery.request(runId);
      return {};
    }
    const asked = state.approvers.filter((person) => !isRevoked(state, person));
    const post = await mail.reach(asked);
    requireReachable(asked, post.people, required);
    for (const [at, time] of reminderTimes(clock.nowMs(), expiresAt).entries())
      await deps.reminders.schedule(runId, at + 1, time);
    for (const approver of post.people) {
      const link = await mailedLink(deps, runId, approver);
      await post.send(approvalMessage(plan, approver, link));
    }
    return {};
  };
}

/** A new link of one person, for one mail. */
export async function mailedLink(
  { approvals, clock, webUrl }: AskingDependencies,
  runId: string,
  approver: string,
): Promise<string> {
  const id = await approvals.createLink({ runId, approver, createdAt: clock.nowIso() });
  return `${webUrl.replace(/\/$/, '')}/a/${id}`;
}
