import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { METRICS_NAMESPACE, OUTCOME_DIMENSION } from '../../contracts/operations.ts';
import { catalogOf, tenantTable } from '../support/catalogs.ts';
import { Lethe } from '../support/lethe.ts';

describe('what functions log', () => {
  const lines: { readonly functionName: string; readonly line: string }[] = [];
  let lethe: Lethe;
  beforeAll(async () => {
    lethe = await Lethe.open({
      catalog: catalogOf({ stores: { items: tenantTable('items') }, limits: { cooldown: '0s' } }),
      onLog: (functionName, line) => void lines.push({ functionName, line }),
    });
    const keys = Array.from({ length: 30 }, (_, n) => ({ tenant: 'canary-tenant', id: `canary-key-${n}` }));
    await lethe.table('items', ['tenant', 'id'], keys);
  });
  afterAll(() => lethe.close());

  it('is who worked for which run and for how long, and how runs ended: no request, no reason, no key, no link and no token', async () => {
    const phrase = 'ERASE tenant canary-tenant from test';
    const request = {
      scope: { tenant: 'canary-tenant' },
      reason: 'canary of a reason',
      requestedBy: 'canary@example.com',
    };
    const execute = { ...request, mode: 'execute', phrase };
    await lethe.run({ ...execute, phrase: 'ERASE canary' }, 'refused');
    await lethe.start(execute, 'rejected');
    const [mail] = await lethe.mails('rejected');
    const link = mail?.links.approve ?? '';
    await lethe.decide(link, { decision: 'reject', reason: 'canary of an objection' });
    await lethe.end('rejected');
    await lethe.approved({ ...request, phrase }, 'erased');
    // Lambda itself reports an error that a function ends with, and so the explanation of a refusal, which names the
    // phrase; what functions say themselves are JSON lines.
    const own = lines.filter(({ line }) => line.startsWith('{'));
    const reports = lines.filter(({ line }) => !line.startsWith('{'));
    expect(textOf(own).match(/.*canary.*/gi)).toBeNull();
    expect(textOf(reports).match(/.*canary( of|-key|@).*/gi)).toBeNull();
    expect(textOf(lines)).not.toContain(link.split('/').at(-1));
    // A task token, an access key or a session token would be a long unbroken text.
    expect(textOf(own).match(/[A-Za-z0-9+/=_-]{60,}/g)).toBeNull();
    expect(reports.map(({ line }) => line.split('\t').slice(2, 3).join())).toEqual(['ERROR']);
    const parsed = own.map(({ functionName, line }) => ({ functionName, ...JSON.parse(line) }));
    const told = parsed.filter((one) => !('_aws' in one));
    for (const runId of ['refused', 'rejected', 'erased'])
      expect(told.filter((one) => one.runId === runId).map(({ service }) => service)).toContain('plan-run');
    expect(told).toContainEqual(expect.objectContaining({ runId: 'refused', error: 'Lethe.PhraseMismatch' }));
    for (const { functionName, service } of told) expect(service).toBe(functionName);
    const metrics = parsed.filter((one) => '_aws' in one);
    expect(metrics.map(({ Outcome, ItemsErased, ItemsRemaining }) => [Outcome, ItemsErased, ItemsRemaining])).toEqual([
      ['refused', 0, 0],
      ['rejected', 0, 0],
      ['erased', 30, 0],
    ]);
    for (const { functionName, service, Runs, _aws } of metrics) {
      expect([functionName, service, Runs]).toEqual(['write-report', 'lethe-erase', 1]);
      expect(_aws.CloudWatchMetrics).toEqual([
        expect.objectContaining({ Namespace: METRICS_NAMESPACE, Dimensions: [['service', OUTCOME_DIMENSION]] }),
      ]);
    }
  });
});

const textOf = (lines: readonly { readonly line: string }[]) => lines.map(({ line }) => line).join('\n');
