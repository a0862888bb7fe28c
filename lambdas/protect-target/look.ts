// What one look at a target's protection works with, and what it can find.
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Clock } from '../../adapters/clock.ts';
import type { Backups } from '../../adapters/control-table/backups.ts';
import type { ProtectionRecord, StepRecord } from '../../adapters/control-table/protections.ts';
import type { Target, TargetList } from '../../contracts/plan.ts';

export interface Protecting {
  readonly dynamodb: DynamoDBClient;
  readonly s3: S3Client;
  readonly clock: Clock;
  readonly backups: Backups;
  readonly runId: string;
  readonly list: TargetList;
  readonly target: Target;
  readonly record: ProtectionRecord;
  readonly step: StepRecord;
}

export type Look =
  | { readonly is: 'ready' | 'waiting'; readonly record: ProtectionRecord }
  | { readonly is: 'failed'; readonly record: ProtectionRecord; readonly why: string };

export const ready = (record: ProtectionRecord): Look => ({ is: 'ready', record });
export const waiting = (record: ProtectionRecord): Look => ({ is: 'waiting', record });
export const failed = (record: ProtectionRecord, why: string): Look => ({ is: 'failed', record, why });

/** On-demand backups are restorable within minutes (DynamoDB API reference, CreateBackup). */
const PATIENCE_MS = 3_600_000;

/** Waits on, until patience is over: a difference of clock readings, never a counted number of calls. */
export function waitOrFail({ clock, step }: Protecting, record: ProtectionRecord, waitingFor: string): Look {
  const waitedMs = clock.nowMs() - step.startedAtMs;
  if (waitedMs < PATIENCE_MS) return waiting(record);
  return failed(record, `${waitingFor} did not come within ${Math.round(waitedMs / 60_000)} minutes`);
}
