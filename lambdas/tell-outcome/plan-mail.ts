// What the mails about a plan's decision and ending have in common: a title, facts, and no link.
import { html } from 'hono/html';
import type { Message } from '../../adapters/mail.ts';
import type { Plan } from '../../contracts/plan.ts';

export interface PlanMail {
  readonly title: string;
  /** Between who asked for it and the run's id. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** A list of its own, with its heading. */
  readonly stores?: { readonly heading: string; readonly lines: readonly string[] } | null;
  readonly after: string;
}

export function planMail(plan: Plan, to: string, { title, facts: own, stores = null, after }: PlanMail): Message {
  const facts = [
    ['Account', `${plan.account}, ${plan.region}`],
    ['Asked by', `${plan.requestedBy ?? 'unknown'} (a claim, not proven)`],
    ['Reason', plan.reason ?? 'none given'],
    ...own,
    ['Run', plan.runId],
  ] as const;
  const text = [
    `${title}.`,
    '',
    ...facts.map(([name, value]) => `${name}: ${value}`),
    ...(stores ? ['', stores.heading, ...stores.lines.map((line) => `  ${line}`)] : []),
    '',
    after,
  ].join('\n');
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title></head>
<body style="font-family:sans-serif"><main style="max-width:40em">
<h1 style="font-size:1.2em">${title}</h1>
<table>${facts.map(([name, value]) => html`<tr><th align="left" valign="top">${name}</th><td>${value}</td></tr>`)}</table>
${stores ? html`<p>${stores.heading}</p><ul>${stores.lines.map((line) => html`<li>${line}</li>`)}</ul>` : html``}
<p>${after}</p>
</main></body></html>`;
  return { to, kind: 'outcome', runId: plan.runId, subject: title, text, html: String(page) };
}
