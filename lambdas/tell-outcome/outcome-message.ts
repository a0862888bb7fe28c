// The mail that says what came of a run. It has no link: what there was to decide is decided.
import type { Message } from '../../adapters/mail.ts';
import type { Plan } from '../../contracts/plan.ts';
import type { Outcome, Report } from '../../contracts/report.ts';
import { showScope } from '../../core/request/scope.ts';
import { showCount, showCounted, showInstant } from '../../core/text.ts';
import { planMail } from './plan-mail.ts';

const HEADLINES: Readonly<Partial<Record<Outcome, string>>> = {
  erased: 'Erased',
  rejected: 'Rejected, nothing was erased',
  expired: 'Expired, nothing was erased',
  aborted: 'Stopped',
  incomplete: 'INCOMPLETE',
};

export function outcomeMessage(plan: Plan, report: Report, to: string): Message {
  const lines = storesOf(report);
  return planMail(plan, to, {
    title: `${HEADLINES[report.outcome] ?? 'FAILED'}: ${showScope(plan.scope)} from ${plan.catalog.environment}`,
    facts: factsOf(report),
    stores: lines.length === 0 ? null : { heading: 'What became of each store:', lines },
    after: 'Links of earlier mails about this run decide nothing any more.',
  });
}

function factsOf({ runId, totals, decisions, error, residual }: Report): [string, string][] {
  const { planned, erased, changed, failed, remaining } = totals;
  return [
    [
      'Erased',
      `${showCount(erased)} of ${showCount(planned)}; ${showCount(changed)} changed, ${showCount(failed)} failed, ${showCount(remaining)} left`,
    ],
    ['Decided', decisions.length === 0 ? 'by nobody' : decisions.map(showDecision).join('; ')],
    ...(error === null ? [] : [['Error', error.name] as [string, string]]),
    ...(residual.length === 0
      ? []
      : [
          ['Still exists elsewhere', `${showCounted(residual.length, 'copy', 'copies')}; the report lists them`] as [
            string,
            string,
          ],
        ]),
    ['Report', `lethe report ${runId}`],
  ];
}

function showDecision({ decision, by, at, reason }: Report['decisions'][number]): string {
  return `${by} ${decision === 'approve' ? 'approved' : 'rejected'} at ${showInstant(at)}${reason === null ? '' : ` (${reason})`}`;
}

/** Where nothing was erased there is nothing to tell of a store. */
function storesOf({ targets, totals }: Report): string[] {
  if (totals.erased === 0) return [];
  return targets.map(
    ({ store, resource, state, erased, remaining }) =>
      `${store} (${resource}): ${state}, ${showCount(erased)} erased${remaining === null || remaining === 0 ? '' : `, ${showCount(remaining)} left`}`,
  );
}
