// Where a run stands, as lines.
import type { ApprovalStatus, RunStatus } from '../../adapters/run-status.ts';
import { showCount, showCounted, showDuration, showInstant } from '../../core/text.ts';
import { number, table, text } from './table.ts';

/** One line: `Erase shard: 1,200 of 5,000 items (24 %), 310 items/s, about 13 s left`. */
export function headline(status: RunStatus): string {
  const parts = [progressOf(status), rateOf(status)].filter((part) => part !== '');
  return parts.length === 0 ? status.phase : `${status.phase}: ${parts.join(', ')}`;
}

export function targetLines({ targets }: RunStatus): string[] {
  return table(
    [
      text('Store'),
      text('Resource'),
      text('State'),
      number('Counted'),
      number('Erased'),
      number('Changed'),
      number('Failed'),
      number('Left'),
      number('Shards'),
    ],
    targets.map(({ store, resource, state, counted, erased, changed, failed, remaining, shards }) => [
      store,
      resource,
      state,
      showCount(counted),
      showCount(erased),
      showCount(changed),
      showCount(failed),
      remaining === null ? '' : showCount(remaining),
      `${showCount(shards.done)}/${showCount(shards.total)}`,
    ]),
  );
}

export function approvalText({ required, approved, approvers, expiresAt }: ApprovalStatus): string {
  return `${approved} of ${required} approved; mailed to ${approvers.join(', ')}; until ${showInstant(expiresAt)}`;
}

/** 0 to 1 of the phase's work; null where nobody knows how much there is. */
export function shareOf({ phase, targets }: RunStatus): number | null {
  const share = (done: number, total: number) => (total === 0 ? null : Math.min(1, done / total));
  switch (phase) {
    case 'Count shard':
    case 'Verify shard':
    case 'Finalise shard':
      return share(
        sum(targets, ({ shards }) => shards.done),
        sum(targets, ({ shards }) => shards.total),
      );
    case 'Erase shard':
      return share(dealtWith(targets), plannedOf(targets));
    default:
      return null;
  }
}

function progressOf(status: RunStatus): string {
  const { phase, targets, approval, outcome } = status;
  const done = sum(targets, ({ shards }) => shards.done);
  const shards = `${showCount(done)} of ${showCounted(
    sum(targets, ({ shards: { total } }) => total),
    'shard',
  )}`;
  switch (phase) {
    case 'Count shard':
      return `${showCounted(
        sum(targets, ({ counted }) => counted),
        'item',
      )} counted, ${shards}`;
    case 'Erase shard':
      return `${showCount(dealtWith(targets))} of ${showCounted(plannedOf(targets), 'item')} (${percent(status)})`;
    case 'Verify shard':
    case 'Finalise shard':
      return shards;
    case 'Wait for approval':
      return approval === null ? '' : approvalText(approval);
    case 'Ended':
      return outcome ?? '';
    default:
      return '';
  }
}

function rateOf({ itemsPerSecond, secondsLeft }: RunStatus): string {
  if (itemsPerSecond === null) return '';
  const left = secondsLeft === null ? '' : `, about ${showDuration(secondsLeft)} left`;
  return `${showCounted(Math.round(itemsPerSecond), 'item')}/s${left}`;
}

function percent(status: RunStatus): string {
  return `${Math.floor((shareOf(status) ?? 0) * 100)} %`;
}

type Targets = RunStatus['targets'];

/** Through with, whatever became of them. */
function dealtWith(targets: Targets): number {
  return sum(targets, ({ erased, changed, failed }) => erased + changed + failed);
}

function plannedOf(targets: Targets): number {
  return sum(targets, ({ planned }) => planned ?? 0);
}

function sum(targets: Targets, count: (target: Targets[number]) => number): number {
  return targets.reduce((total, target) => total + count(target), 0);
}
