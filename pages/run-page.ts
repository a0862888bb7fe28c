// The run page: how far a run is, target by target, and what came of it. It shows, and decides nothing.
import { html } from 'hono/html';
import type { ScopeChain } from '../contracts/plan.ts';
import type { Outcome } from '../contracts/report.ts';
import type { TargetStatus } from '../core/progress/target-status.ts';
import { showScope } from '../core/request/scope.ts';
import { showCount, showDuration, showInstant } from '../core/text.ts';
import { type Html, NOTHING, page } from './page.ts';
import { bar, type Cell, deadline, facts, numberOr, own, table } from './parts.ts';

export interface RunView {
  readonly runId: string;
  readonly phase: string;
  readonly outcome: Outcome | null;
  readonly approval: { readonly required: number; readonly approved: number; readonly expiresAt: string } | null;
  readonly targets: readonly TargetStatus[];
  readonly itemsPerSecond: number | null;
  readonly secondsLeft: number | null;
}

export interface RunPage {
  readonly run: RunView;
  readonly scope: ScopeChain;
  readonly environment: string;
  readonly phases: readonly { readonly name: string; readonly startedAt: string; readonly endedAt: string | null }[];
  /** What stopped the run, where something did. */
  readonly error: string | null;
  /** Where the report stands; null until it does. */
  readonly reportUrl: string | null;
  readonly nowIso: string;
}

const EVERY_SECONDS = 5;

export function runPage(view: RunPage): Html {
  const { run, scope, environment, reportUrl } = view;
  const what = `${showScope(scope)} from ${environment}`;
  const title = `${run.outcome ?? run.phase}: ${what}`;
  const body = html`<h1>Erasing ${own(what)}</h1>
${headline(view)}
${facts(factsOf(view))}
${reportUrl === null ? NOTHING : html`<p><a href="${reportUrl}">Read the report</a></p>`}
<h2>Stores</h2>${targetTable(run)}
<h2>Phases</h2>${phaseTable(view)}
${run.outcome === null ? html`<p class="soft live">This page looks again every ${EVERY_SECONDS} seconds.</p>` : NOTHING}`;
  return page({ title, body, ...(run.outcome === null && { everySeconds: EVERY_SECONDS }) });
}

function headline({ run, error }: RunPage): Html {
  const isGood = ['erased', 'counted', 'previewed', 'rejected', 'expired', 'aborted'].includes(run.outcome ?? '');
  const state = run.outcome === null ? html`Now: <b>${run.phase}</b>` : html`Ended: <b>${run.outcome}</b>`;
  const kind = run.outcome === null || isGood ? 'ok' : 'warn';
  return html`<p class="${kind}" role="status">${state}${error === null ? NOTHING : html`<br>${own(error)}`}</p>`;
}

function factsOf({ run, nowIso }: RunPage): [string, Cell][] {
  const { erased, planned } = totalsOf(run.targets);
  const share = planned > 0 ? erased / planned : 0;
  return [
    ['Run', own(run.runId)],
    ['Erased', html`${showCount(erased)} of ${showCount(planned)}${bar(share)}`],
    ...(run.itemsPerSecond === null
      ? []
      : [['Rate', `${showCount(run.itemsPerSecond)} items a second`] as [string, Cell]]),
    ...(run.secondsLeft === null ? [] : [['Time left', `about ${showDuration(run.secondsLeft)}`] as [string, Cell]]),
    ...approvalFacts(run, nowIso),
  ];
}

function approvalFacts({ approval, outcome }: RunView, nowIso: string): [string, Cell][] {
  if (approval === null) return [];
  const { approved, required, expiresAt } = approval;
  const isWaiting = outcome === null && approved < required;
  return [
    ['Approvals', `${approved} of ${required}`],
    ...(isWaiting ? [['Until', deadline(expiresAt, nowIso)] as [string, Cell]] : []),
  ];
}

function totalsOf(targets: readonly TargetStatus[]): { erased: number; planned: number } {
  const sum = (of: (target: TargetStatus) => number) => targets.reduce((total, target) => total + of(target), 0);
  return { erased: sum(({ erased }) => erased), planned: sum(({ planned, counted }) => planned ?? counted) };
}

function targetTable({ targets }: RunView): Html {
  const columns = [
    { name: 'Store' },
    { name: 'State' },
    { name: 'Planned', isNumber: true as const },
    { name: 'Erased', isNumber: true as const },
    { name: 'Changed', isNumber: true as const },
    { name: 'Failed', isNumber: true as const },
    { name: 'Remaining', isNumber: true as const },
  ];
  const rows = targets.map((target): Cell[] => {
    const { store, resource, state, planned, counted, erased, changed, failed, remaining } = target;
    const whole = planned ?? counted;
    const done = whole > 0 ? bar(erased / whole) : NOTHING;
    return [
      html`${own(store)}${resource === store ? NOTHING : html`<br><small>${own(resource)}</small>`}${done}`,
      state,
      planned === null ? `${showCount(counted)} so far` : showCount(planned),
      showCount(erased),
      showCount(changed),
      failed > 0 ? html`<b>${showCount(failed)}</b>` : '0',
      numberOr(remaining, 'not yet'),
    ];
  });
  return table(columns, rows, 'Nothing is planned yet.');
}

function phaseTable({ phases }: RunPage): Html {
  const columns = [{ name: 'Phase' }, { name: 'Began' }, { name: 'Took' }];
  const rows = phases.map(({ name, startedAt, endedAt }) => {
    const seconds = endedAt === null ? null : (Date.parse(endedAt) - Date.parse(startedAt)) / 1_000;
    return [name, showInstant(startedAt), seconds === null ? 'under way' : showDuration(seconds)];
  });
  return table(columns, rows, 'None has begun.');
}
