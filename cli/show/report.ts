// A report for the terminal.
import type { Report, ReportTarget } from '../../contracts/report.ts';
import { showBytes, showCount, showCounted, showDuration, showInstant } from '../../core/text.ts';
import { facts, number, table, text } from './table.ts';

export function reportLines(report: Report): string[] {
  return [
    `${titleOf(report)}: ${report.outcome}`,
    '',
    ...facts(factsOf(report)),
    ...part('Targets', targetTable(report)),
    ...part('Errors', errorTable(report.targets)),
    ...part('Recovery points', recoveryTable(report.targets)),
    ...part('Preserved', preservedTable(report)),
    ...part('Decisions', decisionTable(report)),
    ...part('Links taken back', revokedTable(report)),
    ...part('Still exists elsewhere', residualLines(report)),
    ...part('Side effects', report.sideEffects),
    ...part('Warnings', report.warnings),
    ...part('Phases', phaseTable(report)),
  ];
}

function part(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`.trimEnd())];
}

/** A table only where it has rows. */
function rows(columns: Parameters<typeof table>[0], cells: readonly (readonly string[])[]): string[] {
  return cells.length === 0 ? [] : table(columns, cells);
}

function titleOf({ scope, catalog, runId }: Report): string {
  if (typeof scope !== 'object' || scope === null) return `Run ${runId}`;
  const ids = Object.entries(scope).toReversed();
  const named = ids.map(([name, id]) => (id === true ? name : `${name} ${id}`)).join(' of ');
  return `${named} from ${catalog?.environment ?? 'an unknown environment'}`;
}

function factsOf(report: Report): (readonly [string, string | null])[] {
  const { catalog, requestedBy, error, optIn, totals } = report;
  return [
    ['Run', report.runId],
    ['Account', `${report.account}, ${report.region}`],
    ['Catalog', catalog && `${catalog.name}, SHA-256 ${catalog.sha256}`],
    ['Mode', report.mode],
    ['Opted in', optIn === null || optIn.length === 0 ? null : optIn.join(', ')],
    ['Reason', report.reason],
    ['Requested by', requestedBy && `${requestedBy.claimed} (a claim, not proven)`],
    ['Plan digest', report.planDigest],
    ['Took', tookOf(report)],
    ['Freed', totals.bytesFreed === 0 ? null : showBytes(totals.bytesFreed)],
    ['Cooldown until', report.cooldownUntil === null ? null : showInstant(report.cooldownUntil)],
    ['Error', error && `${error.name}: ${JSON.stringify(error.details)}`],
  ];
}

function tookOf({ phases }: Report): string | null {
  const starts = phases.map(({ startedAt }) => Date.parse(startedAt));
  const ends = phases.flatMap(({ endedAt }) => (endedAt === null ? [] : [Date.parse(endedAt)]));
  if (starts.length === 0 || ends.length === 0) return null;
  return showDuration((Math.max(...ends) - Math.min(...starts)) / 1_000);
}

function targetTable({ targets, totals }: Report): string[] {
  const columns = [
    text('Store'),
    text('Resource'),
    text('State'),
    number('Planned'),
    number('Size'),
    number('Erased'),
    number('Changed'),
    number('Failed'),
    number('Left'),
    text('Verified'),
  ];
  const sum = [
    'All',
    '',
    '',
    showCount(totals.planned),
    '',
    ...[totals.erased, totals.changed, totals.failed].map(showCount),
  ];
  return rows(
    columns,
    targets.length === 0 ? [] : [...targets.map(targetCells), [...sum, showCount(totals.remaining)]],
  );
}

function targetCells({ store, resource, state, planned, remaining, verification, ...counts }: ReportTarget): string[] {
  return [
    store,
    resource,
    state,
    countOr(planned?.items ?? null),
    planned === null ? '' : `${planned.bytesAre === 'estimate' ? '~' : ''}${showBytes(planned.bytes)}`,
    showCount(counts.erased),
    showCount(counts.changed),
    showCount(counts.failed),
    countOr(remaining),
    verification === null ? '' : `${verification.level}, ${showCounted(verification.passes, 'pass', 'passes')}`,
  ];
}

function errorTable(targets: Report['targets']): string[] {
  const columns = [text('Store'), text('Code'), number('Count'), text('Samples')];
  const cells = targets.flatMap(({ store, errors }) =>
    errors.map(({ code, count, samples }) => [store, code, showCount(count), samples.join(' ')]),
  );
  return rows(columns, cells);
}

function recoveryTable(targets: Report['targets']): string[] {
  const columns = [text('Store'), text('From'), text('To'), text('Until'), text('Id')];
  const cells = targets.flatMap(({ store, recoveryPoint }) => {
    if (recoveryPoint === null) return [];
    const { type, id, restoreTo, until } = recoveryPoint;
    if (type === 'none') return [[store, 'nothing: CANNOT BE UNDONE']];
    return [[store, type, instantOr(restoreTo), instantOr(until), id ?? '']];
  });
  return rows(columns, cells);
}

function preservedTable({ preserved }: Report): string[] {
  return rows(
    [text('Store'), text('Basis'), number('Before'), number('After')],
    preserved.map(({ store, basis, before, after }) => [store, basis, countOr(before), countOr(after)]),
  );
}

function decisionTable({ decisions }: Report): string[] {
  return rows(
    [text('Decision'), text('By'), text('At'), text('Reason')],
    decisions.map(({ decision, by, at, reason }) => [decision, by, showInstant(at), reason ?? '']),
  );
}

function revokedTable({ revoked = [] }: Report): string[] {
  return rows(
    [text('Of'), text('By'), text('At'), text('Replaced by'), text('Reason')],
    revoked.map(({ approver, by, at, reason, replacedBy = '' }) => [approver, by, showInstant(at), replacedBy, reason]),
  );
}

function residualLines({ residual }: Report): string[] {
  return residual.flatMap(({ store, what, until, removeWith }) => [
    `${store}: ${what}, ${until === null ? 'until it is removed' : `until ${showInstant(until)}`}`,
    ...(removeWith === null ? [] : [`  ${removeWith}`]),
  ]);
}

function phaseTable({ phases }: Report): string[] {
  return rows(
    [text('Phase'), text('Began'), number('Took')],
    phases.map(({ name, startedAt, endedAt }) => {
      const took = endedAt === null ? '' : showDuration((Date.parse(endedAt) - Date.parse(startedAt)) / 1_000);
      return [name, showInstant(startedAt), took];
    }),
  );
}

function countOr(count: number | null): string {
  return count === null ? '' : showCount(count);
}

function instantOr(iso: string | null): string {
  return iso === null ? '' : showInstant(iso);
}
