// What pages are made of: facts, lists, tables and bars. Texts of others keep their own direction.
import { html } from 'hono/html';
import { showCount, showDuration, showInstant } from '../core/text.ts';
import { type Html, NOTHING } from './page.ts';

export type Cell = string | Html;

/** A text that somebody else chose, which may run from right to left. */
export function own(text: string): Html {
  return html`<bdi>${text}</bdi>`;
}

export function facts(rows: readonly (readonly [string, Cell])[]): Html {
  return html`<table class="facts">${rows.map(([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`)}</table>`;
}

export function list(lines: readonly Cell[], none: string): Html {
  if (lines.length === 0) return html`<p>${none}</p>`;
  return html`<ul>${lines.map((line) => html`<li>${line}</li>`)}</ul>`;
}

/** Numbers stand at the end of their column. */
export interface Column {
  readonly name: string;
  readonly isNumber?: true;
}

/** Columns of which a phone shows each row as a list. */
const STACKED_FROM = 4;

/** The first column names its row. */
export function table(columns: readonly Column[], rows: readonly (readonly Cell[])[], none = 'Nothing.'): Html {
  if (rows.length === 0) return html`<p>${none}</p>`;
  const kind = (at: number) => (columns[at]?.isNumber ? html` class="n"` : NOTHING);
  const isStacked = columns.length >= STACKED_FROM;
  const label = (at: number) => (isStacked ? html` data-n="${columns[at]?.name}"` : NOTHING);
  const cell = (value: Cell, at: number) =>
    at === 0 ? html`<th scope="row">${value}</th>` : html`<td${kind(at)}${label(at)}>${value}</td>`;
  return html`<div class="scroll${isStacked ? ' stack' : ''}" tabindex="0" role="region" aria-label="${columns.map(({ name }) => name).join(', ')}"><table><thead><tr>${columns.map(
    ({ name }, at) => html`<th scope="col"${kind(at)}>${name}</th>`,
  )}</tr></thead><tbody>${rows.map((row) => html`<tr>${row.map(cell)}</tr>\n`)}</tbody></table></div>`;
}

/** @param share from 0 to 1; said in words beside it, so it is hidden from screen readers */
export function bar(share: number): Html {
  const width = Math.round(Math.min(1, Math.max(0, share)) * 1_000) / 10;
  return html`<svg class="bar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true"><rect width="${width}" height="1"/></svg>`;
}

/** `12.3 %`; a little is never shown as nothing, nor almost all as all. */
export function showShare(share: number): string {
  if (share <= 0 || share >= 1) return share <= 0 ? '0 %' : '100 %';
  if (share < 0.001) return 'under 0.1 %';
  return share > 0.999 ? 'over 99.9 %' : `${(share * 100).toFixed(1)} %`;
}

/** The time, and how long until then: the script counts it down. */
export function deadline(iso: string, nowIso: string): Html {
  const left = Math.max(0, Math.floor((Date.parse(iso) - Date.parse(nowIso)) / 1_000));
  const words = left > 0 ? `${showDuration(left)} left` : 'expired';
  return html`<time datetime="${iso}">${showInstant(iso)}</time> (<span data-left="${left}">${words}</span>)`;
}

export function numberOr(count: number | null, none = 'not counted'): string {
  return count === null ? none : showCount(count);
}
