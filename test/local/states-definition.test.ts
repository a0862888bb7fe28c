// What createStateMachine accepts and refuses: everything that would be ignored, with its path.
import { describe, expect, test } from 'vitest';
import type { Json } from '../../local/kernel/json-service.ts';
import { distributed, openWorld, pass, ROLE, task, tokenTask } from './states-world.ts';

const Z = { Type: 'Succeed' };
const inline = (states: Json) => ({ StartAt: Object.keys(states)[0], States: states });
const map = (more: Json = {}) => ({ Type: 'Map', ItemProcessor: inline({ I: Z }), End: true, ...more });
const choice = (more: Json = {}) => ({
  Type: 'Choice',
  Choices: [{ Condition: '{% true %}', Next: 'Z', ...more }],
  Default: 'Z',
});
const reader = (more: Json = {}) => ({
  Resource: 'arn:aws:states:::s3:getObject',
  ReaderConfig: { InputType: 'JSONL' },
  Arguments: { Bucket: 'b', Key: 'k', VersionId: 'v' },
  ...more,
});

/** What is wrong, the states, and what the message must say. */
const refusals: [string, Json, string][] = [
  ['an unknown field', { A: pass(1, { Outptu: 2 }) }, "Field 'Outptu' is not supported; allowed are Type, Comment"],
  ['an unknown field, with its path', { A: pass(1, { Outptu: 2 }) }, 'at /States/A/Outptu'],
  ['JSONPath fields', { A: { Type: 'Pass', ResultPath: '$.x', End: true } }, 'at /States/A/ResultPath'],
  [
    'the other query language',
    { A: pass(1, { QueryLanguage: 'JSONPath' }) },
    'allowed: ["JSONata"] at /States/A/QueryLanguage',
  ],
  ['an unknown type', { A: { Type: 'Sleep', End: true } }, 'Type is "Sleep"; allowed are Pass, Succeed'],
  ['a state that is not an object', { A: 7 }, 'at /States/A/Type'],
  ['neither Next nor End', { A: { Type: 'Pass' } }, 'Exactly one of Next and End is required at /States/A'],
  ['both Next and End', { A: pass(1, { Next: 'Z', End: true }), Z }, 'Exactly one of Next and End'],
  ['End: false', { A: { Type: 'Pass', End: false } }, 'allowed: [true] at /States/A/End'],
  [
    'a target that does not exist',
    { A: pass(1, { Next: 'B' }) },
    "MISSING_TRANSITION_TARGET: there is no state 'B' in this scope at /States/A/Next",
  ],
  [
    'a target in another scope',
    { P: { Type: 'Parallel', Branches: [inline({ B: pass(1, { Next: 'Z' }) })], Next: 'Z' }, Z },
    'at /States/P/Branches[0]/States/B/Next',
  ],
  ['a Default that does not exist', { A: { ...choice(), Default: 'N' }, Z }, 'at /States/A/Default'],
  [
    'a target of a Catch that does not exist',
    { A: task({ Catch: [{ ErrorEquals: ['States.ALL'], Next: 'N' }] }) },
    'at /States/A/Catch[0]/Next',
  ],
  ['a state that is never reached', { A: pass(1), B: pass(2) }, 'no state leads here at /States/B'],
  [
    'a loop without an end',
    { A: pass(1, { Next: 'B' }), B: pass(2, { Next: 'A' }) },
    'MISSING_END_STATE: no way leads from here to an end at /States/A',
  ],
  [
    'two states of one name in different scopes',
    { A: map({ ItemProcessor: inline({ A: Z }) }) },
    "DUPLICATE_STATE_NAME: there is another state 'A' in this machine at /States/A/ItemProcessor/States/A",
  ],
  ['a name of 81 characters', { [`A${'x'.repeat(80)}`]: Z }, "A state's name has 1 to 80 characters"],
  ['an expression that does not parse', { A: pass('{% $states.input.( %}') }, 'INVALID_JSONATA_EXPRESSION'],
  ['an expression deep inside', { A: pass({ x: [{ y: '{% 1 + %}' }] }) }, 'at /States/A/Output/x[0]/y'],
  [
    'a name at the top level',
    { A: pass('{% phone %}') },
    "UNSUPPORTED_JSONATA_EXPRESSION: Reference to 'phone' at the top level is not supported. at /States/A/Output",
  ],
  [
    'a name at the top level of a lambda',
    { A: pass('{% $map($states.input.a, function($x){ b }) %}') },
    "Reference to 'b' at the top level",
  ],
  ['a call without its $', { A: pass('{% sum([1]) %}') }, "Reference to 'sum' at the top level"],
  ['$ at the top level', { A: pass('{% $ %}') }, "Reference to '$' at the top level"],
  ['$$ anywhere', { A: pass('{% $states.input.a[$$ = 1] %}') }, "Reference to '$$' is not supported."],
  ['$eval', { A: pass("{% $eval('1') %}") }, "Function '$eval' is not supported; use '$parse'."],
  ['a seed for $random', { A: pass('{% $random(7) %}') }, "'$random' with a seed is not implemented"],
  [
    'a member of $states that does not exist',
    { A: pass('{% $states.imput.a %}') },
    "Reference to '$states.imput' is not supported here; allowed are input, context.",
  ],
  [
    '$states.result where there is none',
    { A: pass('{% $states.result %}') },
    "Reference to '$states.result' is not supported here",
  ],
  [
    '$states.result in Arguments',
    { A: task({ Arguments: { FunctionName: 'f', Payload: '{% $states.result %}' } }) },
    'at /States/A/Arguments/Payload',
  ],
  [
    '$states.errorOutput outside a Catch',
    { A: task({ Output: '{% $states.errorOutput %}' }) },
    "Reference to '$states.errorOutput' is not supported here; allowed are input, context, result.",
  ],
  [
    'a name that is no variable',
    { A: pass(1, { Assign: { 'a-b': 1 } }) },
    "'a-b' is not a name for a variable at /States/A/Assign/a-b",
  ],
  ['a variable called states', { A: pass(1, { Assign: { states: 1 } }) }, "'states' is not a name for a variable"],
  [
    'an outer variable set inside',
    {
      A: pass(1, { Assign: { x: 1 }, Next: 'M' }),
      M: map({ ItemProcessor: inline({ I: pass(1, { Assign: { x: 2 } }) }) }),
    },
    "Variable 'x' is set in an outer scope and can only be read here at /States/M/ItemProcessor/States/I",
  ],
  ['Assign on Succeed', { A: { Type: 'Succeed', Assign: { x: 1 } } }, 'at /States/A/Assign'],
  ['Output on a Choice itself', { A: { ...choice(), Output: 1 }, Z }, "Field 'Output' is not supported"],
  [
    'a condition that is not an expression',
    { A: choice({ Condition: 'true' }), Z },
    'Expected an expression {% … %} but was "true" at /States/A/Choices[0]/Condition',
  ],
  [
    'no choices',
    { A: { ...choice(), Choices: [] }, Z },
    'Expected a list with at least one entry but was [] at /States/A/Choices',
  ],
  ['JSONPath choices', { A: choice({ Variable: '$.x' }), Z }, 'at /States/A/Choices[0]/Variable'],
  [
    'Seconds and Timestamp',
    { A: { Type: 'Wait', Seconds: 1, Timestamp: '2026-01-01T00:00:00Z', End: true } },
    'Exactly one of Seconds and Timestamp is required',
  ],
  [
    'neither Seconds nor Timestamp',
    { A: { Type: 'Wait', End: true } },
    'Exactly one of Seconds and Timestamp is required',
  ],
  [
    'Seconds below zero',
    { A: { Type: 'Wait', Seconds: -1, End: true } },
    'Value is -1; allowed is a whole number from 0 to 99999999 at /States/A/Seconds',
  ],
  [
    'a Timestamp that is none',
    { A: { Type: 'Wait', Timestamp: '2026-01-01', End: true } },
    'Value is "2026-01-01"; allowed is a time such as 2026-01-31T12:00:00Z at /States/A/Timestamp',
  ],
  [
    'a Timestamp that is none',
    { A: { Type: 'Wait', Timestamp: '2026-01-01', End: true } },
    'Value is "2026-01-01"; allowed is a time such as 2026-01-31T12:00:00Z at /States/A/Timestamp',
  ],
  ['SecondsPath', { A: { Type: 'Wait', SecondsPath: '$.s', End: true } }, 'at /States/A/SecondsPath'],
  [
    'another service',
    { A: task({ Resource: 'arn:aws:states:::sns:publish' }) },
    'allowed: ["arn:aws:states:::lambda:invoke", "arn:aws:states:::lambda:invoke.waitForTaskToken"] at /States/A/Resource',
  ],
  [
    'a function ARN as resource',
    { A: task({ Resource: 'arn:aws:lambda:eu-west-1:1:function:f' }) },
    'at /States/A/Resource',
  ],
  [
    'no FunctionName',
    { A: task({ Arguments: {} }) },
    'These fields are required: [FunctionName] at /States/A/Arguments',
  ],
  [
    'an argument of Invoke that is not honoured',
    { A: task({ Arguments: { FunctionName: 'f', InvocationType: 'Event' } }) },
    'at /States/A/Arguments/InvocationType',
  ],
  [
    'Arguments as one expression',
    { A: task({ Arguments: '{% $states.input %}' }) },
    'Expected an object but was "{% $states.input %}" at /States/A/Arguments',
  ],
  ['Credentials', { A: task({ Credentials: {} }) }, 'at /States/A/Credentials'],
  ['TimeoutSeconds 0', { A: task({ TimeoutSeconds: 0 }) }, 'at /States/A/TimeoutSeconds'],
  ['a heartbeat without a token', { A: task({ HeartbeatSeconds: 5 }) }, 'A heartbeat needs .waitForTaskToken'],
  [
    'a heartbeat as long as the timeout',
    { A: tokenTask({ HeartbeatSeconds: 5, TimeoutSeconds: 5 }) },
    'allowed is less than TimeoutSeconds, 5',
  ],
  ['TimeoutSeconds on a Pass', { A: pass(1, { TimeoutSeconds: 1 }) }, 'at /States/A/TimeoutSeconds'],
  ['a retrier without errors', { A: task({ Retry: [{ ErrorEquals: [] }] }) }, 'at /States/A/Retry[0]/ErrorEquals'],
  [
    'a typing error in a retrier',
    { A: task({ Retry: [{ ErrorEquals: ['E'], MaxAttempt: 1 }] }) },
    'at /States/A/Retry[0]/MaxAttempt',
  ],
  [
    'an unknown reserved error name',
    { A: task({ Retry: [{ ErrorEquals: ['States.TaskFailure'] }] }) },
    "Error name is 'States.TaskFailure'; allowed under 'States.' are States.ALL",
  ],
  [
    'States.ALL beside another name',
    { A: task({ Retry: [{ ErrorEquals: ['E', 'States.ALL'] }] }) },
    "'States.ALL' must stand alone, in the last entry",
  ],
  [
    'States.ALL before another catcher',
    {
      A: task({
        Catch: [
          { ErrorEquals: ['States.ALL'], Next: 'Z' },
          { ErrorEquals: ['E'], Next: 'Z' },
        ],
        Next: 'Z',
      }),
      Z,
    },
    'at /States/A/Catch[0]/ErrorEquals',
  ],
  [
    'a BackoffRate below 1',
    { A: task({ Retry: [{ ErrorEquals: ['E'], BackoffRate: 0.5 }] }) },
    'allowed is a number from 1 at /States/A/Retry[0]/BackoffRate',
  ],
  [
    'an unknown JitterStrategy',
    { A: task({ Retry: [{ ErrorEquals: ['E'], JitterStrategy: 'HALF' }] }) },
    'allowed: ["FULL", "NONE"]',
  ],
  [
    'ResultPath in a Catch',
    { A: task({ Catch: [{ ErrorEquals: ['E'], ResultPath: '$.e', Next: 'Z' }], Next: 'Z' }), Z },
    'at /States/A/Catch[0]/ResultPath',
  ],
  ['Retry on a Pass', { A: pass(1, { Retry: [{ ErrorEquals: ['E'] }] }) }, 'at /States/A/Retry'],
  ['no branches', { A: { Type: 'Parallel', Branches: [], End: true } }, 'at /States/A/Branches'],
  [
    'a branch without states',
    { A: { Type: 'Parallel', Branches: [{ StartAt: 'B' }], End: true } },
    'These fields are required: [States] at /States/A/Branches[0]',
  ],
  [
    'a branch with its own query language',
    { A: { Type: 'Parallel', Branches: [{ ...inline({ B: Z }), QueryLanguage: 'JSONata' }], End: true } },
    'at /States/A/Branches[0]/QueryLanguage',
  ],
  ['Iterator', { A: { Type: 'Map', Iterator: inline({ I: Z }), End: true } }, 'at /States/A/Iterator'],
  ['Items that are neither a list nor an expression', { A: map({ Items: { a: 1 } }) }, 'at /States/A/Items'],
  [
    'fields of the distributed mode on an inline Map',
    { A: map({ Label: 'L', ToleratedFailureCount: 1 }) },
    'at /States/A/ToleratedFailureCount',
  ],
  [
    'a distributed Map without a Label',
    { A: distributed({ I: Z }, { Label: undefined }) },
    'These fields are required: [Label] at /States/A',
  ],
  [
    'a Label with a space',
    { A: distributed({ I: Z }, { Label: 'my label' }) },
    'Label is "my label"; allowed are 1 to 40 characters',
  ],
  ['a Label of 41 characters', { A: distributed({ I: Z }, { Label: 'x'.repeat(41) }) }, 'at /States/A/Label'],
  [
    'two Maps of one Label',
    { A: distributed({ I: Z }, { End: undefined, Next: 'B' }), B: distributed({ J: Z }) },
    "Label 'Each' is used twice in this machine at /States/B/Label",
  ],
  [
    'express children',
    {
      A: distributed(
        { I: Z },
        { ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'EXPRESS' }, ...inline({ I: Z }) } },
      ),
    },
    'Value is "EXPRESS"; allowed: ["STANDARD"]',
  ],
  [
    'a distributed mode without type of execution',
    { A: distributed({ I: Z }, { ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED' }, ...inline({ I: Z }) } }) },
    'ExecutionType goes with Mode DISTRIBUTED',
  ],
  ['ItemBatcher', { A: distributed({ I: Z }, { ItemBatcher: { MaxItemsPerBatch: 10 } }) }, 'at /States/A/ItemBatcher'],
  [
    'Items and ItemReader',
    { A: distributed({ I: Z }, { Items: [1], ItemReader: reader() }) },
    'Only one of Items and ItemReader is allowed',
  ],
  [
    'another reader',
    { A: distributed({ I: Z }, { ItemReader: reader({ Resource: 'arn:aws:states:::s3:listObjectsV2' }) }) },
    'at /States/A/ItemReader/Resource',
  ],
  [
    'another input type',
    { A: distributed({ I: Z }, { ItemReader: reader({ ReaderConfig: { InputType: 'CSV' } }) }) },
    'Value is "CSV"; allowed: ["JSONL"] at /States/A/ItemReader/ReaderConfig/InputType',
  ],
  [
    'an option of the reader that is not honoured',
    {
      A: distributed(
        { I: Z },
        { ItemReader: reader({ ReaderConfig: { InputType: 'JSONL', Transformation: 'NONE' } }) },
      ),
    },
    'at /States/A/ItemReader/ReaderConfig/Transformation',
  ],
  [
    'an owner check that is not honoured',
    {
      A: distributed(
        { I: Z },
        { ItemReader: reader({ Arguments: { Bucket: 'b', Key: 'k', ExpectedBucketOwner: '1' } }) },
      ),
    },
    'at /States/A/ItemReader/Arguments/ExpectedBucketOwner',
  ],
  [
    'WriterConfig',
    { A: distributed({ I: Z }, { ResultWriter: { WriterConfig: {} } }) },
    'at /States/A/ResultWriter/WriterConfig',
  ],
  [
    'a tolerance over 100 percent',
    { A: distributed({ I: Z }, { ToleratedFailurePercentage: 101 }) },
    'allowed is a number from 0 to 100',
  ],
];

describe('refuses', () => {
  test.each(refusals)('%s', async (_, states, message) => {
    await using world = await openWorld();
    const clean = JSON.parse(JSON.stringify(states));
    expect(() => world.machine(clean)).toThrow(
      expect.objectContaining({ name: 'InvalidDefinition', message: expect.stringContaining(message) }),
    );
  });

  test.each([
    ['no QueryLanguage', { QueryLanguage: undefined }, 'These fields are required: [QueryLanguage] at /'],
    ['JSONPath', { QueryLanguage: 'JSONPath' }, 'at /QueryLanguage'],
    ['a start that does not exist', { StartAt: 'B' }, "there is no state 'B' in this scope at /StartAt"],
    ['no states', { States: {} }, 'Expected an object with at least one state but was {} at /States'],
    ['an unknown field of the machine', { Version: '1.0' }, 'at /Version'],
    ['a timeout that is an expression', { TimeoutSeconds: '{% 5 %}' }, 'at /TimeoutSeconds'],
  ])('%s', async (_, more, message) => {
    await using world = await openWorld();
    const definition = JSON.parse(
      JSON.stringify({ QueryLanguage: 'JSONata', StartAt: 'A', States: { A: Z }, ...more }),
    );
    expect(() => world.states.createStateMachine('m', definition, ROLE)).toThrow(message);
  });

  test('several problems at once, each with its path', async () => {
    await using world = await openWorld();
    const states = { A: pass('{% x %}', { Foo: 1 }), B: { Type: 'Wait', End: true } };
    expect(() => world.machine(states)).toThrow(
      /\/States\/A\/Foo.*\/States\/A\/Output|\/States\/A\/Output.*\/States\/A\/Foo/s,
    );
    expect(() => world.machine(states)).toThrow(/\/States\/B/);
  });

  test('a machine of a name that exists, and a wrong name', async () => {
    await using world = await openWorld();
    const definition = { QueryLanguage: 'JSONata', StartAt: 'A', States: { A: Z } };
    world.states.createStateMachine('m', definition, ROLE);
    expect(() => world.states.createStateMachine('m', definition, ROLE)).toThrow('State Machine Already Exists');
    expect(() => world.states.createStateMachine('m m', definition, ROLE)).toThrow("Invalid Name: 'm m'");
  });
});

test('accepts every field it honours', async () => {
  await using world = await openWorld();
  const guard = {
    Retry: [
      {
        Comment: 'c',
        ErrorEquals: ['E'],
        IntervalSeconds: 1,
        MaxAttempts: 2,
        BackoffRate: 1.5,
        MaxDelaySeconds: 9,
        JitterStrategy: 'NONE',
      },
    ],
    Catch: [
      {
        Comment: 'c',
        ErrorEquals: ['States.ALL'],
        Assign: { e: '{% $states.errorOutput %}' },
        Output: '{% $states.errorOutput.Error %}',
        Next: 'Z',
      },
    ],
  };
  const states = {
    A: pass('{% $states.context.Execution.Id %}', {
      Comment: 'c',
      QueryLanguage: 'JSONata',
      Assign: { größe_1: 1 },
      Next: 'W',
    }),
    W: { Type: 'Wait', Seconds: '{% 1 %}', Assign: { w: 1 }, Output: 1, Next: 'C' },
    C: {
      Type: 'Choice',
      Choices: [{ Comment: 'c', Condition: '{% true %}', Assign: { c: 1 }, Output: 1, Next: 'T' }],
      Default: 'F',
    },
    F: { Type: 'Fail', Error: 'E', Cause: '{% $states.input & "" %}' },
    T: tokenTask({
      TimeoutSeconds: '{% 10 %}',
      HeartbeatSeconds: 5,
      Output: '{% $states.result %}',
      ...guard,
      Next: 'P',
    }),
    P: {
      Type: 'Parallel',
      Arguments: 1,
      Branches: [{ Comment: 'c', ...inline({ B: Z }) }],
      Output: '{% $states.result[0] %}',
      ...guard,
      Next: 'M',
    },
    M: map({
      Items: [1, '{% 2 %}'],
      ItemSelector: { v: '{% $states.context.Map.Item.Value %}' },
      MaxConcurrency: 2,
      ...guard,
      End: undefined,
      Next: 'D',
    }),
    D: distributed(
      { J: Z },
      {
        ItemReader: reader({ ReaderConfig: { InputType: 'JSONL', MaxItems: '{% 5 %}' } }),
        ResultWriter: { Resource: 'arn:aws:states:::s3:putObject', Arguments: { Bucket: 'b', Prefix: 'p' } },
        MaxConcurrency: '{% 3 %}',
        ToleratedFailurePercentage: 12.5,
        ToleratedFailureCount: 3,
        ...guard,
        End: undefined,
        Next: 'Z',
      },
    ),
    Z: { Type: 'Succeed', Output: 1 },
  };
  const clean = JSON.parse(JSON.stringify(states));
  expect(world.machine(clean, { Comment: 'c', TimeoutSeconds: 3600 })).toBe(
    'arn:aws:states:eu-west-1:123456789012:stateMachine:machine-1',
  );
});

test('children of a distributed map may use names of outer variables, which they do not see', async () => {
  await using world = await openWorld();
  const children = {
    I: pass('{% $exists($x) %}', { Next: 'J' }),
    J: pass('{% $states.input %}', { Assign: { x: 2 } }),
  };
  const states = { A: pass('{% [1] %}', { Assign: { x: 1 }, Next: 'M' }), M: distributed(children) };
  expect((await world.run(states)).output).toEqual([false]);
});
