// Every member of a catalog: what it may be, what it is when absent, and how it is refused.
import { describe, expect, it } from 'vitest';
import { catalog, isProtected, requiredApprovals } from '../../contracts/catalog.ts';
import { check, showPath } from '../../contracts/strict.ts';
import { catalogOf, tenantTable } from '../support/catalogs.ts';

const STORES = { items: tenantTable('items') };

type Change = Readonly<Record<string, unknown>>;

function problems(change: Change): string[] {
  const checked = check(catalog, catalogOf({ stores: STORES, ...change }));
  return checked.isValid ? [] : checked.problems.map(({ path, message }) => `${showPath(path)} ${message}`.trim());
}

function storeProblems(store: Change): string[] {
  return problems({ stores: { items: { table: 'items', ...store } } });
}

function taken(change: Change) {
  return catalog.parse(catalogOf({ stores: STORES, ...change }));
}

const PROTECTED = {
  environment: 'production',
  approval: { approvers: ['a@example.com', 'b@example.com'], required: 2, expiresAfter: '24h' },
};

describe('a catalog of the least', () => {
  it('has the defaults of the interface', () => {
    const least = catalog.parse({
      version: 1,
      name: 'least',
      stores: { items: { table: 'items' } },
      approval: { approvers: ['a@example.com', 'b@example.com'] },
    });

    expect(least).toEqual({
      version: 1,
      name: 'least',
      environment: 'production',
      protected: { allowed: false },
      everything: { allowed: false },
      scopes: {},
      stores: { items: { table: 'items', select: {}, preserve: false } },
      protection: { pitr: 'enable', versioning: 'refuse', reuseBackupWithin: '24h' },
      approval: { approvers: ['a@example.com', 'b@example.com'], expiresAfter: '24h' },
      limits: { maxItems: 5_000_000, maxShare: 1, drift: 0.01, cooldown: '24h', maxConcurrency: 40 },
      undo: { window: '7d' },
    });
  });

  it.each(['version', 'name', 'stores', 'approval'])('is none without %s', (key) => {
    expect(problems({ [key]: undefined }).join()).toMatch(new RegExp(`^${key} .*must`));
  });
});

describe('unknown keys', () => {
  it.each<[string, Change, string]>([
    [
      'at the root',
      { colour: 1 },
      'colour is an unknown key; allowed are version, name, environment, protected, everything, scopes, stores, protection, approval, limits, undo',
    ],
    ['in protected', { protected: { alowed: true } }, 'protected.alowed is an unknown key; allowed are allowed'],
    ['in everything', { everything: { alowed: true } }, 'everything.alowed is an unknown key; allowed are allowed'],
    [
      'in a scope',
      { scopes: { tenant: { pattern: 'x', inside: 'y' } } },
      'scopes.tenant.inside is an unknown key; allowed are pattern, within',
    ],
    [
      'in protection',
      { protection: { pit: 'enable' } },
      'protection.pit is an unknown key; allowed are pitr, versioning, reuseBackupWithin',
    ],
    [
      'in approval',
      { approval: { approvers: ['a@b.c'], expires: '1h' } },
      'approval.expires is an unknown key; allowed are approvers, deputies, required, expiresAfter',
    ],
    [
      'in limits',
      { limits: { maxItem: 1 } },
      'limits.maxItem is an unknown key; allowed are maxItems, maxShare, drift, cooldown, maxConcurrency',
    ],
    ['in undo', { undo: { windw: '1h' } }, 'undo.windw is an unknown key; allowed are window'],
    [
      'in a store',
      { stores: { items: { table: 'items', prserve: true } } },
      'stores.items.prserve is an unknown key; allowed are table, bucket, select, optIn, preserve, rate, recovery, kmsKey, allowReplicas',
    ],
    [
      'in a selector',
      { stores: { items: { table: 'items', select: { tenant: { keys: {} } } } } },
      'stores.items.select.tenant.keys is an unknown key; allowed are key, sortKey, index, attribute, where, prefix',
    ],
    [
      'in a numeric value',
      { stores: { items: { table: 'items', select: { tenant: { key: { id: { N: '1', S: '1' } } } } } } },
      'stores.items.select.tenant.key.id.S is an unknown key; allowed are N',
    ],
    [
      'in a list of selectors',
      { stores: { items: { table: 'items', select: { tenant: [{ ky: {} }] } } } },
      'stores.items.select.tenant[0].ky is an unknown key; allowed are key, sortKey, index, attribute, where, prefix',
    ],
  ])('%s are refused with what is allowed', (_, change, expected) => {
    expect(problems(change)).toContain(expected);
  });
});

describe('version, name and environment', () => {
  it.each([2, '1', 0, null])('version %j is not 1', (version) => {
    expect(problems({ version })).toEqual(['version must be 1']);
  });

  it.each(['', 'a b', '1a', 'x'.repeat(65)])('%j is no name', (name) => {
    expect(problems({ name }).join()).toContain('name is no name');
  });

  it.each(['dev', 'test', 'demo', 'ci'])('%s is an environment without protection', (environment) => {
    expect(taken({ environment }).environment).toBe(environment);
    expect(isProtected(taken({ environment }).environment)).toBe(false);
  });

  it.each(['staging', 'production'])('%s is protected', (environment) => {
    expect(isProtected(taken({ ...PROTECTED, environment }).environment)).toBe(true);
  });

  it.each(['prod', 'Production', 'TEST', '', null, 1])('%j is no environment', (environment) => {
    expect(problems({ environment })).toEqual(['environment must be one of dev, test, demo, ci, staging, production']);
  });

  it('an absent environment means production, with its rules', () => {
    expect(problems({ environment: undefined })).toEqual([
      'approval.required must be at least 2 in production: nothing proves who the requester is',
      'approval.expiresAfter must be at least 15m in production',
    ]);
  });
});

describe('approvals', () => {
  const approval = (change: Change, environment = 'test') =>
    problems({ environment, approval: { approvers: ['a@example.com', 'b@example.com', 'c@example.com'], ...change } });

  it.each([
    ['dev', 1],
    ['test', 1],
    ['ci', 1],
    ['staging', 2],
    ['production', 2],
  ])('need in %s, unless the catalog says otherwise, %i', (environment, required) => {
    const value = taken({ ...PROTECTED, environment, approval: { approvers: ['a@x.org', 'b@x.org'] } });

    expect(requiredApprovals(value)).toBe(required);
  });

  it('need as many as the catalog says', () => {
    expect(requiredApprovals(taken({ approval: { approvers: [], required: 0 } }))).toBe(0);
    expect(requiredApprovals(taken({ approval: { approvers: ['a@x.org', 'b@x.org', 'c@x.org'], required: 3 } }))).toBe(
      3,
    );
  });

  it.each([
    ['staging', 0],
    ['staging', 1],
    ['production', 0],
    ['production', 1],
  ])('of fewer than two are refused in %s: %i', (environment, required) => {
    expect(approval({ required }, environment)).toEqual([
      `approval.required must be at least 2 in ${environment}: nothing proves who the requester is`,
    ]);
  });

  it.each([
    [2, 'staging'],
    [3, 'production'],
    [0, 'ci'],
    [1, 'dev'],
  ])('of %i are enough in %s', (required, environment) => {
    expect(approval({ required }, environment)).toEqual([]);
  });

  it('cannot be more than there are approvers', () => {
    expect(approval({ required: 3 })).toEqual([]);
    expect(approval({ required: 4 })).toEqual(['approval.approvers names 3, but 4 must approve']);
    expect(problems({ approval: { approvers: [] } })).toEqual(['approval.approvers names 0, but 1 must approve']);
  });

  it.each([-1, 1.5, '2', 21, null])('of %j are refused', (required) => {
    expect(approval({ required }).join()).toMatch(/^approval\.required must be /);
  });

  it.each([
    'a',
    'a@',
    '@b',
    'a b@c',
    'a@b@c',
    '<a@b.c>',
    'a"@b.c',
    `${'a'.repeat(65)}@b.c`,
    `a@${'b'.repeat(256)}`,
    5,
    null,
  ])('are not asked of %j', (address) => {
    expect(approval({ approvers: ['a@example.com', address] }).join()).toMatch(
      /^approval\.approvers\[1\] (is no mail address|must be a text)/,
    );
  });

  it.each([
    `${'a'.repeat(64)}@b`,
    'lead+purge@example.com',
    `a@${'b'.repeat(255)}`,
    'jörg@bücher.example',
  ])('are asked of %s', (address) => {
    expect(approval({ approvers: [address] })).toEqual([]);
  });

  it('are asked of twenty at most', () => {
    const people = (count: number) => Array.from({ length: count }, (_, n) => `p${n}@example.com`);

    expect(approval({ approvers: people(20), required: 20 })).toEqual([]);
    expect(approval({ approvers: people(21) }).join()).toContain('approval.approvers must be at most 20');
  });
});

describe('the time an approval may take', () => {
  const expires = (expiresAfter: unknown, change: Change = {}) => {
    const { approval, ...rest } = { ...catalogOf({ stores: STORES }), ...change } as Record<string, Change>;
    return problems({ ...rest, approval: { ...approval, expiresAfter } });
  };

  it.each(['5s', '1m', '30d', '720h', '43200m', '2592000s'])('can be %s', (text) => {
    expect(expires(text)).toEqual([]);
  });

  it.each(['4s', '0s', '2592001s', '31d', '721h'])('cannot be %s', (text) => {
    expect(expires(text)).toEqual(['approval.expiresAfter must be 5s to 30d']);
  });

  it.each([
    ['staging', '15m'],
    ['production', '900s'],
    ['production', '30d'],
  ])('can be in %s %s', (environment, text) => {
    expect(expires(text, { ...PROTECTED, environment })).toEqual([]);
  });

  it.each([
    ['staging', '14m'],
    ['production', '899s'],
    ['production', '5s'],
  ])('is at least a quarter of an hour in %s, not %s', (environment, text) => {
    expect(expires(text, { ...PROTECTED, environment })).toEqual([
      `approval.expiresAfter must be at least 15m in ${environment}`,
    ]);
  });
});

describe('durations', () => {
  it.each([
    ['approval.expiresAfter', (d: string) => ({ approval: { approvers: ['a@b.c'], expiresAfter: d } })],
    ['protection.reuseBackupWithin', (d: string) => ({ protection: { reuseBackupWithin: d } })],
    ['limits.cooldown', (d: string) => ({ limits: { cooldown: d } })],
    ['undo.window', (d: string) => ({ undo: { window: d } })],
  ])('of %s are a number and a unit', (place, change) => {
    expect(problems(change('5 days'))).toEqual([
      `${place} is no duration; allowed is a number and s, m, h or d, such as 10m`,
    ]);
  });

  it.each([
    { protection: { reuseBackupWithin: '0s' } },
    { limits: { cooldown: '0s' } },
    { undo: { window: '0s' } },
  ])('may be nothing where that has a meaning: %j', (change) => {
    expect(problems(change)).toEqual([]);
  });
});

describe('limits', () => {
  it.each<[Change, string]>([
    [{ maxItems: 0 }, 'limits.maxItems must be more than 0'],
    [{ maxItems: 1.5 }, 'limits.maxItems must be a whole number'],
    [{ maxItems: '1' }, 'limits.maxItems must be a number'],
    [{ maxShare: 0 }, 'limits.maxShare must be more than 0'],
    [{ maxShare: 1.01 }, 'limits.maxShare must be at most 1'],
    [{ drift: -0.01 }, 'limits.drift must be at least 0'],
    [{ drift: 1.01 }, 'limits.drift must be at most 1'],
    [{ maxConcurrency: 0 }, 'limits.maxConcurrency must be more than 0'],
    [{ maxConcurrency: 1_001 }, 'limits.maxConcurrency must be at most 1000'],
  ])('%j are refused', (limits, expected) => {
    expect(problems({ limits })).toEqual([expected]);
  });

  it.each<Change>([
    { maxItems: 1 },
    { maxShare: 1 },
    { maxShare: 0.000_1 },
    { drift: 0 },
    { drift: 1 },
    { maxConcurrency: 1 },
    { maxConcurrency: 1_000 },
  ])('%j are taken', (limits) => {
    expect(taken({ limits }).limits).toMatchObject(limits);
  });
});

describe('protection', () => {
  it.each(['pitr', 'versioning'])('%s is enabled or refused, nothing else', (key) => {
    expect(taken({ protection: { [key]: 'enable' } }).protection).toMatchObject({ [key]: 'enable' });
    expect(taken({ protection: { [key]: 'refuse' } }).protection).toMatchObject({ [key]: 'refuse' });
    expect(problems({ protection: { [key]: true } })).toEqual([`protection.${key} must be enable or refuse`]);
  });
});

describe('scopes', () => {
  it.each([
    [{ tenant: {} }, 'scopes.tenant.pattern is missing; it must be a text'],
    [{ tenant: { pattern: 5 } }, 'scopes.tenant.pattern must be a text'],
    [{ tenant: { pattern: 'x', within: 5 } }, 'scopes.tenant.within must be a text'],
    [
      { 'te nant': { pattern: 'x' } },
      'scopes.te nant is no name; allowed are 1 to 64 letters, digits, - and _, a letter first',
    ],
    [[], 'scopes must be an object'],
  ])('%j are refused', (scopes, expected) => {
    expect(problems({ scopes })).toEqual([expected]);
  });
});

describe('a store', () => {
  it('is a table or a bucket', () => {
    const both = problems({ stores: { a: { table: 'items', bucket: 'images' } } });
    const none = problems({ stores: { a: {} } });

    expect([both, none]).toEqual([
      ['stores.a must have either table or bucket'],
      ['stores.a must have either table or bucket'],
    ]);
  });

  it('is at least one', () => {
    expect(problems({ stores: {} })).toEqual(['stores must name at least one store']);
  });

  it.each(['abc', 'a'.repeat(255), 'App.Items_v2-eu'])('can be the table %s', (table) => {
    expect(problems({ stores: { a: { table } } })).toEqual([]);
  });

  it.each(['ab', 'a'.repeat(256), 'a b c', 'items/x', 'ärger', ''])('cannot be the table %j', (table) => {
    expect(problems({ stores: { a: { table } } })).toContain('stores.a.table is no table name');
  });

  it.each(['abc', 'a'.repeat(63), 'my.bucket-1', '0ab'])('can be the bucket %s', (bucket) => {
    expect(problems({ stores: { a: { bucket } } })).toEqual([]);
  });

  it.each([
    'ab',
    'a'.repeat(64),
    'Images',
    '-abc',
    'abc-',
    '.abc',
    'a_b',
    'a/b',
    '',
  ])('cannot be the bucket %j', (bucket) => {
    expect(problems({ stores: { a: { bucket } } })).toContain('stores.a.bucket is no bucket name');
  });

  it.each<[Change, string]>([
    [{ optIn: 'a b' }, 'stores.items.optIn is no name; allowed are 1 to 64 letters, digits, - and _, a letter first'],
    [{ preserve: 'yes' }, 'stores.items.preserve must be true or false'],
    [{ preserve: true, optIn: 'billing' }, 'stores.items.optIn a preserved store is never erased, so it has no optIn'],
    [{ rate: 0 }, 'stores.items.rate must be more than 0'],
    [{ rate: 40_001 }, 'stores.items.rate must be at most 40000 items a second'],
    [{ rate: '2000' }, 'stores.items.rate must be a number'],
    [{ recovery: 'point' }, 'stores.items.recovery must be none, or absent'],
    [{ recovery: true }, 'stores.items.recovery must be none, or absent'],
    [{ kmsKey: '' }, 'stores.items.kmsKey must be at least 1 character long'],
    [{ allowReplicas: 1 }, 'stores.items.allowReplicas must be true or false'],
  ])('%j is refused', (store, expected) => {
    expect(storeProblems(store)).toEqual([expected]);
  });

  it.each<Change>([
    { optIn: 'billing' },
    { preserve: true },
    { preserve: false, optIn: 'audit' },
    { rate: 0.5 },
    { rate: 40_000 },
    { recovery: 'none' },
  ])('%j is taken', (store) => {
    expect(taken({ stores: { items: { table: 'items', ...store } } }).stores['items']).toMatchObject(store);
  });
});

describe('the shape of a selector', () => {
  const selector = (input: unknown) => storeProblems({ select: { tenant: input } });

  it.each<[string, unknown, string]>([
    ['no selector', 5, 'must be a selector, such as {key: {id: "{tenant}"}}'],
    ['a text', '{tenant}', 'must be a selector, such as {key: {id: "{tenant}"}}'],
    ['an empty list', [], 'must be at least 1 entry long'],
    ['two partition keys', { key: { a: '{tenant}', b: 'x' } }, 'key must name exactly one partition key'],
    ['no partition key', { key: {} }, 'key must name exactly one partition key'],
    [
      'two sort keys',
      { key: { a: '{tenant}' }, sortKey: { b: 'x', c: 'y' } },
      'sortKey must name exactly one sort key',
    ],
    ['two attributes', { attribute: { b: 'x', c: 'y' } }, 'attribute must name exactly one attribute'],
    ['a number as a value', { key: { a: 5 } }, 'key.a must be a text or {N: text}'],
    ['an empty value', { key: { a: '' } }, 'key.a must not be empty'],
    ['an empty number', { key: { a: { N: '' } } }, 'key.a.N must not be empty'],
    [
      'a number as a sort value',
      { key: { a: 'x' }, sortKey: { b: 5 } },
      'sortKey.b must be a text, {N: text} or {beginsWith: text}',
    ],
    [
      'an empty beginning',
      { key: { a: 'x' }, sortKey: { b: { beginsWith: '' } } },
      'sortKey.b.beginsWith must not be empty',
    ],
    [
      'a misspelt beginning',
      { key: { a: 'x' }, sortKey: { b: { beginWith: 'x' } } },
      'sortKey.b must be a text, {N: text} or {beginsWith: text}',
    ],
    ['a beginning of a partition key', { key: { a: { beginsWith: 'x' } } }, 'key.a must be a text or {N: text}'],
    ['a nameless key', { key: { '': 'x' } }, 'key. must be at least 1 character long'],
    [
      'an endless name',
      { key: { ['a'.repeat(256)]: 'x' } },
      `key.${'a'.repeat(256)} must be at most 255 characters long`,
    ],
    [
      'a wrong condition',
      { key: { a: 'x' }, where: { b: { beginsWith: 'x' } } },
      'where.b must be a text or {N: text}',
    ],
    ['a number as a prefix', { prefix: 5 }, 'prefix must be a text'],
    ['an empty prefix', { prefix: '' }, 'prefix must not be empty'],
    ['an endless prefix', { prefix: 'a'.repeat(1_025) }, 'prefix must be at most 1024 characters long'],
    ['a short index', { index: 'ab' }, 'index must be at least 3 characters long'],
  ])('%s is refused', (_, input, expected) => {
    expect(selector(input).map((text) => text.replace(/^stores\.items\.select\.tenant[ .]/, ''))).toContain(expected);
  });

  it('names of scopes in select are names', () => {
    expect(storeProblems({ select: { 'te nant': {} } }).join()).toContain('stores.items.select.te nant is no name');
  });
});
