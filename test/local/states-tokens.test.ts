// Tasks that wait for their token: how it is answered, when it dies, and what the clock does meanwhile.
import {
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { describe, expect, test } from 'vitest';
import type { Json } from '../../local/kernel/json-service.ts';
import { gate, namedError, openWorld, pass, tokenTask, types, type World } from './states-world.ts';

/** A world whose function `fn` hands out the tokens it is given, in order. */
async function tokenWorld(fn: (payload: Json) => Json = () => null) {
  const waiting: ((token: string) => void)[] = [];
  const issued: string[] = [];
  const functions = {
    fn: (payload: Json) => {
      const take = waiting.shift();
      if (take) take(payload.token);
      else issued.push(payload.token);
      return fn(payload);
    },
  };
  const world = await openWorld({ functions });
  const token = () => {
    const ready = issued.shift();
    return ready === undefined ? new Promise<string>((resolve) => waiting.push(resolve)) : Promise.resolve(ready);
  };
  return { world, token };
}

const succeed = (world: World, taskToken: string, output: Json = {}) =>
  world.sfn.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) }));

describe('an answer', () => {
  test('of success is the result of the task', async () => {
    const { world, token } = await tokenWorld();
    await using _ = world;
    const arn = await world.start({ A: tokenTask({ Output: '{% $states.result.by %}' }) });
    await succeed(world, await token(), { by: 'lead' });
    expect(await world.ended(arn)).toMatchObject({ status: 'SUCCEEDED', output: 'lead' });
    const history = await world.history(arn);
    expect(types(history).slice(2, 6)).toEqual(['TaskScheduled', 'TaskStarted', 'TaskSubmitted', 'TaskSucceeded']);
    expect(history[2]?.taskScheduledEventDetails).toMatchObject({
      resourceType: 'lambda',
      resource: 'invoke.waitForTaskToken',
    });
    expect(history[5]?.taskSucceededEventDetails?.output).toBe('{"by":"lead"}');
  });

  test('of failure is the error of the task', async () => {
    const { world, token } = await tokenWorld();
    await using _ = world;
    const rule = { ErrorEquals: ['Rejected'], Output: '{% $states.errorOutput %}', Next: 'Z' };
    const arn = await world.start({ A: tokenTask({ Catch: [rule], Next: 'Z' }), Z: { Type: 'Succeed' } });
    await world.sfn.send(
      new SendTaskFailureCommand({ taskToken: await token(), error: 'Rejected', cause: 'not today' }),
    );
    expect((await world.ended(arn)).output).toEqual({ Error: 'Rejected', Cause: 'not today' });
  });

  test('of failure without a name is known to the wildcards', async () => {
    const { world, token } = await tokenWorld();
    await using _ = world;
    const rule = { ErrorEquals: ['States.TaskFailed'], Output: '{% $states.errorOutput %}', Next: 'Z' };
    const arn = await world.start({ A: tokenTask({ Catch: [rule], Next: 'Z' }), Z: { Type: 'Succeed' } });
    await world.sfn.send(new SendTaskFailureCommand({ taskToken: await token() }));
    expect((await world.ended(arn)).output).toEqual({});
  });

  test("may come before the function returns, whose result is then nobody's", async () => {
    const slow = gate();
    const { world, token } = await tokenWorld(() => slow.promise);
    await using _ = world;
    const arn = await world.start({ A: tokenTask() });
    await succeed(world, await token(), 'early');
    expect((await world.ended(arn)).output).toBe('early');
    slow.reject(namedError('E'));
    expect(types(await world.history(arn))).not.toContain('TaskSubmitted');
  });

  test('a function that fails fails the task, and its token is dead', async () => {
    const { world, token } = await tokenWorld(() => {
      throw namedError('Lethe.InvalidRequest');
    });
    await using _ = world;
    const ended = await world.run({ A: tokenTask() });
    expect(ended).toMatchObject({ status: 'FAILED', error: 'Lethe.InvalidRequest' });
    await expect(succeed(world, await token())).rejects.toMatchObject({ name: 'TaskTimedOut' });
  });

  test('counts once: whoever comes second is told that the task is over', async () => {
    const { world, token } = await tokenWorld();
    await using _ = world;
    const arn = await world.start({ A: tokenTask() });
    const taskToken = await token();
    const answers = await Promise.allSettled([succeed(world, taskToken, 1), succeed(world, taskToken, 2)]);
    expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const late = { name: 'TaskTimedOut', message: "Task Timed Out: 'Provided task does not exist anymore'" };
    await expect(succeed(world, taskToken)).rejects.toMatchObject(late);
    await expect(world.sfn.send(new SendTaskHeartbeatCommand({ taskToken }))).rejects.toMatchObject(late);
    expect((await world.ended(arn)).status).toBe('SUCCEEDED');
  });
});

test('every retry has a new token; the old one is dead', async () => {
  const { world, token } = await tokenWorld();
  await using _ = world;
  const arn = await world.start({ A: tokenTask({ Retry: [{ ErrorEquals: ['Again'] }] }) });
  const first = await token();
  await world.sfn.send(new SendTaskFailureCommand({ taskToken: first, error: 'Again' }));
  const second = await token();
  expect(second).not.toBe(first);
  await expect(succeed(world, first)).rejects.toMatchObject({ name: 'TaskTimedOut' });
  await succeed(world, second, 'second');
  expect((await world.ended(arn)).output).toBe('second');
});

test('StopExecution kills the token', async () => {
  const { world, token } = await tokenWorld();
  await using _ = world;
  const executionArn = await world.start({ A: tokenTask() });
  const taskToken = await token();
  await world.sfn.send(new StopExecutionCommand({ executionArn }));
  expect((await world.ended(executionArn)).status).toBe('ABORTED');
  await expect(succeed(world, taskToken)).rejects.toMatchObject({ name: 'TaskTimedOut' });
});

test('a token is as long as those of AWS and needs encoding in a URL', async () => {
  const { world, token } = await tokenWorld();
  await using _ = world;
  await world.start({ A: tokenTask() });
  const taskToken = await token();
  expect(taskToken.length).toBeGreaterThan(600);
  expect(taskToken.length).toBeLessThanOrEqual(1024);
  expect(encodeURIComponent(taskToken)).not.toBe(taskToken);
});

describe('refuses', () => {
  test('a token that was never issued', async () => {
    const { world, token } = await tokenWorld();
    await using _ = world;
    await world.start({ A: tokenTask() });
    const forged = (await token()).replace(/^..../, 'AAAA');
    for (const taskToken of ['nonsense', forged]) {
      await expect(succeed(world, taskToken)).rejects.toMatchObject({
        name: 'InvalidToken',
        message: "Invalid Token: 'Invalid token'",
      });
    }
  });

  test('an output that is not JSON or too large, and the task still waits', async () => {
    const { world, token } = await tokenWorld();
    await using _ = world;
    const arn = await world.start({ A: tokenTask() });
    const taskToken = await token();
    const send = (output: string) => world.sfn.send(new SendTaskSuccessCommand({ taskToken, output }));
    await expect(send('{')).rejects.toMatchObject({ name: 'InvalidOutput' });
    await expect(send(JSON.stringify('x'.repeat(262_143)))).rejects.toMatchObject({ name: 'ValidationException' });
    await send('7');
    expect((await world.ended(arn)).output).toBe(7);
  });
});

test('the token is in the context of a task that waits for it, and nowhere else', async () => {
  await using world = await openWorld();
  const ended = await world.run({ A: pass('{% $states.context.Task.Token %}') });
  expect(ended.error).toBe('States.QueryEvaluationError');
});

test('while a token is outstanding the clock keeps the pace of the wall, then it runs again', async () => {
  const { world, token } = await tokenWorld();
  await using _ = world;
  const arn = await world.start({ A: tokenTask({ Next: 'W' }), W: { Type: 'Wait', Seconds: 60, End: true } });
  const taskToken = await token();
  const [serviceMs, wallMs] = [world.clock.nowMs(), performance.now()];
  await world.sfn.send(new SendTaskHeartbeatCommand({ taskToken }));
  await new Promise(setImmediate);
  await world.sfn.send(new SendTaskHeartbeatCommand({ taskToken }));
  expect(world.clock.nowMs() - serviceMs).toBeLessThanOrEqual(performance.now() - wallMs + 1);
  await succeed(world, taskToken);
  const ended = await world.ended(arn);
  expect(Number(ended.stopDate) - serviceMs).toBeGreaterThanOrEqual(60_000);
});

/** Times here pass at the wall's pace, as said above; hence all three at once. */
test('over TimeoutSeconds or HeartbeatSeconds a task times out and its token dies; heartbeats keep it alive', async () => {
  const { world, token } = await tokenWorld();
  await using _ = world;
  const rule = (name: string) => ({ ErrorEquals: [name], Output: name, Next: 'Z' });
  const run = async (more: Json) => {
    const arn = await world.start({ A: tokenTask({ ...more, Next: 'Z' }), Z: { Type: 'Succeed' } });
    return { arn, taskToken: await token() };
  };
  const timeout = await run({ TimeoutSeconds: 1, Catch: [rule('States.TaskFailed'), rule('States.Timeout')] });
  const heartbeat = await run({ HeartbeatSeconds: 1, Catch: [rule('States.HeartbeatTimeout')] });
  const alive = await run({ HeartbeatSeconds: 1, TimeoutSeconds: 10 });
  for (let beats = 0; beats < 2; beats++) {
    await world.clock.sleep(600);
    await world.sfn.send(new SendTaskHeartbeatCommand({ taskToken: alive.taskToken }));
  }
  await succeed(world, alive.taskToken, 'alive');
  expect((await world.ended(alive.arn)).output).toBe('alive');
  expect((await world.ended(timeout.arn)).output).toBe('States.Timeout');
  expect((await world.ended(heartbeat.arn)).output).toBe('States.HeartbeatTimeout');
  const timedOut = (await world.history(heartbeat.arn)).find(({ type }) => type === 'TaskTimedOut');
  expect(timedOut?.taskTimedOutEventDetails).toMatchObject({ error: 'States.Timeout' });
  for (const { taskToken } of [timeout, heartbeat]) {
    await expect(succeed(world, taskToken)).rejects.toMatchObject({ name: 'TaskTimedOut' });
  }
});
