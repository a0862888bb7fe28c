import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NON_RETRYABLE, RETRYABLE_FAULTS } from '../../contracts/errors.ts';
import { BUCKET_TOKEN, FUNCTIONS, STATE_MACHINES } from '../../contracts/functions.ts';
import { PHASES } from '../../contracts/shard.ts';
import { STATES } from '../../contracts/states.ts';

// biome-ignore lint/suspicious/noExplicitAny: an ASL document, read as anybody would
type Asl = any;

const read = (file: string) => readFileSync(join(import.meta.dirname, '../../statemachines', file), 'utf8');
const texts = Object.keys(STATE_MACHINES).map(read);
const [machine, closing]: Asl[] = texts.map((text) => JSON.parse(text));

/** Every state of the machine and of its maps, by name. */
function statesOf(scope: Asl): [string, Asl][] {
  return Object.entries<Asl>(scope.States).flatMap(([name, state]) => [
    [name, state] as [string, Asl],
    ...(state.ItemProcessor ? statesOf(state.ItemProcessor) : []),
  ]);
}

const states = statesOf(machine);
const tasks = states.filter(([, { Type }]) => Type === 'Task');
const maps = states.filter(([, { Type }]) => Type === 'Map');

describe('the state machine', () => {
  it('has, with the one that closes, a token for every function it calls and for the work bucket, and no other', () => {
    const tokens = new Set(texts.flatMap((text) => [...text.matchAll(/\$\{(\w+)\}/g)].map(([, token]) => token)));
    const called = Object.values(FUNCTIONS).flatMap(({ token }) => token ?? []);
    expect([...tokens].sort()).toEqual([...called, BUCKET_TOKEN].sort());
  });

  it('has the working states that the functions and the command know by name', () => {
    const working = Object.entries<Asl>(machine.States).filter(([, { Type }]) => Type === 'Task' || Type === 'Map');
    expect(working.map(([name]) => name).sort()).toEqual([...STATES].sort());
  });

  it('names each state once', () => {
    const names = states.map(([name]) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('has the map labels that the phases are named after', () => {
    const labels = maps.map(([, { Label }]) => Label);
    expect(labels).toEqual(['Protect', 'Count', 'Confirm', 'Erase', 'Verify', 'Finalise']);
    expect(labels).toEqual(expect.arrayContaining(PHASES.filter((phase) => phase !== 'Gone')));
  });

  it.each(
    tasks,
  )('state %s refuses first what another attempt cannot mend, then retries crowded and killed functions', (_, task) => {
    const [first, crowded, killed] = task.Retry;
    expect(first).toEqual({ ErrorEquals: NON_RETRYABLE, MaxAttempts: 0 });
    expect(crowded.ErrorEquals).toEqual([
      'Lambda.ClientExecutionTimeoutException',
      'Lambda.ServiceException',
      'Lambda.AWSLambdaException',
      'Lambda.SdkClientException',
      'Lambda.TooManyRequestsException',
    ]);
    expect(killed.ErrorEquals).toContain('States.TaskFailed');
    expect(killed.MaxAttempts).toBeLessThanOrEqual(3);
    for (const fault of RETRYABLE_FAULTS) expect(NON_RETRYABLE).not.toContain(fault);
  });

  it.each(
    tasks.filter(([, { Resource }]) => !Resource.endsWith('.waitForTaskToken')),
  )('state %s waits longer than the function it calls may take', (_, task) => {
    const token = /\$\{(\w+)\}/.exec(task.Arguments.FunctionName)?.[1];
    const called = Object.values(FUNCTIONS).find((spec) => spec.token === token);
    expect(task.TimeoutSeconds).toBeGreaterThan(called?.timeoutSeconds ?? Number.POSITIVE_INFINITY);
  });

  it('does not retry a timed-out approval, sends no heartbeat, and looks for a decision instead', () => {
    const wait = machine.States['Wait for approval'];
    expect(wait.Retry.flatMap(({ ErrorEquals }: Asl) => ErrorEquals)).not.toContain('States.Timeout');
    expect(wait.Retry.flatMap(({ ErrorEquals }: Asl) => ErrorEquals)).not.toContain('States.ALL');
    expect(wait).not.toHaveProperty('HeartbeatSeconds');
    expect(wait.Catch[0]).toMatchObject({ ErrorEquals: ['States.Timeout'], Next: 'Check decision' });
    expect(wait.TimeoutSeconds).toContain('timeoutSeconds');
  });

  it('reports whatever happens: every task and map of the run catches everything but the report itself', () => {
    for (const [name, state] of Object.entries<Asl>(machine.States)) {
      if (state.Type !== 'Task' && state.Type !== 'Map') continue;
      const all = state.Catch.find(({ ErrorEquals }: Asl) => ErrorEquals.includes('States.ALL'));
      expect([name, all.Next]).toEqual([name, name === 'Report' ? 'Report failed' : 'Report']);
    }
    expect(machine.States['Report failed'].Type).toBe('Fail');
  });

  it.each(
    maps,
  )('map %s runs standard children over lines pinned by version, tolerates failures, and is never retried', (_, map) => {
    expect(map.ItemProcessor.ProcessorConfig).toEqual({ Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' });
    expect(map.ItemReader.ReaderConfig).toEqual({ InputType: 'JSONL' });
    expect(map.ItemReader.Arguments.VersionId).toMatch(/VersionId/);
    expect(map.ToleratedFailurePercentage).toBe(100);
    expect(map.MaxConcurrency).toContain('maxConcurrency');
    expect(map.ResultWriter.Arguments.Bucket).toBe(`\${${BUCKET_TOKEN}}`);
    expect(map).not.toHaveProperty('Retry');
    expect(map).not.toHaveProperty('ItemBatcher');
  });

  it('waits before a verification only where the sealed plan says that an index needs time', () => {
    const choice = machine.States['Does an index need time?'];
    expect(machine.States['Erase shard'].Next).toBe('Does an index need time?');
    expect(choice).toMatchObject({
      Choices: [{ Condition: '{% $sealed.settleSeconds > 0 %}', Next: 'Wait for indexes' }],
      Default: 'Verify shard',
    });
    expect(machine.States['Wait for indexes']).toMatchObject({
      Type: 'Wait',
      Seconds: '{% $sealed.settleSeconds %}',
      Next: 'Verify shard',
    });
  });

  it('binds the workers to a digest: of the targets when counting, of the sealed plan in all other phases', () => {
    const digests = maps.flatMap(([, { Label, ItemSelector }]) =>
      ItemSelector.digest ? [[Label, ItemSelector.digest]] : [],
    );
    expect(Object.fromEntries(digests)).toEqual({
      Count: '{% $run.targetsSha256 %}',
      Erase: '{% $sealed.planDigest %}',
      Verify: '{% $sealed.planDigest %}',
      Finalise: '{% $sealed.planDigest %}',
    });
  });
});

describe('the state machine that closes runs', () => {
  const closingTasks = statesOf(closing).filter(([, { Type }]) => Type === 'Task');

  it('lasts longer than all attempts of its tasks together, and the machine that it closes longer than any run', () => {
    const seconds = closingTasks.flatMap(([, { Retry, TimeoutSeconds }]) =>
      Retry.slice(1).map(({ IntervalSeconds, BackoffRate, MaxAttempts, MaxDelaySeconds }: Asl) => {
        const delays = Array.from({ length: MaxAttempts }, (_, n) =>
          Math.min(MaxDelaySeconds, IntervalSeconds * BackoffRate ** n),
        );
        return delays.reduce((sum, delay) => sum + delay, (MaxAttempts + 1) * TimeoutSeconds);
      }),
    );
    expect(Math.min(...seconds)).toBeGreaterThan(8 * 3_600);
    expect(closing.TimeoutSeconds).toBeGreaterThan(2 * seconds.reduce((sum, one) => sum + one, 0));
    // 30 days are the longest that an approval may take.
    expect(machine.TimeoutSeconds).toBeGreaterThan(31 * 86_400);
  });

  it('names each state once, and every state it goes to', () => {
    const names = statesOf(closing).map(([name]) => name);
    const goesTo = statesOf(closing).flatMap(([, { Next, Default, Choices = [] }]) => [
      Next,
      Default,
      ...Choices.map((choice: Asl) => choice.Next),
    ]);
    const reached = new Set([closing.StartAt, ...goesTo.filter((name) => name !== undefined)]);
    expect([...reached].sort()).toEqual([...names].sort());
  });

  it.each(closingTasks)('state %s refuses what another attempt cannot mend, and tries the rest for long', (_, task) => {
    const [first, crowded, killed] = task.Retry;
    expect(first).toEqual({ ErrorEquals: NON_RETRYABLE, MaxAttempts: 0 });
    expect(crowded.ErrorEquals).toEqual(tasks[0]?.[1].Retry[1].ErrorEquals);
    expect(killed.ErrorEquals).toEqual(['States.TaskFailed', 'States.Timeout']);
    const token = /\$\{(\w+)\}/.exec(task.Arguments.FunctionName)?.[1];
    const called = Object.values(FUNCTIONS).find((spec) => spec.token === token);
    expect(task.TimeoutSeconds).toBeGreaterThan(called?.timeoutSeconds ?? Number.POSITIVE_INFINITY);
  });
});
