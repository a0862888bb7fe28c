import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { address, catalogOf, tenantTable } from '../support/catalogs.ts';
import { type FaultsInput, Lethe, type Mail } from '../support/lethe.ts';

const APPROVERS = ['lead', 'dpo', 'cto'].map(address);
const request = (tenant: string) => ({ scope: { tenant }, phrase: `ERASE tenant ${tenant} from test` });
const linkOf = (mail: Mail | undefined) => mail?.links.approve ?? '';

describe('reminders', () => {
  let lethe: Lethe;
  const tenants = ['fresh', 'decided', 'revoked', 'once'];
  beforeAll(async () => {
    const approval = { approvers: APPROVERS, required: 2, expiresAfter: '1h' };
    lethe = await Lethe.open({ catalog: catalogOf({ approval, stores: { items: tenantTable('items') } }) });
    const rows = tenants.flatMap((tenant) => ['a', 'b'].map((id) => ({ tenant, id })));
    await lethe.table('items', ['tenant', 'id'], rows);
  });
  afterAll(() => lethe.close());

  const remind = (runId: string, reminder = 1) => lethe.invoke('request-approval', { runId, reminder });
  async function reminders(run: string, count: number): Promise<readonly Mail[]> {
    const all = async () => (await lethe.mailsOf(run)).filter(({ kind }) => kind === 'reminder');
    await expect.poll(async () => (await all()).length, { timeout: 30_000, interval: 200 }).toBe(count);
    return all();
  }

  it('have a fresh link for each who has not decided, and say who has; the earlier link works still', async () => {
    const { run, mails } = await lethe.awaiting(request('fresh'), 3);
    const [first] = mails;
    const { phrase } = request('fresh');
    expect(await lethe.decide(linkOf(first), { decision: 'approve', phrase })).toMatchObject({ status: 200 });
    expect(await remind(run)).toMatchObject({ payload: { reminded: 2 } });
    const sent = await reminders(run, 2);
    expect(sent.map(({ to }) => to).sort()).toEqual(APPROVERS.filter((person) => person !== first?.to).sort());
    for (const { subject, text, html } of sent) {
      expect(subject).toMatch(/^Reminder: approval needed: erase tenant fresh \(2 items, /);
      expect(text).toContain(`Approved by ${first?.to}; 1 of 2 that are needed.`);
      expect(html).toContain('1 of 2 that are needed');
    }
    const links = [...mails, ...sent].map(linkOf);
    expect(new Set(links).size).toBe(5);
    for (const link of links) expect((await fetch(link)).status).toBe(200);
    expect(await lethe.decide(linkOf(sent[0]), { decision: 'approve', phrase })).toMatchObject({ status: 200 });
    expect(await lethe.end(run)).toMatchObject({ output: { outcome: 'erased' } });
  });

  it('come to nobody once it is decided', async () => {
    const { run, mails } = await lethe.awaiting(request('decided'), 3);
    await lethe.decide(linkOf(mails[0]), { decision: 'reject', reason: 'no' });
    expect(await remind(run)).toMatchObject({ payload: { reminded: 0 } });
    await lethe.end(run);
    expect(await remind(run, 2)).toMatchObject({ payload: { reminded: 0 } });
    await reminders(run, 0);
  });

  it('come once each, however often the scheduler calls', async () => {
    const { run, mails } = await lethe.awaiting(request('once'), 3);
    expect(await remind(run)).toMatchObject({ payload: { reminded: 3 } });
    expect(await remind(run)).toMatchObject({ payload: { reminded: 0 } });
    expect(await remind(run, 2)).toMatchObject({ payload: { reminded: 3 } });
    expect((await reminders(run, 6))[0]?.text).toContain('Nobody has decided yet; 0 of 2 that are needed.');
    await lethe.decide(linkOf(mails[0]), { decision: 'reject', reason: 'enough' });
    await lethe.end(run);
  });
});

describe('a reminder', { tags: ['schedules'] }, () => {
  it('comes by itself when half of the wait is over, and no more once it has expired', async () => {
    const approval = { approvers: APPROVERS, required: 2, expiresAfter: '14s' };
    const lethe = await Lethe.open({ catalog: catalogOf({ approval, stores: { items: tenantTable('items') } }) });
    try {
      await lethe.table('items', ['tenant', 'id'], [{ tenant: 'acme', id: 'a' }]);
      const { run, mails } = await lethe.awaiting(request('acme'), 3);
      expect(await lethe.end(run)).toMatchObject({ output: { outcome: 'expired' } });
      const sent = (await lethe.mailsOf(run)).filter(({ kind }) => kind === 'reminder');
      expect(sent.map(({ to }) => to).sort()).toEqual([...APPROVERS].sort());
      const askedMs = Math.min(...mails.map(({ sentAt }) => Date.parse(sentAt)));
      for (const { sentAt } of sent) expect(Date.parse(sentAt) - askedMs).toBeGreaterThan(4_000);
      expect(await lethe.invoke('request-approval', { runId: run, reminder: 2 })).toMatchObject({
        payload: { reminded: 0 },
      });
    } finally {
      await lethe.close();
    }
  });
});

describe('a scheduler that refuses', { tags: ['faults'] }, () => {
  const OWN = { service: 'scheduler', operation: 'CreateSchedule' };

  async function opened(rule: object): Promise<Lethe> {
    const lethe = await Lethe.open({
      catalog: catalogOf({ stores: { items: tenantTable('items') } }),
      faults: { seed: 1, rules: [{ ...OWN, ...rule }] } as FaultsInput,
    });
    await lethe.table('items', ['tenant', 'id'], [{ tenant: 'acme', id: 'a' }]);
    return lethe;
  }

  it('for a while delays nobody’s mail for long', async () => {
    const lethe = await opened({ effect: 'throttle', n: 1, times: 2 });
    try {
      const { run, mails } = await lethe.awaiting(request('acme'));
      expect(mails).toHaveLength(1);
      await lethe.decide(linkOf(mails[0]), { decision: 'reject', reason: 'enough' });
      expect(await lethe.end(run)).toMatchObject({ output: { outcome: 'rejected' } });
    } finally {
      await lethe.close();
    }
  });

  it('always ends the run before anybody is asked, and nothing is erased', async () => {
    const lethe = await opened({ effect: 'http500' });
    try {
      const { status } = await lethe.run({
        mode: 'execute',
        ...request('acme'),
        reason: 'test',
        requestedBy: address('ops'),
      });
      expect(status).toBe('FAILED');
      expect(await lethe.rows('items')).toHaveLength(1);
    } finally {
      await lethe.close();
    }
  });
});
