import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogOf, tenantTable } from '../support/catalogs.ts';
import { Lethe, type Row } from '../support/lethe.ts';

const rowsOf = (tenant: string, count: number): Row[] =>
  Array.from({ length: count }, (_, n) => ({ tenant, id: `i${n}`, text: 'x'.repeat(100) }));

describe('executing for one tenant', () => {
  let lethe: Lethe;
  beforeAll(async () => {
    lethe = await Lethe.open({
      catalog: catalogOf({
        stores: {
          items: tenantTable('items'),
          users: tenantTable('users', { preserve: true }),
          images: { bucket: 'images', select: { tenant: { prefix: '{tenant}/' } } },
        },
      }),
    });
    await lethe.table('items', ['tenant', 'id'], [...rowsOf('acme', 60), ...rowsOf('acme-2', 7)]);
    await lethe.table('users', ['tenant'], [{ tenant: 'acme' }, { tenant: 'acme-2' }]);
    await lethe.bucket('images', ['acme/a.jpg', 'acme/b.jpg', 'acme-2/a.jpg']);
  });
  afterAll(() => lethe.close());

  it('erases after the approval what was counted, and nothing else', async () => {
    const ended = await lethe.approved({ scope: { tenant: 'acme' }, phrase: 'ERASE tenant acme from test' }, 'run-1');
    expect(ended).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'erased' } });
    expect(await lethe.rows('items')).toEqual(rowsOf('acme-2', 7).sort());
    expect((await lethe.objects('images')).current).toEqual(['acme-2/a.jpg']);
  });
});
