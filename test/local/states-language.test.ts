// What states do with data and time: JSONata, variables, choices, waits, the context object.
import { describe, expect, test } from 'vitest';
import type { Json } from '../../local/kernel/json-service.ts';
import { openWorld, pass, task } from './states-world.ts';

describe('expressions', () => {
  const cases: [string, Json, Json, Json][] = [
    ['reads the input', { a: { b: [1, 2] } }, '{% $states.input.a.b %}', [1, 2]],
    ['a filter that finds one gives that one, not a list', { l: [1, 2] }, '{% $states.input.l[$ > 1] %}', 2],
    ['[] keeps a list of one', { l: [1, 2] }, '{% $states.input.l[$ > 1][] %}', [2]],
    [
      'stands for its value anywhere in a value',
      { n: 1 },
      { x: ['{% $states.input.n %}', 'n'], y: null },
      { x: [1, 'n'], y: null },
    ],
    ['may fill several lines', { n: 1 }, '{%\n  $states.input.n\n  + 1\n%}', 2],
    ['is only the whole string', {}, ' {% 1 %}', ' {% 1 %}'],
    ['keeps null', { n: null }, { n: '{% $states.input.n %}' }, { n: null }],
    ['$parse reads JSON', { text: '{"a":[1]}' }, '{% $parse($states.input.text).a %}', [1]],
    ['$partition cuts a list, the rest last', {}, '{% $partition([1,2,3,4,5], 2) %}', [[1, 2], [3, 4], [5]]],
    ['$partition of one part is a list of one', {}, '{% $partition([0], 2) %}', [[0]]],
    ['$partition rounds towards zero', {}, '{% $partition([1,2,3], 2.9) %}', [[1, 2], [3]]],
    ['$range includes its end', {}, '{% $range(0, 10, 5) %}', [0, 5, 10]],
    ['$range runs down', {}, '{% $range(3, 1, -1) %}', [3, 2, 1]],
    [
      '$hash is the SHA-256 in hex',
      {},
      "{% $hash('abc', 'SHA-256') %}",
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    ],
    ['$hash is the MD5 in hex', {}, "{% $hash('abc', 'MD5') %}", '900150983cd24fb0d6963f7d28e17f72'],
  ];
  test.each(cases)('%s', async (_, input, output, expected) => {
    await using world = await openWorld();
    const { status, output: actual } = await world.run({ A: pass(output) }, input);
    expect({ status, actual }).toEqual({ status: 'SUCCEEDED', actual: expected });
  });

  const failures: [string, Json, string][] = [
    [
      'an undefined result',
      '{% $states.input.none %}',
      "The JSONata expression '$states.input.none' specified for the field 'Output' returned nothing (undefined).",
    ],
    [
      'an undefined result deep inside',
      { a: ['{% $states.input.none %}'] },
      "specified for the field 'Output/a[0]' returned nothing",
    ],
    [
      'a type error',
      "{% 1 + 'a' %}",
      "The JSONata expression '1 + 'a'' specified for the field 'Output' threw an error during evaluation. T2002",
    ],
    ['a function as result', '{% $sum %}', 'unsupported type: function'],
    ['text that is not JSON in $parse', "{% $parse('{') %}", 'threw an error during evaluation.'],
    [
      'an unknown algorithm in $hash',
      "{% $hash('a', 'sha256') %}",
      'allowed are MD5, SHA-1, SHA-256, SHA-384, SHA-512',
    ],
    ['a range without direction', '{% $range(1, 3, 0) %}', 'returned nothing (undefined).'],
  ];
  test.each(
    failures,
  )('%s fails with States.QueryEvaluationError, told with state and event', async (_, output, cause) => {
    await using world = await openWorld();
    const ended = await world.run({ A: pass(output) });
    expect(ended).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' });
    expect(ended.cause).toContain("An error occurred while executing the state 'A' (entered at the event id #2). ");
    expect(ended.cause).toContain(cause);
  });

  test('$uuid gives version 4, $random a number below 1', async () => {
    await using world = await openWorld();
    const { output } = await world.run({ A: pass(['{% $uuid() %}', '{% $random() %}']) });
    expect(output[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(output[1]).toBeGreaterThanOrEqual(0);
    expect(output[1]).toBeLessThan(1);
  });

  test('$now and $millis tell the time of the service, the same within one expression', async () => {
    await using world = await openWorld({ clockSpeed: 1_000_000 });
    const day = { Type: 'Wait', Seconds: 90_000, Next: 'A' };
    const output = "{% { 'now': $now(), 'ms': $millis(), 'day': $now('[Y0001]-[M01]-[D01]') } %}";
    const ended = await world.run({ W: day, A: pass(output) });
    const { now, ms, day: date } = ended.output;
    expect(Date.parse(now)).toBe(ms);
    expect(now.slice(0, 10)).toBe(date);
    expect(ms).toBeGreaterThanOrEqual(Number(ended.startDate) + 90_000_000);
    expect(ms).toBeLessThanOrEqual(Number(ended.stopDate));
  });
});

describe('variables', () => {
  test('Assign and Output both see what was there on entry; the next state sees the new values', async () => {
    await using world = await openWorld();
    const { output } = await world.run(
      {
        A: pass(1, { Assign: { x: 1, y: '{% $states.input.y %}' }, Next: 'B' }),
        B: pass('{% $x %}', { Assign: { x: '{% $x + 1 %}', z: '{% $x %}' }, Next: 'C' }),
        C: pass(['{% $states.input %}', '{% $x %}', '{% $y %}', '{% $z %}']),
      },
      { y: { deep: true } },
    );
    expect(output).toEqual([1, 2, { deep: true }, 1]);
  });

  test('branches and iterations read outer variables and keep their own', async () => {
    await using world = await openWorld();
    const branch = (n: number) => ({
      StartAt: `P${n}`,
      States: {
        [`P${n}`]: pass(0, { Assign: { own: `{% $base + ${n} %}` }, Next: `Q${n}` }),
        [`Q${n}`]: pass('{% $own %}'),
      },
    });
    const { output } = await world.run({
      A: pass(0, { Assign: { base: 10 }, Next: 'P' }),
      P: { Type: 'Parallel', Branches: [branch(1), branch(2)], Next: 'Z' },
      Z: pass("{% { 'branches': $states.input, 'own': $exists($own) } %}"),
    });
    expect(output).toEqual({ branches: [11, 12], own: false });
  });

  test('what a Catch of a Parallel assigns is set in the outer scope, what the state assigns is not', async () => {
    await using world = await openWorld();
    const { output } = await world.run({
      P: {
        Type: 'Parallel',
        Branches: [{ StartAt: 'F', States: { F: { Type: 'Fail', Error: 'Boom', Cause: 'x' } } }],
        Assign: { own: 1 },
        Catch: [{ ErrorEquals: ['Boom'], Assign: { seen: '{% $states.errorOutput.Error %}' }, Next: 'Z' }],
        Next: 'Z',
      },
      Z: pass("{% { 'seen': $seen, 'own': $exists($own) } %}"),
    });
    expect(output).toEqual({ seen: 'Boom', own: false });
  });
});

describe('Choice', () => {
  const choice = {
    C: {
      Type: 'Choice',
      Choices: [
        {
          Condition: '{% $states.input.n > 10 %}',
          Assign: { size: 'big' },
          Output: { was: '{% $states.input.n %}' },
          Next: 'Z',
        },
        { Condition: '{% $states.input.n > 5 %}', Next: 'Z' },
      ],
      Default: 'D',
    },
    Z: pass("{% { 'in': $states.input, 'size': $exists($size) ? $size : 'none' } %}"),
    D: { Type: 'Succeed', Output: 'default' },
  };
  test.each([
    [11, { in: { was: 11 }, size: 'big' }],
    [6, { in: { n: 6 }, size: 'none' }],
    [1, 'default'],
  ])('takes the first rule that holds, with its own Assign and Output: n = %i', async (n, expected) => {
    await using world = await openWorld();
    expect((await world.run(choice, { n })).output).toEqual(expected);
  });

  test('without a match and a Default the execution fails with States.Runtime', async () => {
    await using world = await openWorld();
    const states = {
      C: { Type: 'Choice', Choices: [{ Condition: '{% false %}', Next: 'Z' }] },
      Z: { Type: 'Succeed' },
    };
    const { error, cause } = await world.run(states);
    expect(error).toBe('States.Runtime');
    expect(cause).toContain('Failed to transition out of the state. The state does not point to a next state.');
  });

  test('a condition that is not a boolean fails', async () => {
    await using world = await openWorld();
    const states = { C: { Type: 'Choice', Choices: [{ Condition: '{% 1 %}', Next: 'Z' }] }, Z: { Type: 'Succeed' } };
    const { error, cause } = await world.run(states);
    expect(error).toBe('States.QueryEvaluationError');
    expect(cause).toContain(
      "specified for the field 'Choices[0]/Condition' returned an unexpected result type. Expected 'boolean', but was 'number' for value: 1",
    );
  });
});

describe('Wait', () => {
  test('waits the seconds of service time, as a number or an expression', async () => {
    await using world = await openWorld();
    const { output } = await world.run(
      {
        A: { Type: 'Wait', Seconds: 60, Assign: { t0: '{% $millis() %}' }, Next: 'B' },
        B: { Type: 'Wait', Seconds: '{% $states.input.s %}', Next: 'Z' },
        Z: pass('{% $millis() - $t0 %}'),
      },
      { s: 30 },
    );
    expect(output).toBeGreaterThanOrEqual(30_000);
    expect(output).toBeLessThan(40_000);
  });

  test('waits until a timestamp, not at all when it is past', async () => {
    await using world = await openWorld();
    const { output } = await world.run({
      A: pass(0, { Assign: { t0: '{% $millis() %}' }, Next: 'B' }),
      B: { Type: 'Wait', Timestamp: '{% $fromMillis($t0 + 60000) %}', Next: 'C' },
      C: { Type: 'Wait', Timestamp: '2020-01-01T00:00:00Z', Next: 'Z' },
      Z: pass('{% $millis() - $t0 %}'),
    });
    expect(output).toBeGreaterThanOrEqual(60_000);
    expect(output).toBeLessThan(70_000);
  });

  test.each([
    [{ Seconds: "{% 'soon' %}" }, "Expected 'number', but was 'string' for value: \"soon\""],
    [{ Seconds: '{% -1 %}' }, "The field 'Seconds' is -1; allowed is a whole number from 0 to 99999999."],
    [{ Seconds: '{% 0.5 %}' }, "The field 'Seconds' is 0.5"],
    [{ Timestamp: "{% 'tomorrow' %}" }, "The Timestamp is 'tomorrow'"],
  ])('fails on %j', async (fields, cause) => {
    await using world = await openWorld();
    const ended = await world.run({ W: { Type: 'Wait', ...fields, End: true } });
    expect(ended.status).toBe('FAILED');
    expect(ended.cause).toContain(cause);
  });
});

test('Succeed ends with its output, Fail with its error and cause, which may be expressions', async () => {
  await using world = await openWorld();
  expect((await world.run({ S: { Type: 'Succeed', Output: '{% $states.input.a %}' } }, { a: 7 })).output).toBe(7);
  const fail = { F: { Type: 'Fail', Error: "{% 'Lethe.' & $states.input.name %}", Cause: 'because' } };
  expect(await world.run(fail, { name: 'Failed' })).toMatchObject({
    status: 'FAILED',
    error: 'Lethe.Failed',
    cause: 'because',
  });
  const bare = await world.run({ F: { Type: 'Fail' } });
  expect([bare.status, bare.error, bare.cause]).toEqual(['FAILED', undefined, undefined]);
});

test('the context object tells execution, state and machine', async () => {
  await using world = await openWorld();
  const ended = await world.run({ A: pass('{% $states.context %}') }, { a: 1 });
  expect(ended.output).toEqual({
    Execution: {
      Id: ended.arn,
      Input: { a: 1 },
      Name: ended.name,
      RoleArn: 'arn:aws:iam::123456789012:role/machine',
      StartTime: ended.startDate?.toISOString(),
      RedriveCount: 0,
    },
    State: { EnteredTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/), Name: 'A', RetryCount: 0 },
    StateMachine: { Id: 'arn:aws:states:eu-west-1:123456789012:stateMachine:machine-1', Name: 'machine-1' },
  });
});

test("a Task gives Lambda's answer as its result, and the function sees who invoked it", async () => {
  const functions = { fn: (payload: Json, invoker: string) => ({ payload, invoker }) };
  await using world = await openWorld({ functions });
  const ended = await world.run({ A: task({ Output: '{% $states.result %}' }) }, { a: 1 });
  expect(ended.output).toEqual({
    ExecutedVersion: '$LATEST',
    Payload: { payload: { a: 1 }, invoker: `machine-1:${ended.name}` },
    StatusCode: 200,
  });
  expect((await world.run({ A: task({ Arguments: { FunctionName: 'fn' } }) })).output.Payload.payload).toEqual({});
});

test('Parallel gives each branch the same input, or its Arguments, and collects their outputs in order', async () => {
  await using world = await openWorld();
  const slow = { StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 5, Next: 'S' }, S: { Type: 'Succeed' } } };
  const quick = { StartAt: 'Q', States: { Q: { Type: 'Succeed', Output: '{% $states.input.n + 1 %}' } } };
  const parallel = {
    P: { Type: 'Parallel', Arguments: { n: '{% $states.input.m %}' }, Branches: [slow, quick], End: true },
  };
  expect((await world.run(parallel, { m: 4 })).output).toEqual([{ n: 4 }, 5]);
});
