// A request that comes twice: from an event that is delivered again, or a pipeline that retries.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogOf, tenantTable } from '../support/catalogs.ts';
import { Lethe } from '../support/lethe.ts';

describe('a request id', () => {
  let lethe: Lethe;
  beforeAll(async () => {
    lethe = await Lethe.open({
      catalog: catalogOf({ limits: { cooldown: '0s' }, stores: { items: tenantTable('items') } }),
    });
    await lethe.table('items', ['tenant', 'id'], [{ tenant: 'acme', id: 'a' }]);
  });
  afterAll(() => lethe.close());

  it('that was used before ends the run as a duplicate that leaves no evidence', async () => {
    const first = await lethe.run({ scope: { tenant: 'acme' }, requestId: 'delivery-1' });
    expect(first.output).toMatchObject({ outcome: 'counted' });
    const second = await lethe.run({ scope: { tenant: 'acme' }, requestId: 'delivery-1' });
    expect(second).toMatchObject({
      status: 'SUCCEEDED',
      output: { runId: second.name, outcome: 'duplicate', of: first.name },
    });
    await expect(lethe.evidence(second.name, 'SHA256SUMS')).rejects.toThrow();
  });

  it('that was used before has the run touch nothing but the control table', { tags: ['calls'] }, async () => {
    const request = { scope: { tenant: 'acme' }, requestId: 'delivery-6' };
    await lethe.run(request);
    const from = lethe.calls.length;
    expect((await lethe.run(request)).output).toMatchObject({ outcome: 'duplicate' });
    const touched = lethe.calls.slice(from).filter(
      // Runs before it that were refused may be looked at still, to see whether they are closed.
      ({ service, by }) => (service === 'dynamodb' || service === 's3') && by !== 'close-run',
    );
    expect(touched.map(({ resource }) => resource)).toContain(lethe.place.controlTable);
    expect(touched.filter(({ resource }) => resource !== lethe.place.controlTable)).toEqual([]);
  });

  it('counts once however many runs come with it at once', async () => {
    const request = { scope: { tenant: 'acme' }, requestId: 'delivery-2' };
    const names = await Promise.all(Array.from({ length: 5 }, () => lethe.start(request)));
    const ended = await Promise.all(names.map((name) => lethe.end(name)));
    const outcomes = ended.map(({ output }) => output.outcome).sort();
    expect(outcomes).toEqual(['counted', ...Array.from({ length: 4 }, () => 'duplicate')]);
  });

  it('is not used up by a run that was refused', async () => {
    const wrong = { scope: { tenant: 'acme' }, mode: 'execute', reason: 'test', requestedBy: 'ops@example.com' };
    const request = { ...wrong, phrase: 'ERASE tenant acme from test', requestId: 'delivery-3' };
    const { run, mails } = await lethe.awaiting({ ...request, requestId: 'delivery-4' });
    expect(await lethe.run(request)).toMatchObject({ error: 'Lethe.ScopeLocked' });
    await lethe.decide(mails[0]?.links.approve ?? '', { decision: 'reject', reason: 'no' });
    await lethe.end(run);
    expect(await lethe.run({ scope: { tenant: 'acme' }, requestId: 'delivery-3' })).toMatchObject({
      output: { outcome: 'counted' },
    });
  });

  it(
    'is no duplicate of itself when planning is repeated, because its result was lost or it was killed',
    {
      tags: ['faults'],
    },
    async () => {
      const rules = [
        { service: 'lambda', operation: 'plan-run', effect: 'loseResult' as const, times: 1 },
        { service: 'lambda', operation: 'plan-run', effect: 'kill' as const, n: 12, times: 1 },
      ];
      const unlucky = await Lethe.open({
        catalog: catalogOf({ stores: { items: tenantTable('items') } }),
        faults: { rules },
      });
      try {
        await unlucky.table('items', ['tenant', 'id'], [{ tenant: 'acme', id: 'a' }]);
        const request = { scope: { tenant: 'acme' }, requestId: 'delivery-5' };
        const first = await unlucky.run(request);
        expect(first).toMatchObject({ output: { outcome: 'counted' } });
        const hits = Object.values(unlucky.local.faultCounts());
        expect(hits.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0);
        expect(await unlucky.run(request)).toMatchObject({ output: { outcome: 'duplicate', of: first.name } });
      } finally {
        await unlucky.close();
      }
    },
  );

  it('must be a line of text', async () => {
    expect(await lethe.run({ scope: { tenant: 'acme' }, requestId: '' })).toMatchObject({
      error: 'Lethe.InvalidRequest',
    });
  });
});
