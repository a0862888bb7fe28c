// Wiring of write-report.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { systemClock } from '../../adapters/clock.ts';
import { Aborts } from '../../adapters/control-table/aborts.ts';
import { Approvals } from '../../adapters/control-table/approvals.ts';
import { Backups } from '../../adapters/control-table/backups.ts';
import { ControlTable } from '../../adapters/control-table/control-table.ts';
import { Locks } from '../../adapters/control-table/locks.ts';
import { Protections } from '../../adapters/control-table/protections.ts';
import { Requests } from '../../adapters/control-table/requests.ts';
import { Runs } from '../../adapters/control-table/runs.ts';
import { Shards } from '../../adapters/control-table/shards.ts';
import { Delivery } from '../../adapters/delivery.ts';
import { requireEnvironment } from '../../adapters/function-environment.ts';
import { Metrics } from '../../adapters/metrics.ts';
import { Objects } from '../../adapters/objects.ts';
import { Signing } from '../../adapters/signing.ts';
import { asTask } from '../../adapters/task.ts';
import { siblingFunction, signingAlias } from '../../contracts/functions.ts';
import { deleteBackup } from '../../stores/dynamodb/recovery.ts';
import { makeWriteReport } from './handler.ts';

const dynamodb = new DynamoDBClient();
const s3 = new S3Client();
const ownName = requireEnvironment('AWS_LAMBDA_FUNCTION_NAME');
const teller = siblingFunction(ownName, 'write-report', 'tell-outcome');
const table = new ControlTable(dynamodb, requireEnvironment('LETHE_CONTROL_TABLE'));

export const handler = asTask(
  'write-report',
  makeWriteReport({
    clock: systemClock,
    runs: new Runs(table),
    aborts: new Aborts(table),
    approvals: new Approvals(table),
    shards: new Shards(table),
    protections: new Protections(table),
    backups: new Backups(table),
    locks: new Locks(table),
    requests: new Requests(table),
    work: new Objects(s3, requireEnvironment('LETHE_WORK_BUCKET')),
    evidence: new Objects(s3, requireEnvironment('LETHE_EVIDENCE_BUCKET')),
    signing: new Signing(new KMSClient(), signingAlias(ownName, 'write-report')),
    metrics: new Metrics(requireEnvironment('LETHE_STATE_MACHINE_ARN')),
    telling: new Delivery(new LambdaClient(), teller),
    deleteBackup: (backupArn) => deleteBackup(dynamodb, backupArn),
  }),
);
