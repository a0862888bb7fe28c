// Selectors bind every level of their scope, in the way their kind of store is selected by.
import { describe, expect, it } from 'vitest';
import { bind } from '../../core/catalog/template.ts';
import { opened, problemsIn } from '../support/opened.ts';

const CHAIN = {
  tenant: { pattern: '^[a-z0-9-]{1,64}$' },
  gallery: { within: 'tenant', pattern: '^[A-Za-z0-9-]{1,64}$' },
  photo: { within: 'gallery', pattern: '^[0-9]{1,16}$' },
};

type Select = Record<string, unknown>;

function tableProblems(select: Select, parts: Record<string, unknown> = {}) {
  return problemsIn({ scopes: CHAIN, stores: { items: { table: 'items', select } }, ...parts });
}

function bucketProblems(select: Select) {
  return problemsIn({ scopes: CHAIN, stores: { items: { bucket: 'items', select } } });
}

const refused = (problems: ReturnType<typeof problemsIn>) =>
  problems.map(({ error, path, message }) => `${error.slice('Lethe.'.length)} ${path.slice(2).join('.')}: ${message}`);

describe('a selector that names every level', () => {
  it.each<[string, Select]>([
    ['one level in the partition key', { tenant: { key: { id: 'T#{tenant}' } } }],
    ['two levels in one key', { gallery: { key: { id: '{tenant}/{gallery}' } } }],
    ['a level in each key', { gallery: { key: { id: '{tenant}' }, sortKey: { sk: '{gallery}' } } }],
    ['the levels the other way round', { gallery: { key: { id: '{gallery}' }, sortKey: { sk: '{tenant}' } } }],
    [
      'a level in the beginning of a sort key',
      { gallery: { key: { id: '{tenant}' }, sortKey: { sk: { beginsWith: 'G#{gallery}#' } } } },
    ],
    ['three levels', { photo: { key: { id: '{tenant}' }, sortKey: { sk: '{gallery}/{photo}' } } }],
    ['a level twice', { tenant: { key: { id: '{tenant}/{tenant}' } } }],
    [
      'every scope of the catalog',
      { tenant: { key: { id: '{tenant}' } }, gallery: { key: { id: '{tenant}' }, sortKey: { sk: '{gallery}' } } },
    ],
    ['none at all for everything', { everything: { key: { id: 'all' } } }],
    ['the key of an index', { tenant: { index: 'by-user', key: { user: '{tenant}' } } }],
    ['an attribute', { tenant: { attribute: { owner: 'T#{tenant}' } } }],
    ['a level in where', { gallery: { key: { id: '{gallery}' }, where: { user: '{tenant}' } } }],
    [
      'a level in an attribute and one in where',
      { gallery: { attribute: { g: '{gallery}' }, where: { t: '{tenant}' } } },
    ],
    [
      'all of them at once',
      { photo: { index: 'by-user', key: { a: '{tenant}' }, sortKey: { b: '{gallery}' }, where: { c: '{photo}' } } },
    ],
    ['a number', { photo: { key: { id: '{tenant}/{gallery}' }, sortKey: { n: { N: '{photo}' } } } }],
    [
      'a list',
      {
        tenant: [{ key: { id: 'T#{tenant}' } }, { key: { id: 'OLD#{tenant}' } }, { attribute: { owner: '{tenant}' } }],
      },
    ],
    [
      'a part of everything',
      { everything: [{ attribute: { kind: 'photo' } }, { key: { id: 'all' }, where: { n: { N: '1' } } }] },
    ],
  ])('is taken with %s', (_, select) => {
    expect(tableProblems(select)).toEqual([]);
  });

  it.each<[string, Select]>([
    ['one level', { tenant: { prefix: '{tenant}/' } }],
    ['two levels', { gallery: { prefix: '{tenant}/{gallery}/' } }],
    ['three levels in another order', { photo: { prefix: 'p/{gallery}/{photo}/{tenant}/' } }],
    ['none for everything', { everything: { prefix: 'data/' } }],
    ['one level in each of a list', { tenant: [{ prefix: 'photos/{tenant}/' }, { prefix: 'thumbs/{tenant}/' }] }],
  ])('is taken as a prefix of %s', (_, select) => {
    expect(bucketProblems(select)).toEqual([]);
  });

  it('is opened as it was written', () => {
    const { stores } = opened({
      scopes: CHAIN,
      stores: {
        items: {
          table: 'items',
          select: { gallery: { key: { id: 'T#{tenant}' }, sortKey: { sk: { beginsWith: '{gallery}#' } } } },
        },
        exact: { table: 'exact', select: { gallery: { key: { id: '{tenant}' }, sortKey: { sk: '{gallery}' } } } },
        images: { bucket: 'images', preserve: true },
      },
    });
    const ids = new Map([
      ['tenant', 'acme'],
      ['gallery', 'g1'],
    ]);
    const shown = stores.map(({ name, kind, resource, isPreserved, selectors }) => {
      const [selector] = selectors.get('gallery') ?? [];
      const key = selector?.by === 'key' ? selector : undefined;
      return [
        name,
        kind,
        resource,
        isPreserved,
        key && [key.partition.name, bind(key.partition.template, ids)],
        key?.sort && [key.sort.name, key.sort.comparison, bind(key.sort.template, ids)],
      ];
    });

    expect(shown).toEqual([
      ['items', 'dynamodb', 'items', false, ['id', 'T#acme'], ['sk', 'prefix', 'g1#']],
      ['exact', 'dynamodb', 'exact', false, ['id', 'acme'], ['sk', 'equals', 'g1']],
      ['images', 's3', 'images', true, undefined, undefined],
    ]);
  });
});

describe('a selector that leaves a level out', () => {
  const lacks = (missing: string, scope: string, first: string) =>
    `SelectorNotBound select.${scope}: does not mention ${missing}: a request for one ${scope} could erase another ${first}'s data`;

  it.each<[string, Select, string]>([
    ['the only one', { tenant: { key: { id: 'all' } } }, lacks('{tenant}', 'tenant', 'tenant')],
    ['the tenant of a gallery', { gallery: { key: { id: '{gallery}' } } }, lacks('{tenant}', 'gallery', 'tenant')],
    ['the gallery itself', { gallery: { key: { id: '{tenant}' } } }, lacks('{gallery}', 'gallery', 'gallery')],
    [
      'both',
      { gallery: { key: { id: 'all' }, sortKey: { sk: { beginsWith: 'G#' } } } },
      lacks('{tenant} and {gallery}', 'gallery', 'tenant'),
    ],
    [
      'the outermost of three',
      { photo: { key: { id: '{gallery}' }, sortKey: { sk: '{photo}' } } },
      lacks('{tenant}', 'photo', 'tenant'),
    ],
    [
      'the middle of three',
      { photo: { key: { id: '{tenant}' }, sortKey: { sk: '{photo}' } } },
      lacks('{gallery}', 'photo', 'gallery'),
    ],
    [
      'the innermost of three',
      { photo: { key: { id: '{tenant}' }, sortKey: { sk: '{gallery}' } } },
      lacks('{photo}', 'photo', 'photo'),
    ],
    [
      'the tenant in an index',
      { gallery: { index: 'by-it', key: { g: '{gallery}' } } },
      lacks('{tenant}', 'gallery', 'tenant'),
    ],
    [
      'the tenant in attribute and where',
      { gallery: { attribute: { g: '{gallery}' }, where: { kind: 'photo' } } },
      lacks('{tenant}', 'gallery', 'tenant'),
    ],
    ['all of three', { photo: { key: { id: 'all' } } }, lacks('{tenant} and {gallery} and {photo}', 'photo', 'tenant')],
  ])('is refused without %s', (_, select, expected) => {
    expect(refused(tableProblems(select))).toEqual([expected]);
  });

  it.each<[string, Select, string]>([
    ['the tenant', { gallery: { prefix: 'g/{gallery}/' } }, lacks('{tenant}', 'gallery', 'tenant')],
    ['the gallery', { gallery: { prefix: '{tenant}/' } }, lacks('{gallery}', 'gallery', 'gallery')],
    ['any', { tenant: { prefix: 'all/' } }, lacks('{tenant}', 'tenant', 'tenant')],
  ])('is refused as a prefix without %s', (_, select, expected) => {
    expect(refused(bucketProblems(select))).toEqual([expected]);
  });

  it('is refused for each entry of a list by itself, where it stands', () => {
    const select = { gallery: [{ key: { id: '{tenant}' }, where: { g: '{gallery}' } }, { key: { id: '{gallery}' } }] };

    expect(refused(tableProblems(select))).toEqual([
      "SelectorNotBound select.gallery.1: does not mention {tenant}: a request for one gallery could erase another tenant's data",
    ]);
  });

  it('is refused for preserved stores too, which would be compared with a neighbour', () => {
    const problems = problemsIn({
      scopes: CHAIN,
      stores: { users: { table: 'users', preserve: true, select: { tenant: { key: { id: 'all' } } } } },
    });

    expect(refused(problems)).toEqual([lacks('{tenant}', 'tenant', 'tenant')]);
  });
});

describe('a selector of foreign placeholders', () => {
  it.each<[string, Select, string]>([
    [
      'of an inner scope',
      { tenant: { key: { id: '{tenant}/{gallery}' } } },
      'has {gallery}, which scope tenant does not give; allowed are {tenant}',
    ],
    [
      'of no scope',
      { gallery: { key: { id: '{tenant}/{album}' } } },
      'has {album}, which scope gallery does not give; allowed are {tenant}, {gallery}',
    ],
    [
      'for everything',
      { everything: { key: { id: '{tenant}' } } },
      'has {tenant}, which scope everything does not give; allowed are none',
    ],
    [
      'spelt otherwise',
      { tenant: { key: { id: '{Tenant}' } } },
      'has {Tenant}, which scope tenant does not give; allowed are {tenant}',
    ],
    [
      'with a name of JavaScript',
      { tenant: { key: { id: '{constructor}' } } },
      'has {constructor}, which scope tenant does not give; allowed are {tenant}',
    ],
  ])('is refused: %s', (_, select, expected) => {
    const [scope = ''] = Object.keys(select);
    const text = JSON.stringify(Object.values((select[scope] as { key: Select }).key)[0]);

    expect(refused(tableProblems(select))).toEqual([`InvalidCatalog select.${scope}.key.id: ${text} ${expected}`]);
  });
});

describe('an ambiguous or unreadable template', () => {
  it.each<[string, Select, string]>([
    [
      'in the partition key',
      { tenant: { key: { id: '{tenant}-x' } } },
      'select.tenant.key.id: "{tenant}-x" has "-" after {tenant}',
    ],
    [
      'in the sort key',
      { gallery: { key: { id: '{tenant}' }, sortKey: { sk: { beginsWith: '{gallery}' } } } },
      'select.gallery.sortKey.sk: "{gallery}" ends in {gallery}',
    ],
    ['with a stray brace', { tenant: { key: { id: '{tenant' } } }, 'select.tenant.key.id: "{tenant" has a stray {'],
    [
      'without an end',
      { tenant: { key: { id: '{tenant}' }, sortKey: { sk: { beginsWith: 'EVENT' } } } },
      'select.tenant.sortKey.sk: "EVENT" ends without a delimiter',
    ],
  ])('is refused %s, where it stands', (_, select, expected) => {
    expect(refused(tableProblems(select)).join()).toContain(`InvalidCatalog ${expected}`);
  });

  it('is refused as a prefix', () => {
    expect(refused(bucketProblems({ tenant: { prefix: '{tenant}' } })).join()).toContain(
      'InvalidCatalog select.tenant.prefix: "{tenant}" ends in {tenant}',
    );
  });
});

describe('members that do not go together', () => {
  it.each<[string, Select]>([
    ['nothing', {}],
    ['a prefix', { prefix: '{tenant}/' }],
    ['a key and a prefix', { key: { id: '{tenant}' }, prefix: '{tenant}/' }],
    ['a sort key alone', { sortKey: { sk: '{tenant}' } }],
    ['where alone', { where: { owner: '{tenant}' } }],
    ['an index alone', { index: 'by-user' }],
    ['an index of an attribute', { index: 'by-user', attribute: { owner: '{tenant}' } }],
    ['a sort key of an attribute', { attribute: { owner: '{tenant}' }, sortKey: { sk: 'x' } }],
    ['a key and an attribute', { key: { id: '{tenant}' }, attribute: { owner: '{tenant}' } }],
  ])('of a table are refused: %s', (_, selector) => {
    expect(refused(tableProblems({ tenant: selector }))).toEqual([
      'InvalidCatalog select.tenant: a table is selected either by key, with sortKey and index where they help, or by attribute; where narrows both',
    ]);
  });

  it.each<[string, Select]>([
    ['key and where', { key: { id: '{tenant}' }, where: { id: '{tenant}' } }],
    ['key and sort key', { key: { id: '{tenant}' }, sortKey: { id: '{tenant}' } }],
    ['attribute and where', { attribute: { id: '{tenant}' }, where: { id: 'x' } }],
  ])('name an attribute twice: %s', (_, selector) => {
    expect(refused(tableProblems({ tenant: selector }))).toEqual([
      'InvalidCatalog select.tenant: names id twice; one value is enough',
    ]);
  });

  it('are a where that narrows nothing', () => {
    expect(refused(tableProblems({ tenant: { key: { id: '{tenant}' }, where: {} } }))).toEqual([
      'InvalidCatalog select.tenant: has a where that names no attribute',
    ]);
  });

  it.each<[string, Select]>([
    ['nothing', {}],
    ['a key', { key: { id: '{tenant}' } }],
    ['a prefix and a key', { prefix: '{tenant}/', key: { id: '{tenant}' } }],
    ['a prefix and a sort key', { prefix: '{tenant}/', sortKey: { id: '{tenant}' } }],
    ['a prefix and an attribute', { prefix: '{tenant}/', attribute: { id: '{tenant}' } }],
    ['a prefix and where', { prefix: '{tenant}/', where: { id: '{tenant}' } }],
    ['a prefix and an index', { prefix: '{tenant}/', index: 'by-user' }],
  ])('of a bucket are refused: %s', (_, selector) => {
    expect(refused(bucketProblems({ tenant: selector }))).toEqual([
      'InvalidCatalog select.tenant: a bucket is selected by prefix alone',
    ]);
  });

  it('are a scope the catalog does not have', () => {
    expect(refused(tableProblems({ tennant: { key: { id: '{tenant}' } } }))).toEqual([
      'InvalidCatalog select.tennant: tennant is no scope of this catalog; allowed are tenant, gallery, photo, everything',
    ]);
    expect(refused(tableProblems({ constructor: { key: { id: 'x' } } })).join()).toContain(
      'constructor is no scope of this catalog',
    );
  });
});

describe('a list of selectors', () => {
  const entry =
    'InvalidCatalog select.tenant.1: may find for one id what entry 0 of the list finds for another; let literals tell them apart';

  it.each<[string, Select[]]>([
    ['a tenant called all', [{ key: { id: '{tenant}' } }, { key: { id: 'all' }, where: { owner: '{tenant}' } }]],
    ['a tenant called old-x', [{ key: { id: '{tenant}' } }, { key: { id: 'old-{tenant}' } }]],
    ['levels in two orders', [{ attribute: { a: '{tenant}/x' } }, { attribute: { a: 'x/{tenant}' } }]],
  ])('is refused where one id can be mistaken for another: %s', (_, list) => {
    expect(refused(tableProblems({ tenant: list }))).toEqual([entry]);
  });

  it('is refused of prefixes too: a tenant called thumbs', () => {
    expect(refused(bucketProblems({ tenant: [{ prefix: '{tenant}/' }, { prefix: 'thumbs/{tenant}/' }] }))).toEqual([
      entry,
    ]);
  });

  it.each<[string, Select[]]>([
    [
      'in parts that cannot meet',
      [
        { key: { id: '{tenant}' }, sortKey: { sk: 'A' } },
        { key: { id: 'x{tenant}' }, sortKey: { sk: 'B' } },
      ],
    ],
    [
      'with the same beginning',
      [
        { key: { id: '{tenant}' }, sortKey: { sk: { beginsWith: 'A#' } } },
        { key: { id: '{tenant}' }, sortKey: { sk: 'A#1' } },
      ],
    ],
    ['with one id in the same place', [{ attribute: { a: '{tenant}#' } }, { attribute: { a: '{tenant}' } }]],
    ['of different attributes', [{ attribute: { owner: '{tenant}' } }, { attribute: { author: '{tenant}' } }]],
  ])('is taken %s', (_, list) => {
    expect(tableProblems({ tenant: list })).toEqual([]);
  });
});

describe('a numeric value', () => {
  const number = (N: string, pattern = '^[0-9]{1,38}$') =>
    refused(
      problemsIn({
        scopes: { tenant: { pattern } },
        stores: { a: { table: 'abc', select: { tenant: { key: { n: { N } } } } } },
      }),
    );
  const bound = (N: string) => refused(tableProblems({ tenant: { key: { id: '{tenant}' }, where: { n: { N } } } }));

  it('is one placeholder of digits', () => {
    expect(number('{tenant}')).toEqual([]);
  });

  it.each(['0', '7', '-7', '007', '1.50', '-0.5', '9'.repeat(38)])('is the number %s', (text) => {
    expect(bound(text)).toEqual([]);
  });

  it.each(['', ' 7', '+7', '1e3', '.5', '5.', 'seven', '9'.repeat(39), '0x1f'])('is not %j', (text) => {
    expect(bound(text).join()).toMatch(
      text === '' ? /InvalidCatalog/ : /is no numeric value; allowed is one placeholder, or a decimal number/,
    );
  });

  it.each(['1{tenant}', '{tenant}.0', '{tenant}0', '-{tenant}'])('is no mixture: %s', (text) => {
    expect(number(text).join()).toMatch(/InvalidCatalog select.tenant.key.n: /);
  });

  it.each([
    ['^[0-9a]{1,8}$', 'makes a number of {tenant}, whose pattern allows "a"'],
    ['^[0-9.]{1,8}$', 'makes a number of {tenant}, whose pattern allows "."'],
    ['^[0-9]{1,39}$', 'makes a number of {tenant}, whose pattern allows 39 digits; DynamoDB keeps 38'],
  ])('is not made of ids of %s', (pattern, why) => {
    expect(number('{tenant}', pattern)).toEqual([`InvalidCatalog select.tenant.key.n: ${why}`]);
  });
});

describe('what a store says of its protection', () => {
  it('may be a customer key, and that a table’s replicas are taken into account', () => {
    expect(problemsIn({ stores: { items: { table: 'items', kmsKey: 'own', allowReplicas: true } } })).toEqual([]);
  });

  it('is not for buckets where it speaks of replicas', () => {
    expect(problemsIn({ stores: { images: { bucket: 'images', allowReplicas: true } } })).toEqual([
      {
        error: 'Lethe.InvalidCatalog',
        path: ['stores', 'images', 'allowReplicas'],
        message: 'is for tables; what replication of a bucket does is shown',
      },
    ]);
  });
});

describe('a directory bucket', () => {
  it('is refused: it has no versions', () => {
    const problems = problemsIn({ stores: { a: { bucket: 'fast--use1-az4--x-s3' } } });

    expect(problems).toEqual([
      {
        error: 'Lethe.StoreUnsupported',
        path: ['stores', 'a', 'bucket'],
        message: expect.stringContaining('is a directory bucket'),
      },
    ]);
  });

  it('is told by the end of its name', () => {
    expect(problemsIn({ stores: { a: { bucket: 'my--x-s3-images' } } })).toEqual([]);
  });
});

describe('several problems', () => {
  it('are told together', () => {
    const problems = problemsIn({
      scopes: CHAIN,
      approval: { approvers: ['a@example.com', 'A+x@example.com'], required: 1 },
      stores: {
        one: { table: 'one', select: { tenant: { key: { id: 'x' } }, gallery: { key: { id: '{tenant}' } } } },
        two: { bucket: 'two', select: { tenant: { prefix: '{tenant}' } } },
      },
    });

    expect(problems.map(({ error, path }) => [error, path.join('.')])).toEqual([
      ['Lethe.SelectorNotBound', 'stores.one.select.tenant'],
      ['Lethe.SelectorNotBound', 'stores.one.select.gallery'],
      ['Lethe.InvalidCatalog', 'stores.two.select.tenant.prefix'],
      ['Lethe.InvalidCatalog', 'approval.approvers.1'],
    ]);
  });
});

describe('approvers', () => {
  it.each([
    ['lead@example.com', 'lead@example.com'],
    ['lead@example.com', 'Lead@Example.COM'],
    ['lead@example.com', 'lead+two@example.com'],
    ['lead+one@example.com', 'LEAD+two@example.com'],
  ])('who are one person are refused: %s and %s', (first, second) => {
    const problems = problemsIn({
      approval: { approvers: [first, second], required: 1 },
      stores: { a: { table: 'abc' } },
    });

    expect(problems).toEqual([
      {
        error: 'Lethe.InvalidCatalog',
        path: ['approval', 'approvers', 1],
        message: `${second} is the same person as ${first}; each approver counts once`,
      },
    ]);
  });

  it('of different domains are different people', () => {
    expect(
      problemsIn({
        approval: { approvers: ['lead@example.com', 'lead@example.org'], required: 1 },
        stores: { a: { table: 'abc' } },
      }),
    ).toEqual([]);
  });
});

describe('scopes', () => {
  const scopeProblems = (scopes: Record<string, unknown>) =>
    problemsIn({ scopes, stores: { a: { table: 'abc' } } }).map(({ path, message }) => `${path.join('.')} ${message}`);
  const pattern = '^[a-z]{1,8}$';

  it.each<[string, Record<string, unknown>, string[]]>([
    ['within none', { a: { pattern, within: 'b' } }, ['scopes.a.within b is no scope; allowed are a']],
    [
      'within a name of JavaScript',
      { a: { pattern, within: 'constructor' } },
      ['scopes.a.within constructor is no scope; allowed are a'],
    ],
    ['within itself', { a: { pattern, within: 'a' } }, ['scopes.a.within scope a is within itself']],
    [
      'in a circle',
      { a: { pattern, within: 'b' }, b: { pattern, within: 'a' } },
      ['scopes.a.within scope a is within itself', 'scopes.b.within scope b is within itself'],
    ],
    [
      'called everything',
      { everything: { pattern } },
      ['scopes.everything is a reserved name: everything is always a scope'],
    ],
    [
      'of no pattern',
      { a: { pattern: '[a-z]+' } },
      ['scopes.a.pattern "[a-z]+" must be one character class with bounds, such as ^[a-z0-9-]{1,64}$'],
    ],
  ])('%s are refused', (_, scopes, expected) => {
    expect(scopeProblems(scopes)).toEqual(expected);
  });

  it('within a circle further out are refused too', () => {
    const problems = scopeProblems({
      a: { pattern, within: 'b' },
      b: { pattern, within: 'c' },
      c: { pattern, within: 'b' },
    });

    expect(problems).toHaveLength(3);
  });

  it('may stand beside each other and within each other', () => {
    expect(
      scopeProblems({
        a: { pattern },
        b: { pattern, within: 'a' },
        c: { pattern, within: 'b' },
        d: { pattern, within: 'a' },
        e: { pattern },
      }),
    ).toEqual([]);
  });
});
