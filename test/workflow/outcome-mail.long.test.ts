import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { address, catalogOf, tenantTable } from '../support/catalogs.ts';
import { Lethe, type Mail } from '../support/lethe.ts';

const request = (tenant: string) => ({
  scope: { tenant },
  phrase: `ERASE tenant ${tenant} from test`,
  requestedBy: address('ops'),
});

describe('mails about the outcome', () => {
  let lethe: Lethe;
  const tenants = ['erased', 'begun', 'rejected', 'stopped', 'stranger', 'hostile'];
  beforeAll(async () => {
    const approval = { approvers: [address('lead'), address('dpo')], required: 1, expiresAfter: '1h' };
    lethe = await Lethe.open({
      catalog: catalogOf({ approval, limits: { cooldown: '0s' }, stores: { items: tenantTable('items') } }),
    });
    const rows = tenants.flatMap((tenant) => ['a', 'b', 'c'].map((id) => ({ tenant, id })));
    await lethe.table('items', ['tenant', 'id'], rows);
  });
  afterAll(() => lethe.close());

  /** They come after the run has ended, each on its own. */
  async function told(run: string, count: number): Promise<readonly Mail[]> {
    const outcomes = async () => (await lethe.mailsOf(run)).filter(({ kind }) => kind === 'outcome');
    await expect.poll(async () => (await outcomes()).length, { timeout: 30_000, interval: 200 }).toBe(count);
    return outcomes();
  }

  it('tell approvers and requester what was erased and who decided, and have no link', async () => {
    const { run, mails } = await lethe.awaiting(request('erased'), 2);
    const link = mails[0]?.links.approve ?? '';
    await lethe.decide(link, { decision: 'approve', phrase: request('erased').phrase });
    await lethe.end(run);
    const all = async () => (await lethe.mailsOf(run)).filter(({ subject }) => subject.startsWith('Erased'));
    await expect.poll(async () => (await all()).length, { timeout: 30_000, interval: 200 }).toBe(3);
    const outcomes = await all();
    expect(outcomes.map(({ to }) => to).sort()).toEqual([address('dpo'), address('lead'), address('ops')].sort());
    for (const { subject, text, html, links } of outcomes) {
      expect(subject).toBe('Erased: tenant erased from test');
      expect(text).toContain('Erased: 3 of 3; 0 changed, 0 failed, 0 left');
      expect(text).toContain(`Decided: ${mails[0]?.to} approved at `);
      expect(text).toMatch(/^ {2}items \(\S*items\): erased, 3 erased$/m);
      expect(links).toEqual({});
      expect(`${text}${html}`).not.toMatch(/https?:\/\//);
    }
  });

  it('tell that erasing begins, unless it has ended by then', async () => {
    const { run, mails } = await lethe.awaiting(request('begun'), 2);
    await lethe.decide(mails[0]?.links.approve ?? '', { decision: 'approve', phrase: request('begun').phrase });
    const begun = async () => (await lethe.mailsOf(run)).filter(({ subject }) => subject.startsWith('Approved'));
    await lethe.end(run);
    await expect
      .poll(async () => (await lethe.mailsOf(run)).filter(({ subject }) => subject.startsWith('Erased')).length, {
        timeout: 30_000,
        interval: 200,
      })
      .toBe(3);
    for (const { subject, text, links } of await begun()) {
      expect(subject).toBe('Approved, erasing begins: tenant begun from test');
      expect(text).toContain(`Approved: by ${mails[0]?.to} at `);
      expect(text).toContain(`Stop it: lethe abort ${run} `);
      expect(links).toEqual({});
    }
    const before = (await begun()).length;
    // Its report stands: there is nothing to stop any more.
    expect(await lethe.invoke('tell-outcome', { runId: run, about: 'approval' })).toMatchObject({
      payload: { told: 0 },
    });
    expect(await begun()).toHaveLength(before);
  });

  it('come once, however often they are asked for', async () => {
    const { run, mails } = await lethe.awaiting(request('rejected'), 2);
    await lethe.decide(mails[0]?.links.approve ?? '', { decision: 'reject', reason: 'wrong tenant' });
    await lethe.end(run);
    const [first] = await told(run, 3);
    expect(first?.subject).toBe('Rejected, nothing was erased: tenant rejected from test');
    expect(first?.text).toContain('rejected at');
    expect(first?.text).toContain('(wrong tenant)');
    expect(await lethe.invoke('tell-outcome', { runId: run })).toMatchObject({ payload: { told: 0 } });
    expect(await told(run, 3)).toHaveLength(3);
  });

  it('come also where the run was stopped from outside while approval was awaited', async () => {
    const { run } = await lethe.awaiting(request('stopped'), 2);
    await lethe.stopExecution(run);
    await lethe.closed(run);
    const [first] = await told(run, 3);
    expect(first?.subject).toBe('Stopped: tenant stopped from test');
    expect(first?.text).toContain('Error: Lethe.Aborted');
  });

  it('go to no requester of another domain, whose address anybody could have written there', async () => {
    const { run, mails } = await lethe.awaiting({ ...request('stranger'), requestedBy: 'victim@elsewhere.example' }, 2);
    await lethe.decide(mails[0]?.links.approve ?? '', { decision: 'reject', reason: 'who is that' });
    await lethe.end(run);
    expect((await told(run, 2)).map(({ to }) => to)).not.toContain('victim@elsewhere.example');
  });

  it('show hostile text as text', async () => {
    const reason = '<img src=x onerror=alert(1)>';
    const { run, mails } = await lethe.awaiting({ ...request('hostile'), reason }, 2);
    await lethe.decide(mails[0]?.links.approve ?? '', { decision: 'reject', reason });
    await lethe.end(run);
    const [first] = await told(run, 3);
    expect(first?.html).toContain('&lt;img src=x');
    expect(first?.html).not.toContain('<img');
  });

  it('are nobody’s of a run that nobody was asked about', async () => {
    const { name } = await lethe.run({ scope: { tenant: 'erased' } });
    expect(await lethe.invoke('tell-outcome', { runId: name })).toMatchObject({ payload: { told: 0 } });
    expect(await lethe.mailsOf(name)).toEqual([]);
  });
});
