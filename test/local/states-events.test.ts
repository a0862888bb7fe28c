// What others are told: status changes for EventBridge, events for listeners in this process, and nothing after close.
import { once } from 'node:events';
import { SendTaskSuccessCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { describe, expect, test } from 'vitest';
import { distributed, gate, openWorld, PLACE, pass, task, tokenTask } from './states-world.ts';

const Z = { Type: 'Succeed' };

describe('a status change', () => {
  test('is told when an execution starts and when it ends, as EventBridge documents it', async () => {
    await using world = await openWorld();
    const ended = await world.run({ A: pass('done') }, { a: 1 });
    const event = (status: string, more: object) => ({
      version: '0',
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      'detail-type': 'Step Functions Execution Status Change',
      source: 'aws.states',
      account: PLACE.account,
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      region: PLACE.region,
      resources: [ended.arn],
      detail: {
        executionArn: ended.arn,
        stateMachineArn: ended.stateMachineArn,
        name: ended.name,
        status,
        startDate: Number(ended.startDate),
        stopDate: null,
        input: '{"a":1}',
        inputDetails: { included: true },
        output: null,
        outputDetails: null,
        stateMachineVersionArn: null,
        stateMachineAliasArn: null,
        redriveCount: 0,
        redriveDate: null,
        error: null,
        cause: null,
        ...more,
      },
    });
    const success = { stopDate: Number(ended.stopDate), output: '"done"', outputDetails: { included: true } };
    expect(world.changes).toEqual([event('RUNNING', {}), event('SUCCEEDED', success)]);
  });

  test('tells error and cause, aborts and timeouts', async () => {
    await using world = await openWorld();
    await world.run({ F: { Type: 'Fail', Error: 'E', Cause: 'c' } });
    await world.run({ W: { Type: 'Wait', Seconds: 999, End: true } }, {}, { TimeoutSeconds: 1 });
    const executionArn = await world.start({ W: { Type: 'Wait', Seconds: 9999, End: true } });
    await world.sfn.send(new StopExecutionCommand({ executionArn, error: 'Stopped' }));
    const ends = world.changes
      .filter(({ detail }) => detail.status !== 'RUNNING')
      .map(({ detail }) => [detail.status, detail.error, detail.cause]);
    expect(ends).toEqual([
      ['FAILED', 'E', 'c'],
      ['TIMED_OUT', null, null],
      ['ABORTED', 'Stopped', null],
    ]);
  });

  test('leaves out an input that is too large for an event', async () => {
    await using world = await openWorld();
    await world.run({ A: pass('small') }, 'x'.repeat(250 * 1024));
    const [, end] = world.changes;
    expect(end.detail).toMatchObject({
      input: null,
      inputDetails: { included: false },
      output: '"small"',
      outputDetails: { included: true },
    });
  });

  test('is not told of the children of a map run', async () => {
    await using world = await openWorld();
    await world.run({ M: distributed({ I: Z }) }, [1, 2, 3]);
    expect(world.changes.map(({ detail }) => detail.status)).toEqual(['RUNNING', 'SUCCEEDED']);
  });
});

describe('a listener', () => {
  test('hears states and map runs of the execution in order, not those of children', async () => {
    await using world = await openWorld();
    const { arn, name } = await world.run({
      A: pass([1, 2], { Next: 'M' }),
      M: distributed({ I: Z }, { Label: 'Count' }),
    });
    expect(world.events.map(({ type, state, label }) => [type, state, label].filter(Boolean).join(' '))).toEqual([
      'ExecutionStarted',
      'StateEntered A',
      'StateExited A',
      'StateEntered M',
      'MapRunStarted M Count',
      'MapRunEnded M Count',
      'StateExited M',
      'ExecutionEnded',
    ]);
    const times = world.events.map(({ atMs }) => atMs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(world.events.every((event) => event.executionArn === arn && event.executionName === name)).toBe(true);
  });

  test('that throws does not disturb the execution; the process is warned', async () => {
    await using world = await openWorld();
    world.states.listen(({ type }) => {
      if (type === 'ExecutionEnded') throw new Error('listener broke');
    });
    const warned = once(process, 'warning');
    expect((await world.run({ F: { Type: 'Fail', Error: 'E' } })).error).toBe('E');
    expect((await warned)[0]).toMatchObject({ message: 'listener broke' });
  });

  test('hears nothing once it has ended its subscription', async () => {
    await using world = await openWorld();
    const heard: string[] = [];
    const end = world.states.listen(({ type }) => heard.push(type));
    end();
    await world.run({ A: pass(1) });
    expect(heard).toEqual([]);
  });
});

describe('close', () => {
  test('stops what waits, runs and holds the clock, and tells nobody', async () => {
    const tokens: string[] = [];
    await using world = await openWorld({
      functions: { fn: ({ token } = {}) => (token ? tokens.push(token) : gate().promise) },
    });
    await world.start({ W: { Type: 'Wait', Seconds: 10, Next: 'N' }, N: Z });
    await world.start({ T: tokenTask() });
    await world.start({ M: distributed({ I: task() }) }, [1, 2]);
    const [changes, events] = [world.changes.length, world.events.length];
    await world.states.close();
    await world.clock.sleep(60_000);
    expect([world.changes.length, world.events.length]).toEqual([changes, events]);
    const late = world.sfn.send(new SendTaskSuccessCommand({ taskToken: tokens[0], output: '1' }));
    await expect(late).rejects.toMatchObject({ name: 'TaskTimedOut' });
  });
});
