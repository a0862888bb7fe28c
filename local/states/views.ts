// How machines, executions and map runs are shown by the API.
import type { Json } from '../kernel/json-service.ts';
import type { Execution, StateMachine } from './execution.ts';
import type { MapRun } from './map-run.ts';

export function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}

export function machineItem({ arn, name, createdMs }: StateMachine): Json {
  return { stateMachineArn: arn, name, type: 'STANDARD', creationDate: seconds(createdMs) };
}

export function machineDetails(machine: StateMachine): Json {
  return {
    ...machineItem(machine),
    status: 'ACTIVE',
    definition: JSON.stringify(machine.definition),
    roleArn: machine.roleArn,
    loggingConfiguration: { level: 'OFF', includeExecutionData: false },
    tracingConfiguration: { enabled: false },
  };
}

export function executionItem({ start, status, startMs, stopMs }: Execution): Json {
  return {
    executionArn: start.arn,
    stateMachineArn: start.machineArn,
    name: start.name,
    status,
    startDate: seconds(startMs),
    stopDate: seconds(stopMs),
    ...(start.mapRunArn !== undefined && { mapRunArn: start.mapRunArn, itemCount: 1 }),
  };
}

export function executionDetails(execution: Execution): Json {
  const { start, ending } = execution;
  const { itemCount, ...item } = executionItem(execution);
  const failure = ending?.status === 'SUCCEEDED' ? undefined : ending;
  return {
    ...item,
    input: start.input,
    inputDetails: { included: true },
    ...(ending?.status === 'SUCCEEDED' && { output: ending.output, outputDetails: { included: true } }),
    error: failure?.error,
    cause: failure?.cause,
    redriveCount: 0,
  };
}

export function mapRunItem({ arn, machineArn, parent, startMs, stopMs }: MapRun): Json {
  return {
    mapRunArn: arn,
    executionArn: parent.start.arn,
    stateMachineArn: machineArn,
    startDate: seconds(startMs),
    stopDate: seconds(stopMs),
  };
}

export function mapRunDetails(run: MapRun): Json {
  const { stateMachineArn, ...item } = mapRunItem(run);
  const { maxConcurrency, toleratedFailurePercentage = 0, toleratedFailureCount = 0 } = run.settings;
  const counts = run.counts();
  // Every child stands for one item; results are counted as written when a child has ended, with or without a writer.
  const all = { ...counts, resultsWritten: counts.total - counts.pending - counts.running };
  return {
    ...item,
    status: run.status,
    maxConcurrency,
    toleratedFailurePercentage,
    toleratedFailureCount,
    itemCounts: all,
    executionCounts: all,
    redriveCount: 0,
  };
}
