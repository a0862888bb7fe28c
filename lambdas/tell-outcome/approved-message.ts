// The mail that says that enough approved and erasing begins: the last moment to stop it.
import { html } from 'hono/html';
import type { Message } from '../../adapters/mail.ts';
import type { ApprovalState } from '../../contracts/approval.ts';
import type { Plan } from '../../contracts/plan.ts';
import { showScope } from '../../core/request/scope.ts';
import { showBytes, showCounted, showDuration, showInstant } from '../../core/text.ts';

export function approvedMessage(plan: Plan, { decisions }: ApprovalState, to: string): Message {
  const { runId, totals } = plan;
  const title = `Approved, erasing begins: ${showScope(plan.scope)} from ${plan.catalog.environment}`;
  const facts: [string, string][] = [
    ['Account', `${plan.account}, ${plan.region}`],
    ['Asked by', `${plan.requestedBy ?? 'unknown'} (a claim, not proven)`],
    ['Reason', plan.reason ?? 'none given'],
    ['Approved', decisions.map(({ by, at }) => `by ${by} at ${showInstant(at)}`).join('; ')],
    ['Erases', `${showCounted(totals.items, 'item')}, ${showBytes(totals.bytes)}`],
    ['Takes about', showDuration(plan.estimatedSeconds)],
    ['Stop it', `lethe abort ${runId} --by YOU --reason WHY`],
    ['Run', runId],
  ];
  const after = 'Another mail tells how it ended.';
  return {
    to,
    kind: 'outcome',
    runId,
    subject: title,
    text: [`${title}.`, '', ...facts.map(([name, value]) => `${name}: ${value}`), '', after].join('\n'),
    html: String(asHtml(title, facts, after)),
  };
}

function asHtml(title: string, facts: readonly [string, string][], after: string) {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title></head>
<body style="font-family:sans-serif"><main style="max-width:40em">
<h1 style="font-size:1.2em">${title}</h1>
<table>${facts.map(([name, value]) => html`<tr><th align="left" valign="top">${name}</th><td>${value}</td></tr>`)}</table>
<p>${after}</p>
</main></body></html>`;
}
