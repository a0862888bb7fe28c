// Wiring of weigh-pass.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { Aborts } from '../../adapters/control-table/aborts.ts';
import { ControlTable } from '../../adapters/control-table/control-table.ts';
import { Runs } from '../../adapters/control-table/runs.ts';
import { Shards } from '../../adapters/control-table/shards.ts';
import { requireEnvironment } from '../../adapters/function-environment.ts';
import { Objects } from '../../adapters/objects.ts';
import { asTask } from '../../adapters/task.ts';
import { makeWeighPass } from './handler.ts';

const table = new ControlTable(new DynamoDBClient(), requireEnvironment('LETHE_CONTROL_TABLE'));

export const handler = asTask(
  'weigh-pass',
  makeWeighPass({
    runs: new Runs(table),
    aborts: new Aborts(table),
    shards: new Shards(table),
    work: new Objects(new S3Client(), requireEnvironment('LETHE_WORK_BUCKET')),
  }),
);
