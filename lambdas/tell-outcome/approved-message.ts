// The mail that says that enough approved and erasing begins: the last moment to stop it.
import type { Message } from '../../adapters/mail.ts';
import type { ApprovalState } from '../../contracts/approval.ts';
import type { Plan } from '../../contracts/plan.ts';
import { showScope } from '../../core/request/scope.ts';
import { showBytes, showCounted, showDuration, showInstant } from '../../core/text.ts';
import { planMail } from './plan-mail.ts';

export function approvedMessage(plan: Plan, { decisions }: ApprovalState, to: string): Message {
  return planMail(plan, to, {
    title: `Approved, erasing begins: ${showScope(plan.scope)} from ${plan.catalog.environment}`,
    facts: [
      ['Approved', decisions.map(({ by, at }) => `by ${by} at ${showInstant(at)}`).join('; ')],
      ['Erases', `${showCounted(plan.totals.items, 'item')}, ${showBytes(plan.totals.bytes)}`],
      ['Takes about', showDuration(plan.estimatedSeconds)],
      ['Stop it', `lethe abort ${plan.runId} --by YOU --reason WHY`],
    ],
    after: 'Another mail tells how it ended.',
  });
}
