// The tables of a demonstration: the plan, the results, the proof.
import { readFile } from 'node:fs/promises';
import { explanationLines } from '../../cli/show/explanation.ts';
import { number, table, text } from '../../cli/show/table.ts';
import type { Explanation } from '../../contracts/errors.ts';
import { type CountedTarget, type Plan, plan as planSchema } from '../../contracts/plan.ts';
import type { Report, ReportTarget } from '../../contracts/report.ts';
import { plannedItems } from '../../core/planning/count-targets.ts';
import { showBytes, showCount, showDuration } from '../../core/text.ts';
import type { Ended } from './executions.ts';
import type { Proof } from './proof.ts';
import type { Screen } from './screen.ts';

export async function showPlan(screen: Screen, file: string): Promise<void> {
  const plan: Plan = planSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  const { totals, estimatedSeconds, cost, phrase } = plan;
  const columns = [
    text('Store'),
    text('Resource'),
    number('Items'),
    number('Share'),
    number('Size'),
    text('What becomes of it'),
  ];
  screen.title('The plan');
  screen.lines(table(columns, plan.targets.map(planRow)));
  const onAws = `on AWS about ${showDuration(estimatedSeconds)} and $${cost.usd.toFixed(2)}`;
  screen.lines([
    `${showCount(totals.items)} items and objects, at most ${showCount(totals.maximum)}; ${onAws}.`,
    `To execute, the phrase is: ${phrase}`,
  ]);
}

function planRow(target: CountedTarget): string[] {
  const { id, resource, purpose, state, note, counted, facts, recovery } = target;
  if (state !== 'planned' || counted === null) return [id, resource, '', '', '', note ?? state];
  const items = purpose === 'erase' ? plannedItems(target, counted) : counted.items;
  const whole = facts?.kind === 'dynamodb' ? Math.max(facts.items, items) : 0;
  const share = whole === 0 ? '' : `${((items / whole) * 100).toFixed(1)} %`;
  const erased = recovery === 'none' ? 'erased, CANNOT BE UNDONE' : 'erased, recoverable';
  return [id, resource, showCount(items), share, showBytes(counted.bytes), purpose === 'preserve' ? 'stays' : erased];
}

export function showResults(screen: Screen, report: Report): void {
  const columns = [
    text('Store'),
    text('State'),
    number('Planned'),
    number('Seen'),
    number('Erased'),
    number('Changed'),
    number('Failed'),
    number('Unacknowledged'),
    number('Left'),
    text('Verified'),
    text('Recovery point'),
  ];
  screen.title('What became of it');
  screen.lines(table(columns, report.targets.map(resultRow)));
  screen.lines(report.warnings.map((warning) => `Warning: ${warning}`));
}

function resultRow({
  store,
  state,
  planned,
  seen,
  erased,
  changed,
  failed,
  unacknowledged,
  remaining,
  verification,
  recoveryPoint,
}: ReportTarget): string[] {
  if (planned === null) return [store, state];
  const reach = recoveryPoint?.restoreTo
    ? `${recoveryPoint.type}, to ${recoveryPoint.restoreTo}`
    : (recoveryPoint?.type ?? '');
  const counts = [planned.items, seen, erased, changed, failed, unacknowledged].map(showCount);
  return [store, state, ...counts, remaining === null ? '' : showCount(remaining), verification?.level ?? '', reach];
}

export function showFaults(screen: Screen, counts: Readonly<Record<string, number>>): void {
  const injected = Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1));
  const text = injected.map(([effect, count]) => `${showCount(count)} ${effect}`).join(', ');
  screen.line(`Faults injected: ${text === '' ? 'none' : text}.`);
}

export function showRefusal(screen: Screen, { error, ending }: Ended): void {
  const explanation = ending as unknown as Explanation;
  screen.lines([`${error ?? 'Refused'}: ${explanation.what}`, ...explanationLines(explanation)]);
}

export function showProof(
  screen: Screen,
  { selectedLeft, neighboursChanged, preservedChanged, restored }: Proof,
  isErased: boolean,
): void {
  const check = (count: number, what: string) => `${count === 0 ? 'holds ' : 'FAILS '} ${what}: ${showCount(count)}`;
  screen.title('The proof, against what was seeded');
  screen.lines([
    ...(isErased ? [check(selectedLeft, 'selected items and objects left')] : []),
    check(neighboursChanged, 'neighbours changed'),
    check(preservedChanged, 'preserved items changed'),
    ...(isErased
      ? [check(restored.different, `differences in ${restored.targets} targets restored from their recovery points`)]
      : []),
  ]);
}
