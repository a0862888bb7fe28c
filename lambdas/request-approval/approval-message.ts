// The mail that asks for a decision: what will be gone, what stays, how it can come back, and one link.
import { html } from 'hono/html';
import type { Message } from '../../adapters/mail.ts';
import type { Decision, Revocation } from '../../contracts/approval.ts';
import type { CountedTarget, Plan } from '../../contracts/plan.ts';
import { plannedItems } from '../../core/planning/count-targets.ts';
import { showScope } from '../../core/request/scope.ts';
import { showBytes, showCounted, showDollars, showDuration, showInstant } from '../../core/text.ts';

/** Why somebody is asked who was not asked first. */
export interface Again {
  /** For a reminder: what was decided so far, none included. */
  readonly decided?: readonly Decision[];
  /** For a deputy: in whose place he was put. */
  readonly replaced?: Revocation;
}

export function approvalMessage(plan: Plan, to: string, link: string, { decided, replaced }: Again = {}): Message {
  const { runId } = plan;
  const size = `${showCounted(plan.totals.items, 'item')}, ${showBytes(plan.totals.bytes)}`;
  const subject = `${decided ? 'Reminder: approval' : 'Approval'} needed: erase ${showScope(plan.scope)} (${size}) from ${plan.catalog.environment}`;
  const facts = factsOf(plan);
  const standing = (decided && standingOf(plan, decided)) ?? (replaced && placeOf(replaced));
  const targets = plan.targets.filter(({ purpose, state }) => purpose === 'erase' && state === 'planned').map(describe);
  const text = [
    ...(standing === undefined ? [] : [standing, '']),
    `${plan.requestedBy ?? 'Somebody'} (a claim, not proven) asks to erase ${showScope(plan.scope)} from ${plan.catalog.environment}.`,
    `Reason: ${plan.reason ?? 'none given'}`,
    '',
    ...facts.map(([name, value]) => `${name}: ${value}`),
    '',
    'What will be gone:',
    ...targets.map((target) => `  ${target}`),
    '',
    ...(plan.sideEffects.length === 0 ? [] : ['What to know:', ...plan.sideEffects.map((line) => `  ${line}`), '']),
    'Open this page to look and decide. Opening it decides nothing:',
    link,
    '',
    'The link is yours alone; do not forward it.',
  ].join('\n');
  const kind = decided ? 'reminder' : 'approval';
  return { to, kind, runId, subject, text, html: String(asHtml({ plan, facts, targets, link, standing })) };
}

/** Why somebody is asked once more. */
function standingOf({ approval, expiresAt }: Plan, decided: readonly Decision[]): string {
  const approved =
    decided.length === 0 ? 'Nobody has decided yet' : `Approved by ${decided.map(({ by }) => by).join(', ')}`;
  const until = expiresAt === null ? '' : ` Until ${showInstant(expiresAt)}: then it expires, and nothing is erased.`;
  return `${approved}; ${decided.length} of ${approval.required} that are needed. You are asked still.${until}`;
}

function placeOf({ approver, by, reason }: Revocation): string {
  return `You are a deputy, and now decide in the place of ${approver}: so said ${by} (a claim, not proven): ${reason}`;
}

function factsOf(plan: Plan): [string, string][] {
  const preserved = plan.targets.filter(({ purpose }) => purpose === 'preserve').map(({ id }) => id);
  return [
    ['Account', `${plan.account}, ${plan.region}`],
    ['At most', showCounted(plan.totals.maximum, 'item')],
    ['Stays', preserved.length === 0 ? 'nothing is declared preserved' : preserved.join(', ')],
    ['Can be undone', plan.canBeUndone ? 'yes, from recovery points' : 'NO: THIS CANNOT BE UNDONE'],
    ['Takes about', showDuration(plan.estimatedSeconds)],
    ['Costs about', showDollars(plan.cost.usd)],
    ['Decide until', plan.expiresAt === null ? 'any time' : showInstant(plan.expiresAt)],
    ['Run', plan.runId],
  ];
}

function describe(target: CountedTarget): string {
  const counts = target.counted ?? { items: 0, bytes: 0, bytesAre: 'estimate' as const, versions: null };
  const size = `${showCounted(plannedItems(target, counts), nounOf(target))}, ${showBytes(counts.bytes)}`;
  const undone = target.recoveryPoint?.type === 'none' ? ', CANNOT BE UNDONE' : '';
  return `${target.id} (${target.resource}): ${size}${undone}`;
}

function nounOf({ kind, operations, selectors }: CountedTarget): string {
  if (kind === 'dynamodb') return 'item';
  if (selectors.some(({ by }) => by === 'uploads')) return 'unfinished upload';
  return operations.includes('erase') ? 'object' : 'version';
}

interface Content {
  readonly plan: Plan;
  readonly facts: readonly [string, string][];
  readonly targets: readonly string[];
  readonly link: string;
  readonly standing: string | undefined;
}

function asHtml({ plan, facts, targets, link, standing }: Content) {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Approval needed</title></head>
<body style="font-family:sans-serif"><main style="max-width:40em">
<h1 style="font-size:1.2em">Erase ${showScope(plan.scope)} from ${plan.catalog.environment}?</h1>
${standing === undefined ? html`` : html`<p><strong>${standing}</strong></p>`}
<p>${plan.requestedBy ?? 'Somebody'} (a claim, not proven) asks for it. Reason: ${plan.reason ?? 'none given'}</p>
<table>${facts.map(([name, value]) => html`<tr><th align="left">${name}</th><td>${value}</td></tr>`)}</table>
<p>What will be gone:</p>
<ul>${targets.map((target) => html`<li>${target}</li>`)}</ul>
${plan.sideEffects.length === 0 ? html`` : html`<p>What to know:</p><ul>${plan.sideEffects.map((line) => html`<li>${line}</li>`)}</ul>`}
<p><a href="${link}" style="display:inline-block;padding:.7em 1.2em;border:2px solid;border-radius:6px;font-weight:bold">Look and decide</a></p>
<p>Opening the page decides nothing.</p>
<p>The link is yours alone; do not forward it.</p>
</main></body></html>`;
}
