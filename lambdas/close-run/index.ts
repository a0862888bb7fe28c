// Wiring of close-run.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { systemClock } from '../../adapters/clock.ts';
import { Aborts } from '../../adapters/control-table/aborts.ts';
import { ControlTable } from '../../adapters/control-table/control-table.ts';
import { Locks } from '../../adapters/control-table/locks.ts';
import { Runs } from '../../adapters/control-table/runs.ts';
import { Shards } from '../../adapters/control-table/shards.ts';
import { Executions } from '../../adapters/executions.ts';
import { requireEnvironment } from '../../adapters/function-environment.ts';
import { Objects } from '../../adapters/objects.ts';
import { asTask } from '../../adapters/task.ts';
import { makeCloseRun } from './handler.ts';

const table = new ControlTable(new DynamoDBClient(), requireEnvironment('LETHE_CONTROL_TABLE'));

export const handler = asTask(
  'close-run',
  makeCloseRun({
    clock: systemClock,
    runs: new Runs(table),
    aborts: new Aborts(table),
    locks: new Locks(table),
    shards: new Shards(table),
    executions: new Executions(new SFNClient()),
    evidence: new Objects(new S3Client(), requireEnvironment('LETHE_EVIDENCE_BUCKET')),
  }),
);
