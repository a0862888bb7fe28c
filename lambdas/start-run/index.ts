// Wiring of start-run.
import { SFNClient } from '@aws-sdk/client-sfn';
import { Executions } from '../../adapters/executions.ts';
import { requireEnvironment } from '../../adapters/function-environment.ts';
import { asTask } from '../../adapters/task.ts';
import { makeStartRun } from './handler.ts';

export const handler = asTask(
  'start-run',
  makeStartRun({
    executions: new Executions(new SFNClient()),
    stateMachineArn: requireEnvironment('LETHE_STATE_MACHINE_ARN'),
  }),
);
