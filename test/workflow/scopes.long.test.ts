import { ListBackupsCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogOf, tenantTable } from '../support/catalogs.ts';
import { Lethe } from '../support/lethe.ts';

describe('a scope erases exactly its own', () => {
  const tenants = ['acme', 'acme-2', 'ACME', 'acm', 'acme1', 'globex'];
  const galleries = ['g1', 'g10', 'G1'];
  const photos = tenants.flatMap((tenant) => galleries.map((gallery) => ({ tenant, photo: `${gallery}#1`, gallery })));
  const events = tenants.flatMap((tenant) =>
    ['EVENT#1', 'EVENT#2', 'EVENTS#1', 'EVENT', 'ACCOUNT#1'].map((sk) => ({ pk: `TENANT#${tenant}`, sk })),
  );
  const keys = tenants.flatMap((tenant) => galleries.map((gallery) => `${tenant}/${gallery}/1.jpg`));
  const legal = ['acme/legal/contract.pdf', 'acme/legalese.txt'];
  let lethe: Lethe;

  beforeAll(async () => {
    lethe = await Lethe.open({
      catalog: catalogOf({
        limits: { cooldown: '0s' },
        stores: {
          photos: {
            table: 'photos',
            select: {
              tenant: { key: { tenant: '{tenant}' } },
              gallery: { key: { tenant: '{tenant}' }, sortKey: { photo: { beginsWith: '{gallery}#' } } },
            },
          },
          events: {
            table: 'app',
            select: { tenant: { key: { pk: 'TENANT#{tenant}' }, sortKey: { sk: { beginsWith: 'EVENT#' } } } },
          },
          images: {
            bucket: 'images',
            select: { tenant: { prefix: '{tenant}/' }, gallery: { prefix: '{tenant}/{gallery}/' } },
          },
          legal: { bucket: 'images', preserve: true, select: { tenant: { prefix: '{tenant}/legal/' } } },
          users: tenantTable('users', { preserve: true }),
          gone: tenantTable('gone'),
          billing: tenantTable('billing', { optIn: 'billing' }),
        },
      }),
    });
    await lethe.table('photos', ['tenant', 'photo'], photos);
    await lethe.table('app', ['pk', 'sk'], events);
    await lethe.table(
      'users',
      ['tenant'],
      tenants.map((tenant) => ({ tenant })),
    );
    await lethe.table(
      'billing',
      ['tenant'],
      tenants.map((tenant) => ({ tenant })),
    );
    await lethe.bucket('images', [...keys, ...legal]);
  });
  afterAll(() => lethe.close());

  it('a gallery of acme, then all of acme, and nothing of tenants whose ids look alike', async () => {
    const before = await lethe.rows('photos');
    const inGallery = (tenant: string, gallery: string) => (row: Record<string, unknown>) =>
      row['tenant'] === tenant && row['gallery'] === gallery;
    await lethe.approved({
      scope: { tenant: 'acme', gallery: 'g1' },
      phrase: 'ERASE gallery g1 of tenant acme from test',
    });
    const afterGallery = before.filter((row) => !inGallery('acme', 'g1')(row));
    expect(sorted(await lethe.rows('photos'))).toEqual(sorted(afterGallery));
    const images = (await lethe.objects('images')).current;
    expect(images).not.toContain('acme/g1/1.jpg');
    expect(images).toEqual(expect.arrayContaining(['acme/g10/1.jpg', 'acme/G1/1.jpg', 'acme-2/g1/1.jpg', ...legal]));
    expect(sorted(await lethe.rows('app'))).toEqual(sorted(events));

    const ended = await lethe.approved({ scope: { tenant: 'acme' }, phrase: 'ERASE tenant acme from test' });
    expect(ended.output.outcome).toBe('erased');
    expect(sorted(await lethe.rows('photos'))).toEqual(sorted(before.filter((row) => row['tenant'] !== 'acme')));
    const isErasedEvent = ({ pk, sk }: { pk: string; sk: string }) => pk === 'TENANT#acme' && sk.startsWith('EVENT#');
    expect(sorted(await lethe.rows('app'))).toEqual(sorted(events.filter((row) => !isErasedEvent(row))));
    const kept = images.filter((key) => !key.startsWith('acme/') || key === 'acme/legal/contract.pdf');
    expect((await lethe.objects('images')).current).toEqual(kept);
    expect(await lethe.rows('users')).toHaveLength(tenants.length);
    expect(await lethe.rows('billing')).toHaveLength(tenants.length);

    const report = await lethe.report(ended.name);
    const states = Object.fromEntries(
      report.targets.map(({ store, state }: { store: string; state: string }) => [store, state]),
    );
    expect(states).toEqual({
      photos: 'erased',
      events: 'erased',
      images: 'erased',
      gone: 'missing',
      billing: 'notInScope',
    });
    expect(report.preserved).toEqual([
      { store: 'legal', basis: 'exact', before: 1, after: 1 },
      { store: 'users', basis: 'exact', before: 1, after: 1 },
    ]);
  });

  it('a request of acme that names another tenant’s gallery erases nothing of that tenant', async () => {
    const before = await lethe.rows('photos');
    const ended = await lethe.approved({
      scope: { tenant: 'acm', gallery: 'G1' },
      phrase: 'ERASE gallery G1 of tenant acm from test',
    });
    expect(ended.output).toMatchObject({ outcome: 'erased', totals: { erased: 2 } });
    const gone = before.filter((row) => row['tenant'] === 'acm' && row['gallery'] === 'G1');
    expect(await lethe.rows('photos')).toEqual(before.filter((row) => !gone.includes(row)));
  });

  it('a sub-scope that lies inside a preserved store is refused', async () => {
    const request = { mode: 'dry-run', scope: { tenant: 'globex', gallery: 'legal' } };
    expect(await lethe.run(request)).toMatchObject({ error: 'Lethe.PreservedStore' });
  });

  it('a preview and a dry run leave everything as it is, and the dry run counts', async () => {
    const before = await Promise.all([lethe.rows('photos'), lethe.rows('app'), lethe.objects('images')]);
    const preview = await lethe.run({ mode: 'preview', scope: { tenant: 'globex' } });
    expect(preview.output.outcome).toBe('previewed');
    const dry = await lethe.run({ scope: { tenant: 'globex' } });
    expect(dry.output).toMatchObject({ outcome: 'counted', totals: { planned: 3 + 2 + 3, erased: 0 } });
    expect(await Promise.all([lethe.rows('photos'), lethe.rows('app'), lethe.objects('images')])).toEqual(before);
  });

  it(
    'a preview looks at metadata alone, and a dry run writes nothing outside Lethe’s own',
    {
      tags: ['calls'],
    },
    async () => {
      const stores = ['photos', 'app', 'images', 'users', 'billing'];
      const from = lethe.calls.length;
      const preview = await lethe.run({ mode: 'preview', scope: { tenant: 'globex' } });
      expect(preview.output.outcome).toBe('previewed');
      const previewed = lethe.calls.slice(from).filter(({ resource }) => stores.includes(resource ?? ''));
      expect(previewed.filter(({ operation }) => !/^(Describe|GetBucket|GetObjectLock)/.test(operation))).toEqual([]);
      const dry = await lethe.run({ scope: { tenant: 'globex' } });
      expect(dry.output).toMatchObject({ outcome: 'counted' });
      expect(lethe.writesToStores(from)).toEqual([]);
    },
  );

  it('nothing found ends erased with zeros, asks nobody, and leaves no backup', async () => {
    const backups = async () =>
      (await lethe.dynamodb.send(new ListBackupsCommand({ TableName: 'photos' }))).BackupSummaries;
    const before = await backups();
    const ended = await lethe.run({
      mode: 'execute',
      reason: 'test',
      requestedBy: 'ops@example.com',
      scope: { tenant: 'nobody' },
      phrase: 'ERASE tenant nobody from test',
    });
    expect(ended).toMatchObject({
      status: 'SUCCEEDED',
      output: { outcome: 'erased', totals: { planned: 0, erased: 0 } },
    });
    expect(await lethe.states(ended.name)).not.toContain('Wait for approval');
    const report = await lethe.report(ended.name);
    expect(report.residual).toEqual([]);
    expect(await backups()).toEqual(before);
  });
});

function sorted(rows: readonly object[]): string[] {
  return rows.map((row) => JSON.stringify(Object.entries(row).sort())).sort();
}
