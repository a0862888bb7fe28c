// Maps: iterations inside an execution, and map runs whose children are executions of their own.
import {
  DescribeExecutionCommand,
  DescribeMapRunCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListMapRunsCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { describe, expect, test } from 'vitest';
import type { Json } from '../../local/kernel/json-service.ts';
import {
  distributed,
  gate,
  namedError,
  next,
  openWorld,
  pass,
  task,
  tokenTask,
  types,
  type World,
} from './states-world.ts';

const Z = { Type: 'Succeed' };
/** How long a map run goes on after its execution was stopped (local/SUPPORT.md). */
const OUTLIVES_MS = 10_000;
const inline = (states: Json, more: Json = {}) => ({
  Type: 'Map',
  ItemProcessor: { StartAt: Object.keys(states)[0], States: states },
  End: true,
  ...more,
});
const reader = (more: Json = {}, config: Json = {}) => ({
  Resource: 'arn:aws:states:::s3:getObject',
  ReaderConfig: { InputType: 'JSONL', ...config },
  Arguments: { Bucket: 'work', Key: 'items.jsonl', ...more },
});
const writer = { Resource: 'arn:aws:states:::s3:putObject', Arguments: { Bucket: 'work', Prefix: 'results/1' } };
const lines = (items: Json[]) => items.map((item) => `${JSON.stringify(item)}\n`).join('');
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

/** Fails for the items of which `isBad` holds. */
const picky = (isBad: (item: Json) => boolean) => ({
  fn: (item: Json) => {
    if (isBad(item)) throw namedError('Bad', `item ${JSON.stringify(item)}`);
    return item;
  },
});

/** What a file of the results holds. */
function childrenIn({ objects }: World, file: string): Json[] {
  const key = objects.keys().find((each) => each.endsWith(file)) ?? '';
  return objects.json('work', key.slice('work/'.length));
}

async function mapRunOf({ sfn }: World, executionArn: string, index = 0) {
  const { mapRuns } = await sfn.send(new ListMapRunsCommand({ executionArn }));
  return sfn.send(new DescribeMapRunCommand({ mapRunArn: mapRuns?.[index]?.mapRunArn }));
}

describe('an inline Map', () => {
  test('runs its processor for each item, in order of the items, with the item in the context', async () => {
    await using world = await openWorld();
    const item = pass(
      '{% [$states.input, $states.context.Map.Item.Index, $states.context.Map.Item.Value, $states.context.Execution.Input.k] %}',
    );
    const ended = await world.run(
      { M: inline({ I: item }, { Items: '{% $states.input.list %}' }) },
      { list: ['a', 'b'], k: 7 },
    );
    expect(ended.output).toEqual([
      ['a', 0, 'a', 7],
      ['b', 1, 'b', 7],
    ]);
  });

  test('gives what ItemSelector makes of each item', async () => {
    await using world = await openWorld();
    const ItemSelector = { n: '{% $states.context.Map.Item.Value * 2 %}', all: '{% $count($states.input) %}' };
    expect((await world.run({ M: inline({ I: Z }, { ItemSelector }) }, [1, 2])).output).toEqual([
      { n: 2, all: 2 },
      { n: 4, all: 2 },
    ]);
  });

  test('of nothing gives nothing', async () => {
    await using world = await openWorld();
    expect((await world.run({ M: inline({ I: Z }) }, [])).output).toEqual([]);
  });

  test('runs at most MaxConcurrency iterations at a time, 40 without one', async () => {
    const running = { now: 0, most: 0 };
    const fn = async () => {
      running.now++;
      running.most = Math.max(running.most, running.now);
      await new Promise(setImmediate);
      running.now--;
    };
    await using world = await openWorld({ functions: { fn } });
    await world.run({ M: inline({ I: task() }, { MaxConcurrency: '{% 3 %}' }) }, numbers(20));
    expect(running.most).toBe(3);
    await world.run({ M: inline({ I: task() }) }, numbers(100));
    expect(running.most).toBe(40);
  });

  test('that fails stops its other iterations and starts no further one', async () => {
    const started: Json[] = [];
    const fn = (item: Json) => {
      started.push(item);
      if (item === 1) throw namedError('Bad');
      return gate().promise;
    };
    await using world = await openWorld({ functions: { fn } });
    const ended = await world.run({ M: inline({ I: task() }, { MaxConcurrency: 2 }) }, numbers(10));
    expect(ended).toMatchObject({ status: 'FAILED', error: 'Bad' });
    expect(started).toEqual([0, 1]);
  });

  test('fails on items that are no list', async () => {
    await using world = await openWorld();
    const ended = await world.run({ M: inline({ I: Z }) }, { a: 1 });
    expect(ended.error).toBe('States.QueryEvaluationError');
    expect(ended.cause).toBe(
      'An error occurred while executing the state \'M\' (entered at the event id #2). Map state input must be an array but was: {"a":1}',
    );
  });
});

describe('a distributed Map', () => {
  test('runs a child for each line of the object, and the children are executions', async () => {
    await using world = await openWorld();
    world.objects.put('work', 'items.jsonl', lines([{ n: 1 }, { n: 2 }]));
    const child = pass("{% { 'in': $states.input, 'context': $states.context } %}");
    const ended = await world.run({ M: distributed({ I: child }, { ItemReader: reader() }) });
    const [first, second] = ended.output;
    expect([first.in, second.in]).toEqual([{ n: 1 }, { n: 2 }]);
    expect(first.context.Map.Item).toEqual({ Index: 0, Value: { n: 1 } });
    expect(first.context.StateMachine).toEqual({ Id: `${ended.stateMachineArn}/Each`, Name: 'machine-1/Each' });

    const { Id, Name } = first.context.Execution;
    expect(Id).toBe(`arn:aws:states:eu-west-1:123456789012:execution:machine-1/Each:${Name}`);
    const run = await mapRunOf(world, ended.arn);
    const described = await world.sfn.send(new DescribeExecutionCommand({ executionArn: Id }));
    expect(described).toMatchObject({
      status: 'SUCCEEDED',
      input: '{"n":1}',
      name: Name,
      mapRunArn: run.mapRunArn,
      stateMachineArn: `${ended.stateMachineArn}/Each`,
    });
    const history = await world.history(Id);
    expect(types(history)).toEqual(['ExecutionStarted', 'PassStateEntered', 'PassStateExited', 'ExecutionSucceeded']);
  });

  test('reads exactly the version it is told, and at most MaxItems lines', async () => {
    await using world = await openWorld();
    world.objects.put('work', 'items.jsonl', lines([1, 2, 3]));
    world.objects.put('work', 'items.jsonl', lines(['newer']));
    const run = async (ItemReader: Json) =>
      (await world.run({ M: distributed({ I: Z }, { ItemReader }) }, { v: 'v1' })).output;
    expect(await run(reader({ VersionId: '{% $states.input.v %}' }))).toEqual([1, 2, 3]);
    expect(await run(reader({ VersionId: 'v1' }, { MaxItems: 2 }))).toEqual([1, 2]);
    expect(await run(reader())).toEqual(['newer']);
  });

  test.each([
    [
      'no object',
      { Key: 'none' },
      'The specified key does not exist. (Service: S3, Status Code: 404, Error Code: NoSuchKey',
    ],
    ['no version', { VersionId: 'v9' }, 'The specified version does not exist. (Service: S3, Status Code: 404'],
    ['a line that is not JSON', { Key: 'bad' }, 'Not a JSON value in s3://work/bad, line 2'],
  ])('with %s fails with States.ItemReaderFailed, and so does its map run', async (_, more, cause) => {
    await using world = await openWorld();
    world.objects.put('work', 'items.jsonl', lines([1]));
    world.objects.put('work', 'bad', '1\n{"a":\n');
    const ended = await world.run({ M: distributed({ I: Z }, { ItemReader: reader(more) }) });
    expect(ended.error).toBe('States.ItemReaderFailed');
    expect(ended.cause).toContain(cause);
    expect(await mapRunOf(world, ended.arn)).toMatchObject({ status: 'FAILED' });
    expect(types(await world.history(ended.arn)).slice(2)).toEqual([
      'MapStateStarted',
      'MapRunStarted',
      'MapRunFailed',
      'MapStateFailed',
      'ExecutionFailed',
    ]);
  });

  test('of nothing succeeds without children', async () => {
    await using world = await openWorld();
    world.objects.put('work', 'items.jsonl', '');
    const ended = await world.run({ M: distributed({ I: Z }, { ItemReader: reader(), ResultWriter: writer }) });
    const run = await mapRunOf(world, ended.arn);
    expect(run).toMatchObject({ status: 'SUCCEEDED', itemCounts: { total: 0 }, executionCounts: { total: 0 } });
    expect(world.objects.json('work', ended.output.ResultWriterDetails.Key).ResultFiles).toEqual({
      FAILED: [],
      PENDING: [],
      SUCCEEDED: [],
    });
  });

  test('writes manifest and results, and gives where they are', async () => {
    await using world = await openWorld({ functions: picky((item) => item === 2) });
    const more = { ResultWriter: writer, ToleratedFailurePercentage: 100, MaxConcurrency: 1 };
    const ended = await world.run(
      { M: distributed({ I: task({ Output: '{% $states.result.Payload %}' }) }, more) },
      [1, 2, 3],
    );
    const run = await mapRunOf(world, ended.arn);
    const folder = `results/1/${run.mapRunArn?.split(':').at(-1)}`;
    expect(ended.output).toEqual({
      MapRunArn: run.mapRunArn,
      ResultWriterDetails: { Bucket: 'work', Key: `${folder}/manifest.json` },
    });
    const size = (name: string) => world.objects.get('work', `${folder}/${name}`).length;
    expect(world.objects.json('work', `${folder}/manifest.json`)).toEqual({
      DestinationBucket: 'work',
      MapRunArn: run.mapRunArn,
      ResultFiles: {
        FAILED: [{ Key: `${folder}/FAILED_0.json`, Size: size('FAILED_0.json') }],
        PENDING: [],
        SUCCEEDED: [{ Key: `${folder}/SUCCEEDED_0.json`, Size: size('SUCCEEDED_0.json') }],
      },
    });
    const [one, three] = world.objects.json('work', `${folder}/SUCCEEDED_0.json`);
    expect(one).toMatchObject({
      Input: '1',
      Output: '1',
      Status: 'SUCCEEDED',
      StateMachineArn: `${ended.stateMachineArn}/Each`,
      RedriveCount: 0,
    });
    expect(one.ExecutionArn).toBe(`arn:aws:states:eu-west-1:123456789012:execution:machine-1/Each:${one.Name}`);
    expect(three.Input).toBe('3');
    const [two] = world.objects.json('work', `${folder}/FAILED_0.json`);
    expect(two).toMatchObject({ Input: '2', Status: 'FAILED', Error: 'Bad' });
    expect(JSON.parse(two.Cause).errorMessage).toBe('item 2');
  });

  test('that cannot write its results fails with States.ResultWriterFailed', async () => {
    await using world = await openWorld();
    const ResultWriter = { ...writer, Arguments: { Bucket: 'forbidden' } };
    const ended = await world.run({ M: distributed({ I: Z }, { ResultWriter }) }, [1]);
    expect(ended.error).toBe('States.ResultWriterFailed');
    expect(ended.cause).toContain('AccessDenied');
  });

  test('without a writer fails with States.DataLimitExceeded over 256 KiB of results, with one it does not', async () => {
    await using world = await openWorld();
    const big = pass(`{% $pad('', ${100 * 1024}, 'x') %}`);
    expect((await world.run({ M: distributed({ I: big }) }, [1, 2, 3])).error).toBe('States.DataLimitExceeded');
    expect((await world.run({ M: distributed({ J: big }, { ResultWriter: writer }) }, [1, 2, 3])).status).toBe(
      'SUCCEEDED',
    );
  });

  test('gives children what ItemSelector makes, with variables of the scope around the Map', async () => {
    await using world = await openWorld();
    const ItemSelector = { v: '{% $states.context.Map.Item.Value %}', run: '{% $run %}' };
    const states = {
      A: pass('{% $states.input %}', { Assign: { run: 'r1' }, Next: 'M' }),
      M: distributed({ I: Z }, { ItemSelector }),
    };
    expect((await world.run(states, ['a'])).output).toEqual([{ v: 'a', run: 'r1' }]);
  });

  test('whose ItemSelector fails is a map run that fails', async () => {
    await using world = await openWorld();
    const ended = await world.run(
      { M: distributed({ I: Z }, { ItemSelector: '{% $states.context.Map.Item.Value.x %}' }) },
      [{}],
    );
    expect(ended.error).toBe('States.QueryEvaluationError');
    expect(ended.cause).toContain("specified for the field 'ItemSelector' returned nothing");
    expect(await mapRunOf(world, ended.arn)).toMatchObject({ status: 'FAILED' });
  });

  test('runs at most MaxConcurrency children at a time', async () => {
    const running = { now: 0, most: 0 };
    const fn = async () => {
      running.now++;
      running.most = Math.max(running.most, running.now);
      await new Promise(setImmediate);
      running.now--;
    };
    await using world = await openWorld({ functions: { fn } });
    const ended = await world.run(
      { M: distributed({ I: task() }, { MaxConcurrency: '{% $count($states.input) - 6 %}' }) },
      numbers(10),
    );
    expect(running.most).toBe(4);
    expect(await mapRunOf(world, ended.arn)).toMatchObject({ maxConcurrency: 4 });
  });

  test('may stand inside a child of another', async () => {
    await using world = await openWorld();
    const inner = distributed({ J: pass('{% $states.input * 10 %}') }, { Label: 'Inner' });
    const ended = await world.run({ M: distributed({ I: inner }) }, [[1, 2], [3]]);
    expect(ended.output).toEqual([[10, 20], [30]]);
  });

  test('waits for children that wait for their tokens', async () => {
    const tokens: string[] = [];
    await using world = await openWorld({ functions: { fn: ({ token }) => tokens.push(token) } });
    const arn = await world.start({ M: distributed({ I: tokenTask({ TimeoutSeconds: 100 }) }) }, [1, 2]);
    await world.sfn.send(new StopExecutionCommand({ executionArn: arn }));
    expect(new Set(tokens).size).toBe(2);
    await world.clock.sleep(OUTLIVES_MS);
    expect(await mapRunOf(world, arn)).toMatchObject({ status: 'ABORTED', executionCounts: { aborted: 2 } });
  });
});

describe('tolerated failures', () => {
  const run = (world: World, more: Json, count = 10) =>
    world.run({ M: distributed({ I: task() }, { MaxConcurrency: 1, ...more }) }, numbers(count));

  test.each([
    ['none by default', {}, 1, 'FAILED'],
    ['a count', { ToleratedFailureCount: 2 }, 2, 'SUCCEEDED'],
    ['more than the count', { ToleratedFailureCount: '{% 2 %}' }, 3, 'FAILED'],
    ['a percentage', { ToleratedFailurePercentage: 20 }, 2, 'SUCCEEDED'],
    ['more than the percentage', { ToleratedFailurePercentage: 29.9 }, 3, 'FAILED'],
    ['all', { ToleratedFailurePercentage: 100 }, 10, 'SUCCEEDED'],
    [
      'the count exceeded, not the percentage',
      { ToleratedFailureCount: 1, ToleratedFailurePercentage: 50 },
      2,
      'FAILED',
    ],
    [
      'the percentage exceeded, not the count',
      { ToleratedFailureCount: 5, ToleratedFailurePercentage: 10 },
      2,
      'FAILED',
    ],
  ])('%s: %j with %i of 10 failed', async (_, more, failures, status) => {
    await using world = await openWorld({ functions: picky((item) => item < failures) });
    const ended = await run(world, more);
    expect(ended.status).toBe(status);
    if (status === 'FAILED') {
      expect([ended.error, ended.cause]).toEqual([
        'States.ExceedToleratedFailureThreshold',
        'The specified tolerated failure threshold was exceeded',
      ]);
    } else {
      expect(await mapRunOf(world, ended.arn)).toMatchObject({
        itemCounts: { total: 10, failed: failures, succeeded: 10 - failures, pending: 0 },
      });
    }
  });

  test('beyond the tolerance no further child starts, those running are aborted, and the files tell which', async () => {
    const held = gate();
    const started: Json[] = [];
    const fn = (item: Json) => {
      started.push(item);
      if (item === 1) throw namedError('Bad');
      return held.promise;
    };
    await using world = await openWorld({ functions: { fn } });
    const ended = await world.run(
      { M: distributed({ I: task() }, { MaxConcurrency: 2, ResultWriter: writer }) },
      numbers(5),
    );
    expect(ended.error).toBe('States.ExceedToleratedFailureThreshold');
    expect(started).toEqual([0, 1]);
    expect(await mapRunOf(world, ended.arn)).toMatchObject({
      status: 'FAILED',
      executionCounts: { total: 5, pending: 3, running: 0, failed: 1, aborted: 1 },
    });
    expect(childrenIn(world, 'FAILED_0.json').map(({ Status }: Json) => Status)).toEqual(['ABORTED', 'FAILED']);
    expect(childrenIn(world, 'PENDING_0.json').map(({ Input }: Json) => Input)).toEqual(['2', '3', '4']);
  });

  test('the result shows a failed child where its output would be', async () => {
    await using world = await openWorld({ functions: picky((item) => item === 1) });
    const map = distributed({ I: task({ Output: '{% $states.result.Payload %}' }) }, { ToleratedFailureCount: 1 });
    const { output } = await world.run({ M: map }, [0, 1, 2]);
    expect(output).toEqual([0, expect.objectContaining({ Status: 'FAILED', Error: 'Bad', Input: '1' }), 2]);
  });

  test('a Retry on the Map starts a new map run over all items', async () => {
    let failures = 0;
    const fn = (item: Json) => {
      if (item === 1 && failures++ === 0) throw namedError('Bad');
    };
    await using world = await openWorld({ functions: { fn } });
    const Retry = [{ ErrorEquals: ['States.ExceedToleratedFailureThreshold'], IntervalSeconds: 1 }];
    const ended = await world.run({ M: distributed({ I: task() }, { Retry, MaxConcurrency: 1 }) }, [0, 1]);
    expect(ended.status).toBe('SUCCEEDED');
    const { mapRuns } = await world.sfn.send(new ListMapRunsCommand({ executionArn: ended.arn }));
    expect(mapRuns).toHaveLength(2);
    const [newer, older] = [await mapRunOf(world, ended.arn, 0), await mapRunOf(world, ended.arn, 1)];
    expect([newer.status, newer.itemCounts?.total, older.status]).toEqual(['SUCCEEDED', 2, 'FAILED']);
  });

  test('a child may try again by itself, and its failures then do not count', async () => {
    const seen = new Set<Json>();
    const fn = (item: Json) => {
      if (seen.has(item)) return;
      seen.add(item);
      throw namedError('Bad');
    };
    await using world = await openWorld({ functions: { fn } });
    const ended = await world.run({ M: distributed({ I: task({ Retry: [{ ErrorEquals: ['Bad'] }] }) }) }, numbers(5));
    expect(ended.status).toBe('SUCCEEDED');
  });
});

describe('StopExecution in the middle of a map run', () => {
  test('aborts the map run and its running children; no further child starts, and what they invoked goes on', async () => {
    const held = gate();
    const finished: Json[] = [];
    const started: Json[] = [];
    const fn = async (item: Json) => {
      started.push(item);
      if (item < 2) return;
      await held.promise;
      finished.push(item);
    };
    await using world = await openWorld({ functions: { fn } });
    const states = { M: distributed({ I: task({ Next: 'J' }), J: Z }, { MaxConcurrency: 3, ResultWriter: writer }) };
    const executionArn = await world.start(states, numbers(100));
    const ended = next(world.states, ({ type }) => type === 'MapRunEnded');
    while (started.length < 5) await new Promise(setImmediate);
    await world.sfn.send(new StopExecutionCommand({ executionArn }));
    await ended;
    const run = await mapRunOf(world, executionArn);
    expect(run).toMatchObject({
      status: 'ABORTED',
      executionCounts: { total: 100, succeeded: 2, aborted: 3, running: 0, pending: 95 },
    });
    expect(run.stopDate).toBeDefined();
    const { executions = [] } = await world.sfn.send(
      new ListExecutionsCommand({ mapRunArn: run.mapRunArn, statusFilter: 'ABORTED' }),
    );
    expect(executions).toHaveLength(3);
    expect(executions[0]).toMatchObject({ mapRunArn: run.mapRunArn, itemCount: 1, status: 'ABORTED' });
    const { events } = await world.sfn.send(
      new GetExecutionHistoryCommand({ executionArn: executions[0]?.executionArn, reverseOrder: true, maxResults: 1 }),
    );
    expect(events?.[0]?.type).toBe('ExecutionAborted');

    held.resolve();
    while (finished.length < 3) await new Promise(setImmediate);
    expect(started).toHaveLength(5);
    expect(types(await world.history(executionArn)).slice(-2)).toEqual(['MapRunStarted', 'ExecutionAborted']);
    expect(childrenIn(world, 'PENDING_0.json')).toHaveLength(95);
  });

  test('a machine that times out aborts its map runs too', async () => {
    await using world = await openWorld({ functions: { fn: () => gate().promise } });
    const ended = await world.run({ M: distributed({ I: task() }) }, [1, 2], { TimeoutSeconds: 30 });
    expect(ended.status).toBe('TIMED_OUT');
    await world.clock.sleep(OUTLIVES_MS);
    expect(await mapRunOf(world, ended.arn)).toMatchObject({ status: 'ABORTED', executionCounts: { aborted: 2 } });
  });

  test('leaves the map run running for a while, though no child of it starts or goes on', async () => {
    // At the wall's pace, so that the while is not over before it is looked at.
    await using world = await openWorld({ functions: { fn: () => gate().promise }, clockSpeed: 1 });
    const executionArn = await world.start({ M: distributed({ I: task() }, { MaxConcurrency: 2 }) }, [1, 2, 3]);
    const both = async () => (await mapRunOf(world, executionArn)).executionCounts?.running === 2;
    while (!(await both())) await new Promise(setImmediate);
    await world.sfn.send(new StopExecutionCommand({ executionArn }));
    expect(await mapRunOf(world, executionArn)).toMatchObject({
      status: 'RUNNING',
      executionCounts: { running: 0, aborted: 2, pending: 1 },
    });
  });

  test('a child cannot be stopped alone', async () => {
    await using world = await openWorld({ functions: { fn: () => gate().promise } });
    const executionArn = await world.start({ M: distributed({ I: task() }) }, [1]);
    const { mapRunArn } = await mapRunOf(world, executionArn);
    const { executions } = await world.sfn.send(new ListExecutionsCommand({ mapRunArn }));
    const stop = world.sfn.send(new StopExecutionCommand({ executionArn: executions?.[0]?.executionArn }));
    await expect(stop).rejects.toMatchObject({ name: 'NotImplemented' });
  });
});

test('a map run in a branch is aborted when another branch fails', async () => {
  await using world = await openWorld({ functions: { fn: () => gate().promise } });
  const branches = [
    { StartAt: 'M', States: { M: distributed({ I: task() }) } },
    { StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 10, Next: 'F' }, F: { Type: 'Fail', Error: 'E' } } },
  ];
  const ended = await world.run({ P: { Type: 'Parallel', Branches: branches, End: true } }, [1, 2]);
  expect(ended).toMatchObject({ status: 'FAILED', error: 'E' });
  expect(await mapRunOf(world, ended.arn)).toMatchObject({ status: 'ABORTED', executionCounts: { aborted: 2 } });
  expect(types(await world.history(ended.arn)).slice(-5)).toEqual([
    'FailStateEntered',
    'MapRunAborted',
    'MapStateAborted',
    'ParallelStateFailed',
    'ExecutionFailed',
  ]);
});

test('10,000 children take seconds and stay within memory; of more, the oldest histories are given up', async () => {
  await using world = await openWorld({ functions: { fn: (item) => item } });
  const count = 10_001;
  const atOnce = 40;
  const shard = (n: number) => ({ shard: n, table: 'galerly-photos', from: null, to: null, note: 'x'.repeat(100) });
  world.objects.put('work', 'items.jsonl', lines(numbers(count).map(shard)));
  const map = distributed(
    { I: task({ Output: {} }) },
    { ItemReader: reader(), ResultWriter: writer, MaxConcurrency: atOnce },
  );
  const before = process.memoryUsage().heapUsed;
  const ended = await world.run({ M: map });
  const grownMiB = (process.memoryUsage().heapUsed - before) / 2 ** 20;
  expect(ended.status).toBe('SUCCEEDED');
  expect(grownMiB).toBeLessThan(300);
  const run = await mapRunOf(world, ended.arn);
  expect(run.executionCounts).toMatchObject({ total: count, succeeded: count, resultsWritten: count });
  // One of those that began together ended before all others.
  const eldest = childrenIn(world, 'SUCCEEDED_0.json').slice(0, atOnce);
  const histories = await Promise.allSettled(eldest.map(({ ExecutionArn }) => world.history(ExecutionArn)));
  const gone = histories.flatMap((history) => (history.status === 'rejected' ? [history.reason.name] : []));
  expect(gone).toEqual(['NotImplemented']);
  const newest = await world.sfn.send(new ListExecutionsCommand({ mapRunArn: run.mapRunArn, maxResults: 1 }));
  expect(types(await world.history(newest.executions?.[0]?.executionArn ?? '')).at(-1)).toBe('ExecutionSucceeded');
});
