import {
  DescribeExecutionCommand,
  DescribeMapRunCommand,
  ExecutionDoesNotExist,
  InvalidToken,
  ListMapRunsCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StopExecutionCommand,
  TaskDoesNotExist,
  TaskTimedOut,
} from '@aws-sdk/client-sfn';
import { mockClient } from 'aws-sdk-client-mock';
import { describe, expect, it } from 'vitest';
import { Callback } from '../../adapters/callback.ts';
import { Executions, executionArnOf } from '../../adapters/executions.ts';
import { distributed, gate, openWorld, pass, task, tokenTask } from '../local/states-world.ts';

const CONFIGURATION = { region: 'eu-west-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } };
const ERROR = { message: 'no', $metadata: {} };

describe('an execution', () => {
  it('is alive from its start to its end', async () => {
    const open = gate();
    await using world = await openWorld({ functions: { fn: () => open.promise } });
    const arn = await world.start({ A: task() });
    const executions = new Executions(world.sfn);
    const during = await executions.isAlive(arn);
    open.resolve();
    await world.ended(arn);
    expect([during, await executions.isAlive(arn)]).toEqual([true, false]);
  });

  it('is alive while a map run of it is', async () => {
    const open = gate();
    const isIn = gate();
    const fn = () => {
      isIn.resolve();
      return open.promise;
    };
    await using world = await openWorld({ functions: { fn } });
    const arn = await world.start({ A: distributed({ B: task() }) }, [1]);
    await isIn.promise;
    expect(await new Executions(world.sfn).isAlive(arn)).toBe(true);
    open.resolve();
    await world.ended(arn);
    expect(await new Executions(world.sfn).isAlive(arn)).toBe(false);
  });

  it('is dead once it was stopped, failed, or never was', async () => {
    const open = gate();
    await using world = await openWorld({ functions: { fn: () => open.promise } });
    const stopped = await world.start({ A: task() });
    await world.sfn.send(new StopExecutionCommand({ executionArn: stopped }));
    const failed = await world.run({ A: { Type: 'Fail', Error: 'No' } });
    const executions = new Executions(world.sfn);
    const never = executionArnOf(stopped, 'never');
    expect(await Promise.all([stopped, failed.arn, never].map((arn) => executions.isAlive(arn)))).toEqual([
      false,
      false,
      false,
    ]);
    open.resolve();
  });

  it('is alive after its end while one map run of many outlives it', async () => {
    // "A Map Run can continue to run even after the parent workflow stops" (Step Functions developer guide, redriving).
    const client = new SFNClient(CONFIGURATION);
    const mock = mockClient(client);
    const run = (n: number) => ({
      mapRunArn: `map-${n}`,
      executionArn: 'e',
      stateMachineArn: 's',
      startDate: new Date(0),
    });
    mock.on(DescribeExecutionCommand).resolves({ status: 'ABORTED' });
    mock.on(ListMapRunsCommand).resolves({ mapRuns: [run(1), run(2)], nextToken: 'more' });
    mock.on(ListMapRunsCommand, { nextToken: 'more' }).resolves({ mapRuns: [run(3)] });
    mock.on(DescribeMapRunCommand).resolves({ status: 'ABORTED' });
    const executions = new Executions(client);
    expect(await executions.isAlive('e')).toBe(false);
    mock.on(DescribeMapRunCommand, { mapRunArn: 'map-3' }).resolves({ status: 'RUNNING' });
    expect(await executions.isAlive('e')).toBe(true);
  });

  it('is alive while it waits to be redriven', async () => {
    const client = new SFNClient(CONFIGURATION);
    mockClient(client).on(DescribeExecutionCommand).resolves({ status: 'PENDING_REDRIVE' });
    expect(await new Executions(client).isAlive('e')).toBe(true);
  });

  it('of which nothing can be learnt is a failure, not dead', async () => {
    const client = new SFNClient(CONFIGURATION);
    const mock = mockClient(client);
    const denied = Object.assign(new Error('no'), { name: 'AccessDeniedException' });
    mock.on(DescribeExecutionCommand).rejects(denied);
    await expect(new Executions(client).isAlive('e')).rejects.toThrow(denied);
    mock.on(DescribeExecutionCommand).resolves({ status: 'FAILED' });
    mock.on(ListMapRunsCommand).rejects(denied);
    await expect(new Executions(client).isAlive('e')).rejects.toThrow(denied);
    mock.on(DescribeExecutionCommand).rejects(new ExecutionDoesNotExist(ERROR));
    expect(await new Executions(client).isAlive('e')).toBe(false);
  });

  it('of the same machine differs by its name alone', () => {
    const arn = 'arn:aws:states:eu-west-1:123456789012:execution:lethe-erase:run-1';
    expect(executionArnOf(arn, 'run-2')).toBe('arn:aws:states:eu-west-1:123456789012:execution:lethe-erase:run-2');
  });
});

describe('waking a task', () => {
  it('works once; it carries nothing', async () => {
    const token = gate<string>();
    await using world = await openWorld({ functions: { fn: (payload) => token.resolve(payload.token) } });
    const arn = await world.start({ A: tokenTask({ Output: '{% $states.result %}' }) });
    const callback = new Callback(world.sfn);
    const taskToken = await token.promise;
    expect(await callback.wake(taskToken)).toBe(true);
    expect(await world.ended(arn)).toMatchObject({ status: 'SUCCEEDED', output: {} });
    expect(await callback.wake(taskToken)).toBe(false);
  });

  it('is too late once the task timed out, or its execution was stopped', async () => {
    const tokens = [gate<string>(), gate<string>()];
    let issued = 0;
    const fn = (payload: { token: string }) => tokens[issued++]?.resolve(payload.token);
    await using world = await openWorld({ functions: { fn } });
    const late = await world.start({ A: tokenTask({ TimeoutSeconds: 5 }) });
    const lateToken = await tokens[0]?.promise;
    await world.clock.sleep(6_000);
    await world.ended(late);
    const stopped = await world.start({ A: tokenTask() });
    const stoppedToken = await tokens[1]?.promise;
    await world.sfn.send(new StopExecutionCommand({ executionArn: stopped }));
    const callback = new Callback(world.sfn);
    expect([await callback.wake(lateToken ?? ''), await callback.wake(stoppedToken ?? '')]).toEqual([false, false]);
  });

  it('does nothing for a token of which there is no task', async () => {
    await using world = await openWorld();
    await world.run({ A: pass({}) });
    expect(await new Callback(world.sfn).wake('no token')).toBe(false);
  });

  it.each([TaskTimedOut, TaskDoesNotExist, InvalidToken])('is too late for every dead token (%o)', async (Dead) => {
    const client = new SFNClient(CONFIGURATION);
    mockClient(client).on(SendTaskSuccessCommand).rejects(new Dead(ERROR));
    expect(await new Callback(client).wake('token')).toBe(false);
  });

  it('that fails otherwise is a failure, to be tried again', async () => {
    const client = new SFNClient(CONFIGURATION);
    const throttled = Object.assign(new Error('no'), { name: 'ThrottlingException' });
    mockClient(client).on(SendTaskSuccessCommand).rejects(throttled);
    await expect(new Callback(client).wake('token')).rejects.toThrow(throttled);
  });
});
