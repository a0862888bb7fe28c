// Wiring of plan-run.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { systemClock } from '../../adapters/clock.ts';
import { Aborts } from '../../adapters/control-table/aborts.ts';
import { ControlTable } from '../../adapters/control-table/control-table.ts';
import { Locks } from '../../adapters/control-table/locks.ts';
import { Requests } from '../../adapters/control-table/requests.ts';
import { Runs } from '../../adapters/control-table/runs.ts';
import { Shards } from '../../adapters/control-table/shards.ts';
import { Executions } from '../../adapters/executions.ts';
import { readShippedCatalog, requireEnvironment } from '../../adapters/function-environment.ts';
import { Objects } from '../../adapters/objects.ts';
import { asTask } from '../../adapters/task.ts';
import { makeDynamoDbStore } from '../../stores/dynamodb/dynamodb-store.ts';
import { makeS3Store } from '../../stores/s3/s3-store.ts';
import { makePlanRun } from './handler.ts';

const dynamodb = new DynamoDBClient();
const s3 = new S3Client();
const table = new ControlTable(dynamodb, requireEnvironment('LETHE_CONTROL_TABLE'));

export const handler = asTask(
  'plan-run',
  makePlanRun({
    catalog: readShippedCatalog(),
    clock: systemClock,
    stores: { dynamodb: makeDynamoDbStore(dynamodb), s3: makeS3Store(s3) },
    runs: new Runs(table),
    locks: new Locks(table),
    requests: new Requests(table),
    aborts: new Aborts(table),
    shards: new Shards(table),
    executions: new Executions(new SFNClient()),
    work: new Objects(s3, requireEnvironment('LETHE_WORK_BUCKET')),
    evidenceBucket: requireEnvironment('LETHE_EVIDENCE_BUCKET'),
    controlTable: table.name,
  }),
);
