// Wiring of tell-outcome.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { Approvals } from '../../adapters/control-table/approvals.ts';
import { ControlTable } from '../../adapters/control-table/control-table.ts';
import { requireEnvironment } from '../../adapters/function-environment.ts';
import { Objects } from '../../adapters/objects.ts';
import { openMail } from '../../adapters/open-mail.ts';
import { asTask } from '../../adapters/task.ts';
import { makeTellOutcome } from './handler.ts';

const mailFrom = requireEnvironment('LETHE_MAIL_FROM');

export const handler = asTask(
  'tell-outcome',
  makeTellOutcome({
    approvals: new Approvals(new ControlTable(new DynamoDBClient(), requireEnvironment('LETHE_CONTROL_TABLE'))),
    evidence: new Objects(new S3Client(), requireEnvironment('LETHE_EVIDENCE_BUCKET')),
    mail: openMail(mailFrom),
    mailFrom,
  }),
);
