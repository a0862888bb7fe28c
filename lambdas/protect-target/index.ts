// Wiring of protect-target.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { systemClock } from '../../adapters/clock.ts';
import { Aborts } from '../../adapters/control-table/aborts.ts';
import { Backups } from '../../adapters/control-table/backups.ts';
import { ControlTable } from '../../adapters/control-table/control-table.ts';
import { Protections } from '../../adapters/control-table/protections.ts';
import { Runs } from '../../adapters/control-table/runs.ts';
import { requireEnvironment } from '../../adapters/function-environment.ts';
import { Objects } from '../../adapters/objects.ts';
import { asTask } from '../../adapters/task.ts';
import { makeProtectTarget } from './handler.ts';

const dynamodb = new DynamoDBClient();
const s3 = new S3Client();
const table = new ControlTable(dynamodb, requireEnvironment('LETHE_CONTROL_TABLE'));

export const handler = asTask(
  'protect-target',
  makeProtectTarget({
    dynamodb,
    s3,
    clock: systemClock,
    runs: new Runs(table),
    aborts: new Aborts(table),
    protections: new Protections(table),
    backups: new Backups(table),
    work: new Objects(s3, requireEnvironment('LETHE_WORK_BUCKET')),
  }),
);
