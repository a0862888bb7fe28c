// The approval page: what will be gone, what stays, how it can come back, and the two forms.
import { html } from 'hono/html';
import type { ApprovalState } from '../../contracts/approval.ts';
import type { CountedTarget, Plan, RecoveryPoint } from '../../contracts/plan.ts';
import { settle } from '../../core/approval/decide.ts';
import { plannedItems } from '../../core/planning/count-targets.ts';
import { showScope } from '../../core/request/scope.ts';
import { showBytes, showCount, showCounted, showDuration, showInstant } from '../../core/text.ts';
import { type Html, page } from './page.ts';

export interface ApprovalPage {
  readonly plan: Plan;
  readonly state: ApprovalState;
  /** Whose link was opened. */
  readonly approver: string;
  readonly nowIso: string;
}

const COMES_BACK_FROM: Record<RecoveryPoint['type'], string> = {
  'backup+pitr': 'a backup, and any point in time',
  backup: 'a backup',
  versions: 'earlier versions',
  none: 'nothing: CANNOT BE UNDONE',
};

export function approvalPage(view: ApprovalPage) {
  const { plan } = view;
  const title = `Erase ${showScope(plan.scope)} from ${plan.catalog.environment}?`;
  return page(
    title,
    html`<h1>${title}</h1>
${plan.canBeUndone ? html`` : html`<p class="warn">THIS CANNOT BE UNDONE</p>`}
${summary(view)}
${decisionPart(view)}
<h2>What will be gone</h2>${targetTable(plan)}
<h2>What stays</h2>${preservedList(plan)}
<h2>What to know</h2>${notes(plan)}
<p>Run ${plan.runId}<br>Plan <code>${plan.planDigest}</code></p>`,
  );
}

function summary({ plan, state, nowIso }: ApprovalPage): Html {
  const secondsLeft = Math.max(0, Math.floor((Date.parse(state.expiresAt) - Date.parse(nowIso)) / 1_000));
  const approvals = state.decisions.filter(({ decision }) => decision === 'approve').length;
  const rows: [string, string][] = [
    ['Account', `${plan.account}, ${plan.region}, ${plan.catalog.environment}`],
    ['Asked by', `${plan.requestedBy ?? 'unknown'} (a claim, not proven)`],
    ['Reason', plan.reason ?? 'none given'],
    [
      'Erases',
      `${showCounted(plan.totals.items, 'item')}, ${showBytes(plan.totals.bytes)}; at most ${showCount(plan.totals.maximum)}`,
    ],
    [
      'Undo',
      plan.canBeUndone ? 'from recovery points, until they are removed by hand' : 'not possible for every target',
    ],
    ['Takes about', `${showDuration(plan.estimatedSeconds)}, costs about $${plan.cost.usd.toFixed(2)}`],
    ['Approvals', `${approvals} of ${state.required}`],
    ['Decide until', `${showInstant(state.expiresAt)} (${showDuration(secondsLeft)} left)`],
  ];
  return html`<table>${rows.map(([name, value]) => html`<tr><th>${name}</th><td>${value}</td></tr>`)}</table>`;
}

function decisionPart({ plan, state, approver, nowIso }: ApprovalPage): Html {
  const own = state.decisions.find(({ by }) => by === approver);
  if (own) return html`<p><b>You decided: ${own.decision}</b>, ${showInstant(own.at)}.</p>`;
  const settlement = settle(state);
  if (settlement !== 'open') return html`<p><b>This run was ${settlement}.</b></p>`;
  if (nowIso > state.expiresAt) return html`<p><b>This approval has expired.</b> Nothing is erased.</p>`;
  return html`<form method="post"><input type="hidden" name="decision" value="approve"><input type="hidden" name="digest" value="${plan.planDigest}">
<label for="phrase">To approve, type: <code>${plan.phrase}</code></label>
<input id="phrase" name="phrase" autocomplete="off" autocapitalize="off" spellcheck="false" required>
<button>Approve the erasure</button></form>
<form method="post"><input type="hidden" name="decision" value="reject"><input type="hidden" name="digest" value="${plan.planDigest}">
<label for="reason">To reject, say why</label>
<textarea id="reason" name="reason" rows="2" maxlength="500" required></textarea>
<button>Reject</button></form>`;
}

function targetTable({ targets }: Plan): Html {
  const erased = targets.filter(({ purpose }) => purpose === 'erase');
  return html`<table><thead><tr><th>Store</th><th>Items</th><th>Size</th><th>Can come back from</th></tr></thead><tbody>
${erased.map((target) => html`<tr><td>${target.id}<br><code>${target.resource}</code></td>${cells(target)}</tr>`)}
</tbody></table>`;
}

function cells({ state, note, counted, operations, recoveryPoint, facts }: CountedTarget): Html {
  if (state !== 'planned' || counted === null)
    return html`<td colspan="3">${state === 'missing' ? 'missing' : 'not in scope'}: ${note ?? ''}</td>`;
  const items = plannedItems({ operations }, counted);
  const whole = facts?.kind === 'dynamodb' ? Math.max(facts.items, items) : 0;
  const share = whole > 0 ? ` (${((items / whole) * 100).toFixed(1)} % of the table)` : '';
  const size = `${counted.bytesAre === 'estimate' ? 'about ' : ''}${showBytes(counted.bytes)}`;
  const back = COMES_BACK_FROM[recoveryPoint?.type ?? 'none'];
  return html`<td class="n">${showCount(items)}${share}</td><td class="n">${size}</td><td>${back}</td>`;
}

function preservedList({ targets }: Plan): Html {
  const preserved = targets.filter(({ purpose }) => purpose === 'preserve');
  if (preserved.length === 0) return html`<p>No store is declared preserved.</p>`;
  return html`<ul>${preserved.map(({ id, resource, counted }) => {
    const count = counted === null ? '' : `: ${showCounted(counted.items, 'item')} of this scope`;
    return html`<li>${id} (<code>${resource}</code>)${count}</li>`;
  })}</ul>`;
}

function notes({ sideEffects, warnings }: Plan): Html {
  const lines = [...sideEffects, ...warnings];
  return lines.length === 0
    ? html`<p>No side effects are known.</p>`
    : html`<ul>${lines.map((line) => html`<li>${line}</li>`)}</ul>`;
}
