// The on-demand backup of a protected table: one that is registered and good enough, or a new one.
import type { BackupRecord } from '../../adapters/control-table/backups.ts';
import type { ProtectionRecord } from '../../adapters/control-table/protections.ts';
import { createBackup, deleteBackup, readBackupStatus } from '../../stores/dynamodb/recovery.ts';
import { type Look, type Protecting, ready, waiting, waitOrFail } from './look.ts';

/** The backup the record names, or one that is obtained; ready once it is available. */
export async function awaitBackup(
  protecting: Protecting,
  isGoodEnough: (registered: BackupRecord) => boolean,
): Promise<Look> {
  const { dynamodb, backups, record, target } = protecting;
  const { backupArn } = record;
  if (backupArn === undefined) return obtainBackup(protecting, isGoodEnough);
  const status = await readBackupStatus(dynamodb, backupArn);
  if (status === 'AVAILABLE') return ready(withRecoveryPoint(record));
  if (status === 'CREATING') return waitOrFail(protecting, record, 'the backup');
  await backups.forget(arnOf(target.facts), backupArn);
  return waitOrFail(protecting, withoutBackup(record), 'a backup');
}

/** The run holds a registered backup before it relies on it. One that is still being made is in a new one's way. */
async function obtainBackup(
  protecting: Protecting,
  isGoodEnough: (registered: BackupRecord) => boolean,
): Promise<Look> {
  const { record, backups, runId, target } = protecting;
  for (const candidate of await usable(protecting, isGoodEnough)) {
    if (!(await backups.hold(arnOf(target.facts), candidate.backupArn, runId))) continue;
    const { backupArn, createdAtMs: backupCreatedAtMs } = candidate;
    return awaitBackup({ ...protecting, record: { ...record, backupArn, backupCreatedAtMs } }, isGoodEnough);
  }
  return makeBackup(protecting);
}

async function usable(
  { dynamodb, backups, target }: Protecting,
  isGoodEnough: (registered: BackupRecord) => boolean,
): Promise<BackupRecord[]> {
  const good = (await backups.list(arnOf(target.facts))).filter(isGoodEnough);
  const statuses = await Promise.all(good.map(({ backupArn }) => readBackupStatus(dynamodb, backupArn)));
  return good.filter((_, at) => statuses[at] === 'AVAILABLE');
}

async function makeBackup(protecting: Protecting): Promise<Look> {
  const { dynamodb, backups, record, runId, target } = protecting;
  const made = await createBackup(dynamodb, target.resource, `lethe-${runId}`);
  if (made === 'busy') return waitOrFail(protecting, record, 'the end of another backup');
  const { backupArn, createdAtMs: backupCreatedAtMs } = made;
  await backups.register(arnOf(target.facts), backupArn, backupCreatedAtMs, runId);
  return waiting({ ...record, backupArn, backupCreatedAtMs });
}

/** The last run to leave a backup deletes it. */
export async function leaveBackup({ dynamodb, backups, runId, target }: Protecting, backupArn: string): Promise<void> {
  const tableArn = arnOf(target.facts);
  const isLast = await backups.leave(tableArn, backupArn, runId);
  if (isLast && (await deleteBackup(dynamodb, backupArn))) await backups.forget(tableArn, backupArn);
}

export function withRecoveryPoint(record: ProtectionRecord): ProtectionRecord {
  const type = record.hasLateBackup ? ('backup' as const) : ('backup+pitr' as const);
  return { ...record, recoveryPoint: { type, id: record.backupArn ?? null, restoreTo: null, until: null } };
}

export function withoutBackup({ backupArn: _, backupCreatedAtMs: __, ...record }: ProtectionRecord): ProtectionRecord {
  return record;
}

function arnOf(facts: Protecting['target']['facts']): string {
  if (facts?.kind !== 'dynamodb') throw new TypeError('a target without table facts has no table ARN');
  return facts.arn;
}
