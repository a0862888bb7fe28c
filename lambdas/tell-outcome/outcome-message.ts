// The mail that says what came of a run. It has no link: what there was to decide is decided.
import { html } from 'hono/html';
import type { Message } from '../../adapters/mail.ts';
import type { Plan } from '../../contracts/plan.ts';
import type { Outcome, Report } from '../../contracts/report.ts';
import { showScope } from '../../core/request/scope.ts';
import { showCount, showCounted, showInstant } from '../../core/text.ts';

const HEADLINES: Readonly<Partial<Record<Outcome, string>>> = {
  erased: 'Erased',
  rejected: 'Rejected, nothing was erased',
  expired: 'Expired, nothing was erased',
  aborted: 'Stopped',
  incomplete: 'INCOMPLETE',
};

export function outcomeMessage(plan: Plan, report: Report, to: string): Message {
  const { runId } = plan;
  const what = `${showScope(plan.scope)} from ${plan.catalog.environment}`;
  const headline = HEADLINES[report.outcome] ?? 'FAILED';
  const facts = factsOf(plan, report);
  const stores = storesOf(report);
  const text = [
    `${headline}: ${what}.`,
    '',
    ...facts.map(([name, value]) => `${name}: ${value}`),
    ...(stores.length === 0 ? [] : ['', 'What became of each store:', ...stores.map((line) => `  ${line}`)]),
    '',
    'Links of earlier mails about this run decide nothing any more.',
  ].join('\n');
  return {
    to,
    kind: 'outcome',
    runId,
    subject: `${headline}: ${what}`,
    text,
    html: String(asHtml(`${headline}: ${what}`, facts, stores)),
  };
}

function factsOf(plan: Plan, { totals, decisions, error, residual }: Report): [string, string][] {
  const { planned, erased, changed, failed, remaining } = totals;
  return [
    ['Account', `${plan.account}, ${plan.region}`],
    ['Asked by', `${plan.requestedBy ?? 'unknown'} (a claim, not proven)`],
    ['Reason', plan.reason ?? 'none given'],
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
    ['Report', `lethe report ${plan.runId}`],
    ['Run', plan.runId],
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

function asHtml(title: string, facts: readonly [string, string][], stores: readonly string[]) {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title></head>
<body style="font-family:sans-serif"><main style="max-width:40em">
<h1 style="font-size:1.2em">${title}</h1>
<table>${facts.map(([name, value]) => html`<tr><th align="left" valign="top">${name}</th><td>${value}</td></tr>`)}</table>
${stores.length === 0 ? html`` : html`<p>What became of each store:</p><ul>${stores.map((store) => html`<li>${store}</li>`)}</ul>`}
<p>Links of earlier mails about this run decide nothing any more.</p>
</main></body></html>`;
}
