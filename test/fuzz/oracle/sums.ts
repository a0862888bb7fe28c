// Laws of the numbers: they add up, stay within their bounds, and are those of what really happened.
import {
  isFinalised,
  type Observed,
  planOf,
  reportOf,
  type SeenReport,
  type SeenTarget,
  type Total,
} from './observed.ts';
import type { Remains, Tally } from './remains.ts';

const TOTALS: readonly Total[] = ['planned', 'seen', 'erased', 'changed', 'failed', 'remaining'];

export function checkSums(observed: Observed, { tallies }: Remains): string[] {
  const report = reportOf(observed);
  if (!report) return [];
  return [
    ...checkTotals(report),
    ...report.targets.flatMap((row) => checkRow(observed, row, tallies.get(row.store))),
    ...checkWarnings(observed, report),
    ...checkMaximum(observed, tallies),
  ];
}

function checkTotals({ totals, targets }: SeenReport): string[] {
  return TOTALS.flatMap((total) => {
    const sum = targets.reduce(
      (all, row) => all + (total === 'planned' ? (row.planned?.items ?? 0) : (row[total] ?? 0)),
      0,
    );
    return sum === totals[total] ? [] : [`total ${total} is ${totals[total]}, but its targets' sum is ${sum}`];
  });
}

function checkRow(observed: Observed, row: SeenTarget, tally: Tally | undefined): string[] {
  const { store, planned, seen, erased, changed, failed, remaining, unacknowledged, changedSincePlan, state } = row;
  const { hasIntruders, hasFaults, isInterrupted } = observed;
  const isIt = (holds: boolean, what: string) => (holds ? [] : [`store ${store}: ${what}`]);
  const sums = `seen ${seen}, erased ${erased}, changed ${changed}, failed ${failed}, unacknowledged ${unacknowledged}`;
  const identity = [
    ...isIt(unacknowledged === seen - erased - changed - failed, `the sums do not add up: ${sums}`),
    ...isIt(state !== 'erased' || unacknowledged >= 0, `more came of it than was seen: ${sums}`),
    // An answer may be cut after the deletion, and the next one be a refusal: the proof says that it is gone.
    ...isIt(state !== 'erased' || failed === 0 || hasFaults, `it is reported as erased, but ${failed} failed`),
    ...isIt(
      changedSincePlan === null || changedSincePlan === seen - (planned?.items ?? 0),
      `changedSincePlan is ${changedSincePlan}, but seen ${seen}, planned ${planned?.items}`,
    ),
    ...isIt(
      hasFaults || isInterrupted || unacknowledged === 0,
      `nobody died, but ${unacknowledged} are unacknowledged`,
    ),
  ];
  if (hasIntruders || !tally) return identity;
  const { before, gone, left, versionsLeft } = tally;
  const isThere = state !== 'missing' && state !== 'notInScope';
  const expectedLeft = isFinalised(observed.catalog, store) && row.kind === 's3' ? Math.max(left, versionsLeft) : left;
  return [
    ...identity,
    ...isIt(
      !isThere || planned === null || planned.items === before,
      `planned ${planned?.items}, but ${before} were seeded`,
    ),
    ...isIt(changed === 0, `${changed} are reported as changed by others, but there were none`),
    ...isIt(gone >= erased && gone <= erased + unacknowledged + failed, `${gone} are gone, but ${sums}`),
    ...isIt(
      state !== 'erased' || !isThere || gone === before,
      `it is reported as erased: ${gone} of ${before} are gone`,
    ),
    ...isIt(
      remaining === null || !isThere || remaining === expectedLeft,
      `remaining is reported as ${remaining}, but ${expectedLeft} are left`,
    ),
  ];
}

function checkWarnings({ hasIntruders }: Observed, { warnings }: SeenReport): string[] {
  if (hasIntruders) return [];
  return warnings
    .filter((text) => text.includes('somebody else wrote'))
    .map((text) => `nobody else wrote, but: ${text}`);
}

function checkMaximum(observed: Observed, tallies: Remains['tallies']): string[] {
  return (planOf(observed)?.targets ?? []).flatMap(({ id, maximum }) => {
    const { gone = 0, goneLate = 0 } = tallies.get(id) ?? {};
    return gone + goneLate <= maximum
      ? []
      : [`store ${id}: ${gone + goneLate} are gone, more than its maximum ${maximum}`];
  });
}
