import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { address, catalogOf, tenantTable } from '../support/catalogs.ts';
import { Lethe } from '../support/lethe.ts';
import { NotDeployed } from '../support/target.ts';

const GOOD = {
  mode: 'execute',
  scope: { tenant: 'acme' },
  reason: 'contract ended',
  requestedBy: 'ops@example.com',
  phrase: 'ERASE tenant acme from test',
};

describe('a request that is refused', () => {
  let lethe: Lethe;
  beforeAll(async () => {
    lethe = await Lethe.open({
      catalog: catalogOf({
        stores: { items: tenantTable('items'), billing: tenantTable('billing', { optIn: 'billing' }) },
      }),
    });
    await lethe.table('items', ['tenant', 'id'], [{ tenant: 'acme', id: 'a' }]);
  });
  afterAll(() => lethe.close());

  const without = (key: keyof typeof GOOD) => Object.fromEntries(Object.entries(GOOD).filter(([name]) => name !== key));
  const cases: [string, unknown, string][] = [
    ['has no scope', without('scope'), 'Lethe.InvalidRequest'],
    ['has an empty scope', { ...GOOD, scope: {} }, 'Lethe.InvalidRequest'],
    ['is a list', [GOOD], 'Lethe.InvalidRequest'],
    ['has an unknown key', { ...GOOD, force: true }, 'Lethe.InvalidRequest'],
    ['has an unknown mode', { ...GOOD, mode: 'erase' }, 'Lethe.InvalidRequest'],
    ['gives no reason', without('reason'), 'Lethe.InvalidRequest'],
    ['gives no requester', without('requestedBy'), 'Lethe.InvalidRequest'],
    ['gives no phrase', without('phrase'), 'Lethe.InvalidRequest'],
    ['has a control character in its reason', { ...GOOD, reason: 'a\u0000b' }, 'Lethe.InvalidRequest'],
    ['has a reason of 501 characters', { ...GOOD, reason: 'x'.repeat(501) }, 'Lethe.InvalidRequest'],
    ['names a sub-scope without its tenant', { ...GOOD, scope: { gallery: 'g1' } }, 'Lethe.InvalidRequest'],
    ['leaves too few approvers', { ...GOOD, requestedBy: address('Lead+x').toUpperCase() }, 'Lethe.InvalidRequest'],
    ['names an unknown scope', { ...GOOD, scope: { customer: 'acme' } }, 'Lethe.UnknownScope'],
    ['has an empty id', { ...GOOD, scope: { tenant: '' } }, 'Lethe.InvalidScopeId'],
    ['has a star for an id', { ...GOOD, scope: { tenant: '*' } }, 'Lethe.InvalidScopeId'],
    ['has dots for an id', { ...GOOD, scope: { tenant: '..' } }, 'Lethe.InvalidScopeId'],
    ['has a slash in its id', { ...GOOD, scope: { tenant: 'acme/x' } }, 'Lethe.InvalidScopeId'],
    ['has an id of 10,000 characters', { ...GOOD, scope: { tenant: 'a'.repeat(10_000) } }, 'Lethe.InvalidScopeId'],
    ['has a look-alike letter in its id', { ...GOOD, scope: { tenant: '\u0430cme' } }, 'Lethe.InvalidScopeId'],
    ['opts into what no store has', { ...GOOD, optIn: ['audit'] }, 'Lethe.UnknownOptIn'],
    ['has another phrase', { ...GOOD, phrase: 'erase tenant acme from test' }, 'Lethe.PhraseMismatch'],
    ['has the phrase without its opt-in', { ...GOOD, optIn: ['billing'] }, 'Lethe.PhraseMismatch'],
    ['expects another account', { ...GOOD, expect: { account: '999999999999' } }, 'Lethe.ExpectationMismatch'],
    ['expects another Region', { ...GOOD, expect: { region: 'us-gov-east-1' } }, 'Lethe.ExpectationMismatch'],
    ['expects another environment', { ...GOOD, expect: { environment: 'production' } }, 'Lethe.ExpectationMismatch'],
    ['asks for everything', { ...GOOD, scope: { everything: true } }, 'Lethe.EverythingNotAllowed'],
    ['has a filter', { ...GOOD, where: { status: 'failed' } }, 'Lethe.NotSupportedYet'],
    ['has subjects', { ...GOOD, subjects: ['a'] }, 'Lethe.NotSupportedYet'],
  ];

  it.each(cases)('because it %s ends FAILED with the reason', async (_, request, error) => {
    const ended = await lethe.run(request);
    expect(ended).toMatchObject({ status: 'FAILED', error });
    expect(ended.cause).toMatchObject({ what: expect.any(String), next: expect.any(String) });
    expect(ended.cause).toHaveProperty('received');
    expect(ended.cause).toHaveProperty('allowed');
    const report = await lethe.report(ended.name);
    expect(report).toMatchObject({ outcome: 'refused', planDigest: null, targets: [], error: { name: error } });
  });

  it('reads no data before', { tags: ['calls'] }, async () => {
    const from = lethe.calls.length;
    for (const [, request, error] of cases) expect(await lethe.run(request)).toMatchObject({ error });
    const touched = lethe.calls.slice(from).filter(({ resource }) => resource === 'items' || resource === 'billing');
    expect(touched.filter(({ operation }) => !operation.startsWith('Describe'))).toEqual([]);
  });

  it('under a name that is no run id leaves its evidence under a safe one', { tags: ['calls'] }, async () => {
    const ended = await lethe.run(GOOD, 'run.1é');
    expect(ended).toMatchObject({ status: 'FAILED', error: 'Lethe.InvalidRequest' });
    const writes = lethe.calls.filter(
      ({ operation, resource }) => operation === 'PutObject' && resource === lethe.place.evidenceBucket,
    );
    expect(writes.length).toBeGreaterThan(0);
  });

  it('frees nothing it did not hold, so that the next run of the scope goes on', async () => {
    await lethe.run({ ...GOOD, phrase: 'wrong' });
    expect(await lethe.run({ scope: { tenant: 'acme' } })).toMatchObject({ output: { outcome: 'counted' } });
  });
});

describe('a catalog that cannot be carried out', () => {
  const store = (select: Record<string, unknown>) => ({ items: { table: 'items', select } });
  const twice = (a: Record<string, unknown>, b: Record<string, unknown>) => ({
    one: { table: 'items', select: a },
    two: { table: 'items', select: b },
  });
  const cases: [string, Record<string, unknown>, string][] = [
    [
      'selects by a key that is not the table’s',
      catalogOf({ stores: store({ tenant: { key: { owner: '{tenant}' } } }) }),
      'Lethe.InvalidCatalog',
    ],
    [
      'has a prefix without a delimiter',
      catalogOf({ stores: { b: { bucket: 'images', select: { tenant: { prefix: '{tenant}' } } } } }),
      'Lethe.InvalidCatalog',
    ],
    [
      'has a template that two tenants share',
      catalogOf({ stores: store({ tenant: { key: { tenant: '{tenant}-x' } } }) }),
      'Lethe.InvalidCatalog',
    ],
    ['has no stores', catalogOf({ stores: {} }), 'Lethe.InvalidCatalog'],
    ['has an unknown key', catalogOf({ stores: store({}), colour: 'red' }), 'Lethe.InvalidCatalog'],
    [
      'does not bind a gallery to its tenant',
      catalogOf({ stores: store({ gallery: { key: { tenant: '{gallery}' } } }) }),
      'Lethe.SelectorNotBound',
    ],
    [
      'has stores that overlap',
      catalogOf({
        stores: twice({ tenant: { key: { tenant: '{tenant}' } } }, { tenant: { key: { tenant: '{tenant}' } } }),
      }),
      'Lethe.StoresOverlap',
    ],
    [
      'has a table both erased and preserved',
      catalogOf({
        stores: { ...store({ tenant: { key: { tenant: '{tenant}' } } }), kept: { table: 'items', preserve: true } },
      }),
      'Lethe.StoresOverlap',
    ],
    [
      'selects by an index that the table does not have',
      catalogOf({ stores: store({ tenant: { index: 'by-tenant', key: { tenant: '{tenant}' } } }) }),
      'Lethe.InvalidCatalog',
    ],
    [
      'has a list in which one tenant can be mistaken for another',
      catalogOf({ stores: store({ tenant: [{ key: { tenant: '{tenant}' } }, { key: { tenant: 'old-{tenant}' } }] }) }),
      'Lethe.InvalidCatalog',
    ],
    [
      'names a directory bucket',
      catalogOf({ stores: { b: { bucket: 'images--euw1-az1--x-s3', select: { tenant: { prefix: '{tenant}/' } } } } }),
      'Lethe.StoreUnsupported',
    ],
  ];

  async function expectRefused(catalog: Record<string, unknown>, error: string): Promise<void> {
    const lethe = await Lethe.open({ catalog }).catch(unlessNotDeployed);
    if (lethe instanceof NotDeployed) return expect(lethe.message).toContain(`(${error})`);
    try {
      await lethe.table('items', ['tenant', 'id'], [{ tenant: 'acme', id: 'a' }]);
      const ended = await lethe.run(GOOD);
      expect(ended).toMatchObject({ status: 'FAILED', error, cause: { what: expect.any(String) } });
      expect(await lethe.rows('items')).toHaveLength(1);
    } finally {
      await lethe.close();
    }
  }

  it.each(cases)('because it %s refuses every run, or is not deployed at all', (_, catalog, error) =>
    expectRefused(catalog, error));

  it('because it names Lethe’s own table refuses every run', { tags: ['own-stores'] }, () => {
    const own = { table: 'lethe-control', select: { tenant: { key: { pk: '{tenant}' } } } };
    return expectRefused(catalogOf({ stores: { own } }), 'Lethe.InvalidCatalog');
  });

  it.each([
    'staging',
    'production',
    undefined,
  ])('in environment %s executes only where the deployment allows it', async (environment) => {
    const approval = { approvers: [address('a'), address('b')], required: 2, expiresAfter: '15m' };
    const parts = catalogOf({ stores: { items: tenantTable('items') }, approval });
    const { environment: _, ...rest } = parts;
    const lethe = await Lethe.open({ catalog: environment === undefined ? rest : { ...rest, environment } });
    try {
      await lethe.table('items', ['tenant', 'id'], [{ tenant: 'acme', id: 'a' }]);
      const phrase = `ERASE tenant acme from ${environment ?? 'production'}`;
      expect(await lethe.run({ ...GOOD, phrase })).toMatchObject({ error: 'Lethe.EnvironmentNotAllowed' });
      expect(await lethe.run({ scope: { tenant: 'acme' } })).toMatchObject({ output: { outcome: 'counted' } });
    } finally {
      await lethe.close();
    }
  });
});

function unlessNotDeployed(error: unknown): NotDeployed {
  if (error instanceof NotDeployed) return error;
  throw error;
}
