import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { address, catalogOf, tenantTable } from '../support/catalogs.ts';
import { Lethe } from '../support/lethe.ts';
import { inProcess } from './command.ts';

const phraseOf = (tenant: string) => `ERASE tenant ${tenant} from test`;
const WHY = ['--by', 'ops@example.com', '--reason', 'mailbox taken over'];

describe('an approver’s link that is taken back', () => {
  let lethe: Lethe;
  let at: string[];
  const tenants = ['one', 'race', 'decided', 'ended', 'wrong', 'again'];
  beforeAll(async () => {
    const approval = { approvers: [address('lead'), address('dpo')], required: 1, expiresAfter: '1h' };
    lethe = await Lethe.open({ catalog: catalogOf({ approval, stores: { items: tenantTable('items') } }) });
    at = [...lethe.flags];
    await lethe.table(
      'items',
      ['tenant', 'id'],
      tenants.flatMap((tenant) => ['a', 'b'].map((id) => ({ tenant, id }))),
    );
  });
  afterAll(() => lethe.close());

  async function asked(tenant: string) {
    const { run, mails } = await lethe.awaiting({ scope: { tenant }, phrase: phraseOf(tenant) }, 2);
    const linkOf = (name: string) => mails.find(({ to }) => to === address(name))?.links.approve ?? '';
    return { run, lead: linkOf('lead'), dpo: linkOf('dpo') };
  }

  const approval = (...argv: string[]) => inProcess(['approval', ...argv, ...at]);
  const reject = (link: string) => lethe.decide(link, { decision: 'reject', reason: 'only to see' });

  it('neither decides nor shows anything, and the others’ links go on', async () => {
    const { run, lead, dpo } = await asked('one');
    const page = await lethe.runUrl(lead);
    expect((await fetch(page)).status).toBe(200);
    const { code, stdout, stderr } = await approval('revoke', run, '--approver', 'LEAD@example.com', ...WHY);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `The links of LEAD@example.com to run ${run} no longer work.\n`,
    });
    expect(stderr).toContain(`${address('dpo')} can still decide; 1 must approve.`);
    for (const method of ['GET', 'HEAD']) expect((await fetch(lead, { method })).status).toBe(404);
    expect(await lethe.decide(lead, { decision: 'approve', phrase: phraseOf('one') })).toMatchObject({
      status: 404,
      body: { status: 'unknown' },
    });
    for (const url of [page, `${page}.json`]) expect((await fetch(url)).status).toBe(404);

    const listed = await approval('links', run);
    expect(listed.stdout).toMatch(new RegExp(`^${address('lead')} .* by ops@example.com: mailbox taken over$`, 'm'));
    const { links } = JSON.parse((await approval('links', run, '--json')).stdout);
    expect(links).toHaveLength(2);
    expect(JSON.stringify(links)).not.toContain(lead.slice(lead.lastIndexOf('/') + 1));
    expect(await reject(dpo)).toMatchObject({ status: 200 });
    expect(await lethe.end(run)).toMatchObject({ output: { outcome: 'rejected' } });
    expect((await lethe.report(run)).revoked).toMatchObject([
      { by: 'ops@example.com', reason: 'mailbox taken over', at: expect.any(String) },
    ]);
  });

  it('does not come back when the mail is repeated', async () => {
    const { run, dpo } = await asked('again');
    await approval('revoke', run, '--approver', address('lead'), ...WHY);
    const Key = { pk: { S: `APPROVAL#${run}` }, sk: { S: 'TOKEN' } };
    const { Item } = await lethe.dynamodb.send(new GetItemCommand({ TableName: lethe.place.controlTable, Key }));
    const { error } = await lethe.invoke('request-approval', { runId: run, taskToken: Item?.['taskToken']?.S });
    expect(error).toBeUndefined();
    const mails = await lethe.mails(run, 3);
    expect(mails.slice(2).map(({ to }) => to)).toEqual([address('dpo')]);
    expect(await approval('revoke', run, '--approver', address('lead'), ...WHY)).toMatchObject({ code: 0 });
    const { links } = JSON.parse((await approval('links', run, '--json')).stdout);
    expect(links.map(({ revoked }: { revoked: unknown }) => revoked !== null).toSorted()).toEqual([false, false, true]);
    expect(await reject(dpo)).toMatchObject({ status: 200 });
    await lethe.end(run);
  });

  it('wins or loses against a decision at the same moment, and never both', async () => {
    const { run, lead, dpo } = await asked('race');
    const [taken, decided] = await Promise.all([
      approval('revoke', run, '--approver', address('lead'), ...WHY),
      reject(lead),
    ]);
    const Key = { pk: { S: `APPROVAL#${run}` }, sk: { S: 'STATE' } };
    const { Item } = await lethe.dynamodb.send(
      new GetItemCommand({ TableName: lethe.place.controlTable, Key, ConsistentRead: true }),
    );
    const isRecorded = (Item?.['state']?.M?.['decisions']?.L ?? []).length === 1;
    expect([taken.code, decided.status]).toEqual(isRecorded ? [2, 200] : [0, 404]);
    if (!isRecorded) await reject(dpo);
    expect(await lethe.end(run)).toMatchObject({ output: { outcome: 'rejected' } });
  });

  it('is too late where it was decided, and the decision stands', async () => {
    const { run, lead } = await asked('decided');
    await reject(lead);
    const { code, stderr } = await approval('revoke', run, '--approver', address('lead'), ...WHY);
    expect(code).toBe(2);
    expect(stderr).toContain(`Run ${run} no longer waits for an approval`);
    expect(await lethe.end(run)).toMatchObject({ output: { outcome: 'rejected' } });
  });

  it('leaves too few, which is said', async () => {
    const { run } = await asked('ended');
    await approval('revoke', run, '--approver', address('lead'), ...WHY);
    const { code, stdout, stderr } = await approval('revoke', run, '--approver', address('dpo'), ...WHY, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ runId: run, approver: address('dpo'), left: [], required: 1 });
    expect(stderr).toContain('0 people can still decide, but 1 must approve: the run will expire.');
    expect(await inProcess(['abort', run, '--by', 'ops', '--reason', 'nobody is left', ...at])).toMatchObject({
      code: 5,
    });
  });

  it('must be somebody’s, with who takes it back and why', async () => {
    const { run, dpo } = await asked('wrong');
    const stranger = await approval('revoke', run, '--approver', 'boss@example.com', ...WHY);
    expect(stranger).toMatchObject({ code: 2, stdout: '' });
    expect(stranger.stderr).toContain('boss@example.com has no link');
    for (const flags of [
      WHY,
      ['--approver', address('dpo'), '--by', 'ops'],
      ['--approver', address('dpo'), '--by', 'a\nb', '--reason', 'x'],
    ])
      expect(await approval('revoke', run, ...flags)).toMatchObject({ code: 2, stdout: '' });
    expect(await approval('links', 'no-such-run')).toMatchObject({ code: 2, stdout: '' });
    const { name } = await lethe.run({ scope: { tenant: 'wrong' } });
    expect((await approval('links', name)).stderr).toContain(`Nobody was asked about run ${name}`);
    expect(await reject(dpo)).toMatchObject({ status: 200 });
    await lethe.end(run);
  });
});
