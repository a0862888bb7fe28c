// Protects a table: point-in-time recovery on, an on-demand backup available, and both still good before erasing.
import {
  enablePointInTimeRecovery,
  type PointInTimeRecovery,
  readBackupStatus,
  readPointInTimeRecovery,
} from '../../stores/dynamodb/recovery.ts';
import { failed, type Look, type Protecting, ready, waitOrFail } from './look.ts';
import { awaitBackup, leaveBackup, withoutBackup, withRecoveryPoint } from './table-backup.ts';

/** Point-in-time recovery trails the present by about five minutes; after three times that a backup takes its place. */
const CONFIRM_PATIENCE_MS = 15 * 60_000;
const DAY_MS = 86_400_000;

export async function protectTable(protecting: Protecting): Promise<Look> {
  const { dynamodb, target, record, clock, list, runId } = protecting;
  const recovery = await readPointInTimeRecovery(dynamodb, target.resource);
  if (!recovery.isOn) {
    if (list.protection.pitr === 'refuse') return failed(record, 'point-in-time recovery was switched off');
    await enablePointInTimeRecovery(dynamodb, target.resource);
    return waitOrFail(protecting, { ...record, pitrEnabledAtMs: clock.nowMs() }, 'point-in-time recovery');
  }
  if (recovery.latestMs === null) return waitOrFail(protecting, record, 'a restorable moment');
  const oldestMs = clock.nowMs() - list.protection.reuseBackupWithinSeconds * 1_000;
  return awaitBackup(protecting, ({ createdAtMs, holders }) => createdAtMs > oldestMs || holders.includes(runId));
}

/** What was protected is still good, and reaches up to the moment confirming began: items written meanwhile too. */
export async function confirmTable(protecting: Protecting): Promise<Look> {
  const { dynamodb, target, record, clock, step } = protecting;
  const { backupArn } = record;
  if (backupArn === undefined) return failed(record, 'it was never backed up');
  const backup = await readBackupStatus(dynamodb, backupArn);
  if (record.hasLateBackup) {
    return backup === 'AVAILABLE' ? ready(withRecoveryPoint(record)) : waitOrFail(protecting, record, 'the backup');
  }
  const recovery = await readPointInTimeRecovery(dynamodb, target.resource);
  const restoreToMs = Math.ceil(step.startedAtMs / 1_000) * 1_000;
  if (backup === 'AVAILABLE' && reaches(recovery, restoreToMs)) {
    const { periodDays } = recovery;
    const until = periodDays === null ? null : new Date(restoreToMs + periodDays * DAY_MS).toISOString();
    const restoreTo = new Date(restoreToMs).toISOString();
    return ready({ ...record, recoveryPoint: { type: 'backup+pitr', id: backupArn, restoreTo, until } });
  }
  if (clock.nowMs() - step.startedAtMs < CONFIRM_PATIENCE_MS)
    return waitOrFail(protecting, record, 'a restorable moment');
  return takeLateBackup(protecting, backupArn);
}

function reaches({ isOn, earliestMs, latestMs }: PointInTimeRecovery, restoreToMs: number): boolean {
  return isOn && earliestMs !== null && latestMs !== null && earliestMs <= restoreToMs && restoreToMs <= latestMs;
}

/** A backup made now has every item written before confirming began; the first one is left once there is another. */
async function takeLateBackup(protecting: Protecting, firstBackupArn: string): Promise<Look> {
  const { record, step } = protecting;
  const isLate = ({ createdAtMs }: { readonly createdAtMs: number }) =>
    createdAtMs >= step.startedAtMs + CONFIRM_PATIENCE_MS;
  const look = await awaitBackup({ ...protecting, record: { ...withoutBackup(record), hasLateBackup: true } }, isLate);
  if (look.record.backupArn === undefined) return { ...look, record };
  await leaveBackup(protecting, firstBackupArn);
  return look;
}
