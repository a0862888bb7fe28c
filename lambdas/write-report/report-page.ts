// report.html: the evidence as a page of its own, without scripts and without anything from elsewhere.
import { html } from 'hono/html';
import type { PlanBody } from '../../contracts/plan.ts';
import type { Report, ReportTarget } from '../../contracts/report.ts';
import { showScope } from '../../core/request/scope.ts';
import { showBytes, showCount, showInstant } from '../../core/text.ts';

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:70em;margin:2em auto;padding:0 1em;color:#111;background:#fff}
table{border-collapse:collapse;width:100%;margin:1em 0}th,td{text-align:left;padding:.3em .6em;border-bottom:1px solid #ccc;vertical-align:top}
h1,.facts td{overflow-wrap:anywhere}.wide{overflow-x:auto}h1{font-size:1.5em}h2{font-size:1.15em;margin-top:2em}`;

export function reportPage(report: Report, plan: PlanBody | null): string {
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer">
<title>${report.runId}: ${report.outcome}</title><style>${STYLE}</style></head><body>
<h1>${titleOf(report, plan)}</h1>
${facts(report)}
<h2>What became of each target</h2>
${targetTable(report)}
<h2>What stayed</h2>
${table(
  ['Store', 'Basis', 'Before', 'After'],
  report.preserved.map(({ store, basis, before, after }) => [store, basis, numberOr(before), numberOr(after)]),
)}
<h2>Decisions</h2>
${table(
  ['Decision', 'By', 'At', 'From', 'Reason'],
  report.decisions.map(({ decision, by, at, ip, reason }) => [
    decision,
    by,
    showInstant(at),
    ip ?? 'unknown',
    reason ?? '',
  ]),
)}
<h2>What still exists elsewhere</h2>
${table(
  ['Store', 'What', 'Until', 'Remove with'],
  report.residual.map(({ store, what, until, removeWith }) => [
    store,
    what,
    until === null ? 'removed by hand' : showInstant(until),
    removeWith ?? '',
  ]),
)}
<h2>Side effects</h2>
${list(report.sideEffects)}
<h2>Warnings</h2>
${list(report.warnings)}
<h2>Phases</h2>
${table(
  ['Phase', 'Began', 'Ended'],
  report.phases.map(({ name, startedAt, endedAt }) => [
    name,
    showInstant(startedAt),
    endedAt === null ? '' : showInstant(endedAt),
  ]),
)}
</body></html>
`;
  return String(page);
}

function titleOf(report: Report, plan: PlanBody | null): string {
  if (plan === null) return `Run ${report.runId}: ${report.outcome}`;
  return `${showScope(plan.scope)} from ${plan.catalog.environment}: ${report.outcome}`;
}

function facts(report: Report) {
  const rows: [string, string][] = [
    ['Run', report.runId],
    ['Account and Region', `${report.account}, ${report.region}`],
    ['Catalog', report.catalog === null ? 'unknown' : `${report.catalog.name}, SHA-256 ${report.catalog.sha256}`],
    ['Mode', report.mode ?? 'unknown'],
    ['Reason', report.reason ?? 'none given'],
    ['Requested by', report.requestedBy === null ? 'unknown' : `${report.requestedBy.claimed} (a claim, not proven)`],
    ['Plan digest', report.planDigest ?? 'not sealed'],
    ['Error', report.error === null ? 'none' : `${report.error.name}: ${JSON.stringify(report.error.details)}`],
    ['Cooldown until', report.cooldownUntil === null ? 'none' : showInstant(report.cooldownUntil)],
  ];
  return html`<table class="facts">${rows.map(([name, value]) => html`<tr><th>${name}</th><td>${value}</td></tr>`)}</table>`;
}

function targetTable({ targets, totals }: Report) {
  const row = (target: ReportTarget) => [
    `${target.store} (${target.resource})`,
    target.state,
    numberOr(target.planned?.items ?? null),
    target.planned === null
      ? ''
      : `${target.planned.bytesAre === 'estimate' ? 'about ' : ''}${showBytes(target.planned.bytes)}`,
    showCount(target.seen),
    showCount(target.erased),
    showCount(target.changed),
    showCount(target.failed),
    showCount(target.unacknowledged),
    numberOr(target.remaining),
    target.recoveryPoint === null ? '' : `${target.recoveryPoint.type} ${target.recoveryPoint.id ?? ''}`,
    target.verification === null ? '' : `${target.verification.level}, ${target.verification.passes} pass(es)`,
  ];
  const sum = [
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
  const columns = [
    ...['Store', 'State', 'Planned', 'Size', 'Seen', 'Erased', 'Changed', 'Failed', 'Unacknowledged', 'Remaining'],
    ...['Recovery point', 'Verified'],
  ];
  return table(columns, [...targets.map(row), sum]);
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]) {
  if (rows.length === 0) return html`<p>Nothing.</p>`;
  return html`<div class="wide"><table><thead><tr>${columns.map((column) => html`<th>${column}</th>`)}</tr></thead><tbody>${rows.map(
    (row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>`,
  )}</tbody></table></div>`;
}

function list(lines: readonly string[]) {
  return lines.length === 0 ? html`<p>None.</p>` : html`<ul>${lines.map((line) => html`<li>${line}</li>`)}</ul>`;
}

function numberOr(count: number | null): string {
  return count === null ? 'not counted' : showCount(count);
}
