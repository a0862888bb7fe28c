import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { describe, expect, it } from 'vitest';
import { ControlTable } from '../../adapters/control-table/control-table.ts';
import { Executions } from '../../adapters/executions.ts';
import { Objects } from '../../adapters/objects.ts';
import { RunStatuses } from '../../adapters/run-status.ts';
import { endedOf } from '../../cli/ending.ts';
import { exitCodeOf } from '../../cli/exit-code.ts';
import { Progress } from '../../cli/progress.ts';
import { explanationLines } from '../../cli/show/explanation.ts';
import { watch } from '../../cli/watch.ts';
import { OUTCOMES } from '../../contracts/report.ts';
import { fakeIo } from './command.ts';

const ending = (outcome: string) => JSON.stringify({ runId: 'run-1', outcome, planDigest: null, report: 's3://b/k' });

describe('the exit code of an outcome', () => {
  /** interfaces.md, section 6. */
  const codes: Readonly<Record<string, number>> = {
    previewed: 0,
    counted: 0,
    erased: 0,
    duplicate: 0,
    failed: 1,
    incomplete: 1,
    refused: 2,
    rejected: 3,
    expired: 4,
    aborted: 5,
  };

  it.each([...OUTCOMES])('%s', (outcome) => {
    expect(exitCodeOf(outcome)).toBe(codes[outcome]);
  });
});

describe('an execution that has ended', () => {
  const execution = { status: 'SUCCEEDED', output: '', error: '', cause: '', input: '{}' };
  it.each([
    ['says how in its output', { output: ending('rejected') }, 'rejected', null],
    [
      'says so where the request was a duplicate',
      { output: '{"runId":"b","outcome":"duplicate","of":"a"}' },
      'duplicate',
      null,
    ],
    [
      'or in its cause',
      { status: 'FAILED', error: 'Lethe.Incomplete', cause: ending('incomplete') },
      'incomplete',
      'Lethe.Incomplete',
    ],
    [
      'was aborted with something erased',
      { status: 'FAILED', error: 'Lethe.Aborted', cause: ending('aborted') },
      'aborted',
      'Lethe.Aborted',
    ],
    [
      'was refused under the name of its error',
      { status: 'FAILED', error: 'Lethe.ScopeLocked', cause: '{"what":"w"}' },
      'refused',
      'Lethe.ScopeLocked',
    ],
    [
      'failed where nothing is said',
      { status: 'FAILED', error: 'States.Runtime', cause: 'no JSON' },
      'failed',
      'States.Runtime',
    ],
    ['was stopped from outside', { status: 'ABORTED', cause: 'by hand' }, 'aborted', 'States.Runtime'],
    ['took too long', { status: 'TIMED_OUT' }, 'failed', 'States.Runtime'],
  ])('%s', (_, parts, outcome, name) => {
    const ended = endedOf({ ...execution, ...parts });
    expect(ended.outcome).toBe(outcome);
    expect(ended.error?.name ?? null).toBe(name);
  });

  it('says what happened where the report could not be written', () => {
    const cause = JSON.stringify({ runId: 'run-1', outcome: 'failed', what: 'The report could not be written.' });
    const { outcome, error } = endedOf({ ...execution, status: 'FAILED', error: 'Lethe.Failed', cause });
    expect({ outcome, error }).toEqual({
      outcome: 'failed',
      error: { name: 'Lethe.Failed', what: 'The report could not be written.' },
    });
  });

  it('tells of a refusal when the same can succeed, and which run stands in the way', () => {
    const cause = {
      what: 'It was erased a short while ago.',
      received: { tenant: 'acme' },
      allowed: ['tenant', 'gallery'],
      next: 'Wait.',
      retryAt: '2026-11-21T17:24:05.000Z',
      runId: 'run-7',
    };
    const { error } = endedOf({
      ...execution,
      status: 'FAILED',
      error: 'Lethe.CooldownActive',
      cause: JSON.stringify(cause),
    });
    expect(error).toEqual({ name: 'Lethe.CooldownActive', ...cause });
    expect(explanationLines(cause)).toEqual([
      'Received    {"tenant":"acme"}',
      'Allowed     tenant, gallery',
      'Next        Wait.',
      'Retry at    2026-11-21 17:24:05 UTC',
      'Because of  run run-7',
    ]);
  });
});

describe('watching a run', () => {
  const lost = Object.assign(new Error('socket hang up'), { name: 'TimeoutError' });

  /** Step Functions as over a bad network, which the embedded one never is; the control table knows no run yet. */
  function world() {
    const region = 'eu-west-1';
    const [sfn, dynamodb, s3] = [new SFNClient({ region }), new DynamoDBClient({ region }), new S3Client({ region })];
    const table = new ControlTable(dynamodb, 'control');
    const items = mockClient(table.documents).on(GetCommand).resolves({});
    const states = mockClient(sfn);
    const statuses = new RunStatuses({ table, work: new Objects(s3, 'work') });
    const io = fakeIo();
    const run = { runId: 'run-1', executionArn: 'arn:run-1' };
    const watching = () => watch(run, { executions: new Executions(sfn), statuses }, new Progress(io), io);
    return { states: states.on(DescribeExecutionCommand), items, io, watching };
  }

  it('goes on when looks fail for a while, and says so once', async () => {
    const { states, io, watching } = world();
    states.rejectsOnce(lost).rejectsOnce(lost).resolves({ status: 'SUCCEEDED', output: '{}' });
    expect(await watching()).toMatchObject({ status: 'SUCCEEDED' });
    expect(io.written.err).toBe('Could not look at the run (socket hang up); it goes on.\n');
  });

  it('goes on to the end of the execution when the control table tells nothing', async () => {
    const { states, items, io, watching } = world();
    items.rejects(new Error('not authorized'));
    for (let looks = 0; looks < 20; looks++) states.resolvesOnce({ status: 'RUNNING' });
    states.resolves({ status: 'SUCCEEDED', output: '{}' });
    expect(await watching()).toMatchObject({ status: 'SUCCEEDED' });
    expect(io.written.err).toBe('Could not look at the run (not authorized); it goes on.\n');
  });

  it('gives up when it cannot look at all', async () => {
    const { states, watching } = world();
    states.rejects(lost);
    await expect(watching()).rejects.toThrow('socket hang up');
  });

  it('of which nothing is written yet is in its first phase', async () => {
    const { states, io, watching } = world();
    states.resolvesOnce({ status: 'RUNNING' }).resolvesOnce({ status: 'RUNNING' }).resolves({ status: 'TIMED_OUT' });
    expect(await watching()).toMatchObject({ status: 'TIMED_OUT' });
    expect(io.written.err).toBe('Plan run\n');
  });
});
