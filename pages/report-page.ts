// report.html: the evidence as a page of its own, without scripts and without anything from elsewhere; fit to be printed.
import { html } from 'hono/html';
import type { PlanBody } from '../contracts/plan.ts';
import type { Report, ReportTarget } from '../contracts/report.ts';
import { showScope } from '../core/request/scope.ts';
import { showBytes, showCount, showInstant } from '../core/text.ts';
import { type Html, NOTHING, page } from './page.ts';
import { bar, type Cell, type Column, facts, list, numberOr, own, table } from './parts.ts';

const GOOD: readonly Report['outcome'][] = ['erased', 'counted', 'previewed'];

export function reportPage(report: Report, plan: PlanBody | null): string {
  const { outcome } = report;
  const body = html`<h1>${own(titleOf(report, plan))}</h1>
<p class="${GOOD.includes(outcome) ? 'ok' : 'warn'}">${outcome}${report.error === null ? '' : `: ${report.error.name}`}</p>
${facts(factsOf(report))}
<h2>What became of each store</h2>
${targetTable(report)}
${errorTable(report)}
<h2>What stayed</h2>
${table(
  named('Store', 'Basis', '#Before', '#After'),
  report.preserved.map(({ store, basis, before, after }) => [own(store), basis, numberOr(before), numberOr(after)]),
)}
<h2>Decisions</h2>
${table(
  named('Decision', 'By', 'At', 'From', 'With', 'Reason'),
  report.decisions.map(({ decision, by, at, ip, userAgent, reason }) => [
    decision,
    own(by),
    showInstant(at),
    ip ?? 'unknown',
    own(userAgent ?? 'unknown'),
    reason === null ? '' : own(reason),
  ]),
)}
${
  report.revoked === undefined
    ? html``
    : html`<h2>Links taken back</h2>
${table(
  named('Of', 'By', 'At', 'Reason', 'Replaced by'),
  report.revoked.map(({ approver, by, at, reason, replacedBy }) => [
    own(approver),
    own(by),
    showInstant(at),
    own(reason),
    replacedBy === undefined ? '' : own(replacedBy),
  ]),
)}`
}
<h2>What still exists elsewhere</h2>
${table(
  named('Store', 'What', 'Until', 'Remove with'),
  report.residual.map(({ store, what, until, removeWith }) => [
    own(store),
    own(what),
    until === null ? 'removed by hand' : showInstant(until),
    removeWith === null ? '' : html`<code>${removeWith}</code>`,
  ]),
)}
<h2>Side effects</h2>
${list(report.sideEffects.map(own), 'None.')}
<h2>Warnings</h2>
${list(report.warnings.map(own), 'None.')}
<h2>Phases</h2>
${table(
  named('Phase', 'Began', 'Ended'),
  report.phases.map(({ name, startedAt, endedAt }) => [
    name,
    showInstant(startedAt),
    endedAt === null ? '' : showInstant(endedAt),
  ]),
)}`;
  const title = `${report.runId}: ${outcome}`;
  return String(page({ title, body, isWide: true, isKept: true }));
}

/** Names of columns; a `#` before it: of numbers. */
function named(...names: readonly string[]): Column[] {
  return names.map((name) => (name.startsWith('#') ? { name: name.slice(1), isNumber: true } : { name }));
}

function titleOf(report: Report, plan: PlanBody | null): string {
  if (plan === null) return `Run ${report.runId}: ${report.outcome}`;
  return `${showScope(plan.scope)} from ${plan.catalog.environment}: ${report.outcome}`;
}

function factsOf(report: Report): [string, Cell][] {
  const { catalog, requestedBy, error, cooldownUntil } = report;
  return [
    ['Run', own(report.runId)],
    ['Where', `account ${report.account}, ${report.region}`],
    ['Catalog', catalog === null ? 'unknown' : html`${own(catalog.name)}, SHA-256 <code>${catalog.sha256}</code>`],
    ['Mode', report.mode ?? 'unknown'],
    ['Reason', own(report.reason ?? 'none given')],
    [
      'Asked by',
      requestedBy === null ? 'unknown' : html`${own(requestedBy.claimed)} <small>(a claim, not proven)</small>`,
    ],
    ['Plan', report.planDigest === null ? 'not sealed' : html`<code>${report.planDigest}</code>`],
    ['Error', error === null ? 'none' : html`${error.name}: <code>${JSON.stringify(error.details)}</code>`],
    ['Cooldown', cooldownUntil === null ? 'none' : `until ${showInstant(cooldownUntil)}`],
  ];
}

const TARGET_COLUMNS = [
  ...[
    'Store',
    'State',
    '#Planned',
    '#Size',
    '#Seen',
    '#Erased',
    '#Changed',
    '#Failed',
    '#Unacknowledged',
    '#Remaining',
  ],
  ...['Recovery point', 'Verified'],
];

function targetTable({ targets, totals }: Report): Html {
  const sum: Cell[] = [
    'All',
    '',
    showCount(totals.planned),
    '',
    showCount(totals.seen),
    showCount(totals.erased),
    showCount(totals.changed),
    showCount(totals.failed),
    '',
    showCount(totals.remaining),
    '',
    '',
  ];
  return table(named(...TARGET_COLUMNS), targets.length === 0 ? [] : [...targets.map(targetRow), sum]);
}

function targetRow(target: ReportTarget): Cell[] {
  const { planned, recoveryPoint, verification } = target;
  const done = planned !== null && planned.items > 0 ? bar(target.erased / planned.items) : NOTHING;
  return [
    html`${own(target.store)} (${own(target.resource)})${done}`,
    target.state,
    numberOr(planned?.items ?? null),
    planned === null ? '' : `${planned.bytesAre === 'estimate' ? 'about ' : ''}${showBytes(planned.bytes)}`,
    showCount(target.seen),
    showCount(target.erased),
    showCount(target.changed),
    showCount(target.failed),
    showCount(target.unacknowledged),
    numberOr(target.remaining),
    recoveryPoint === null ? '' : `${recoveryPoint.type} ${recoveryPoint.id ?? ''}`,
    verification === null ? '' : `${verification.level}, ${verification.passes} pass(es)`,
  ];
}

/** Of the deletions that were refused, where there were any. */
function errorTable({ targets }: Report): Html {
  const rows = targets.flatMap(({ store, errors }) =>
    errors.map(({ code, count, samples }): Cell[] => [
      own(store),
      code,
      showCount(count),
      html`<code>${samples.join(' ')}</code>`,
    ]),
  );
  if (rows.length === 0) return NOTHING;
  return html`<h2>What was refused</h2>${table(named('Store', 'Code', '#Count', 'Samples of keys, hashed'), rows)}`;
}
