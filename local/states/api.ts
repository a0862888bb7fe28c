// The operations of the Step Functions API.
import { randomUUID } from 'node:crypto';
import { AwsError, notImplemented } from '../kernel/aws-error.ts';
import type { Json, JsonOperation } from '../kernel/json-service.ts';
import type { Data } from './data.ts';
import type { Engine } from './engine.ts';
import type { Execution, StateMachine } from './execution.ts';
import type { MapRun } from './map-run.ts';
import { isName } from './names.ts';
import type { Registry } from './registry.ts';
import {
  checkArn,
  invalid,
  newestFirst,
  operation,
  pageSize,
  positionIn,
  type RequestFields,
  refuseLargeField,
  tokenAt,
} from './requests.ts';
import type { TaskTokens } from './task-tokens.ts';
import {
  executionDetails,
  executionItem,
  machineDetails,
  machineItem,
  mapRunDetails,
  mapRunItem,
  seconds,
} from './views.ts';

const page = { maxResults: 'number', nextToken: 'string' } as const;
const STATUSES = ['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'];

export function makeOperations(engine: Engine, registry: Registry, tokens: TaskTokens): Record<string, JsonOperation> {
  const table: Record<string, [RequestFields, (input: Json) => Json]> = {
    StartExecution: [
      { stateMachineArn: 'string!', name: 'string', input: 'string' },
      (input) => startExecution(engine, registry, input),
    ],
    StopExecution: [
      { executionArn: 'string!', error: 'string', cause: 'string' },
      (input) => stopExecution(engine, findExecution(registry, input.executionArn), input),
    ],
    DescribeExecution: [
      { executionArn: 'string!' },
      (input) => executionDetails(findExecution(registry, input.executionArn)),
    ],
    GetExecutionHistory: [
      { executionArn: 'string!', reverseOrder: 'boolean', includeExecutionData: 'boolean', ...page },
      (input) => historyPage(findExecution(registry, input.executionArn), input),
    ],
    ListExecutions: [
      { stateMachineArn: 'string', mapRunArn: 'string', statusFilter: 'string', ...page },
      (input) => listExecutions(registry, input),
    ],
    DescribeStateMachine: [
      { stateMachineArn: 'string!' },
      (input) => machineDetails(findMachine(registry, input.stateMachineArn)),
    ],
    ListStateMachines: [page, (input) => listMachines(registry, input)],
    ListMapRuns: [{ executionArn: 'string!', ...page }, (input) => listMapRuns(registry, input)],
    DescribeMapRun: [{ mapRunArn: 'string!' }, (input) => mapRunDetails(findMapRun(registry, input.mapRunArn))],
    SendTaskSuccess: [{ taskToken: 'string!', output: 'string!' }, (input) => sendTaskSuccess(tokens, input)],
    SendTaskFailure: [
      { taskToken: 'string!', error: 'string', cause: 'string' },
      ({ taskToken, error, cause }) => tokens.fail(taskToken, error, cause),
    ],
    SendTaskHeartbeat: [{ taskToken: 'string!' }, ({ taskToken }) => tokens.heartbeat(taskToken)],
  };
  return Object.fromEntries(Object.entries(table).map(([name, [fields, run]]) => [name, operation(name, fields, run)]));
}

function startExecution(
  engine: Engine,
  registry: Registry,
  { stateMachineArn, name = randomUUID(), input = '{}' }: Json,
): Json {
  const machine = findMachine(registry, stateMachineArn);
  if (!isName(name)) throw new AwsError('InvalidName', `Invalid Name: '${name}'`);
  const data = parseInput(input);
  const known = registry.find(engine.arnOf(machine, name));
  if (known && (known.status !== 'RUNNING' || known.start.input !== input)) {
    throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${known.start.arn}'`);
  }
  const { start, startMs } = known ?? engine.start(machine, name, data);
  return { executionArn: start.arn, startDate: seconds(startMs) };
}

function parseInput(json: string): Data {
  refuseLargeField('input', json);
  try {
    return { value: JSON.parse(json), json };
  } catch (thrown) {
    const text = `Invalid State Machine Execution Input: '${(thrown as Error).message}'`;
    throw new AwsError('InvalidExecutionInput', text);
  }
}

function stopExecution(engine: Engine, execution: Execution, { error, cause }: Json): Json {
  if (execution.start.mapRunArn !== undefined) throw notImplemented('StopExecution of a child workflow execution');
  engine.end(execution, { status: 'ABORTED', error, cause });
  return { stopDate: seconds(execution.stopMs) };
}

function historyPage({ history, start }: Execution, input: Json): Json {
  if (history.isDiscarded) throw notImplemented(`The history of ${start.arn}, a child that ended long ago,`);
  const { reverseOrder: isReversed = false, includeExecutionData: hasData = true } = input;
  const size = pageSize(input.maxResults);
  const from = positionIn(input.nextToken, isReversed ? history.length : 1);
  const next = isReversed ? from - size : from + size;
  const hasMore = isReversed ? next >= 1 : next <= history.length;
  return { events: history.page(from, size, isReversed, hasData), ...(hasMore && { nextToken: tokenAt(next) }) };
}

function listExecutions(registry: Registry, input: Json): Json {
  const { stateMachineArn, mapRunArn, statusFilter } = input;
  if ((stateMachineArn === undefined) === (mapRunArn === undefined)) {
    throw new AwsError('ValidationException', 'Exactly one of stateMachineArn and mapRunArn must be specified');
  }
  if (statusFilter !== undefined && !STATUSES.includes(statusFilter)) {
    throw invalid(`'${statusFilter}'`, 'statusFilter', `Member must satisfy enum value set: [${STATUSES.join(', ')}]`);
  }
  const all =
    mapRunArn === undefined ? executionsOf(registry, stateMachineArn) : findMapRun(registry, mapRunArn).children;
  const isWanted = ({ status }: Execution) => statusFilter === undefined || status === statusFilter;
  const { page: found, ...more } = newestFirst(all, input, isWanted);
  return { executions: found.map(executionItem), ...more };
}

function executionsOf(registry: Registry, stateMachineArn: string): Execution[] {
  const machine = findMachine(registry, stateMachineArn);
  return registry.executions.filter(({ start }) => start.machine === machine);
}

function listMachines(registry: Registry, input: Json): Json {
  const { page: found, ...more } = newestFirst([...registry.machines.values()], input);
  return { stateMachines: found.map(machineItem), ...more };
}

function listMapRuns(registry: Registry, input: Json): Json {
  const execution = findExecution(registry, input.executionArn);
  const runs = [...registry.mapRuns.values()].filter(({ parent }) => parent === execution);
  const { page: found, ...more } = newestFirst(runs, input);
  return { mapRuns: found.map(mapRunItem), ...more };
}

function sendTaskSuccess(tokens: TaskTokens, { taskToken, output }: Json): void {
  refuseLargeField('output', output);
  tokens.succeed(taskToken, parseOutput(output));
}

function parseOutput(json: string): Json {
  try {
    return JSON.parse(json);
  } catch (thrown) {
    throw new AwsError('InvalidOutput', `Invalid Output: '${(thrown as Error).message}'`);
  }
}

function findMachine(registry: Registry, arn: string): StateMachine {
  checkArn(arn, 'stateMachine');
  const machine = registry.machines.get(arn);
  if (machine) return machine;
  const qualified = [...registry.machines.keys()].find(
    (known) => arn.startsWith(`${known}:`) || arn.startsWith(`${known}/`),
  );
  if (qualified !== undefined) throw notImplemented(`A version, alias or label of a state machine (${arn})`);
  throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
}

function findExecution(registry: Registry, arn: string): Execution {
  checkArn(arn, 'execution');
  const execution = registry.find(arn);
  if (!execution) throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
  return execution;
}

function findMapRun(registry: Registry, arn: string): MapRun {
  checkArn(arn, 'mapRun');
  const run = registry.mapRuns.get(arn);
  if (!run) throw new AwsError('ResourceNotFound', `Resource not found: '${arn}'`, 400, { resourceName: arn });
  return run;
}
