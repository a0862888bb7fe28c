// Wiring of show-run: it reads, and has no permission for anything else.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { handle } from 'hono/aws-lambda';
import { systemClock } from '../../adapters/clock.ts';
import { Approvals } from '../../adapters/control-table/approvals.ts';
import { ControlTable } from '../../adapters/control-table/control-table.ts';
import { Runs } from '../../adapters/control-table/runs.ts';
import { requireEnvironment } from '../../adapters/function-environment.ts';
import { Objects } from '../../adapters/objects.ts';
import { RunStatuses } from '../../adapters/run-status.ts';
import { makeApp } from './handler.ts';

const table = new ControlTable(new DynamoDBClient(), requireEnvironment('LETHE_CONTROL_TABLE'));
const s3 = new S3Client();

export const handler = handle(
  makeApp({
    clock: systemClock,
    runs: new Runs(table),
    approvals: new Approvals(table),
    statuses: new RunStatuses({ table, work: new Objects(s3, requireEnvironment('LETHE_WORK_BUCKET')) }),
    evidence: new Objects(s3, requireEnvironment('LETHE_EVIDENCE_BUCKET')),
  }),
);
