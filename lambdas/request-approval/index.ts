// Wiring of request-approval.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { systemClock } from '../../adapters/clock.ts';
import { Aborts } from '../../adapters/control-table/aborts.ts';
import { Approvals } from '../../adapters/control-table/approvals.ts';
import { ControlTable } from '../../adapters/control-table/control-table.ts';
import { Runs } from '../../adapters/control-table/runs.ts';
import { Delivery } from '../../adapters/delivery.ts';
import { requireEnvironment } from '../../adapters/function-environment.ts';
import { Mail } from '../../adapters/mail.ts';
import { Objects } from '../../adapters/objects.ts';
import { asTask } from '../../adapters/task.ts';
import { siblingFunction } from '../../contracts/functions.ts';
import { makeRequestApproval } from './handler.ts';

const table = new ControlTable(new DynamoDBClient(), requireEnvironment('LETHE_CONTROL_TABLE'));
const deliverer = siblingFunction(
  requireEnvironment('AWS_LAMBDA_FUNCTION_NAME'),
  'request-approval',
  'deliver-decision',
);

export const handler = asTask(
  'request-approval',
  makeRequestApproval({
    clock: systemClock,
    runs: new Runs(table),
    aborts: new Aborts(table),
    approvals: new Approvals(table),
    work: new Objects(new S3Client(), requireEnvironment('LETHE_WORK_BUCKET')),
    mail: new Mail(new SESv2Client(), requireEnvironment('LETHE_MAIL_FROM')),
    delivery: new Delivery(new LambdaClient(), deliverer),
    webUrl: requireEnvironment('LETHE_WEB_URL'),
  }),
);
