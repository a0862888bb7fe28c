// The history of an execution: which events, in which order, following which, with which details.
import { GetExecutionHistoryCommand, type HistoryEvent } from '@aws-sdk/client-sfn';
import { describe, expect, test } from 'vitest';
import type { Json } from '../../local/kernel/json-service.ts';
import { distributed, namedError, openWorld, pass, ROLE, task, types } from './states-world.ts';

const Z = { Type: 'Succeed' };
const inline = (states: Json) => ({ StartAt: Object.keys(states)[0], States: states });
/** id, type and the id of the event it follows, as AWS shows them. */
const shape = (history: readonly HistoryEvent[]) =>
  history.map(({ id, type, previousEventId }) => `${id} ${type} ${previousEventId}`);
const whole = { truncated: false };

test('a Task: entered, scheduled, started, succeeded, exited', async () => {
  await using world = await openWorld({ functions: { fn: (payload) => payload } });
  const state = task({
    TimeoutSeconds: 30,
    Assign: { n: '{% $states.result.Payload.n %}' },
    Output: '{% $states.result.Payload %}',
  });
  const ended = await world.run({ A: state }, { n: 1 });
  const history = await world.history(ended.arn);
  expect(shape(history)).toEqual([
    '1 ExecutionStarted 0',
    '2 TaskStateEntered 0',
    '3 TaskScheduled 2',
    '4 TaskStarted 3',
    '5 TaskSucceeded 4',
    '6 TaskStateExited 5',
    '7 ExecutionSucceeded 6',
  ]);
  const resource = { resourceType: 'lambda', resource: 'invoke' };
  const details = history.map(({ id, type, previousEventId, timestamp, ...rest }) => rest);
  expect(details).toEqual([
    { executionStartedEventDetails: { input: '{"n":1}', inputDetails: whole, roleArn: ROLE } },
    { stateEnteredEventDetails: { name: 'A', input: '{"n":1}', inputDetails: whole } },
    {
      taskScheduledEventDetails: {
        ...resource,
        region: 'eu-west-1',
        parameters: '{"FunctionName":"fn","Payload":{"n":1}}',
        timeoutInSeconds: 30,
      },
    },
    { taskStartedEventDetails: resource },
    {
      taskSucceededEventDetails: {
        ...resource,
        output: '{"ExecutedVersion":"$LATEST","Payload":{"n":1},"StatusCode":200}',
        outputDetails: whole,
      },
    },
    {
      stateExitedEventDetails: {
        name: 'A',
        output: '{"n":1}',
        outputDetails: whole,
        assignedVariables: { n: '1' },
        assignedVariablesDetails: whole,
      },
    },
    { executionSucceededEventDetails: { output: '{"n":1}', outputDetails: whole } },
  ]);
  for (const { timestamp } of history) {
    expect(Number(timestamp)).toBeGreaterThanOrEqual(Number(ended.startDate));
    expect(Number(timestamp)).toBeLessThanOrEqual(Number(ended.stopDate));
  }
});

test('a Task that is tried again is scheduled again after its failure', async () => {
  let calls = 0;
  const fn = () => {
    calls++;
    if (calls === 1) throw namedError('E');
  };
  await using world = await openWorld({ functions: { fn } });
  const { arn } = await world.run({ A: task({ Retry: [{ ErrorEquals: ['E'] }], Output: 1 }) });
  const history = await world.history(arn);
  expect(shape(history).slice(3, 7)).toEqual([
    '4 TaskStarted 3',
    '5 TaskFailed 4',
    '6 TaskScheduled 5',
    '7 TaskStarted 6',
  ]);
  expect(history[4]?.taskFailedEventDetails).toEqual({
    resourceType: 'lambda',
    resource: 'invoke',
    error: 'E',
    cause: '{"errorType":"E","errorMessage":"no luck","trace":[]}',
  });
});

test('a Task that is caught exits with what the catcher gives', async () => {
  await using world = await openWorld();
  const { arn } = await world.run({ A: task({ Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Z' }], Next: 'Z' }), Z });
  const history = await world.history(arn);
  expect(shape(history).slice(4)).toEqual([
    '5 TaskFailed 4',
    '6 TaskStateExited 5',
    '7 SucceedStateEntered 6',
    '8 SucceedStateExited 7',
    '9 ExecutionSucceeded 8',
  ]);
  expect(JSON.parse(history[5]?.stateExitedEventDetails?.output ?? '')).toMatchObject({
    Error: 'Lambda.ResourceNotFoundException',
  });
});

test('Choice, Wait and Fail', async () => {
  await using world = await openWorld();
  const choice = { Type: 'Choice', Choices: [{ Condition: '{% true %}', Next: 'W' }] };
  const { arn } = await world.run({
    C: choice,
    W: { Type: 'Wait', Seconds: 1, Next: 'F' },
    F: { Type: 'Fail', Error: 'E', Cause: 'c' },
  });
  const history = await world.history(arn);
  expect(types(history)).toEqual([
    'ExecutionStarted',
    'ChoiceStateEntered',
    'ChoiceStateExited',
    'WaitStateEntered',
    'WaitStateExited',
    'FailStateEntered',
    'ExecutionFailed',
  ]);
  expect(history.at(-1)?.executionFailedEventDetails).toEqual({ error: 'E', cause: 'c' });
});

test('an expression that fails is an event of its own', async () => {
  await using world = await openWorld();
  const { arn, cause } = await world.run({ A: pass({ x: '{% $states.input.none %}' }) });
  const history = await world.history(arn);
  expect(shape(history).slice(1)).toEqual(['2 PassStateEntered 0', '3 EvaluationFailed 2', '4 ExecutionFailed 3']);
  expect(history[2]?.evaluationFailedEventDetails).toEqual({
    error: 'States.QueryEvaluationError',
    cause,
    location: 'Output/x',
    state: 'A',
  });
});

describe('a Map', () => {
  test('inline: iterations one after another follow each other, their ends stand aside', async () => {
    await using world = await openWorld();
    const { arn } = await world.run(
      { M: { Type: 'Map', MaxConcurrency: 1, ItemProcessor: inline({ I: pass(1) }), End: true } },
      [7, 8],
    );
    expect(shape(await world.history(arn))).toEqual([
      '1 ExecutionStarted 0',
      '2 MapStateEntered 0',
      '3 MapStateStarted 2',
      '4 MapIterationStarted 3',
      '5 PassStateEntered 4',
      '6 PassStateExited 5',
      '7 MapIterationSucceeded 6',
      '8 MapIterationStarted 6',
      '9 PassStateEntered 8',
      '10 PassStateExited 9',
      '11 MapIterationSucceeded 10',
      '12 MapStateSucceeded 11',
      '13 MapStateExited 11',
      '14 ExecutionSucceeded 13',
    ]);
  });

  test('inline: a failure stops the iterations beside it', async () => {
    await using world = await openWorld();
    const states = {
      C: { Type: 'Choice', Choices: [{ Condition: '{% $states.input = 1 %}', Next: 'D' }], Default: 'W' },
      // Until the other iteration waits, however busy the machine is.
      D: { Type: 'Wait', Seconds: 60, Next: 'F' },
      F: { Type: 'Fail', Error: 'E' },
      W: { Type: 'Wait', Seconds: 9999, End: true },
    };
    const { arn } = await world.run({ M: { Type: 'Map', ItemProcessor: inline(states), End: true } }, [1, 2]);
    const history = await world.history(arn);
    const failed = history.find(({ type }) => type === 'FailStateEntered')?.id;
    const tail = history.slice(-5);
    expect(types(tail)).toEqual([
      'MapIterationFailed',
      'WaitStateAborted',
      'MapIterationAborted',
      'MapStateFailed',
      'ExecutionFailed',
    ]);
    expect(tail.slice(0, 4).map(({ previousEventId }) => previousEventId)).toEqual([failed, failed, failed, failed]);
    expect(tail[0]?.mapIterationFailedEventDetails).toEqual({ name: 'M', index: 0 });
    expect(tail[2]?.mapIterationAbortedEventDetails).toEqual({ name: 'M', index: 1 });
  });

  test('distributed: the map run starts and ends, its children have histories of their own', async () => {
    await using world = await openWorld();
    const { arn, output } = await world.run({ M: distributed({ I: Z }) }, ['a', 'b']);
    const history = await world.history(arn);
    expect(output).toEqual(['a', 'b']);
    expect(shape(history).slice(2)).toEqual([
      '3 MapStateStarted 2',
      '4 MapRunStarted 3',
      '5 MapRunSucceeded 4',
      '6 MapStateSucceeded 5',
      '7 MapStateExited 5',
      '8 ExecutionSucceeded 7',
    ]);
    expect(history[2]?.mapStateStartedEventDetails).toEqual({ length: 2 });
    expect(history[3]?.mapRunStartedEventDetails?.mapRunArn).toMatch(
      /^arn:aws:states:eu-west-1:123456789012:mapRun:machine-1\/Each:[0-9a-f-]{36}$/,
    );
  });
});

test('Parallel: each branch follows the start', async () => {
  await using world = await openWorld();
  const { arn } = await world.run({
    P: { Type: 'Parallel', Branches: [inline({ A: Z }), inline({ B: Z })], End: true },
  });
  const history = await world.history(arn);
  const entered = history.filter(({ type }) => type === 'SucceedStateEntered');
  expect(entered.map(({ previousEventId }) => previousEventId)).toEqual([3, 3]);
  expect(shape(history)[2]).toBe('3 ParallelStateStarted 2');
  expect(types(history).slice(-3)).toEqual(['ParallelStateSucceeded', 'ParallelStateExited', 'ExecutionSucceeded']);
});

describe('GetExecutionHistory', () => {
  const chain = { A: pass(1, { Next: 'B' }), B: pass(2, { Next: 'C' }), C: pass(3) };

  test.each([
    [
      false,
      [
        [1, 2, 3],
        [4, 5, 6],
        [7, 8],
      ],
    ],
    [
      true,
      [
        [8, 7, 6],
        [5, 4, 3],
        [2, 1],
      ],
    ],
  ])('gives pages; reverseOrder %s', async (reverseOrder, expected) => {
    await using world = await openWorld();
    const { arn: executionArn } = await world.run(chain);
    const pages: (number | undefined)[][] = [];
    let nextToken: string | undefined;
    do {
      const command = new GetExecutionHistoryCommand({ executionArn, reverseOrder, maxResults: 3, nextToken });
      const answer = await world.sfn.send(command);
      pages.push((answer.events ?? []).map(({ id }) => id));
      nextToken = answer.nextToken;
    } while (nextToken !== undefined);
    expect(pages).toEqual(expected);
  });

  test('a page that ends with the last event is the last', async () => {
    await using world = await openWorld();
    const { arn: executionArn } = await world.run(chain);
    expect(
      (await world.sfn.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 8 }))).nextToken,
    ).toBeUndefined();
    expect(
      (await world.sfn.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 8, reverseOrder: true })))
        .nextToken,
    ).toBeUndefined();
  });

  test('leaves data out when asked to', async () => {
    await using world = await openWorld({ functions: { fn: () => 1 } });
    const { arn: executionArn } = await world.run({ A: task({ Assign: { x: 1 } }) });
    const { events = [] } = await world.sfn.send(
      new GetExecutionHistoryCommand({ executionArn, includeExecutionData: false }),
    );
    expect(events[1]?.stateEnteredEventDetails).toEqual({ name: 'A' });
    expect(events[4]?.taskSucceededEventDetails).toEqual({ resourceType: 'lambda', resource: 'invoke' });
    expect(events[5]?.stateExitedEventDetails).toEqual({ name: 'A' });
    expect(events[0]?.executionStartedEventDetails).toEqual({ roleArn: ROLE });
  });
});
