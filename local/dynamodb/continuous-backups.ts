// Point-in-time recovery: turning it on and off, its window, and restoring to a second within it.
import { validationError } from 'dynalite/db/index.js';
import { AwsError } from '../kernel/aws-error.ts';
import type { Json } from '../kernel/json-service.ts';
import {
  type BackupParts,
  BILLING_OVERRIDE_FIELD,
  backedUpTable,
  NAME_FIELD,
  unsupportedOverride,
} from './backup-operations.ts';
import { Journal } from './journal.ts';
import { onDemand } from './new-table.ts';
import type { Operations } from './operation.ts';
import { earliestMs, latestMs } from './recovery-window.ts';
import type { Recovery, Table } from './table.ts';
import { describeTable } from './table-description.ts';

const DEFAULT_PERIOD_DAYS = 35;
const MAX_PERIOD_DAYS = 35;

/** As AWS at its worst: on at once, but not restorable to the last five minutes. */
export function continuousBackupOperations({ database, restores, clock }: BackupParts): Operations {
  const described = (table: Table) => ({
    ContinuousBackupsDescription: {
      ContinuousBackupsStatus: 'ENABLED',
      PointInTimeRecoveryDescription: describeRecovery(table.recovery, clock.nowMs()),
    },
  });
  return {
    DescribeContinuousBackups: {
      fields: { TableName: NAME_FIELD },
      run: ({ TableName }) => described(backedUpTable(TableName, database)),
    },
    UpdateContinuousBackups: {
      fields: {
        TableName: NAME_FIELD,
        PointInTimeRecoverySpecification: {
          type: 'FieldStruct<PointInTimeRecoverySpecification>',
          notNull: true,
          children: {
            PointInTimeRecoveryEnabled: { type: 'Boolean', notNull: true },
            RecoveryPeriodInDays: { type: 'Integer', greaterThanOrEqual: 1, lessThanOrEqual: MAX_PERIOD_DAYS },
          },
        },
      },
      unsupported: ({ PointInTimeRecoverySpecification: wanted }) =>
        wanted?.PointInTimeRecoveryEnabled === false && wanted.RecoveryPeriodInDays !== undefined
          ? 'RecoveryPeriodInDays when turning point-in-time recovery off'
          : undefined,
      run({ TableName, PointInTimeRecoverySpecification: wanted }) {
        const table = backedUpTable(TableName, database);
        if (table.status === 'CREATING')
          throw new AwsError(
            'ContinuousBackupsUnavailableException',
            'Backups have not yet been enabled for this table.',
          );
        table.recovery = wanted.PointInTimeRecoveryEnabled
          ? turnedOn(table.recovery, wanted.RecoveryPeriodInDays ?? DEFAULT_PERIOD_DAYS, clock.nowMs())
          : undefined;
        return described(table);
      },
    },
    RestoreTableToPointInTime: {
      fields: {
        SourceTableName: NAME_FIELD,
        TargetTableName: NAME_FIELD,
        RestoreDateTime: 'Double',
        UseLatestRestorableTime: 'Boolean',
        BillingModeOverride: BILLING_OVERRIDE_FIELD,
      },
      unsupported: unsupportedOverride,
      run({ SourceTableName, TargetTableName, RestoreDateTime, UseLatestRestorableTime, BillingModeOverride }) {
        const source = backedUpTable(SourceTableName, database);
        if (!source.recovery)
          throw new AwsError(
            'PointInTimeRecoveryUnavailableException',
            'Point in time recovery has not yet been enabled for this source table.',
          );
        const nowMs = clock.nowMs();
        const restoreToMs = momentOf({ RestoreDateTime, UseLatestRestorableTime }, source.recovery, nowMs);
        const table = restores.begin({
          targetName: TargetTableName,
          schema: source.schema,
          billing: BillingModeOverride ? onDemand(nowMs) : source.billing,
          contents: source.contents.copy(),
          toUndo: source.recovery.journal.newerThan(restoreToMs),
          origin: { sourceTableArn: source.arn, restoredToMs: restoreToMs },
        });
        return { TableDescription: describeTable(table) };
      },
    },
  };
}

function describeRecovery(recovery: Recovery | undefined, nowMs: number): Json {
  if (!recovery) return { PointInTimeRecoveryStatus: 'DISABLED' };
  return {
    PointInTimeRecoveryStatus: 'ENABLED',
    RecoveryPeriodInDays: recovery.periodDays,
    EarliestRestorableDateTime: earliestMs(recovery, nowMs) / 1000,
    LatestRestorableDateTime: latestMs(recovery, nowMs) / 1000,
  };
}

/** Where it is on already, the window stays as it is, as far as the new period reaches. */
function turnedOn(before: Recovery | undefined, periodDays: number, nowMs: number): Recovery {
  if (!before) return { journal: new Journal(), sinceMs: nowMs, periodDays };
  return { journal: before.journal, sinceMs: earliestMs(before, nowMs), periodDays };
}

/**
 * Writes up to and including this moment are in the restored table. AWS restores "to the state based on the selected
 * date and time (day:hour:minute:second)", so fractions of a second are dropped.
 */
function momentOf({ RestoreDateTime, UseLatestRestorableTime }: Json, recovery: Recovery, nowMs: number): number {
  const earliest = earliestMs(recovery, nowMs);
  const latest = latestMs(recovery, nowMs);
  if (UseLatestRestorableTime && RestoreDateTime !== undefined)
    throw validationError('RestoreDateTime and UseLatestRestorableTime cannot both be specified');
  if (UseLatestRestorableTime) return latest;
  if (RestoreDateTime === undefined)
    throw validationError('Either RestoreDateTime or UseLatestRestorableTime must be specified');
  const wanted = Math.round(RestoreDateTime * 1000);
  if (wanted < earliest || wanted > latest)
    throw new AwsError(
      'InvalidRestoreTimeException',
      'An invalid restore time was specified. RestoreDateTime must be between EarliestRestorableDateTime and LatestRestorableDateTime.',
    );
  return Math.max(earliest, Math.floor(wanted / 1000) * 1000);
}
