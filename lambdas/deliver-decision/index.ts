// Wiring of deliver-decision.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import { Callback } from '../../adapters/callback.ts';
import { Aborts } from '../../adapters/control-table/aborts.ts';
import { Approvals } from '../../adapters/control-table/approvals.ts';
import { ControlTable } from '../../adapters/control-table/control-table.ts';
import { requireEnvironment } from '../../adapters/function-environment.ts';
import { asTask } from '../../adapters/task.ts';
import { makeDeliverDecision } from './handler.ts';

const table = new ControlTable(new DynamoDBClient(), requireEnvironment('LETHE_CONTROL_TABLE'));

export const handler = asTask(
  'deliver-decision',
  makeDeliverDecision({
    approvals: new Approvals(table),
    aborts: new Aborts(table),
    callback: new Callback(new SFNClient()),
  }),
);
