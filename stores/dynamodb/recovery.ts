// Point-in-time recovery and on-demand backups of a table: what protects it, in verbs.
import {
  BackupInUseException,
  BackupNotFoundException,
  CreateBackupCommand,
  DeleteBackupCommand,
  DescribeBackupCommand,
  DescribeContinuousBackupsCommand,
  type DynamoDBClient,
  UpdateContinuousBackupsCommand,
} from '@aws-sdk/client-dynamodb';

export interface PointInTimeRecovery {
  readonly isOn: boolean;
  readonly earliestMs: number | null;
  /** AWS lets it trail the present by about five minutes. */
  readonly latestMs: number | null;
  readonly periodDays: number | null;
}

export async function readPointInTimeRecovery(client: DynamoDBClient, table: string): Promise<PointInTimeRecovery> {
  const { ContinuousBackupsDescription } = await client.send(
    new DescribeContinuousBackupsCommand({ TableName: table }),
  );
  const found = ContinuousBackupsDescription?.PointInTimeRecoveryDescription;
  return {
    isOn: found?.PointInTimeRecoveryStatus === 'ENABLED',
    earliestMs: found?.EarliestRestorableDateTime?.getTime() ?? null,
    latestMs: found?.LatestRestorableDateTime?.getTime() ?? null,
    periodDays: found?.RecoveryPeriodInDays ?? null,
  };
}

/** Only where it is off: an existing recovery period is never touched. */
export async function enablePointInTimeRecovery(client: DynamoDBClient, table: string): Promise<void> {
  await client.send(
    new UpdateContinuousBackupsCommand({
      TableName: table,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    }),
  );
}

/** @returns `busy` while another backup or restore of the table is under way */
export async function createBackup(
  client: DynamoDBClient,
  table: string,
  name: string,
): Promise<{ readonly backupArn: string; readonly createdAtMs: number } | 'busy'> {
  try {
    const { BackupDetails } = await client.send(new CreateBackupCommand({ TableName: table, BackupName: name }));
    if (!BackupDetails?.BackupArn) throw new Error(`CreateBackup of ${table} answered without an ARN`);
    return { backupArn: BackupDetails.BackupArn, createdAtMs: BackupDetails.BackupCreationDateTime?.getTime() ?? 0 };
  } catch (error) {
    if (error instanceof BackupInUseException) return 'busy';
    throw error;
  }
}

export type BackupStatus = 'AVAILABLE' | 'CREATING' | 'gone';

export async function readBackupStatus(client: DynamoDBClient, backupArn: string): Promise<BackupStatus> {
  try {
    const { BackupDescription } = await client.send(new DescribeBackupCommand({ BackupArn: backupArn }));
    const status = BackupDescription?.BackupDetails?.BackupStatus;
    return status === 'AVAILABLE' || status === 'CREATING' ? status : 'gone';
  } catch (error) {
    if (error instanceof BackupNotFoundException) return 'gone';
    throw error;
  }
}

/** @returns false while it cannot be deleted yet, because it is being created or restored from */
export async function deleteBackup(client: DynamoDBClient, backupArn: string): Promise<boolean> {
  try {
    await client.send(new DeleteBackupCommand({ BackupArn: backupArn }));
    return true;
  } catch (error) {
    if (error instanceof BackupNotFoundException) return true;
    if (error instanceof BackupInUseException) return false;
    throw error;
  }
}
