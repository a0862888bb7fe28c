// Which stores a run is about: bound selectors, exclusions, opt-ins, preserved stores, and what was counted of each.
import { describe, expect, it } from 'vitest';
import { plannedItems, tally } from '../../core/planning/count-targets.ts';
import { draftTargets } from '../../core/planning/draft-targets.ts';
import { resolveScope } from '../../core/request/scope.ts';
import type { CatalogParts } from '../support/catalogs.ts';
import { opened } from '../support/opened.ts';
import { bucketTarget, byKey, shardOf, tableTarget, WHOLE } from '../support/plans.ts';
import { expectRefusal } from '../support/refusals.ts';

const byTenant = (select: Record<string, unknown>) => ({ select: { tenant: select } });

function drafted(
  stores: Record<string, unknown>,
  scope: Record<string, unknown> = { tenant: 'acme' },
  optIn: string[] = [],
  parts: Partial<CatalogParts> = {},
) {
  const open = opened({ stores, ...parts });
  return draftTargets(open, resolveScope(open, scope as Record<string, string>), optIn);
}

const selectorsOf = (...args: Parameters<typeof drafted>) => drafted(...args).flatMap(({ selectors }) => selectors);

describe('a target', () => {
  it('has all that the catalog says of its store', () => {
    const targets = drafted({
      items: {
        table: 'items-table',
        ...byTenant({ key: { id: '{tenant}' } }),
        rate: 2_000,
        recovery: 'none',
        allowReplicas: true,
        kmsKey: 'own-key',
      },
      images: { bucket: 'images-bucket', ...byTenant({ prefix: '{tenant}/' }) },
      users: { table: 'users-table', preserve: true, ...byTenant({ key: { id: '{tenant}' } }) },
    });

    expect(targets).toEqual([
      {
        store: 'items',
        kind: 'dynamodb',
        resource: 'items-table',
        purpose: 'erase',
        selectors: [byKey('id', 'acme')],
        note: null,
        isUnrecoverable: true,
        rate: 2_000,
        allowsReplicas: true,
        kmsKey: 'own-key',
      },
      {
        store: 'images',
        kind: 's3',
        resource: 'images-bucket',
        purpose: 'erase',
        selectors: [{ by: 'prefix', prefix: 'acme/', except: [] }],
        note: null,
        isUnrecoverable: false,
        rate: null,
        allowsReplicas: false,
        kmsKey: null,
      },
      {
        store: 'users',
        kind: 'dynamodb',
        resource: 'users-table',
        purpose: 'preserve',
        selectors: [byKey('id', 'acme')],
        note: null,
        isUnrecoverable: false,
        rate: null,
        allowsReplicas: false,
        kmsKey: null,
      },
    ]);
  });

  it.each<[string, Record<string, unknown>, unknown]>([
    [
      'a sort key that equals',
      { key: { id: '{tenant}' }, sortKey: { sk: 'PROFILE' } },
      { name: 'sk', type: 'S', equals: 'PROFILE' },
    ],
    [
      'a sort key that begins',
      { key: { id: '{tenant}' }, sortKey: { sk: { beginsWith: 'EVENT#' } } },
      { name: 'sk', type: 'S', beginsWith: 'EVENT#' },
    ],
    [
      'the tenant in the sort key',
      { key: { id: 'all' }, sortKey: { sk: { beginsWith: '{tenant}#' } } },
      { name: 'sk', type: 'S', beginsWith: 'acme#' },
    ],
  ])('is bound with %s', (_, select, sort) => {
    expect(selectorsOf({ items: { table: 'items', ...byTenant(select) } })).toEqual([
      expect.objectContaining({ sort }),
    ]);
  });

  const me = (name: string) => ({ name, type: 'S', equals: 'acme' });
  it.each<[string, unknown, unknown[]]>([
    ['an index', { index: 'by-user', key: { user: '{tenant}' } }, [byKey('user', 'acme', { index: 'by-user' })]],
    ['where', { key: { id: 'all' }, where: { user: '{tenant}' } }, [{ ...byKey('id', 'all'), where: [me('user')] }]],
    ['an attribute', { attribute: { user: '{tenant}' } }, [{ by: 'table', where: [me('user')] }]],
    [
      'an attribute and where',
      { attribute: { user: '{tenant}' }, where: { n: { N: '1.50' } } },
      [{ by: 'table', where: [me('user'), { name: 'n', type: 'N', equals: '1.5' }] }],
    ],
    [
      'a list, in its order',
      [{ key: { id: '{tenant}' } }, { attribute: { user: '{tenant}' } }],
      [byKey('id', 'acme'), { by: 'table', where: [me('user')] }],
    ],
  ])('is bound with %s', (_, select, expected) => {
    expect(selectorsOf({ items: { table: 'items', select: { tenant: select } } })).toEqual(expected);
  });

  it('is bound to every level of its scope', () => {
    const store = {
      table: 'items',
      select: { gallery: { key: { id: 'T#{tenant}' }, sortKey: { sk: '{gallery}#{tenant}' } } },
    };

    expect(selectorsOf({ store }, { tenant: 'acme', gallery: 'G1' })).toEqual([
      byKey('id', 'T#acme', { sort: { name: 'sk', type: 'S', equals: 'G1#acme' } }),
    ]);
  });
});

describe('a store that is not in scope', () => {
  const billing = { table: 'billing', optIn: 'money', ...byTenant({ key: { id: '{tenant}' } }) };

  it('was not opted in', () => {
    expect(drafted({ billing })).toEqual([expect.objectContaining({ selectors: [], note: 'not opted in: money' })]);
    expect(drafted({ billing }, undefined, ['money'])).toEqual([
      expect.objectContaining({ selectors: [byKey('id', 'acme')], note: null }),
    ]);
  });

  it('was not opted in by another name', () => {
    expect(selectorsOf({ billing, more: { table: 'more', optIn: 'audit' } }, undefined, ['audit'])).toEqual([]);
  });

  it.each([
    ['erased', {}],
    ['preserved', { preserve: true }],
  ])('has no selector for the scope: %s', (_, more) => {
    const items = { table: 'items', ...byTenant({ key: { id: '{tenant}' } }), ...more };

    expect(drafted({ items }, { tenant: 'acme', gallery: 'G1' })).toEqual([
      expect.objectContaining({ selectors: [], note: 'no selector for scope gallery' }),
    ]);
  });
});

describe('everything', () => {
  const allowed = { everything: { allowed: true } };
  const all = (store: Record<string, unknown>) => selectorsOf({ store }, { everything: true }, [], allowed);

  it.each<[string, Record<string, unknown>, unknown[]]>([
    ['a table whole', { table: 'items', ...byTenant({ key: { id: '{tenant}' } }) }, [WHOLE]],
    ['a bucket whole', { bucket: 'images' }, [{ by: 'prefix', prefix: '', except: [] }]],
    [
      'the part that is named',
      { bucket: 'images', select: { everything: { prefix: 'data/' } } },
      [{ by: 'prefix', prefix: 'data/', except: [] }],
    ],
    ['no preserved table', { table: 'users', preserve: true }, []],
  ])('takes %s', (_, store, expected) => {
    expect(all(store)).toEqual(expected);
  });

  it('leaves out what is preserved below', () => {
    const stores = {
      images: { bucket: 'images' },
      legal: { bucket: 'images', preserve: true, select: { everything: { prefix: 'legal/' } } },
    };

    expect(selectorsOf(stores, { everything: true }, [], allowed)).toEqual([
      { by: 'prefix', prefix: '', except: ['legal/'] },
      { by: 'prefix', prefix: 'legal/', except: [] },
    ]);
  });
});

describe('a list of prefixes', () => {
  const listed = (...prefixes: string[]) => ({
    images: { bucket: 'images', select: { everything: prefixes.map((prefix) => ({ prefix })) } },
  });
  const prefixesOf = (...prefixes: string[]) =>
    selectorsOf(listed(...prefixes), { everything: true }, [], { everything: { allowed: true } }).map(
      (selector) => selector.by === 'prefix' && selector.prefix,
    );

  it.each<[string[], string[]]>([
    [
      ['a/', 'b/'],
      ['a/', 'b/'],
    ],
    [['a/', 'a/b/'], ['a/']],
    [['a/b/', 'a/', 'a/c/'], ['a/']],
    [['a/', 'a/'], ['a/']],
  ])('%j is those that lie in no other: %j', (prefixes, expected) => {
    expect(prefixesOf(...prefixes)).toEqual(expected);
  });
});

describe('an id that is a number', () => {
  const parts = { scopes: { account: { pattern: '^[0-9]{1,9}$' } } };
  const select = (value: unknown) => ({ items: { table: 'items', select: { account: { attribute: { n: value } } } } });
  const bound = (id: string, value: unknown) => selectorsOf(select(value), { account: id }, [], parts);

  it.each(['0', '7', '70', '100'])('is taken as it is: %s', (id) => {
    expect(bound(id, { N: '{account}' })).toEqual([{ by: 'table', where: [{ name: 'n', type: 'N', equals: id }] }]);
  });

  it.each(['00', '07', '007'])('is refused with leading zeros: %s', (id) => {
    expectRefusal(() => bound(id, { N: '{account}' }), 'Lethe.InvalidScopeId', { received: id });
    expect(bound(id, '{account}')).toEqual([{ by: 'table', where: [{ name: 'n', type: 'S', equals: id }] }]);
  });
});

describe('preserved prefixes', () => {
  const images = {
    bucket: 'images',
    select: { tenant: { prefix: '{tenant}/' }, gallery: { prefix: '{tenant}/{gallery}/' } },
  };
  const kept = (prefix: string, bucket = 'images') => ({ bucket, preserve: true, select: { tenant: { prefix } } });

  it('below the erased one are exceptions, bound by the run, sorted and each once', () => {
    const stores = { images, b: kept('{tenant}/legal/'), a: kept('{tenant}/audit/'), c: kept('{tenant}/legal/') };

    expect(selectorsOf(stores)[0]).toEqual({ by: 'prefix', prefix: 'acme/', except: ['acme/audit/', 'acme/legal/'] });
    expect(selectorsOf(stores, { tenant: 'globex' })[0]).toEqual({
      by: 'prefix',
      prefix: 'globex/',
      except: ['globex/audit/', 'globex/legal/'],
    });
  });

  it('elsewhere are none', () => {
    const stores = { images, other: kept('{tenant}/legal/', 'others'), beside: kept('legal/{tenant}/x', 'third') };

    expect(selectorsOf(stores)[0]).toEqual({ by: 'prefix', prefix: 'acme/', except: [] });
    expect(selectorsOf({ images, a: kept('{tenant}/legal/') }, { tenant: 'acme', gallery: 'G1' })[0]).toEqual({
      by: 'prefix',
      prefix: 'acme/G1/',
      except: [],
    });
  });

  it('refuse a sub-scope that lies in one of them', () => {
    expectRefusal(
      () => drafted({ images, legal: kept('{tenant}/legal/') }, { tenant: 'acme', gallery: 'legal' }),
      'Lethe.PreservedStore',
      {
        what: 'The scope of store images lies inside the preserved store legal.',
        received: 'acme/legal/',
        allowed: 'scopes outside acme/legal/',
      },
    );
  });

  it('do not except themselves', () => {
    const stores = { a: kept('{tenant}/legal/'), b: kept('{tenant}/legal/old/') };

    expect(selectorsOf(stores).map((selector) => selector?.by === 'prefix' && selector.except)).toEqual([[], []]);
  });
});

describe('what was counted of a target', () => {
  const table = tableTarget({ shards: 2 });
  const bucket = bucketTarget({ shards: 2 });

  it('is the sum of its own shards', () => {
    const shards = [
      shardOf(table, { items: 10, bytes: 100, versions: 3 }, 0),
      shardOf(table, { items: 5, bytes: 50, versions: 4 }, 1),
      shardOf(bucket, { items: 7, bytes: 70, versions: 20 }, 2),
      shardOf(bucket, { items: 1, bytes: 1, versions: 1 }, 3),
    ];

    expect(tally(table, shards)).toEqual({
      counts: { items: 15, bytes: 150, bytesAre: 'estimate', versions: null },
      isComplete: true,
    });
    expect(tally(bucket, shards)).toEqual({
      counts: { items: 8, bytes: 71, bytesAre: 'exact', versions: 21 },
      isComplete: true,
    });
  });

  it.each([
    ['a shard has no record', [shardOf(table, { items: 10 }, 0)]],
    [
      'a shard did not come to its end',
      [shardOf(table, { items: 10 }, 0), shardOf(table, { items: 5, isDone: false }, 1)],
    ],
    ['no shard has one', []],
  ])('is not complete when %s', (_, shards) => {
    expect(tally(table, shards).isComplete).toBe(false);
  });

  it('is complete where there is no shard', () => {
    expect(tally(tableTarget({ shards: 0 }), [])).toMatchObject({ counts: { items: 0 }, isComplete: true });
  });

  it.each<[string, ('erase' | 'finalise')[], number | null, number]>([
    ['items of a table', ['erase'], null, 10],
    ['objects of a bucket that are hidden', ['erase'], 30, 10],
    ['objects of a bucket that are hidden and then removed', ['erase', 'finalise'], 30, 10],
    ['versions of a bucket without recovery', ['finalise'], 30, 30],
  ])('is planned as %s', (_, operations, versions, expected) => {
    expect(plannedItems({ operations }, { items: 10, versions })).toBe(expected);
  });
});
