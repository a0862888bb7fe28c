// Runs that end where no state of theirs can catch it: they are closed from outside, with evidence, and the lock freed.

import { DeleteBucketCommand } from '@aws-sdk/client-s3';
import {
  DescribeExecutionCommand,
  ListExecutionsCommand,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogOf, tenantTable } from '../support/catalogs.ts';
import { Lethe, type Row } from '../support/lethe.ts';

const request = (tenant: string) => ({ scope: { tenant }, phrase: `ERASE tenant ${tenant} from test` });
const rowsOf = (tenant: string, count: number): Row[] =>
  Array.from({ length: count }, (_, n) => ({ tenant, id: `i${String(n).padStart(5, '0')}` }));
const EXECUTE = { mode: 'execute', reason: 'test', requestedBy: 'ops@example.com' };

describe('an execution that is stopped in the console', () => {
  let lethe: Lethe;
  beforeAll(async () => {
    // 100 items a second, so that erasing takes long enough to be stopped.
    const stores = { items: tenantTable('items', { rate: 100 }) };
    lethe = await Lethe.open({ catalog: catalogOf({ limits: { cooldown: '0s' }, stores }) });
    const tenants = ['counting', 'waiting', 'confirming', 'erasing'];
    await lethe.table(
      'items',
      ['tenant', 'id'],
      tenants.flatMap((tenant) => rowsOf(tenant, 600)),
    );
  });
  afterAll(() => lethe.close());

  async function entered(name: string, state: string): Promise<void> {
    while (!(await lethe.states(name)).includes(state)) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  async function stop(name: string): Promise<void> {
    await lethe.sfn.send(new StopExecutionCommand({ executionArn: lethe.arn(name), cause: 'by hand' }));
  }

  async function itemsOf(tenant: string): Promise<number> {
    return (await lethe.rows('items')).filter((row) => row['tenant'] === tenant).length;
  }

  /** The scope is free: a run that counts and asks comes as far as its mail. */
  async function expectFree(tenant: string): Promise<void> {
    const { run, mails } = await lethe.awaiting(request(tenant));
    await lethe.decide(mails[0]?.links.approve ?? '', { decision: 'reject', reason: 'only to see' });
    expect((await lethe.end(run)).output).toMatchObject({ outcome: 'rejected' });
  }

  it.each(['Count shard', 'Confirm recovery'])('in state %s is closed as aborted, nothing erased', async (state) => {
    const tenant = state === 'Count shard' ? 'counting' : 'confirming';
    const name = `stopped-${tenant}`;
    await lethe.start({ ...EXECUTE, ...request(tenant) }, name);
    if (state === 'Confirm recovery') {
      const [mail] = await lethe.mails(name);
      await lethe.decide(mail?.links.approve ?? '', { decision: 'approve', phrase: request(tenant).phrase });
    }
    await entered(name, state);
    await stop(name);
    await lethe.closed(name);
    expect(await lethe.report(name)).toMatchObject({
      outcome: 'aborted',
      totals: { erased: 0 },
      error: {
        name: 'Lethe.Aborted',
        details: { what: 'The execution was stopped.', status: 'ABORTED', cause: 'by hand' },
      },
    });
    expect(await itemsOf(tenant)).toBe(600);
    await expectFree(tenant);
  });

  it('while it waits for an approval is closed; the link says so and decides nothing', async () => {
    const { run, mails } = await lethe.awaiting(request('waiting'));
    await stop(run);
    await lethe.closed(run);
    expect(await lethe.report(run)).toMatchObject({ outcome: 'aborted', residual: [] });
    const late = { decision: 'approve', phrase: request('waiting').phrase };
    const answer = await lethe.decide(mails[0]?.links.approve ?? '', late);
    expect(answer).toEqual({ status: 410, body: { status: 'expired', decision: null, at: null } });
    expect((await lethe.report(run)).decisions).toEqual([]);
    expect(await itemsOf('waiting')).toBe(600);
    await expectFree('waiting');
  });

  it('while it erases deletes nothing after its report, which says how far it came; a new run finishes the rest', async () => {
    const { run, mails } = await lethe.awaiting(request('erasing'));
    await lethe.decide(mails[0]?.links.approve ?? '', { decision: 'approve', phrase: request('erasing').phrase });
    while ((await itemsOf('erasing')) > 500) await new Promise((resolve) => setTimeout(resolve, 50));
    await stop(run);
    const { status } = await lethe.sfn.send(new DescribeExecutionCommand({ executionArn: lethe.arn(run) }));
    expect(status).toBe('ABORTED');
    await lethe.closed(run);
    const left = await itemsOf('erasing');
    expect(await lethe.lateWrites()).toEqual([]);
    expect(await itemsOf('erasing')).toBe(left);
    const report = await lethe.report(run);
    expect(report).toMatchObject({ outcome: 'aborted', totals: { erased: 600 - left, seen: 600 - left } });
    expect(report.targets[0]).toMatchObject({ state: 'incomplete', unacknowledged: 0 });
    expect(left).toBeGreaterThan(0);
    const again = await lethe.approved(request('erasing'));
    expect(again.output).toMatchObject({ outcome: 'erased', totals: { planned: left, erased: left } });
  });
});

describe('an execution that is stopped as it enters a state', () => {
  const images = { bucket: 'images', select: { tenant: { prefix: '{tenant}/' } } };
  const states = [
    'Plan run',
    'Protect target',
    'Seal plan',
    'Check decision',
    'Open erasing',
    'Erase shard',
    'Verify shard',
    'Weigh pass',
    'Finalise shard',
    'Report',
  ];
  const tenantOf = (state: string) => state.replace(' ', '-').toLowerCase();
  let lethe: Lethe;
  beforeAll(async () => {
    const stores = { items: tenantTable('items'), images };
    lethe = await Lethe.open({ catalog: catalogOf({ limits: { cooldown: '0s' }, undo: { window: '0s' }, stores }) });
    const tenants = states.map(tenantOf);
    await lethe.table(
      'items',
      ['tenant', 'id'],
      tenants.flatMap((tenant) => rowsOf(tenant, 30)),
    );
    await lethe.bucket(
      'images',
      tenants.flatMap((tenant) => [`${tenant}/a`, `${tenant}/b`]),
    );
  });
  afterAll(() => lethe.close());

  async function leftOf(tenant: string): Promise<number> {
    const rows = (await lethe.rows('items')).filter((row) => row['tenant'] === tenant);
    const { current } = await lethe.objects('images');
    return rows.length + current.filter((key) => key.startsWith(`${tenant}/`)).length;
  }

  it.each(states)('%s, is closed with what became of it, and frees the scope', async (state) => {
    const tenant = tenantOf(state);
    const name = `stopped-in-${tenant}`;
    const stopping = lethe.entered(name, state).then(() => lethe.stopExecution(name));
    await lethe.start({ ...EXECUTE, ...request(tenant) }, name);
    if (!['Plan run', 'Protect target', 'Seal plan'].includes(state)) {
      const [mail] = await lethe.mails(name);
      await lethe.decide(mail?.links.approve ?? '', { decision: 'approve', phrase: request(tenant).phrase });
    }
    const { status } = await lethe.end(name);
    // Only there can the end be reached before the stop arrives, where it has a way to go.
    const isTooLate = state === 'Report' && status === 'SUCCEEDED';
    if (!isTooLate) {
      expect(status).toBe('ABORTED');
      await stopping;
      await lethe.closed(name);
    } else await stopping.catch(() => undefined);
    const left = await leftOf(tenant);
    expect(await lethe.lateWrites()).toEqual([]);
    const { outcome, totals, error } = await lethe.report(name);
    // What was verified to be gone is erased, whatever stopped the execution afterwards.
    const isLast = ['Finalise shard', 'Report'].includes(state);
    expect(isLast ? ['erased', 'aborted'] : ['aborted']).toContain(outcome);
    expect(totals.erased).toBe(32 - left);
    if (outcome === 'aborted') expect(error).toMatchObject({ name: 'Lethe.Aborted', details: { status: 'ABORTED' } });
    const next = await lethe.start({ ...EXECUTE, ...request(tenant) });
    // It finds something and asks, or nothing is left.
    const [mail] = await lethe.mails(next).catch(() => []);
    if (mail) await lethe.decide(mail.links.approve ?? '', { decision: 'reject', reason: 'only to see' });
    expect((await lethe.end(next)).output.outcome).toBe(mail ? 'rejected' : 'erased');
  });
});

describe('an event of the end of an execution', () => {
  it.each([
    ['that comes three times', {}],
    ['that comes three times, and is too small for the input', { input: null, inputDetails: { included: false } }],
  ])('%s, at once and late, closes the run once', async (_, without) => {
    const lethe = await Lethe.open({ catalog: catalogOf({ stores: { items: tenantTable('items') } }) });
    try {
      await lethe.table('items', ['tenant', 'id'], rowsOf('acme', 3));
      const { run } = await lethe.awaiting(request('acme'));
      const executionArn = lethe.arn(run);
      const { startDate, input } = await lethe.sfn.send(new DescribeExecutionCommand({ executionArn }));
      const facts = { executionArn, name: run, status: 'ABORTED', startDate: startDate?.getTime() };
      const detail = { ...facts, input, error: null, cause: null, ...without };
      const stateMachineArn = lethe.closingArn;
      const beganMs = Date.now();
      const tell = () =>
        lethe.sfn.send(new StartExecutionCommand({ stateMachineArn, input: JSON.stringify({ detail }) }));
      const files = ['request.json', 'plan.json', 'decisions.jsonl', 'report.json', 'report.html', 'SHA256SUMS'];
      const evidence = () => Promise.all(files.map((file) => lethe.evidence(run, file)));
      await Promise.all([lethe.stopExecution(run), tell()]);
      await lethe.closed(run);
      const written = await evidence();
      await tell();
      await lethe.closed(run);
      expect(await evidence()).toEqual(written);
      const { executions = [] } = await lethe.sfn.send(new ListExecutionsCommand({ stateMachineArn }));
      const own = executions.filter(({ startDate }) => (startDate?.getTime() ?? 0) >= beganMs);
      expect(own.map(({ status }) => status)).toEqual(Array(3).fill('SUCCEEDED'));
      expect(JSON.parse(written[0] ?? '')).toEqual(JSON.parse(input ?? ''));
      expect(await lethe.report(run)).toMatchObject({ outcome: 'aborted', totals: { erased: 0 } });
    } finally {
      await lethe.close();
    }
  });
});

describe('an execution that times out', { tags: ['time-limits'] }, () => {
  it('is closed as aborted, with evidence, and frees the scope', async () => {
    const stores = { items: tenantTable('items') };
    const lethe = await Lethe.open({ catalog: catalogOf({ stores }), executionTimeoutSeconds: 120 });
    try {
      await lethe.table('items', ['tenant', 'id'], rowsOf('acme', 3));
      // Recovery can be confirmed five minutes after the approval, when the execution has timed out.
      const { name: run, status } = await lethe.approved(request('acme'));
      expect(status).toBe('TIMED_OUT');
      await lethe.closed(run);
      expect(await lethe.report(run)).toMatchObject({
        outcome: 'aborted',
        error: { name: 'Lethe.Aborted', details: { what: 'The execution timed out.', status: 'TIMED_OUT' } },
      });
      expect(await lethe.run({ scope: { tenant: 'acme' } })).toMatchObject({ output: { outcome: 'counted' } });
    } finally {
      await lethe.close();
    }
  });
});

describe('a report that cannot be written', { tags: ['own-stores'] }, () => {
  const cases: [string, (lethe: Lethe) => Promise<string>, string][] = [
    ['a rejection', (lethe) => decided(lethe, { decision: 'reject', reason: 'no' }), 'rejected'],
    ['an erasure', (lethe) => decided(lethe, { decision: 'approve', phrase: request('acme').phrase }), 'erased'],
    ['a dry run', (lethe) => lethe.start({ scope: { tenant: 'acme' } }), 'counted'],
    ['a refusal', (lethe) => lethe.start({ scope: { tenant: '*' } }), 'refused'],
  ];

  async function decided(lethe: Lethe, fields: Record<string, string>): Promise<string> {
    const { run, mails } = await lethe.awaiting(request('acme'));
    await lethe.decide(mails[0]?.links.approve ?? '', fields);
    return run;
  }

  it.each(cases)('of %s is written once it can, with its true outcome', async (_, begin, outcome) => {
    const lethe = await Lethe.open({ catalog: catalogOf({ stores: { items: tenantTable('items') } }) });
    try {
      await lethe.table('items', ['tenant', 'id'], rowsOf('acme', 3));
      const { evidenceBucket } = lethe.place;
      await lethe.s3.send(new DeleteBucketCommand({ Bucket: evidenceBucket }));
      const run = await begin(lethe);
      expect(await lethe.end(run)).toMatchObject({ status: 'FAILED', error: 'Lethe.Failed' });
      lethe.local.s3.createBucket(evidenceBucket, { versioning: 'Enabled' });
      await lethe.closed(run);
      expect(await lethe.report(run)).toMatchObject({ outcome });
      expect(await lethe.rows('items')).toHaveLength(outcome === 'erased' ? 0 : 3);
      expect(await lethe.run({ scope: { tenant: 'acme' } })).toMatchObject({ output: { outcome: 'counted' } });
    } finally {
      await lethe.close();
    }
  });
});
