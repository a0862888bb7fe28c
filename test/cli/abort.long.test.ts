// `lethe abort` at every phase of a run on the embedded AWS: as a process, with its exit code.
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogOf, tenantTable } from '../support/catalogs.ts';
import { Lethe, type Row } from '../support/lethe.ts';
import { lethe as command } from './command.ts';

const TENANTS = ['counted', 'asked', 'confirmed', 'erased', 'twice', 'ended', 'dry'];
const ITEMS = 600;
const rowsOf = (tenant: string): Row[] =>
  Array.from({ length: ITEMS }, (_, n) => ({ tenant, id: `i${String(n).padStart(5, '0')}` }));
const request = (tenant: string) => ({ scope: { tenant }, phrase: `ERASE tenant ${tenant} from test` });

describe('lethe abort', () => {
  let lethe: Lethe;
  beforeAll(async () => {
    // 100 items a second, so that erasing takes long enough to be aborted.
    const stores = { items: tenantTable('items', { rate: 100 }) };
    lethe = await Lethe.open({ catalog: catalogOf({ limits: { cooldown: '0s' }, stores }) });
    await lethe.table('items', ['tenant', 'id'], TENANTS.flatMap(rowsOf));
  });
  afterAll(() => lethe.close());

  function abort(run: string, ...more: string[]) {
    const { endpoint, region } = lethe.local.ready;
    const where = ['--endpoint-url', endpoint, '--region', region];
    return command(['abort', run, '--by', 'ops@example.com', '--reason', 'wrong tenant', ...where, ...more]);
  }

  async function left(tenant: string): Promise<number> {
    return (await lethe.rows('items')).filter((row) => row['tenant'] === tenant).length;
  }

  async function approve(tenant: string, link = ''): Promise<void> {
    await lethe.decide(link, { decision: 'approve', phrase: request(tenant).phrase });
  }

  async function until(condition: () => Promise<boolean>): Promise<void> {
    while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  /** The next run of the scope comes as far as its mail. */
  async function expectFree(tenant: string): Promise<void> {
    const { run, mails } = await lethe.awaiting(request(tenant));
    await lethe.decide(mails[0]?.links.approve ?? '', { decision: 'reject', reason: 'only to see' });
    await lethe.end(run);
  }

  it('during the approval wait ends it at once, and the run with who, why and nothing erased', async () => {
    const { run } = await lethe.awaiting(request('asked'));
    const { code, stdout } = await abort(run);
    expect({ code, outcome: /^Outcome +(.*)$/m.exec(stdout)?.[1] }).toEqual({ code: 5, outcome: 'aborted' });
    expect(await lethe.end(run)).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'aborted' } });
    expect(await lethe.report(run)).toMatchObject({
      outcome: 'aborted',
      residual: [],
      error: { name: 'Lethe.Aborted', details: { by: 'ops@example.com', reason: 'wrong tenant' } },
    });
    expect(await left('asked')).toBe(ITEMS);
    await expectFree('asked');
  });

  it.each([
    'Plan run',
    'Protect target',
    'Count shard',
    'Seal plan',
  ])('in state %s ends the run before anybody is asked', async (state) => {
    const run = `aborted-in-${state.replace(' ', '-')}`;
    const flag = { why: 'asked', by: 'ops@example.com', reason: 'wrong tenant', at: '2026-11-20T00:00:00.000Z' };
    const item = Object.entries({ pk: `ABORT#${run}`, sk: 'ABORT', ...flag }).map(([name, S]) => [name, { S }]);
    let flagged: Promise<unknown> | undefined;
    // The command itself takes longer to start than these phases last here.
    const unlisten = lethe.local.states.listen(({ executionName, state: entered }) => {
      if (executionName !== run || entered !== state) return;
      flagged ??= lethe.dynamodb.send(
        new PutItemCommand({ TableName: lethe.local.ready.controlTable, Item: Object.fromEntries(item) }),
      );
    });
    await lethe.start({ mode: 'execute', reason: 'test', requestedBy: 'ops@example.com', ...request('counted') }, run);
    const ended = await lethe.end(run);
    unlisten();
    await flagged;
    expect(ended).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'aborted' } });
    expect(await lethe.states(run)).not.toContain('Erase shard');
    expect(await lethe.mailsOf(run)).toEqual([]);
    expect(await lethe.report(run)).toMatchObject({
      outcome: 'aborted',
      residual: [],
      error: { details: { by: 'ops@example.com' } },
    });
    await expectFree('counted');
  });

  it('while recovery is confirmed waits for it no longer, and erases nothing', async () => {
    const { run, mails } = await lethe.awaiting(request('confirmed'));
    await approve('confirmed', mails[0]?.links.approve);
    await until(async () => (await lethe.states(run)).includes('Confirm recovery'));
    expect((await abort(run)).code).toBe(5);
    expect(await lethe.states(run)).not.toContain('Erase shard');
    expect(await left('confirmed')).toBe(ITEMS);
    await expectFree('confirmed');
  });

  it('while it erases returns when nothing of it deletes any more, and the report says what was', async () => {
    const { run, mails } = await lethe.awaiting(request('erased'));
    await approve('erased', mails[0]?.links.approve);
    await until(async () => (await left('erased')) < ITEMS - 50);
    const { code, stdout } = await abort(run, '--json');
    const from = lethe.calls.length;
    const still = await left('erased');
    expect(code).toBe(5);
    expect(JSON.parse(stdout)).toMatchObject({
      runId: run,
      outcome: 'aborted',
      abort: { by: 'ops@example.com', reason: 'wrong tenant' },
      targets: [{ store: 'items', erased: ITEMS - still }],
    });
    await lethe.local.clock.sleep(1_200_000);
    expect(lethe.calls.slice(from).filter(({ operation }) => operation === 'BatchWriteItem')).toEqual([]);
    expect(await left('erased')).toBe(still);
    expect(still).toBeGreaterThan(0);
    expect(await lethe.end(run)).toMatchObject({ status: 'FAILED', error: 'Lethe.Aborted' });
    const report = await lethe.report(run);
    expect(report).toMatchObject({ outcome: 'aborted', totals: { erased: ITEMS - still }, cooldownUntil: null });
    expect(report.residual.length).toBeGreaterThan(0);
    const again = await lethe.approved(request('erased'));
    expect(again.output).toMatchObject({ outcome: 'erased', totals: { planned: still, erased: still } });
  });

  it('a second time tells who was first, and waits with him', async () => {
    const { run } = await lethe.awaiting(request('twice'));
    const both = await Promise.all([abort(run, '--json'), abort(run, '--by', 'second@example.com', '--json')]);
    const told = both.map(({ stdout }) => JSON.parse(stdout).abort?.by);
    expect(both.map(({ code }) => code)).toEqual([5, 5]);
    expect(new Set(told).size).toBe(1);
  });

  it('of a dry run ends it too', async () => {
    const run = await lethe.start({ scope: { tenant: 'dry' } }, 'aborted-dry-run');
    const { code } = await abort(run);
    const { output } = await lethe.end(run);
    // It may have been faster than the command.
    expect([code, output.outcome]).toEqual(code === 5 ? [5, 'aborted'] : [expect.any(Number), 'counted']);
  });

  it('of a run that has ended, or never was, is exit 2 and changes nothing', async () => {
    const { name } = await lethe.run({ scope: { tenant: 'ended' } });
    const ended = await abort(name);
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toContain('has ended: counted');
    const never = await abort('never-was');
    expect(never).toMatchObject({ code: 2, stdout: '' });
    expect(never.stderr).toContain('There is no run never-was');
  });
});
