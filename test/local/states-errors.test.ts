// How executions fail, try again and catch: names, delays, limits, timeouts.
import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { describe, expect, test } from 'vitest';
import type { Json } from '../../local/kernel/json-service.ts';
import { gate, namedError, openWorld, pass, task, types } from './states-world.ts';

/** Fails with these error names, one an attempt, then succeeds; notes the time of each attempt. */
function failing(names: readonly string[], nowMs: () => number = () => 0) {
  const attemptsMs: number[] = [];
  const fn = () => {
    attemptsMs.push(nowMs());
    const name = names[attemptsMs.length - 1];
    if (name !== undefined) throw namedError(name);
    return 'done';
  };
  return { fn, attemptsMs };
}

const caught = { ErrorEquals: ['States.ALL'], Output: { all: '{% $states.errorOutput %}' }, Next: 'Z' };
const Z = { Type: 'Succeed' };

describe('Retry', () => {
  test('waits IntervalSeconds, times BackoffRate each time, at most MaxDelaySeconds', async () => {
    const tries = failing(['E', 'E', 'E'], () => world.clock.nowMs());
    await using world = await openWorld({ functions: { fn: tries.fn } });
    const retry = { ErrorEquals: ['E'], IntervalSeconds: 100, BackoffRate: 2, MaxDelaySeconds: 250 };
    const { status } = await world.run({ A: task({ Retry: [retry] }) });
    expect(status).toBe('SUCCEEDED');
    const delays = tries.attemptsMs.slice(1).map((at, index) => (at - (tries.attemptsMs[index] ?? 0)) / 1000);
    for (const [index, expected] of [100, 200, 250].entries()) {
      expect(delays[index]).toBeGreaterThanOrEqual(expected);
      expect(delays[index]).toBeLessThan(expected + 99);
    }
  });

  test('tries three more times by default, then the error stands', async () => {
    const tries = failing(['E', 'E', 'E', 'E', 'E']);
    await using world = await openWorld({ functions: { fn: tries.fn } });
    const { status, error } = await world.run({ A: task({ Retry: [{ ErrorEquals: ['E'] }] }) });
    expect([status, error, tries.attemptsMs.length]).toEqual(['FAILED', 'E', 4]);
  });

  test('MaxAttempts 0 never tries again', async () => {
    const tries = failing(['E']);
    await using world = await openWorld({ functions: { fn: tries.fn } });
    const retry = [{ ErrorEquals: ['E'], MaxAttempts: 0 }, { ErrorEquals: ['States.ALL'] }];
    await world.run({ A: task({ Retry: retry }) });
    expect(tries.attemptsMs).toHaveLength(1);
  });

  test('each retrier counts its own attempts', async () => {
    const tries = failing(['A', 'B', 'A', 'B']);
    await using world = await openWorld({ functions: { fn: tries.fn } });
    const rule = (name: string) => ({ ErrorEquals: [name], MaxAttempts: 2, BackoffRate: 1 });
    const { status } = await world.run({ A: task({ Retry: [rule('A'), rule('B')] }) });
    expect(status).toBe('SUCCEEDED');
  });

  test.each([
    [0, 0, 90],
    [0.5, 150, 240],
    [0.999, 299, 390],
  ])('full jitter with chance %d waits between %i and %i of 300 seconds', async (chance, from, to) => {
    const tries = failing(['E'], () => world.clock.nowMs());
    await using world = await openWorld({ functions: { fn: tries.fn }, random: () => chance });
    const retry = { ErrorEquals: ['E'], IntervalSeconds: 300, JitterStrategy: 'FULL' };
    await world.run({ A: task({ Retry: [retry] }) });
    const [first = 0, second = 0] = tries.attemptsMs;
    expect((second - first) / 1000).toBeGreaterThanOrEqual(from);
    expect((second - first) / 1000).toBeLessThan(to);
  });

  test('the attempt is known to the state as RetryCount', async () => {
    const seen: Json[] = [];
    const fn = (payload: Json) => {
      seen.push(payload);
      if (payload < 2) throw namedError('E');
    };
    await using world = await openWorld({ functions: { fn } });
    const Arguments = { FunctionName: 'fn', Payload: '{% $states.context.State.RetryCount %}' };
    await world.run({ A: task({ Arguments, Retry: [{ ErrorEquals: ['E'] }] }) });
    expect(seen).toEqual([0, 1, 2]);
  });

  test('a Parallel that is tried again runs all its branches again', async () => {
    const tries = failing(['E']);
    await using world = await openWorld({ functions: { fn: tries.fn } });
    const branch = { StartAt: 'B', States: { B: task({ Output: '{% $states.result.Payload %}' }) } };
    const parallel = { Type: 'Parallel', Branches: [branch], Retry: [{ ErrorEquals: ['E'] }], End: true };
    const ended = await world.run({ P: parallel });
    expect(ended.output).toEqual(['done']);
    expect(types(await world.history(ended.arn)).filter((type) => type === 'ParallelStateStarted')).toHaveLength(2);
  });
});

describe('Catch', () => {
  test('gives the error to the next state and skips what the state itself assigns', async () => {
    await using world = await openWorld({ functions: { fn: failing(['My.Error']).fn } });
    const rule = { ErrorEquals: ['Other', 'My.Error'], Assign: { name: '{% $states.errorOutput.Error %}' }, Next: 'Z' };
    const states = {
      A: task({ Assign: { own: 1 }, Catch: [rule], Next: 'Z' }),
      Z: pass("{% { 'in': $states.input, 'name': $name, 'own': $exists($own) } %}"),
    };
    const { output } = await world.run(states);
    expect(output.in.Error).toBe('My.Error');
    expect(JSON.parse(output.in.Cause)).toEqual({ errorType: 'My.Error', errorMessage: 'no luck', trace: [] });
    expect(output).toMatchObject({ name: 'My.Error', own: false });
  });

  test('the first catcher that knows the error takes it', async () => {
    await using world = await openWorld({ functions: { fn: failing(['E']).fn } });
    const rules = [{ ErrorEquals: ['E'], Output: 'first', Next: 'Z' }, caught];
    expect((await world.run({ A: task({ Catch: rules, Next: 'Z' }), Z })).output).toBe('first');
  });

  test('an expression that fails in the Output of the state can be caught', async () => {
    await using world = await openWorld({ functions: { fn: () => 1 } });
    const rule = { ErrorEquals: ['States.QueryEvaluationError'], Next: 'Z' };
    const ended = await world.run({
      A: task({ Output: '{% $states.result.Payload.x %}', Catch: [rule], Next: 'Z' }),
      Z,
    });
    expect(ended.output.Cause).toContain("specified for the field 'Output' returned nothing (undefined).");
  });

  test('an expression that fails in the Catch itself fails the execution', async () => {
    await using world = await openWorld({ functions: { fn: failing(['E']).fn } });
    const rule = { ErrorEquals: ['States.ALL'], Output: '{% $states.errorOutput.Nope %}', Next: 'Z' };
    const ended = await world.run({ A: task({ Catch: [rule], Next: 'Z' }), Z });
    expect(ended.error).toBe('States.QueryEvaluationError');
    expect(ended.cause).toContain("specified for the field 'Catch[0]/Output'");
  });

  test.each([
    ['States.ALL', 'My.Error', true],
    ['States.TaskFailed', 'My.Error', true],
    ['States.TaskFailed', 'Lambda.ResourceNotFoundException', true],
    ['My', 'My.Error', false],
  ])('%s knows %s: %s', async (name, thrown, isKnown) => {
    await using world = await openWorld({ functions: { fn: failing([thrown]).fn } });
    const { status } = await world.run({ A: task({ Catch: [{ ErrorEquals: [name], Next: 'Z' }], Next: 'Z' }), Z });
    expect(status).toBe(isKnown ? 'SUCCEEDED' : 'FAILED');
  });

  test("a function that does not exist fails the task with Lambda's error", async () => {
    await using world = await openWorld();
    const { error, cause } = await world.run({ A: task() });
    expect([error, cause]).toEqual(['Lambda.ResourceNotFoundException', 'Function not found: fn']);
  });
});

describe('timeouts', () => {
  test('a task over TimeoutSeconds fails with States.Timeout, without a cause, while its function goes on', async () => {
    const late = gate();
    const finished: string[] = [];
    const fn = async () => {
      await late.promise;
      finished.push('fn');
    };
    await using world = await openWorld({ functions: { fn } });
    const ended = await world.run({ A: task({ TimeoutSeconds: 30 }) });
    expect([ended.status, ended.error, ended.cause]).toEqual(['FAILED', 'States.Timeout', undefined]);
    expect(types(await world.history(ended.arn)).slice(-2)).toEqual(['TaskTimedOut', 'ExecutionFailed']);
    expect(finished).toEqual([]);
    late.resolve();
    await late.promise;
    expect(finished).toEqual(['fn']);
  });

  test('States.TaskFailed does not know a timeout, States.Timeout and States.ALL do; the seconds may be an expression', async () => {
    await using world = await openWorld({ functions: { fn: () => gate().promise } });
    const TimeoutSeconds = '{% $states.input.limit %}';
    const rules = [
      { ErrorEquals: ['States.TaskFailed'], Output: 'wrong', Next: 'Z' },
      { ErrorEquals: ['States.Timeout'], Next: 'Z' },
    ];
    expect((await world.run({ A: task({ TimeoutSeconds, Catch: rules, Next: 'Z' }), Z }, { limit: 5 })).output).toEqual(
      { Error: 'States.Timeout' },
    );
    expect((await world.run({ A: task({ TimeoutSeconds, Catch: [caught], Next: 'Z' }), Z }, { limit: 5 })).status).toBe(
      'SUCCEEDED',
    );
  });

  test('a machine over its TimeoutSeconds ends TIMED_OUT', async () => {
    await using world = await openWorld();
    const ended = await world.run({ W: { Type: 'Wait', Seconds: 9999, End: true } }, {}, { TimeoutSeconds: 60 });
    expect([ended.status, ended.error, ended.cause]).toEqual(['TIMED_OUT', undefined, undefined]);
    expect(Number(ended.stopDate) - Number(ended.startDate)).toBeGreaterThanOrEqual(60_000);
    const [last] = (await world.history(ended.arn)).slice(-1);
    expect(last).toMatchObject({
      type: 'ExecutionTimedOut',
      previousEventId: 0,
      executionTimedOutEventDetails: { error: 'States.Timeout' },
    });
  });
});

describe('limits', () => {
  const KIB = 1024;

  test('a result of more than 256 KiB fails with States.DataLimitExceeded, which States.ALL does not catch but its name does', async () => {
    await using world = await openWorld({ functions: { fn: () => 'x'.repeat(256 * KIB) } });
    const ended = await world.run({ A: task({ Catch: [caught], Next: 'Z' }), Z });
    expect(ended).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
    expect(ended.cause).toBe(
      "The state/task 'fn' returned a result with a size exceeding the maximum number of bytes service limit.",
    );
    const named = { ErrorEquals: ['States.DataLimitExceeded'], Output: 'named', Next: 'Z' };
    expect((await world.run({ A: task({ Catch: [named], Next: 'Z' }), Z })).output).toBe('named');
  });

  test.each([
    [256 * KIB - 2, 'SUCCEEDED'],
    [256 * KIB - 1, 'FAILED'],
  ])('an output of %i characters and two quotes: %s', async (length, status) => {
    await using world = await openWorld();
    const ended = await world.run({ A: pass(`{% $pad('', ${length}, 'x') %}`) });
    expect(ended.status).toBe(status);
  });

  test('bytes count, not characters', async () => {
    await using world = await openWorld();
    const ended = await world.run({ A: pass(`{% $pad('', ${100 * KIB}, '€') %}`) });
    expect(ended.error).toBe('States.DataLimitExceeded');
  });

  test('arguments of more than 256 KiB never reach the function', async () => {
    const calls: Json[] = [];
    await using world = await openWorld({ functions: { fn: (payload) => calls.push(payload) } });
    const Arguments = { FunctionName: 'fn', Payload: `{% $pad('', ${256 * KIB}, 'x') %}` };
    expect((await world.run({ A: task({ Arguments }) })).error).toBe('States.DataLimitExceeded');
    expect(calls).toEqual([]);
  });

  test('one Assign sets at most 256 KiB, an execution holds at most 10 MiB', async () => {
    await using world = await openWorld();
    const big = `{% $pad('', ${200 * KIB}, 'x') %}`;
    const both = await world.run({ A: pass(0, { Assign: { a: big, b: big } }) });
    expect(both.error).toBe('States.DataLimitExceeded');
    const fill = (count: number) => {
      const names = Array.from({ length: count }, (_, index) => `S${index}`);
      const next = (index: number) => (index + 1 < count ? { Next: `S${index + 1}` } : {});
      return Object.fromEntries(
        names.map((name, index) => [name, pass(0, { Assign: { [`v${index}`]: big }, ...next(index) })]),
      );
    };
    expect((await world.run(fill(51))).status).toBe('SUCCEEDED');
    expect((await world.run(fill(53))).error).toBe('States.DataLimitExceeded');
  });

  test('an execution of 25,000 events fails with States.Runtime, which nothing catches', async () => {
    await using world = await openWorld();
    const loop = {
      StartAt: 'L',
      States: {
        L: pass(0, { Next: 'C' }),
        C: { Type: 'Choice', Choices: [{ Condition: '{% false %}', Next: 'E' }], Default: 'L' },
        E: Z,
      },
    };
    const rules = [{ ErrorEquals: ['States.Runtime'], Next: 'Z' }, caught];
    const ended = await world.run({ P: { Type: 'Parallel', Branches: [loop], Catch: rules, Next: 'Z' }, Z });
    expect(ended).toMatchObject({
      status: 'FAILED',
      error: 'States.Runtime',
      cause: 'The execution reached the maximum number of history events (25000).',
    });
  });
});

test('a defect in what the interpreter is given fails the execution with States.Runtime and the stack', async () => {
  await using world = await openWorld();
  world.objects.get = () => {
    throw new TypeError('broken shelf');
  };
  const ItemReader = {
    Resource: 'arn:aws:states:::s3:getObject',
    ReaderConfig: { InputType: 'JSONL' },
    Arguments: { Bucket: 'b', Key: 'k' },
  };
  const ItemProcessor = {
    ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
    StartAt: 'I',
    States: { I: Z },
  };
  const map = { Type: 'Map', Label: 'L', ItemReader, ItemProcessor, Catch: [caught], Next: 'Z' };
  const ended = await world.run({ M: map, Z });
  expect(ended).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
  expect(ended.cause).toMatch(/TypeError: broken shelf\n\s+at /);
});

test('an execution that fails does not disturb another of the same machine', async () => {
  await using world = await openWorld({
    functions: {
      fn: (payload) => {
        if (payload.bad) throw namedError('E');
      },
    },
  });
  const stateMachineArn = world.machine({ A: task() });
  const start = (bad: boolean) =>
    world.sfn.send(new StartExecutionCommand({ stateMachineArn, input: JSON.stringify({ bad }) }));
  const [bad, good] = await Promise.all([start(true), start(false)]);
  expect((await world.ended(bad.executionArn ?? '')).status).toBe('FAILED');
  expect((await world.ended(good.executionArn ?? '')).status).toBe('SUCCEEDED');
});
