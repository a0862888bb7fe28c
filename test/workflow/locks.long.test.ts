import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogOf } from '../support/catalogs.ts';
import { Lethe } from '../support/lethe.ts';

const EXECUTE = { mode: 'execute', reason: 'test', requestedBy: 'ops@example.com' };
const request = (tenant: string) => ({ scope: { tenant }, phrase: `ERASE tenant ${tenant} from test` });
const gallery = (tenant: string, id: string) => ({
  scope: { tenant, gallery: id },
  phrase: `ERASE gallery ${id} of tenant ${tenant} from test`,
});

describe('one run at a time for overlapping scopes', () => {
  let lethe: Lethe;
  const tenants = ['acme', 'other', 'whole', 'cool', 'race'];
  beforeAll(async () => {
    const select = {
      tenant: { key: { tenant: '{tenant}' } },
      gallery: { key: { tenant: '{tenant}' }, sortKey: { id: { beginsWith: '{gallery}#' } } },
    };
    lethe = await Lethe.open({
      catalog: catalogOf({
        limits: { cooldown: '300d' },
        everything: { allowed: true },
        stores: { items: { table: 'items', select } },
      }),
    });
    const rows = tenants.flatMap((tenant) => ['g1#1', 'g2#1', 'g3#1'].map((id) => ({ tenant, id })));
    await lethe.table('items', ['tenant', 'id'], rows);
  });
  afterAll(() => lethe.close());

  it('refuses the tenant, its galleries and everything, but not another tenant, and only execute', async () => {
    const { run, mails } = await lethe.awaiting(request('acme'));
    const everything = { ...EXECUTE, scope: { everything: true }, phrase: 'ERASE everything from test' };
    for (const other of [{ ...EXECUTE, ...request('acme') }, { ...EXECUTE, ...gallery('acme', 'g1') }, everything]) {
      expect(await lethe.run(other)).toMatchObject({ error: 'Lethe.ScopeLocked', cause: { runId: run } });
    }
    expect(await lethe.run({ scope: { tenant: 'acme' } })).toMatchObject({ output: { outcome: 'counted' } });
    const beside = await lethe.awaiting(request('other'));
    expect(await lethe.run(everything)).toMatchObject({ error: 'Lethe.ScopeLocked' });
    for (const waiting of [{ run, mails }, beside]) {
      await lethe.decide(waiting.mails[0]?.links.approve ?? '', { decision: 'reject', reason: 'no' });
      await lethe.end(waiting.run);
    }
    const free = await lethe.awaiting(gallery('acme', 'g1'));
    await lethe.decide(free.mails[0]?.links.approve ?? '', { decision: 'reject', reason: 'no' });
    await lethe.end(free.run);
  });

  it('refuses an erased scope within its cooldown, with the time, and what lies inside it, but not what contains it', async () => {
    const erased = await lethe.approved(gallery('cool', 'g1'));
    const again = await lethe.run({ ...EXECUTE, ...gallery('cool', 'g1') });
    const { cooldownUntil } = await lethe.report(erased.name);
    expect(again).toMatchObject({
      error: 'Lethe.CooldownActive',
      cause: { runId: erased.name, retryAt: cooldownUntil },
    });
    expect(Date.parse(cooldownUntil) - lethe.nowMs()).toBeGreaterThan(0);
    expect(await lethe.approved(gallery('cool', 'g2'))).toMatchObject({
      output: { outcome: 'erased', totals: { erased: 1 } },
    });
    expect(await lethe.approved(request('cool'))).toMatchObject({ output: { outcome: 'erased' } });
    expect(await lethe.run({ ...EXECUTE, ...gallery('cool', 'g4') })).toMatchObject({ error: 'Lethe.CooldownActive' });
    expect(await lethe.run({ scope: { tenant: 'cool' } })).toMatchObject({ output: { outcome: 'counted' } });
  });

  it('lets exactly one of many overlapping scopes through that come at once', async () => {
    const everything = { scope: { everything: true }, phrase: 'ERASE everything from test' };
    const wanted = [everything, request('race'), gallery('race', 'g1'), gallery('race', 'g2')];
    const runs = await Promise.all([...wanted, ...wanted].map((one) => lethe.start({ ...EXECUTE, ...one })));
    const asked = await Promise.all(runs.map((run) => lethe.mails(run).catch(() => [])));
    const winners = runs.filter((_, at) => (asked[at]?.length ?? 0) > 0);
    expect(winners).toHaveLength(1);
    const [winner = ''] = winners;
    for (const run of runs.filter((one) => one !== winner)) {
      expect(await lethe.end(run)).toMatchObject({ error: 'Lethe.ScopeLocked', cause: { runId: winner } });
    }
    const link = asked[runs.indexOf(winner)]?.[0]?.links.approve ?? '';
    await lethe.decide(link, { decision: 'reject', reason: 'no' });
    expect(await lethe.end(winner)).toMatchObject({ output: { outcome: 'rejected' } });
  });

  it('takes the lock of an execution that was stopped', async () => {
    const { run } = await lethe.awaiting(request('whole'));
    await lethe.stopExecution(run);
    const next = await lethe.awaiting(request('whole'));
    await lethe.decide(next.mails[0]?.links.approve ?? '', { decision: 'reject', reason: 'no' });
    expect(await lethe.end(next.run)).toMatchObject({ output: { outcome: 'rejected' } });
  });
});
