// The approval page: what will be gone, what stays, how it can come back, and the two forms.
import { html } from 'hono/html';
import type { ApprovalState } from '../contracts/approval.ts';
import type { CountedTarget, Plan, RecoveryPoint } from '../contracts/plan.ts';
import { settle } from '../core/approval/decide.ts';
import { placeOf } from '../core/approval/replace.ts';
import { plannedItems } from '../core/planning/count-targets.ts';
import { showScope } from '../core/request/scope.ts';
import { showBytes, showCount, showCounted, showDollars, showDuration, showInstant } from '../core/text.ts';
import { type Html, NOTHING, page } from './page.ts';
import { bar, type Cell, deadline, facts, list, own, showShare } from './parts.ts';

export interface ApprovalPage {
  readonly plan: Plan;
  readonly state: ApprovalState;
  /** Whose link was opened. */
  readonly approver: string;
  /** Where the run can be watched. */
  readonly runUrl: string;
  readonly nowIso: string;
  /** What was wrong with the form that was just sent, and what it said. */
  readonly refused?: { readonly what: string; readonly phrase: string; readonly reason: string };
}

/** Before the forms stand the largest; all stand below them. */
const MAX_FIRST = 4;

export function approvalPage(view: ApprovalPage): Html {
  const { plan } = view;
  const title = `Erase ${showScope(plan.scope)} from ${plan.catalog.environment}?`;
  const body = html`<h1>${own(title)}</h1>
${plan.canBeUndone ? NOTHING : html`<p class="warn">THIS CANNOT BE UNDONE${undoneFor(plan)}</p>`}
${summary(view)}
${largest(plan)}
${decisionPart(view)}
<h2 id="targets">What will be gone</h2>${targetTable(plan)}
<h2>What stays</h2>${preservedList(plan)}
<h2>What to know</h2>${list([...plan.sideEffects, ...plan.warnings].map(own), 'No side effects are known.')}
<h2>This plan</h2>
<p class="soft">Run <a href="${view.runUrl}">${own(plan.runId)}</a>, plan <code>${plan.planDigest}</code>. The digest covers all of the above: a decision is for this plan and for no other.</p>`;
  return page({ title, body });
}

/** Not said where it is true of all. */
function undoneFor(plan: Plan): string {
  const erased = erasedOf(plan);
  const undone = erased.filter(({ recoveryPoint }) => recoveryPoint === null || recoveryPoint.type === 'none');
  if (undone.length === 0 || undone.length === erased.length) return '';
  const names = undone.slice(0, MAX_FIRST).map(({ id }) => id);
  return ` for ${names.join(', ')}${undone.length > MAX_FIRST ? ` and ${undone.length - MAX_FIRST} more` : ''}`;
}

function erasedOf({ targets }: Plan): CountedTarget[] {
  return targets.filter(({ purpose, state }) => purpose === 'erase' && state === 'planned');
}

function placeRow(state: ApprovalState, person: string): [string, Cell][] {
  const replaced = placeOf(state, person);
  if (replaced === undefined) return [];
  const { approver, by, reason } = replaced;
  return [
    ['You decide for', html`${own(approver)}, as ${own(by)} said <small>(a claim, not proven)</small>: ${own(reason)}`],
  ];
}

function summary({ plan, state, approver, nowIso }: ApprovalPage): Html {
  const { totals } = plan;
  const approvals = state.decisions.filter(({ decision }) => decision === 'approve').length;
  const preserved = plan.targets.filter(({ purpose }) => purpose === 'preserve').length;
  const rows: [string, Cell][] = [
    [
      'Erases',
      html`<b>${showCounted(totals.items, 'item')}</b>, ${showBytes(totals.bytes)}; at most ${showCount(totals.maximum)}`,
    ],
    ['Where', `${plan.catalog.environment}, account ${plan.account}, ${plan.region}`],
    ['Asked by', html`${own(plan.requestedBy ?? 'unknown')} <small>(a claim, not proven)</small>`],
    ['Reason', own(plan.reason ?? 'none given')],
    [
      'Undo',
      plan.canBeUndone ? 'from recovery points, until they are removed by hand' : 'not possible for every store',
    ],
    [
      'Stays',
      preserved === 0 ? 'no store is declared preserved' : `${showCounted(preserved, 'preserved store')}, below`,
    ],
    ['Takes', `about ${showDuration(plan.estimatedSeconds)}, costs ${showDollars(plan.cost.usd)}`],
    ['Approvals', `${approvals} of ${state.required}`],
    ...placeRow(state, approver),
    ['Until', deadline(state.expiresAt, nowIso)],
  ];
  return facts(rows);
}

function largest(plan: Plan): Html {
  const erased = erasedOf(plan).map((target) => ({ target, items: itemsOf(target) }));
  const first = erased
    .filter(({ items }) => items > 0)
    .sort((a, b) => b.items - a.items)
    .slice(0, MAX_FIRST);
  const more = erased.length - first.length;
  const lines = first.map(
    ({ target, items }) => html`<b>${own(target.id)}</b>: ${showCount(items)}, ${sizeOf(target)}${shareOf(target)}`,
  );
  const rest = more > 0 ? [html`<a href="#targets">and ${more} more</a>`] : [];
  return html`<ul>${[...lines, ...rest].map((line) => html`<li>${line}</li>`)}</ul>`;
}

function decisionPart({ plan, state, approver, nowIso, refused }: ApprovalPage): Html {
  const given = state.decisions.find(({ by }) => by === approver);
  if (given) return html`<p class="ok"><b>You decided: ${given.decision}</b>, ${showInstant(given.at)}.</p>`;
  const settlement = settle(state);
  if (settlement !== 'open') return html`<p class="ok"><b>This run was ${settlement}.</b></p>`;
  if (nowIso > state.expiresAt) return html`<p class="warn">This approval has expired. Nothing is erased.</p>`;
  const hidden = (decision: string) =>
    html`<input type="hidden" name="decision" value="${decision}"><input type="hidden" name="digest" value="${plan.planDigest}">`;
  return html`${refused ? html`<p class="warn" role="alert">${refused.what}</p>` : NOTHING}
<form method="post">${hidden('approve')}
<label for="phrase">To approve, type: <code>${plan.phrase}</code></label>
<input id="phrase" name="phrase" value="${refused?.phrase ?? ''}" autocomplete="off" autocapitalize="off" autocorrect="off" spellcheck="false" required>
<button>Approve the erasure</button></form>
<form method="post">${hidden('reject')}
<label for="reason">To reject, say why</label>
<textarea id="reason" name="reason" rows="2" maxlength="500" dir="auto" required>${refused?.reason ?? ''}</textarea>
<button>Reject</button></form>`;
}

function targetTable({ targets }: Plan): Html {
  const erased = targets.filter(({ purpose }) => purpose === 'erase');
  return html`<table><thead><tr><th scope="col">Store</th><th scope="col" class="n">Items</th><th scope="col">Comes back from</th></tr></thead><tbody>${erased.map(
    (target) => html`<tr>${nameCell(target)}${cells(target)}</tr>\n`,
  )}</tbody></table>`;
}

function nameCell(target: CountedTarget): Html {
  const { id, resource } = target;
  const share = wholeShare(target);
  return html`<th scope="row">${own(id)}${resource === id ? NOTHING : html`<br><small>${own(resource)}</small>`}${share === null ? NOTHING : bar(share)}</th>`;
}

const COMES_BACK_FROM: Record<RecoveryPoint['type'], string> = {
  'backup+pitr': 'a backup, or any point in time',
  backup: 'a backup',
  versions: 'hidden versions',
  none: 'nothing: CANNOT BE UNDONE',
};

function cells(target: CountedTarget): Html {
  const { state, note, counted, recoveryPoint } = target;
  if (state !== 'planned' || counted === null)
    return html`<td colspan="2">${state === 'missing' ? 'missing' : 'not in scope'}: ${note ?? ''}</td>`;
  const { type, restoreTo } = recoveryPoint ?? { type: 'none' as const, restoreTo: null };
  const of = restoreTo === null ? NOTHING : html`<br><small>as of ${showInstant(restoreTo)}</small>`;
  return html`<td class="n">${showCount(itemsOf(target))}<br><small>${sizeOf(target)}${shareOf(target)}</small></td><td>${COMES_BACK_FROM[type]}${of}</td>`;
}

function itemsOf(target: CountedTarget): number {
  return target.counted === null ? 0 : plannedItems(target, target.counted);
}

function sizeOf({ counted }: CountedTarget): string {
  return counted === null ? '' : `${counted.bytesAre === 'estimate' ? 'about ' : ''}${showBytes(counted.bytes)}`;
}

/** Of the whole table; how much a bucket holds is not known. */
function wholeShare(target: CountedTarget): number | null {
  const { facts, counted } = target;
  if (facts?.kind !== 'dynamodb' || counted === null) return null;
  const items = itemsOf(target);
  // DynamoDB counts its tables now and then only: they hold at least what was found.
  const whole = Math.max(facts.items, items);
  return whole === 0 ? null : items / whole;
}

function shareOf(target: CountedTarget): string {
  const share = wholeShare(target);
  return share === null ? '' : `, ${showShare(share)} of the table`;
}

function preservedList({ targets }: Plan): Html {
  const preserved = targets.filter(({ purpose }) => purpose === 'preserve');
  const lines = preserved.map(({ id, resource, counted }) => {
    const count = counted === null ? '' : `: ${showCounted(counted.items, 'item')} of this scope`;
    return html`${own(id)} (<code>${resource}</code>)${count}`;
  });
  return list(lines, 'No store is declared preserved.');
}
