// Approvals without SES: by a topic, where each approver gets his own link and nobody gets another's.
import { ListSubscriptionsByTopicCommand, SNSClient, UnsubscribeCommand } from '@aws-sdk/client-sns';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { inProcess } from '../cli/command.ts';
import { address, catalogOf, tenantTable } from '../support/catalogs.ts';
import { Lethe } from '../support/lethe.ts';

const [LEAD, DPO, DEPUTY] = [address('lead'), address('dpo'), address('deputy')];
const EXECUTE = { mode: 'execute', reason: 'test', requestedBy: address('ops') };
const request = (tenant: string) => ({ scope: { tenant }, phrase: `ERASE tenant ${tenant} from test` });

async function opened(tenants: readonly string[]): Promise<Lethe> {
  const approval = { approvers: [LEAD, DPO], deputies: [DEPUTY], required: 2, expiresAfter: '1h' };
  const catalog = catalogOf({ approval, stores: { items: tenantTable('items') } });
  const lethe = await Lethe.open({ catalog, mailBy: 'sns' });
  const rows = tenants.flatMap((tenant) => ['a', 'b'].map((id) => ({ tenant, id })));
  await lethe.table('items', ['tenant', 'id'], rows);
  return lethe;
}

describe('approvals by a topic', { tags: ['topics'] }, () => {
  let lethe: Lethe;
  beforeAll(async () => {
    lethe = await opened(['one']);
  });
  afterAll(() => lethe.close());

  it('reach each with a link of his own, and tell both what came of it', async () => {
    const { run, mails } = await lethe.awaiting(request('one'), 2);
    expect(mails.map(({ to }) => to).sort()).toEqual([DPO, LEAD]);
    expect(new Set(mails.map(({ links }) => links.approve)).size).toBe(2);
    for (const { subject, text, html, links } of mails) {
      expect(subject).toMatch(/^Approval needed: erase tenant one \(2 items, /);
      expect(text).toContain('What will be gone:');
      expect(html ?? '').toBe('');
      expect((await fetch(links.approve ?? '')).status).toBe(200);
      const { phrase } = request('one');
      expect(await lethe.decide(links.approve ?? '', { decision: 'approve', phrase })).toMatchObject({ status: 200 });
    }
    expect(await lethe.end(run)).toMatchObject({ output: { outcome: 'erased' } });
    const told = async () => (await lethe.mailsOf(run)).filter(({ subject }) => subject.startsWith('Erased'));
    await expect.poll(async () => (await told()).length, { timeout: 30_000, interval: 200 }).toBe(2);
    expect((await told()).map(({ to }) => to).sort()).toEqual([DPO, LEAD]);
  });
});

describe('approvals by a topic whose subscriptions change', { tags: ['topics', 'own-stores'] }, () => {
  let lethe: Lethe;
  let sns: SNSClient;
  let topic: string;
  beforeAll(async () => {
    lethe = await opened(['spied', 'unconfirmed', 'deputy']);
    const { endpoint, region } = lethe.local.ready;
    sns = new SNSClient({ endpoint, region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
    topic = lethe.local.sns.topicArn('lethe-approvals');
  });
  afterAll(async () => {
    sns.destroy();
    await lethe.close();
  });

  async function unsubscribe(person: string): Promise<void> {
    const { Subscriptions = [] } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn: topic }));
    const { SubscriptionArn } = Subscriptions.find(({ Endpoint }) => Endpoint === person) ?? {};
    await sns.send(new UnsubscribeCommand({ SubscriptionArn }));
  }
  const subscribe = (person: string) => lethe.local.sns.subscribe(topic, person, { to: [person] });

  it('are not asked for while somebody would get another one’s link, and nothing is erased', async () => {
    const SubscriptionArn = lethe.local.sns.subscribe(topic, 'spy@example.com');
    onTestFinished(async () => void (await sns.send(new UnsubscribeCommand({ SubscriptionArn }))));
    const { name, error } = await lethe.run({ ...EXECUTE, ...request('spied') });
    expect(error).toBe('Lethe.Failed');
    const report = await lethe.report(name);
    expect(report).toMatchObject({
      outcome: 'failed',
      totals: { erased: 0 },
      error: { name: 'Lethe.ApproversUnreachable', details: { received: 'no filter policy' } },
    });
    expect(JSON.stringify(report.error)).toContain(SubscriptionArn);
    expect(await lethe.mailsOf(name)).toEqual([]);
  });

  it('are not asked for while too few have confirmed, and nothing is erased', async () => {
    await unsubscribe(DPO);
    onTestFinished(() => void subscribe(DPO));
    const { name, error } = await lethe.run({ ...EXECUTE, ...request('unconfirmed') });
    expect(error).toBe('Lethe.Failed');
    expect(await lethe.report(name)).toMatchObject({
      totals: { erased: 0 },
      error: {
        name: 'Lethe.ApproversUnreachable',
        details: { what: '2 must approve, but only 1 can be mailed.', received: [DPO] },
      },
    });
    expect(await lethe.mailsOf(name)).toEqual([]);
  });

  it('reach a deputy who has confirmed, and say so of one who has not', async () => {
    const { run, mails } = await lethe.awaiting(request('deputy'), 2);
    const flags = ['--approver', LEAD, '--with', DEPUTY, '--by', 'ops', '--reason', 'on leave', ...lethe.flags];
    await unsubscribe(DEPUTY);
    const listed = () => inProcess(['approval', 'links', run, ...lethe.flags]);
    const unreached = await inProcess(['approval', 'replace', run, ...flags]);
    expect(unreached).toMatchObject({ code: 1, stdout: '' });
    expect(unreached.stderr).toContain(
      `${DEPUTY} was not mailed: 1 must approve, but only 0 can be mailed. (Lethe.NotAsked)\n`,
    );
    expect(unreached.stderr).toContain('give the same command again');
    expect((await listed()).stdout).toMatch(new RegExp(`^${DEPUTY} +not mailed`, 'm'));
    subscribe(DEPUTY);
    expect(await inProcess(['approval', 'replace', run, ...flags])).toMatchObject({ code: 0 });
    const all = await lethe.mails(run, 3);
    expect(all.map(({ to }) => to).sort()).toEqual([DEPUTY, DPO, LEAD]);
    expect((await listed()).stdout).not.toContain('not mailed');
    const dpo = mails.find(({ to }) => to === DPO)?.links.approve ?? '';
    expect(await lethe.decide(dpo, { decision: 'reject', reason: 'no' })).toMatchObject({ status: 200 });
    await lethe.end(run);
    expect(lethe.iamCalls.filter(({ action }) => action === 'ses:SendEmail')).toEqual([]);
    expect(lethe.iamCalls.filter(({ isAllowed }) => !isAllowed)).toEqual([]);
  });
});
