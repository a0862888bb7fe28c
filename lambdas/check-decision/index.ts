// Wiring of check-decision.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { systemClock } from '../../adapters/clock.ts';
import { Aborts } from '../../adapters/control-table/aborts.ts';
import { Approvals } from '../../adapters/control-table/approvals.ts';
import { ControlTable } from '../../adapters/control-table/control-table.ts';
import { Protections } from '../../adapters/control-table/protections.ts';
import { Runs } from '../../adapters/control-table/runs.ts';
import { Delivery } from '../../adapters/delivery.ts';
import { requireEnvironment } from '../../adapters/function-environment.ts';
import { Objects } from '../../adapters/objects.ts';
import { asTask } from '../../adapters/task.ts';
import { siblingFunction } from '../../contracts/functions.ts';
import { makeCheckDecision } from './handler.ts';

const teller = siblingFunction(requireEnvironment('AWS_LAMBDA_FUNCTION_NAME'), 'check-decision', 'tell-outcome');
const table = new ControlTable(new DynamoDBClient(), requireEnvironment('LETHE_CONTROL_TABLE'));

export const handler = asTask(
  'check-decision',
  makeCheckDecision({
    clock: systemClock,
    runs: new Runs(table),
    aborts: new Aborts(table),
    approvals: new Approvals(table),
    protections: new Protections(table),
    work: new Objects(new S3Client(), requireEnvironment('LETHE_WORK_BUCKET')),
    telling: new Delivery(new LambdaClient(), teller),
    catalogSha256: requireEnvironment('LETHE_CATALOG_SHA256'),
  }),
);
