// The Step Functions API over the wire: starting, describing, listing, stopping, and what is refused.
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  DescribeMapRunCommand,
  DescribeStateMachineCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListMapRunsCommand,
  ListStateMachinesCommand,
  RedriveExecutionCommand,
  StartExecutionCommand,
  StartSyncExecutionCommand,
  StopExecutionCommand,
  TestStateCommand,
  UpdateMapRunCommand,
  UpdateStateMachineCommand,
} from '@aws-sdk/client-sfn';
import { describe, expect, test } from 'vitest';
import { openWorld, pass, ROLE, types } from './states-world.ts';

/** Any command; the client's overloads know each by its own type. */
type Command = DescribeExecutionCommand;

const wait = { W: { Type: 'Wait', Seconds: 3600, End: true } };
const MACHINE = 'arn:aws:states:eu-west-1:123456789012:stateMachine:machine-1';
const NOWHERE = 'arn:aws:states:eu-west-1:123456789012:stateMachine:none';
const NEVER = 'arn:aws:states:eu-west-1:123456789012:execution:machine-1:never';

describe('StartExecution', () => {
  test('runs under the name, with the input as it was written, from the time of the service', async () => {
    await using world = await openWorld();
    const stateMachineArn = world.machine({ A: pass('{% $states.input.a %}') });
    const startMs = world.clock.nowMs();
    const input = '{ "a" : [ 1 ] }';
    const started = await world.sfn.send(new StartExecutionCommand({ stateMachineArn, name: 'run-1', input }));
    expect(started.executionArn).toBe('arn:aws:states:eu-west-1:123456789012:execution:machine-1:run-1');
    const ended = await world.ended(started.executionArn ?? '');
    expect(ended).toMatchObject({
      status: 'SUCCEEDED',
      name: 'run-1',
      input,
      output: [1],
      stateMachineArn,
      startDate: started.startDate,
    });
    expect(ended.inputDetails).toEqual({ included: true });
    expect(Number(ended.startDate)).toBeGreaterThanOrEqual(startMs);
    expect(Number(ended.stopDate)).toBeGreaterThanOrEqual(Number(ended.startDate));
  });

  test('without a name and input takes a new name and {}', async () => {
    await using world = await openWorld();
    const stateMachineArn = world.machine({ A: pass('{% $states.input %}') });
    const { executionArn = '' } = await world.sfn.send(new StartExecutionCommand({ stateMachineArn }));
    const ended = await world.ended(executionArn);
    expect(ended.name).toMatch(/^[0-9a-f-]{36}$/);
    expect(ended).toMatchObject({ input: '{}', output: {} });
  });

  test('the same name and input while it runs is the same execution; another input, or after its end, is refused', async () => {
    await using world = await openWorld();
    const stateMachineArn = world.machine(wait);
    const start = (input: string) => world.sfn.send(new StartExecutionCommand({ stateMachineArn, name: 'n', input }));
    const first = await start('{"a":1}');
    const again = await start('{"a":1}');
    expect([again.executionArn, again.startDate]).toEqual([first.executionArn, first.startDate]);
    expect(world.events.filter(({ type }) => type === 'ExecutionStarted')).toHaveLength(1);
    const exists = { name: 'ExecutionAlreadyExists', message: `Execution Already Exists: '${first.executionArn}'` };
    await expect(start('{"a":2}')).rejects.toMatchObject(exists);
    await world.sfn.send(new StopExecutionCommand({ executionArn: first.executionArn }));
    await expect(start('{"a":1}')).rejects.toMatchObject(exists);
  });

  test.each(['n', 'a-b_c.d', 'ünï', 'x'.repeat(80)])('takes the name %s', async (name) => {
    await using world = await openWorld();
    const stateMachineArn = world.machine(wait);
    await expect(world.sfn.send(new StartExecutionCommand({ stateMachineArn, name }))).resolves.toBeDefined();
  });

  const wrong = [
    '',
    'a b',
    'a\tb',
    'x'.repeat(81),
    'a\u0007',
    'a\u0085',
    'a\ufffe',
    'a😀',
    ...'<>{}[]?*"#%\\^|~`$&,;:/',
  ].map((name) => [name]);
  test.each(wrong)('refuses the name %j', async (name) => {
    await using world = await openWorld();
    const stateMachineArn = world.machine(wait);
    const start = world.sfn.send(new StartExecutionCommand({ stateMachineArn, name }));
    await expect(start).rejects.toMatchObject({ name: 'InvalidName', message: `Invalid Name: '${name}'` });
  });

  test.each(['', '{', "{'a':1}", 'not json'])('refuses the input %j', async (input) => {
    await using world = await openWorld();
    const stateMachineArn = world.machine(wait);
    const start = world.sfn.send(new StartExecutionCommand({ stateMachineArn, input }));
    await expect(start).rejects.toMatchObject({ name: 'InvalidExecutionInput' });
  });

  test.each(['7', '"text"', 'null', '[1]'])('takes the input %s', async (input) => {
    await using world = await openWorld();
    const ended = await world.run({ A: pass('{% $states.input %}') }, JSON.parse(input));
    expect(ended.output).toEqual(JSON.parse(input));
  });

  test('refuses an input of more than 256 KiB, an unknown machine, and what is no machine', async () => {
    await using world = await openWorld();
    const stateMachineArn = world.machine(wait);
    const start = (input: object) => world.sfn.send(new StartExecutionCommand({ stateMachineArn, ...input }));
    await expect(start({ input: `"${'x'.repeat(262_143)}"` })).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(start({ stateMachineArn: NOWHERE })).rejects.toMatchObject({
      name: 'StateMachineDoesNotExist',
      message: `State Machine Does Not Exist: '${NOWHERE}'`,
    });
    await expect(start({ stateMachineArn: 'machine-1' })).rejects.toMatchObject({
      name: 'InvalidArn',
      message: "Invalid Arn: 'Invalid ARN prefix: machine-1'",
    });
    await expect(start({ stateMachineArn: NEVER })).rejects.toMatchObject({ name: 'InvalidArn' });
  });
});

describe('StopExecution', () => {
  test('ends a wait at once as ABORTED, with error and cause', async () => {
    await using world = await openWorld();
    const executionArn = await world.start(wait);
    const { stopDate } = await world.sfn.send(
      new StopExecutionCommand({ executionArn, error: 'Stopped', cause: 'by hand' }),
    );
    const ended = await world.ended(executionArn);
    expect(ended).toMatchObject({ status: 'ABORTED', error: 'Stopped', cause: 'by hand', stopDate });
    const history = await world.history(executionArn);
    expect(types(history)).toEqual(['ExecutionStarted', 'WaitStateEntered', 'ExecutionAborted']);
    expect(history[2]).toMatchObject({
      previousEventId: 0,
      executionAbortedEventDetails: { error: 'Stopped', cause: 'by hand' },
    });
  });

  test('leaves an execution that has ended as it is', async () => {
    await using world = await openWorld();
    const ended = await world.run({ A: pass(1) });
    const stopped = await world.sfn.send(new StopExecutionCommand({ executionArn: ended.arn, error: 'Late' }));
    expect(stopped.stopDate).toEqual(ended.stopDate);
    expect(await world.sfn.send(new DescribeExecutionCommand({ executionArn: ended.arn }))).toMatchObject({
      status: 'SUCCEEDED',
    });
    expect(types(await world.history(ended.arn)).at(-1)).toBe('ExecutionSucceeded');
  });

  test('stops the branches of a Parallel and the wait before a retry', async () => {
    await using world = await openWorld();
    const branch = (n: number) => ({
      StartAt: `W${n}`,
      States: { [`W${n}`]: { Type: 'Wait', Seconds: 9999, Next: `N${n}` }, [`N${n}`]: pass(1) },
    });
    const executionArn = await world.start({ P: { Type: 'Parallel', Branches: [branch(1), branch(2)], End: true } });
    await world.sfn.send(new StopExecutionCommand({ executionArn }));
    await world.clock.sleep(20_000);
    expect(world.events.filter(({ type }) => type === 'StateExited')).toEqual([]);
  });
});

describe('lists', () => {
  test('executions come newest first, in pages, while others are started', async () => {
    await using world = await openWorld();
    const stateMachineArn = world.machine(wait);
    const start = (name: string) => world.sfn.send(new StartExecutionCommand({ stateMachineArn, name }));
    for (const name of ['1', '2', '3', '4', '5']) await start(name);
    const list = (more: object) =>
      world.sfn.send(new ListExecutionsCommand({ stateMachineArn, maxResults: 2, ...more }));
    const first = await list({});
    await start('6');
    const second = await list({ nextToken: first.nextToken });
    const third = await list({ nextToken: second.nextToken });
    const names = [first, second, third].map(({ executions }) => executions?.map(({ name }) => name));
    expect(names).toEqual([['5', '4'], ['3', '2'], ['1']]);
    expect(third.nextToken).toBeUndefined();
    expect(first.executions?.[0]).toMatchObject({ stateMachineArn, status: 'RUNNING' });
  });

  test('a page of a status is as full as it can be', async () => {
    await using world = await openWorld();
    const stateMachineArn = world.machine(wait);
    const start = (name: string) => world.sfn.send(new StartExecutionCommand({ stateMachineArn, name }));
    for (const name of ['1', '2', '3', '4', '5']) {
      const { executionArn } = await start(name);
      if (Number(name) % 2 === 0) await world.sfn.send(new StopExecutionCommand({ executionArn }));
    }
    const list = { stateMachineArn, statusFilter: 'RUNNING', maxResults: 2 } as const;
    const first = await world.sfn.send(new ListExecutionsCommand(list));
    const second = await world.sfn.send(new ListExecutionsCommand({ ...list, nextToken: first.nextToken }));
    const names = [first, second].map(({ executions }) => executions?.map(({ name }) => name));
    expect(names).toEqual([['5', '3'], ['1']]);
    expect(second.nextToken).toBeUndefined();
  });

  test('a status filters', async () => {
    await using world = await openWorld();
    const stateMachineArn = world.machine({ A: pass(1) });
    const { executionArn = '' } = await world.sfn.send(new StartExecutionCommand({ stateMachineArn }));
    await world.ended(executionArn);
    const list = async (statusFilter: 'RUNNING' | 'SUCCEEDED') =>
      (await world.sfn.send(new ListExecutionsCommand({ stateMachineArn, statusFilter }))).executions?.length;
    expect([await list('SUCCEEDED'), await list('RUNNING')]).toEqual([1, 0]);
  });

  test('machines are listed and described', async () => {
    await using world = await openWorld();
    const stateMachineArn = world.machine(wait);
    world.machine({ A: pass(1) });
    const { stateMachines } = await world.sfn.send(new ListStateMachinesCommand({}));
    expect(stateMachines?.map(({ name }) => name).sort()).toEqual(['machine-1', 'machine-2']);
    const described = await world.sfn.send(new DescribeStateMachineCommand({ stateMachineArn }));
    expect(described).toMatchObject({
      stateMachineArn,
      name: 'machine-1',
      status: 'ACTIVE',
      type: 'STANDARD',
      roleArn: ROLE,
    });
    expect(JSON.parse(described.definition ?? '')).toEqual({ QueryLanguage: 'JSONata', StartAt: 'W', States: wait });
  });

  test('a wrong page is refused', async () => {
    await using world = await openWorld();
    const stateMachineArn = world.machine(wait);
    const list = (more: object) => world.sfn.send(new ListExecutionsCommand({ stateMachineArn, ...more }));
    await expect(list({ nextToken: 'abc' })).rejects.toMatchObject({ name: 'InvalidToken' });
    await expect(list({ maxResults: 1001 })).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(list({ mapRunArn: 'arn:aws:states:eu-west-1:1:mapRun:m/L:x' })).rejects.toMatchObject({
      name: 'ValidationException',
    });
    await expect(list({ stateMachineArn: undefined })).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(list({ stateMachineArn: NOWHERE })).rejects.toMatchObject({ name: 'StateMachineDoesNotExist' });
  });
});

test('unknown executions and map runs are not found', async () => {
  await using world = await openWorld();
  world.machine(wait);
  const missing = { name: 'ExecutionDoesNotExist', message: `Execution Does Not Exist: '${NEVER}'` };
  const { sfn } = world;
  await expect(sfn.send(new DescribeExecutionCommand({ executionArn: NEVER }))).rejects.toMatchObject(missing);
  await expect(sfn.send(new StopExecutionCommand({ executionArn: NEVER }))).rejects.toMatchObject(missing);
  await expect(sfn.send(new GetExecutionHistoryCommand({ executionArn: NEVER }))).rejects.toMatchObject(missing);
  await expect(sfn.send(new ListMapRunsCommand({ executionArn: NEVER }))).rejects.toMatchObject(missing);
  const mapRunArn = 'arn:aws:states:eu-west-1:123456789012:mapRun:machine-1/L:none';
  await expect(sfn.send(new DescribeMapRunCommand({ mapRunArn }))).rejects.toMatchObject({
    name: 'ResourceNotFound',
    resourceName: mapRunArn,
  });
});

describe('answers 501', () => {
  const definition = '{}';
  test.each([
    ['RedriveExecution', new RedriveExecutionCommand({ executionArn: NEVER })],
    ['UpdateMapRun', new UpdateMapRunCommand({ mapRunArn: NEVER })],
    ['StartSyncExecution', new StartSyncExecutionCommand({ stateMachineArn: MACHINE })],
    ['TestState', new TestStateCommand({ definition, roleArn: ROLE })],
    ['CreateStateMachine', new CreateStateMachineCommand({ name: 'm', definition, roleArn: ROLE })],
    ['UpdateStateMachine', new UpdateStateMachineCommand({ stateMachineArn: MACHINE, definition })],
    ['a version', new StartExecutionCommand({ stateMachineArn: `${MACHINE}:1` })],
    ['an alias', new DescribeStateMachineCommand({ stateMachineArn: `${MACHINE}:live` })],
    ['a trace header', new StartExecutionCommand({ stateMachineArn: MACHINE, traceHeader: 'Root=1' })],
    ['includedData', new DescribeExecutionCommand({ executionArn: NEVER, includedData: 'METADATA_ONLY' })],
    ['a redrive filter', new ListExecutionsCommand({ stateMachineArn: MACHINE, redriveFilter: 'REDRIVEN' })],
  ])('to %s', async (_, command) => {
    await using world = await openWorld();
    world.machine(wait);
    const answer = world.sfn.send(command as Command);
    await expect(answer).rejects.toMatchObject({ name: 'NotImplemented', $metadata: { httpStatusCode: 501 } });
  });
});

test('calls are recorded with the machine they are about', async () => {
  await using world = await openWorld();
  const recorded: string[] = [];
  world.calls.listen(({ service, operation, resource, status }) =>
    recorded.push(`${service} ${operation} ${resource} ${status}`),
  );
  await world.run({ A: pass(1) });
  expect(recorded).toEqual(['states StartExecution machine-1 200', 'states DescribeExecution machine-1 200']);
});
