// Every kind of selector through the front doors: each scope erases exactly its own, and what changed hands survives.
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogOf } from '../support/catalogs.ts';
import { Lethe, type Row } from '../support/lethe.ts';

const TENANTS = ['acme', 'acme-2', 'ACME', 'acm', 'acme1', 'globex'];
const GALLERIES = ['g1', 'g10', 'G1'];
const each = (row: (tenant: string, gallery: string) => Row) =>
  TENANTS.flatMap((tenant) => GALLERIES.map((gallery) => row(tenant, gallery)));
const sorted = (rows: readonly Row[]) => rows.map((row) => JSON.stringify(Object.entries(row).sort())).sort();
const targetOf = (report: { targets: { store: string }[] }, store: string) =>
  report.targets.find((target) => target.store === store);

describe('selectors of every kind', () => {
  /** Galleries by their own id; their owner is an attribute, and an index. */
  const photos = each((owner, gallery) => ({ id: `${gallery}`, photo: `${owner}-1`, owner, gallery }));
  const stats = each((owner, gallery) => ({ id: `${owner}${gallery}`, owner, gallery }));
  /** One table for several stores, told apart by the beginning of the sort key. */
  const app = TENANTS.flatMap((tenant) =>
    ['EVENT#1', 'EVENTS#1', 'EVENT', 'PHOTO#1', 'ACCOUNT'].map((sk) => ({ pk: `TENANT#${tenant}`, sk, tenant })),
  );
  const files = TENANTS.flatMap((tenant) => ['photos', 'thumbs', 'legal'].map((kind) => `${kind}/${tenant}/1`));
  /** Owned by one, made by another, or by the same. */
  const works = TENANTS.flatMap((owner) => TENANTS.map((author) => ({ id: `${owner}/${author}`, owner, author })));
  const blobs = TENANTS.map((tenant, n) => ({ tenant, at: new Uint8Array([n, 255]) }));
  let lethe: Lethe;

  beforeAll(async () => {
    lethe = await open();
  });
  afterAll(() => lethe.close());

  async function open(): Promise<Lethe> {
    const lethe = await Lethe.open({
      catalog: catalogOf({
        limits: { cooldown: '0s' },
        stores: {
          photos: {
            table: 'photos',
            select: {
              tenant: { index: 'by-owner', key: { owner: '{tenant}' } },
              gallery: { key: { id: '{gallery}' }, where: { owner: '{tenant}' } },
            },
          },
          stats: {
            table: 'stats',
            select: {
              tenant: { attribute: { owner: '{tenant}' } },
              gallery: { attribute: { owner: '{tenant}' }, where: { gallery: '{gallery}' } },
            },
          },
          events: {
            table: 'app',
            select: { tenant: { key: { pk: 'TENANT#{tenant}' }, sortKey: { sk: { beginsWith: 'EVENT#' } } } },
          },
          album: {
            table: 'app',
            select: { tenant: { attribute: { tenant: '{tenant}' }, where: { sk: 'PHOTO#1' } } },
          },
          account: {
            table: 'app',
            preserve: true,
            select: { tenant: { key: { pk: 'TENANT#{tenant}' }, sortKey: { sk: 'ACCOUNT' } } },
          },
          works: {
            table: 'works',
            select: {
              tenant: [{ index: 'by-owner', key: { owner: '{tenant}' } }, { attribute: { author: '{tenant}' } }],
            },
          },
          blobs: { table: 'blobs', select: { tenant: { key: { tenant: '{tenant}' } } } },
          files: {
            bucket: 'files',
            select: { tenant: [{ prefix: 'photos/{tenant}/' }, { prefix: 'thumbs/{tenant}/' }] },
          },
        },
      }),
    });
    await lethe.table('photos', ['id', 'photo'], photos, {
      indexes: { 'by-owner': ['owner'] },
      projection: 'KEYS_ONLY',
    });
    await lethe.table('stats', ['id'], stats);
    await lethe.table('app', ['pk', 'sk'], app);
    await lethe.table('works', ['id'], works, { indexes: { 'by-owner': ['owner', 'author'] } });
    await lethe.table('blobs', ['tenant', 'at'], blobs, { types: { at: 'B' } });
    await lethe.bucket('files', files);
    return lethe;
  }

  it('erase a gallery that another tenant has an equal id of, and no other', async () => {
    const isGone = ({ owner, gallery }: Row) => owner === 'acme' && gallery === 'g1';
    const before = { photos: await lethe.rows('photos'), stats: await lethe.rows('stats') };
    const ended = await lethe.approved({
      scope: { tenant: 'acme', gallery: 'g1' },
      phrase: 'ERASE gallery g1 of tenant acme from test',
    });
    expect(ended.output).toMatchObject({ outcome: 'erased', totals: { planned: 2, erased: 2, remaining: 0 } });
    expect(sorted(await lethe.rows('photos'))).toEqual(sorted(before.photos.filter((row) => !isGone(row))));
    expect(sorted(await lethe.rows('stats'))).toEqual(sorted(before.stats.filter((row) => !isGone(row))));
    const states = await lethe.states(ended.name);
    expect(states).toContain('Verify shard');
    expect(states).not.toContain('Wait for indexes');
    const report = await lethe.report(ended.name);
    expect(targetOf(report, 'photos')).toMatchObject({ verification: { level: 'consistent' } });
  });

  it('erase nothing of a gallery that is another tenant’s', async () => {
    await lethe.put('photos', [{ id: 'only-globex', photo: '1', owner: 'globex', gallery: 'only-globex' }]);
    const before = [await lethe.rows('photos'), await lethe.rows('stats')];
    const ended = await lethe.run({
      mode: 'execute',
      reason: 'test',
      requestedBy: 'ops@example.com',
      scope: { tenant: 'acme', gallery: 'only-globex' },
      phrase: 'ERASE gallery only-globex of tenant acme from test',
    });
    expect(ended.output).toMatchObject({ outcome: 'erased', totals: { planned: 0, erased: 0 } });
    expect([await lethe.rows('photos'), await lethe.rows('stats')]).toEqual(before);
  });

  it('erase a tenant: by index, attribute, list, prefixes, in one table and in several', async () => {
    const before = { photos: await lethe.rows('photos'), stats: await lethe.rows('stats') };
    const ended = await lethe.approved({ scope: { tenant: 'acm' }, phrase: 'ERASE tenant acm from test' });
    expect(ended.output.outcome).toBe('erased');
    const isOthers = ({ owner }: Row) => owner !== 'acm';
    expect(sorted(await lethe.rows('stats'))).toEqual(sorted(before.stats.filter(isOthers)));
    expect(sorted(await lethe.rows('photos'))).toEqual(sorted(before.photos.filter(isOthers)));
    const keptOf = ['EVENTS#1', 'EVENT', 'ACCOUNT'];
    expect(sorted(await lethe.rows('app'))).toEqual(
      sorted(app.filter(({ tenant, sk }) => tenant !== 'acm' || keptOf.includes(sk))),
    );
    expect(sorted(await lethe.rows('works'))).toEqual(
      sorted(works.filter(({ owner, author }) => owner !== 'acm' && author !== 'acm')),
    );
    expect((await lethe.rows('blobs')).map(({ tenant }) => tenant).sort()).toEqual(
      TENANTS.filter((tenant) => tenant !== 'acm').sort(),
    );
    expect((await lethe.objects('files')).current.sort()).toEqual(
      files.filter((key) => !/^(photos|thumbs)\/acm\//.test(key)).sort(),
    );
    const report = await lethe.report(ended.name);
    const found = { photos: 3, stats: 3, events: 1, album: 1, works: 2 * TENANTS.length - 1, blobs: 1, files: 2 };
    for (const [store, items] of Object.entries(found)) {
      expect(targetOf(report, store)).toMatchObject({
        state: 'erased',
        planned: { items },
        seen: items,
        erased: items,
        changed: 0,
        remaining: 0,
        verification: { level: levelOf(store), passes: 1 },
      });
    }
    expect(report.preserved).toEqual([{ store: 'account', basis: 'exact', before: 1, after: 1 }]);
    const hidden = report.residual.filter(({ what }: { what: string }) => what === 'hidden versions');
    expect(hidden.map(({ removeWith }: { removeWith: string }) => /--prefix=(\S+)/.exec(removeWith)?.[1])).toEqual([
      'photos/acm/',
      'thumbs/acm/',
    ]);
    const states = await lethe.states(ended.name);
    const at = states.indexOf('Wait for indexes');
    expect(states.slice(at - 2, at + 2)).toEqual([
      'Erase shard',
      'Does an index need time?',
      'Wait for indexes',
      'Verify shard',
    ]);
  });

  it('read an index twice, and delete one by one what may change hands', { tags: ['calls'] }, async () => {
    const own = await open();
    try {
      const { name } = await own.approved({ scope: { tenant: 'acm' }, phrase: 'ERASE tenant acm from test' });
      await expectPatience(own, name);
      await expectCare(own, name);
    } finally {
      await own.close();
    }
  });

  /** An index is read twice, a table once. */
  async function expectPatience(lethe: Lethe, run: string): Promise<void> {
    const reads = (await lethe.callsDuring(run, 'Verify shard')).filter(({ operation }) =>
      /^(Query|Scan)$/.test(operation),
    );
    expect(reads.filter(({ resource }) => resource === 'photos')).toHaveLength(2);
    expect(reads.filter(({ resource }) => resource === 'stats')).toHaveLength(1);
  }

  /** One by one where an item may have changed hands, in batches where it cannot. */
  async function expectCare(lethe: Lethe, run: string): Promise<void> {
    const deletes = (await lethe.callsDuring(run, 'Erase shard')).filter(isDelete);
    const operationsOn = (table: string) => [
      ...new Set(deletes.filter(({ resource }) => resource === table).map(({ operation }) => operation)),
    ];
    expect(operationsOn('photos')).toEqual(['DeleteItem']);
    expect(operationsOn('stats')).toEqual(['DeleteItem']);
    expect(operationsOn('blobs')).toEqual(['BatchWriteItem']);
  }

  function levelOf(store: string): string {
    if (store === 'files') return 'hidden';
    return store === 'photos' || store === 'works' ? 'eventual' : 'consistent';
  }
});

const isDelete = ({ operation }: Lethe['calls'][number]) =>
  operation === 'DeleteItem' || operation === 'BatchWriteItem';

describe('an item that changes hands between being listed and being deleted', { tags: ['moments'] }, () => {
  const KINDS = {
    indexed: { index: 'by-owner', key: { owner: '{tenant}' } },
    scanned: { attribute: { owner: '{tenant}' } },
    narrowed: { key: { id: 'all' }, where: { owner: '{tenant}' } },
  };
  const tables = Object.keys(KINDS);

  it('survives and is counted as changed, however it was found', async () => {
    const stores = Object.fromEntries(
      Object.entries(KINDS).map(([table, tenant]) => [table, { table, select: { tenant } }]),
    );
    const lethe = await Lethe.open({ catalog: catalogOf({ stores }) });
    try {
      const rows = Array.from({ length: 40 }, (_, n) => ({ id: 'all', sk: n, owner: 'acme' }));
      for (const table of tables)
        await lethe.table(table, ['id', 'sk'], rows, { indexes: { 'by-owner': ['owner'] }, types: { sk: 'N' } });
      const untaken = new Set(tables);
      // The last item of each is given to globex as soon as the first is deleted; all were listed by then.
      lethe.local.calls.listen(({ operation, resource = '' }) => {
        if (operation !== 'DeleteItem' || !untaken.delete(resource ?? '')) return;
        const Item = { id: { S: 'all' }, sk: { N: '39' }, owner: { S: 'globex' } };
        void lethe.dynamodb.send(new PutItemCommand({ TableName: resource ?? '', Item }));
      });
      const ended = await lethe.approved({ scope: { tenant: 'acme' }, phrase: 'ERASE tenant acme from test' });
      expect(ended.output.outcome).toBe('erased');
      const report = await lethe.report(ended.name);
      for (const table of tables) {
        expect(await lethe.rows(table)).toEqual([{ id: 'all', sk: 39, owner: 'globex' }]);
        expect(targetOf(report, table)).toMatchObject({ seen: 40, erased: 39, changed: 1, failed: 0, remaining: 0 });
      }
    } finally {
      await lethe.close();
    }
  });
});

describe('numeric ids', () => {
  let lethe: Lethe;
  const rows = [7, 70, 77, -7, 0].map((account) => ({ account, n: 1 }));

  beforeAll(async () => {
    lethe = await Lethe.open({
      catalog: catalogOf({
        scopes: { account: { pattern: '^[0-9]{1,9}$' } },
        stores: {
          orders: { table: 'orders', select: { account: { key: { account: { N: '{account}' } } } } },
          notes: {
            table: 'notes',
            select: { account: { attribute: { account: { N: '{account}' } }, where: { n: { N: '1.0' } } } },
          },
        },
      }),
    });
    await lethe.table('orders', ['account', 'n'], rows, { types: { account: 'N', n: 'N' } });
    await lethe.table(
      'notes',
      ['id'],
      rows.map((row, at) => ({ id: `${at}`, ...row })),
    );
  });
  afterAll(() => lethe.close());

  it('find what has that number', async () => {
    const ended = await lethe.approved({ scope: { account: '7' }, phrase: 'ERASE account 7 from test' });
    expect(ended.output).toMatchObject({ outcome: 'erased', totals: { erased: 2 } });
    const left = [-7, 0, 70, 77];
    expect((await lethe.rows('orders')).map(({ account }) => Number(account)).sort((a, b) => a - b)).toEqual(left);
    expect((await lethe.rows('notes')).map(({ account }) => Number(account)).sort((a, b) => a - b)).toEqual(left);
  });

  it('are refused with a leading zero, which would be another id’s number', async () => {
    const ended = await lethe.run({ scope: { account: '070' } });
    expect(ended).toMatchObject({
      error: 'Lethe.InvalidScopeId',
      cause: { received: '070', allowed: 'digits without leading zeros' },
    });
  });
});
