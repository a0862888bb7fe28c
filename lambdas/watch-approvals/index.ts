// Wiring of watch-approvals.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import { systemClock } from '../../adapters/clock.ts';
import { Approvals } from '../../adapters/control-table/approvals.ts';
import { ControlTable } from '../../adapters/control-table/control-table.ts';
import { Runs } from '../../adapters/control-table/runs.ts';
import { Executions } from '../../adapters/executions.ts';
import { requireEnvironment } from '../../adapters/function-environment.ts';
import { Metrics } from '../../adapters/metrics.ts';
import { asTask } from '../../adapters/task.ts';
import { makeWatchApprovals } from './handler.ts';

const table = new ControlTable(new DynamoDBClient(), requireEnvironment('LETHE_CONTROL_TABLE'));
const stateMachineArn = requireEnvironment('LETHE_STATE_MACHINE_ARN');

export const handler = asTask(
  'watch-approvals',
  makeWatchApprovals({
    clock: systemClock,
    executions: new Executions(new SFNClient()),
    runs: new Runs(table),
    approvals: new Approvals(table),
    metrics: new Metrics(stateMachineArn),
    stateMachineArn,
  }),
);
