import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogOf, tenantTable } from '../support/catalogs.ts';
import { Lethe, type Row } from '../support/lethe.ts';

const rowsOf = (tenant: string, count: number): Row[] =>
  Array.from({ length: count }, (_, n) => ({ tenant, id: `i${n}`, text: 'x'.repeat(100) }));

describe('a dry run of one table', () => {
  let lethe: Lethe;
  beforeAll(async () => {
    lethe = await Lethe.open({ catalog: catalogOf({ stores: { items: tenantTable('items') } }) });
    await lethe.table('items', ['tenant', 'id'], [...rowsOf('acme', 60), ...rowsOf('acme-2', 7)]);
  });
  afterAll(() => lethe.close());

  it('counts exactly the items of the tenant, and leaves them', async () => {
    const before = await lethe.rows('items');
    const ended = await lethe.run({ scope: { tenant: 'acme' } });
    expect(ended).toMatchObject({
      status: 'SUCCEEDED',
      output: { outcome: 'counted', totals: { planned: 60, erased: 0 } },
    });
    expect(await lethe.rows('items')).toEqual(before);
  });

  it('writes to nothing but its own table and buckets', { tags: ['calls'] }, async () => {
    const from = lethe.calls.length;
    expect(await lethe.run({ scope: { tenant: 'acme' } })).toMatchObject({ output: { outcome: 'counted' } });
    expect(lethe.writesToStores(from)).toEqual([]);
  });
});
