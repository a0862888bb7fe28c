// On-demand backups and restoring from them.
import { AwsError } from '../kernel/aws-error.ts';
import type { Json } from '../kernel/json-service.ts';
import type { ServiceClock } from '../kernel/service-clock.ts';
import type { Backup, Backups } from './backups.ts';
import type { Database } from './database.ts';
import { onDemand } from './new-table.ts';
import type { Operations } from './operation.ts';
import type { Field } from './request-fields.ts';
import type { Restores } from './restores.ts';
import type { Table } from './table.ts';
import { describeTable, indexThroughput } from './table-description.ts';

const NAME = {
  type: 'String',
  regex: '[a-zA-Z0-9_.-]+',
  lengthGreaterThanOrEqual: 3,
  lengthLessThanOrEqual: 255,
};
const BACKUP_ARN = { type: 'String', lengthGreaterThanOrEqual: 37, lengthLessThanOrEqual: 1024 };

export const NAME_FIELD: Field = { ...NAME, notNull: true };
const BACKUP_ARN_FIELD: Field = { ...BACKUP_ARN, notNull: true };
/** The override that is honoured is the one to PAY_PER_REQUEST. */
export const BILLING_OVERRIDE_FIELD: Field = { type: 'String', enum: ['PROVISIONED', 'PAY_PER_REQUEST'] };

export interface BackupParts {
  readonly database: Database;
  readonly backups: Backups;
  readonly restores: Restores;
  readonly clock: ServiceClock;
}

/** BackupSizeBytes is exact from the start; AWS refreshes it about every six hours. */
export function backupOperations({ database, backups, restores, clock }: BackupParts): Operations {
  const detailsOf = (backup: Backup): Json => ({
    BackupArn: backup.arn,
    BackupName: backup.name,
    BackupSizeBytes: backup.source.contents.items.bytes,
    BackupStatus: backups.statusOf(backup),
    BackupType: backup.type,
    BackupCreationDateTime: backup.createdAtMs / 1000,
    BackupExpiryDateTime: backup.expiresAtMs === undefined ? undefined : backup.expiresAtMs / 1000,
  });
  return {
    CreateBackup: {
      fields: { TableName: NAME_FIELD, BackupName: NAME_FIELD },
      run({ TableName, BackupName }) {
        const table = backedUpTable(TableName, database);
        if (table.status === 'CREATING')
          throw new AwsError('TableInUseException', `Table is being created: ${TableName}`);
        return { BackupDetails: detailsOf(backups.create(table, BackupName)) };
      },
    },
    DescribeBackup: {
      fields: { BackupArn: BACKUP_ARN_FIELD },
      run({ BackupArn }) {
        const backup = backups.find(BackupArn);
        return { BackupDescription: { BackupDetails: detailsOf(backup), ...describeSource(backup) } };
      },
    },
    DeleteBackup: {
      fields: { BackupArn: BACKUP_ARN_FIELD },
      run({ BackupArn }) {
        const backup = backups.delete(BackupArn);
        const details = { ...detailsOf(backup), BackupStatus: 'DELETED' };
        return { BackupDescription: { BackupDetails: details, ...describeSource(backup) } };
      },
    },
    ListBackups: {
      fields: {
        TableName: NAME,
        BackupType: { type: 'String', enum: ['USER', 'SYSTEM', 'AWS_BACKUP', 'ALL'] },
        ExclusiveStartBackupArn: BACKUP_ARN,
        Limit: { type: 'Integer', greaterThanOrEqual: 1, lessThanOrEqual: 100 },
        TimeRangeLowerBound: 'Double',
        TimeRangeUpperBound: 'Double',
      },
      run({ ExclusiveStartBackupArn = '', Limit = 100, ...filter }) {
        const found = backups
          .all()
          .filter((backup) => isListed(backup, filter) && backup.arn > ExclusiveStartBackupArn)
          .sort((a, b) => (a.arn < b.arn ? -1 : 1));
        const page = found.slice(0, Limit);
        return {
          BackupSummaries: page.map((backup) => ({ ...detailsOf(backup), ...tableOf(backup) })),
          LastEvaluatedBackupArn: found.length > Limit ? page.at(-1)?.arn : undefined,
        };
      },
    },
    RestoreTableFromBackup: {
      fields: {
        BackupArn: BACKUP_ARN_FIELD,
        TargetTableName: NAME_FIELD,
        BillingModeOverride: BILLING_OVERRIDE_FIELD,
      },
      unsupported: unsupportedOverride,
      run({ BackupArn, TargetTableName, BillingModeOverride }) {
        const { source, createdAtMs } = backups.findAvailable(BackupArn);
        const table = restores.begin({
          targetName: TargetTableName,
          schema: source.schema,
          billing: BillingModeOverride ? onDemand(clock.nowMs()) : source.billing,
          contents: source.contents.copy(),
          toUndo: [],
          origin: { sourceTableArn: source.arn, sourceBackupArn: BackupArn, restoredToMs: createdAtMs },
        });
        return { TableDescription: describeTable(table) };
      },
    },
  };
}

export function unsupportedOverride({ BillingModeOverride }: Json): string | undefined {
  return BillingModeOverride === 'PROVISIONED' ? 'BillingModeOverride PROVISIONED' : undefined;
}

/** @throws TableNotFoundException, which the backup operations answer in place of ResourceNotFoundException */
export function backedUpTable(name: string, database: Database): Table {
  const table = database.tables.get(name);
  if (!table) throw new AwsError('TableNotFoundException', `Table not found: ${name}`);
  return table;
}

/** USER is "the default setting if no other backup types are specified". */
function isListed(backup: Backup, filter: Json): boolean {
  const { TableName, BackupType = 'USER', TimeRangeLowerBound, TimeRangeUpperBound } = filter;
  const createdAt = backup.createdAtMs / 1000;
  return (
    (TableName === undefined || backup.source.schema.TableName === TableName) &&
    (BackupType === 'ALL' || backup.type === BackupType) &&
    createdAt >= (TimeRangeLowerBound ?? 0) &&
    createdAt < (TimeRangeUpperBound ?? Number.POSITIVE_INFINITY)
  );
}

function tableOf({ source }: Backup): Json {
  return { TableName: source.schema.TableName, TableId: source.id, TableArn: source.arn };
}

function describeSource(backup: Backup): Json {
  const { schema, contents, billing, createdAtMs, ttlAttribute } = backup.source;
  return {
    SourceTableDetails: {
      ...tableOf(backup),
      TableSizeBytes: contents.items.bytes,
      KeySchema: schema.KeySchema,
      TableCreationDateTime: createdAtMs / 1000,
      ProvisionedThroughput: billing.throughput,
      ItemCount: contents.items.count,
      BillingMode: billing.mode,
    },
    SourceTableFeatureDetails: {
      LocalSecondaryIndexes: schema.LocalSecondaryIndexes,
      GlobalSecondaryIndexes: schema.GlobalSecondaryIndexes?.map((index) => ({
        ...index,
        ProvisionedThroughput: indexThroughput(index, billing),
      })),
      TimeToLiveDescription:
        ttlAttribute === undefined ? undefined : { TimeToLiveStatus: 'ENABLED', AttributeName: ttlAttribute },
    },
  };
}
