import { ListBackupsCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { catalogOf, tenantTable } from '../support/catalogs.ts';
import { Lethe, type Row } from '../support/lethe.ts';

const request = (tenant: string) => ({ scope: { tenant }, phrase: `ERASE tenant ${tenant} from test` });
const rowsOf = (tenant: string, count: number, prefix = 'i'): Row[] =>
  Array.from({ length: count }, (_, n) => ({ tenant, id: `${prefix}${String(n).padStart(5, '0')}` }));

async function withLethe(
  parts: Record<string, unknown>,
  rows: readonly Row[],
  use: (lethe: Lethe) => Promise<void>,
): Promise<void> {
  const lethe = await Lethe.open({
    catalog: catalogOf({
      stores: { items: tenantTable('items', parts['store'] as Record<string, unknown> | undefined) },
      ...parts,
      store: undefined,
    }),
  });
  try {
    await lethe.table('items', ['tenant', 'id'], rows);
    await use(lethe);
  } finally {
    await lethe.close();
  }
}

describe('limits', () => {
  it('refuse after counting what is more than maxItems, and leave no backup', async () => {
    await withLethe({ limits: { maxItems: 9 } }, rowsOf('acme', 10), async (lethe) => {
      const ended = await lethe.run({
        mode: 'execute',
        reason: 'test',
        requestedBy: 'ops@example.com',
        ...request('acme'),
      });
      expect(ended).toMatchObject({ error: 'Lethe.LimitExceeded', cause: { received: 10, allowed: 9 } });
      expect(await lethe.rows('items')).toHaveLength(10);
      expect(await lethe.states(ended.name)).toContain('Protect target');
      const { BackupSummaries } = await lethe.dynamodb.send(new ListBackupsCommand({ TableName: 'items' }));
      expect(BackupSummaries).toEqual([]);
      expect(await lethe.report(ended.name)).toMatchObject({ outcome: 'refused', planDigest: null });
    });
  });

  it('refuse a share of a table above maxShare, also in a dry run', async () => {
    await withLethe({ limits: { maxShare: 0.5 } }, [...rowsOf('acme', 6), ...rowsOf('globex', 5)], async (lethe) => {
      expect(await lethe.run({ scope: { tenant: 'acme' } })).toMatchObject({ error: 'Lethe.LimitExceeded' });
      expect(await lethe.run({ scope: { tenant: 'globex' } })).toMatchObject({ output: { outcome: 'counted' } });
    });
  });

  it('let a run erase late items up to its pool, and no more: it ends incomplete and says what is left', async () => {
    await withLethe({ limits: { cooldown: '0s' } }, rowsOf('acme', 10), async (lethe) => {
      const { run, mails } = await lethe.awaiting(request('acme'));
      const page = await (await fetch(mails[0]?.links.approve ?? '')).text();
      expect(page).toContain('at most 35');
      await lethe.put('items', rowsOf('acme', 40, 'late'));
      await lethe.decide(mails[0]?.links.approve ?? '', { decision: 'approve', phrase: request('acme').phrase });
      const ended = await lethe.end(run);
      expect(ended).toMatchObject({ status: 'FAILED', error: 'Lethe.Incomplete', cause: { outcome: 'incomplete' } });
      expect(await lethe.rows('items')).toHaveLength(15);
      const report = await lethe.report(run);
      expect(report.targets[0]).toMatchObject({ state: 'incomplete', erased: 35, remaining: 15, unacknowledged: 0 });
      expect(report.cooldownUntil).toBeNull();
      expect(await lethe.approved(request('acme'))).toMatchObject({
        output: { outcome: 'erased', totals: { erased: 15 } },
      });
    });
  });

  it('keep a target to its rate', { tags: ['calls'] }, async () => {
    await withLethe({ store: { rate: 100 } }, rowsOf('acme', 300), async (lethe) => {
      const ended = await lethe.approved(request('acme'));
      expect(ended.output).toMatchObject({ outcome: 'erased', totals: { erased: 300 } });
      const deletes = lethe.calls.filter(({ operation, by }) => operation === 'BatchWriteItem' && by !== 'caller');
      const times = deletes.filter(({ resource }) => resource === 'items').map(({ at }) => Date.parse(at));
      // 300 items at 100 a second, but for the first batch of 25: 2.75 s at least.
      expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(2_700);
    });
  });
});

describe('requests', { tags: ['calls'] }, () => {
  it('of the erase phase stay within a batch for 25 items, a page, and one more', async () => {
    const items = 3_210;
    const objects = 2_345;
    const stores = {
      items: tenantTable('items'),
      images: { bucket: 'images', select: { tenant: { prefix: '{tenant}/' } } },
    };
    const lethe = await Lethe.open({ catalog: catalogOf({ stores }) });
    try {
      await lethe.table('items', ['tenant', 'id'], [...rowsOf('acme', items), ...rowsOf('acme-2', 100)]);
      await lethe.bucket('images', []);
      for (let n = 0; n < objects; n++) lethe.local.s3.putObject('images', `acme/${n}.jpg`, 'x');
      const ended = await lethe.approved(request('acme'));
      expect(ended.output).toMatchObject({ outcome: 'erased', totals: { erased: items + objects } });
      const erasing = await lethe.callsDuring(ended.name, 'Erase shard');
      const table = erasing.filter(({ resource }) => resource === 'items');
      const pages = table.filter(({ operation }) => operation === 'Query').length;
      expect(table.length).toBeLessThanOrEqual(Math.ceil(items / 25) + pages + 1);
      expect(pages).toBeLessThanOrEqual(2);
      const bucket = erasing.filter(({ resource }) => resource === 'images');
      expect(bucket.length).toBeLessThanOrEqual(2 * Math.ceil(objects / 1_000) + 4);
    } finally {
      await lethe.close();
    }
  });
});
