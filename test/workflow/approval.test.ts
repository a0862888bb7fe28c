import { GetItemCommand, ListBackupsCommand } from '@aws-sdk/client-dynamodb';
import { SendTaskSuccessCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { address, catalogOf, tenantTable } from '../support/catalogs.ts';
import { Lethe } from '../support/lethe.ts';

const phraseOf = (tenant: string) => `ERASE tenant ${tenant} from test`;
const request = (tenant: string) => ({ scope: { tenant }, phrase: phraseOf(tenant) });
const rowsOf = (tenant: string) => [1, 2, 3].map((n) => ({ tenant, id: `i${n}` }));

describe('an approval by one of one', () => {
  let lethe: Lethe;
  const tenants = ['get', 'reject', 'wrong', 'twice', 'sdk', 'requester', 'stale', 'gate'];
  beforeAll(async () => {
    lethe = await Lethe.open({ catalog: catalogOf({ stores: { items: tenantTable('items') } }) });
    await lethe.table('items', ['tenant', 'id'], tenants.flatMap(rowsOf));
  });
  afterAll(() => lethe.close());
  const left = async (tenant: string) => (await lethe.rows('items')).filter((row) => row['tenant'] === tenant).length;
  const json = { accept: 'application/json' };

  it('is not given by any number of GETs and HEADs', async () => {
    const { run, mails } = await lethe.awaiting(request('get'));
    const link = mails[0]?.links.approve ?? '';
    for (let n = 0; n < 20; n++) {
      expect((await fetch(link)).status).toBe(200);
      expect((await fetch(link, { method: 'HEAD' })).status).toBe(200);
    }
    expect(await left('get')).toBe(3);
    await lethe.decide(link, { decision: 'reject', reason: 'enough' });
    expect((await lethe.report((await lethe.end(run)).name)).decisions).toMatchObject([
      { decision: 'reject', reason: 'enough' },
    ]);
  });

  it('that is rejected ends the run, frees the scope and leaves no backup of its own', async () => {
    const { run, mails } = await lethe.awaiting(request('reject'));
    const link = mails[0]?.links.approve ?? '';
    expect(await lethe.decide(link, { decision: 'reject', reason: '' })).toMatchObject({ status: 422 });
    expect(await lethe.decide(link, { decision: 'reject', reason: 'wrong tenant' })).toMatchObject({
      status: 200,
      body: { status: 'recorded' },
    });
    expect(await lethe.end(run)).toMatchObject({
      status: 'SUCCEEDED',
      output: { outcome: 'rejected', totals: { erased: 0 } },
    });
    expect(await left('reject')).toBe(3);
    expect((await lethe.report(run)).residual).toEqual([]);
    const { BackupSummaries = [] } = await lethe.dynamodb.send(new ListBackupsCommand({ TableName: 'items' }));
    expect(BackupSummaries.length).toBeLessThanOrEqual(1); // one that another run of this file may hold
    expect(await lethe.approved(request('reject'))).toMatchObject({ output: { outcome: 'erased' } });
  });

  it('needs the phrase, and another plan’s form decides nothing', async () => {
    const { run, mails } = await lethe.awaiting(request('wrong'));
    const link = mails[0]?.links.approve ?? '';
    const post = (fields: Record<string, string>) => lethe.decide(link, { decision: 'approve', ...fields });
    expect(await post({ phrase: 'yes' })).toMatchObject({ status: 422, body: { status: 'wrong-phrase' } });
    expect(await post({ phrase: phraseOf('wrong'), digest: `sha256:${'0'.repeat(64)}` })).toMatchObject({
      status: 409,
      body: { status: 'stale-plan' },
    });
    expect(await left('wrong')).toBe(3);
    expect(await post({ phrase: `  ${phraseOf('wrong').replaceAll(' ', '  ')} ` })).toMatchObject({ status: 200 });
    expect(await lethe.end(run)).toMatchObject({ output: { outcome: 'erased' } });
  });

  it('answers the same decision again with 200, another with 409, and an unknown link with 404', async () => {
    const { run, mails } = await lethe.awaiting(request('twice'));
    const link = mails[0]?.links.approve ?? '';
    const approve = { decision: 'approve', phrase: phraseOf('twice') };
    expect(await lethe.decide(link, approve)).toMatchObject({
      status: 200,
      body: { status: 'recorded', decision: 'approve' },
    });
    expect(await lethe.decide(link, approve)).toMatchObject({
      status: 200,
      body: { status: 'recorded', decision: 'approve' },
    });
    expect(await lethe.decide(link, { decision: 'reject', reason: 'no' })).toMatchObject({
      status: 409,
      body: { status: 'already-decided', decision: 'approve' },
    });
    await lethe.end(run);
    expect(await lethe.decide(link, approve)).toMatchObject({ status: 200 });
    const unknown = await fetch(`${lethe.place.webUrl}/a/${'x'.repeat(43)}`, { headers: json });
    expect([unknown.status, await unknown.json()]).toMatchObject([404, { status: 'unknown' }]);
  });

  it('is not proven by a SendTaskSuccess straight from an SDK', async () => {
    const { run } = await lethe.awaiting(request('sdk'));
    const { Item } = await lethe.dynamodb.send(
      new GetItemCommand({
        TableName: lethe.place.controlTable,
        Key: { pk: { S: `APPROVAL#${run}` }, sk: { S: 'TOKEN' } },
      }),
    );
    await lethe.sfn.send(
      new SendTaskSuccessCommand({
        taskToken: Item?.['taskToken']?.S ?? '',
        output: JSON.stringify({ decision: 'approve' }),
      }),
    );
    const ended = await lethe.end(run);
    expect(ended).toMatchObject({ status: 'FAILED', error: 'Lethe.Failed' });
    expect(await left('sdk')).toBe(3);
    expect(await lethe.report(run)).toMatchObject({ outcome: 'failed', error: { name: 'Lethe.DecisionNotProven' } });
    expect(await lethe.states(run)).not.toContain('Erase shard');
  });

  it('is asked by one mail that names scope, size and environment and carries one link', async () => {
    const { run, mails } = await lethe.awaiting(request('stale'));
    expect(mails).toHaveLength(1);
    expect(mails[0]).toMatchObject({ to: address('lead'), kind: 'approval', runId: run });
    expect(mails[0]?.subject).toContain('tenant stale');
    expect(mails[0]?.text.match(/https?:\/\/\S+/g)).toEqual([mails[0]?.links.approve]);
    await lethe.decide(mails[0]?.links.approve ?? '', { decision: 'reject', reason: 'no' });
    await lethe.end(run);
  });
});

describe('an approval that nobody gives', () => {
  it('expires, erases nothing, and answers a late click with 410', async () => {
    const approval = { approvers: [address('lead')], required: 1, expiresAfter: '5s' };
    const lethe = await Lethe.open({ catalog: catalogOf({ stores: { items: tenantTable('items') }, approval }) });
    try {
      await lethe.table('items', ['tenant', 'id'], rowsOf('acme'));
      const { run, mails } = await lethe.awaiting(request('acme'));
      expect(await lethe.end(run)).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'expired' } });
      expect(
        await lethe.decide(mails[0]?.links.approve ?? '', { decision: 'approve', phrase: phraseOf('acme') }),
      ).toMatchObject({
        status: 410,
        body: { status: 'expired' },
      });
      expect(await lethe.rows('items')).toHaveLength(3);
      expect(await lethe.report(run)).toMatchObject({ outcome: 'expired', residual: [], decisions: [] });
    } finally {
      await lethe.close();
    }
  });
});

describe('an approval by two of three', () => {
  let lethe: Lethe;
  const [a, b, ops] = [address('a'), address('b'), address('ops')];
  beforeAll(async () => {
    const approval = { approvers: [a, b, ops], required: 2, expiresAfter: '10m' };
    lethe = await Lethe.open({ catalog: catalogOf({ stores: { items: tenantTable('items') }, approval }) });
    await lethe.table('items', ['tenant', 'id'], ['both', 'one', 'against'].flatMap(rowsOf));
  });
  afterAll(() => lethe.close());
  const linkOf = (mails: readonly { to: string; links: { approve?: string } }[], to: string) =>
    mails.find((mail) => mail.to === to)?.links.approve ?? '';

  it('mails each eligible approver a link of his own, never the requester, and needs both', async () => {
    const { run, mails } = await lethe.awaiting(request('both'), 2);
    expect(mails.map(({ to }) => to).sort()).toEqual([a, b]);
    expect(new Set(mails.map(({ links }) => links.approve)).size).toBe(2);
    const approve = { decision: 'approve', phrase: phraseOf('both') };
    await lethe.decide(linkOf(mails, a), approve);
    await lethe.decide(linkOf(mails, a), approve);
    expect((await lethe.rows('items')).filter((row) => row['tenant'] === 'both')).toHaveLength(3);
    await lethe.decide(linkOf(mails, b), approve);
    expect(await lethe.end(run)).toMatchObject({ output: { outcome: 'erased' } });
    expect((await lethe.report(run)).decisions.map(({ by }: { by: string }) => by)).toEqual([a, b]);
  });

  it('ends with the first rejection', async () => {
    const { run, mails } = await lethe.awaiting(request('against'), 2);
    await lethe.decide(linkOf(mails, a), { decision: 'approve', phrase: phraseOf('against') });
    await lethe.decide(linkOf(mails, b), { decision: 'reject', reason: 'wrong tenant' });
    expect(await lethe.end(run)).toMatchObject({ output: { outcome: 'rejected' } });
  });
});

describe('a deployment that needs no approval', () => {
  it('erases without asking anybody', async () => {
    const approval = { approvers: [], required: 0 };
    const lethe = await Lethe.open({ catalog: catalogOf({ stores: { items: tenantTable('items') }, approval }) });
    try {
      await lethe.table('items', ['tenant', 'id'], rowsOf('acme'));
      const ended = await lethe.run({ mode: 'execute', reason: 'ci', requestedBy: 'ci', ...request('acme') });
      expect(ended).toMatchObject({ output: { outcome: 'erased', totals: { erased: 3 } } });
      expect(await lethe.states(ended.name)).not.toContain('Wait for approval');
    } finally {
      await lethe.close();
    }
  });
});
