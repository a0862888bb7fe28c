// `lethe approval replace`: a deputy whom the catalog names decides in the place of an approver.
import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inProcess } from '../cli/command.ts';
import { address, catalogOf, tenantTable } from '../support/catalogs.ts';
import { Lethe } from '../support/lethe.ts';

const WHY = ['--by', 'ops@example.com', '--reason', 'on leave'];
const [LEAD, DPO, DEPUTY] = [address('lead'), address('dpo'), address('deputy')];
const phraseOf = (tenant: string) => `ERASE tenant ${tenant} from test`;

describe('an approver who is replaced while a run waits', () => {
  let lethe: Lethe;
  const tenants = ['one', 'cutoff', 'race', 'wrong'];
  beforeAll(async () => {
    const approval = { approvers: [LEAD, DPO], deputies: [DEPUTY], required: 2, expiresAfter: '1h' };
    lethe = await Lethe.open({ catalog: catalogOf({ approval, stores: { items: tenantTable('items') } }) });
    const rows = tenants.flatMap((tenant) => ['a', 'b'].map((id) => ({ tenant, id })));
    await lethe.table('items', ['tenant', 'id'], rows);
  });
  afterAll(() => lethe.close());

  const replace = (run: string, ...argv: string[]) => inProcess(['approval', 'replace', run, ...argv, ...lethe.flags]);
  const approve = (link: string, tenant: string) =>
    lethe.decide(link, { decision: 'approve', phrase: phraseOf(tenant) });
  async function asked(tenant: string) {
    const { run, mails } = await lethe.awaiting({ scope: { tenant }, phrase: phraseOf(tenant) }, 2);
    const linkOf = (person: string) => mails.find(({ to }) => to === person)?.links.approve ?? '';
    expect(mails.map(({ to }) => to).sort()).toEqual([DPO, LEAD]);
    return { run, lead: linkOf(LEAD), dpo: linkOf(DPO) };
  }

  it('decides no more, and the deputy does: once, with a link of his own, and it stands in the evidence', async () => {
    const { run, lead, dpo } = await asked('one');
    const done = await replace(run, '--approver', LEAD, '--with', DEPUTY, ...WHY);
    expect(done.stderr).toContain(`A mail with a link was sent to ${DEPUTY}.`);
    expect(done).toMatchObject({
      code: 0,
      stdout: `${DEPUTY} decides in the place of ${LEAD} about run ${run}, whose links no longer work.\n`,
    });
    expect(done.stderr).toContain(`A mail with a link was sent to ${DEPUTY}.`);
    expect((await approve(lead, 'one')).status).toBe(404);

    const again = await replace(run, '--approver', LEAD, '--with', DEPUTY, ...WHY, '--json');
    expect(JSON.parse(again.stdout)).toEqual({
      runId: run,
      approver: LEAD,
      replacedBy: DEPUTY,
      asked: true,
      left: [DEPUTY, DPO],
      required: 2,
    });
    const mails = await lethe.mails(run, 3);
    expect(mails).toHaveLength(3);
    const mail = mails.find(({ to }) => to === DEPUTY);
    for (const part of [mail?.text, mail?.html])
      expect(part).toContain(`in the place of ${LEAD}: so said ops@example.com (a claim, not proven): on leave`);
    const link = mail?.links.approve ?? '';
    expect(await (await fetch(link)).text()).toContain(`${LEAD}</bdi>, as <bdi>ops@example.com</bdi> said`);
    expect((await inProcess(['approval', 'links', run, ...lethe.flags])).stdout).toMatch(
      new RegExp(`^${LEAD} .* by ops@example.com, replaced by ${DEPUTY}: on leave$`, 'm'),
    );

    expect(await approve(link, 'one')).toMatchObject({ status: 200 });
    const late = await replace(run, '--approver', DEPUTY, '--with', DEPUTY, ...WHY);
    expect(late).toMatchObject({ code: 2, stdout: '' });
    expect(late.stderr).toContain(`${DEPUTY} has decided about run ${run} already`);
    expect(await approve(dpo, 'one')).toMatchObject({ status: 200 });
    expect(await lethe.end(run)).toMatchObject({ output: { outcome: 'erased' } });
    const report = await lethe.report(run);
    expect(report.decisions).toMatchObject([{ by: DEPUTY }, { by: DPO }]);
    expect(report.revoked).toMatchObject([
      { approver: LEAD, replacedBy: DEPUTY, by: 'ops@example.com', reason: 'on leave' },
    ]);
  });

  it('is replaced still where the command was cut off before it mailed', async () => {
    const { run, dpo } = await asked('cutoff');
    const ask = () => lethe.invoke('request-approval', { runId: run, deputy: DEPUTY });
    // Nobody put him there yet.
    expect(await ask()).toMatchObject({ payload: { asked: false } });
    const flags = ['--approver', LEAD, '--with', DEPUTY, ...WHY];
    expect(await replace(run, ...flags)).toMatchObject({ code: 0 });
    const Key = { pk: { S: `APPROVAL#${run}` }, sk: { S: `TOLD#replacement#${DEPUTY}` } };
    const told = await lethe.dynamodb.send(
      new DeleteItemCommand({ TableName: lethe.place.controlTable, Key, ReturnValues: 'ALL_OLD' }),
    );
    expect(told.Attributes).toBeDefined();
    expect(await replace(run, ...flags)).toMatchObject({ code: 0 });
    const mails = (await lethe.mails(run, 4)).filter(({ to }) => to === DEPUTY);
    expect(new Set(mails.map(({ links }) => links.approve)).size).toBe(2);
    expect(await lethe.decide(dpo, { decision: 'reject', reason: 'no' })).toMatchObject({ status: 200 });
    expect(await ask()).toMatchObject({ payload: { asked: false } });
    await lethe.end(run);
  });

  it('decides or is replaced, and never both', async () => {
    const { run, lead, dpo } = await asked('race');
    const [replaced, decided] = await Promise.all([
      replace(run, '--approver', LEAD, '--with', DEPUTY, ...WHY),
      approve(lead, 'race'),
    ]);
    expect([
      [0, 404],
      [2, 200],
    ]).toContainEqual([replaced.code, decided.status]);
    await lethe.decide(dpo, { decision: 'reject', reason: 'no' });
    expect(await lethe.end(run)).toMatchObject({ output: { outcome: 'rejected' } });
  });

  it('is one who was asked, by one who is a deputy, and somebody says so and why', async () => {
    const { run, dpo } = await asked('wrong');
    const cases: [string[], RegExp][] = [
      [['--approver', 'boss@example.com', '--with', DEPUTY, ...WHY], /boss@example.com has no link/],
      [
        ['--approver', LEAD, '--with', 'boss@example.com', ...WHY],
        /boss@example.com is no deputy .*deputy@example.com/s,
      ],
      [['--approver', LEAD, '--with', DPO, ...WHY], /is no deputy/],
      [['--approver', LEAD, ...WHY], /--with/],
      [['--approver', LEAD, '--with', DEPUTY, '--by', 'ops'], /--reason/],
    ];
    for (const [flags, said] of cases) {
      const { code, stdout, stderr } = await replace(run, ...flags);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(said);
    }
    expect(await replace('no-such-run', '--approver', LEAD, '--with', DEPUTY, ...WHY)).toMatchObject({ code: 2 });
    expect(await lethe.decide(dpo, { decision: 'reject', reason: 'no' })).toMatchObject({ status: 200 });
    await lethe.end(run);
    const ended = await replace(run, '--approver', LEAD, '--with', DEPUTY, ...WHY);
    expect(ended.stderr).toContain(`Run ${run} no longer waits for an approval`);
  });
});
