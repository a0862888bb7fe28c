// Stores of one table or bucket: refused where they may hold the same data, but for preserved prefixes below erased ones.
import { describe, expect, it } from 'vitest';
import { problemsIn, refusalsOf } from '../support/opened.ts';

type Store = Record<string, unknown>;
const table = (tenant: unknown, more: Store = {}): Store => ({ table: 'app', select: { tenant }, ...more });
const bucket = (prefix: string, more: Store = {}): Store => ({
  bucket: 'images',
  select: { tenant: { prefix } },
  ...more,
});
const byScope = (select: Record<string, string>, more: Store = {}): Store => ({
  bucket: 'images',
  select: Object.fromEntries(Object.entries(select).map(([scope, prefix]) => [scope, { prefix }])),
  ...more,
});

const key = (pk: string, sk?: unknown) => ({ key: { pk }, ...(sk === undefined ? {} : { sortKey: { sk } }) });
const beginning = (beginsWith: string) => ({ beginsWith });
const KEPT = { preserve: true };

function overlaps(a: Store, b: Store, parts: Record<string, unknown> = {}): boolean[] {
  const found = [
    { a, b },
    { b, a },
  ].map((stores) => refusalsOf({ stores, ...parts }));
  for (const refusals of found) expect([[], ['Lethe.StoresOverlap']]).toContainEqual(refusals);
  return found.map((refusals) => refusals.length > 0);
}

describe('two stores of one table', () => {
  it.each<[string, Store, Store]>([
    [
      'different beginnings of the sort key',
      table(key('T#{tenant}', beginning('EVENT#'))),
      table(key('T#{tenant}', beginning('PHOTO#'))),
    ],
    [
      'a value and a beginning that is no beginning of it',
      table(key('{tenant}', 'PROFILE')),
      table(key('{tenant}', beginning('EVENT#'))),
    ],
    ['different values of the sort key', table(key('{tenant}', 'A')), table(key('{tenant}', 'B'))],
    ['different partitions', table(key('USER#{tenant}')), table(key('ORDER#{tenant}'))],
    ['partitions that end otherwise', table(key('{tenant}#a')), table(key('{tenant}#b'))],
    [
      'different scopes',
      { table: 'app', select: { tenant: key('{tenant}') } },
      { table: 'app', select: { gallery: key('{tenant}', '{gallery}') } },
    ],
    ['no selector in one', table(key('{tenant}')), { table: 'app' }],
    ['different tables', table(key('{tenant}')), table(key('{tenant}'), { table: 'other' })],
    [
      'an erased and a preserved part',
      table(key('{tenant}', beginning('EVENT#'))),
      table(key('{tenant}', 'PROFILE'), KEPT),
    ],
    ['two preserved parts, whatever they are', table(key('{tenant}'), KEPT), table(key('{tenant}'), KEPT)],
    [
      'kinds told apart by an attribute',
      table({ ...key('{tenant}'), where: { kind: 'a' } }),
      table({ ...key('{tenant}'), where: { kind: 'b' } }),
    ],
    [
      'an attribute that is a text here and a number there',
      table({ attribute: { owner: '{tenant}' }, where: { v: '1' } }),
      table({ attribute: { owner: '{tenant}' }, where: { v: { N: '1' } } }),
    ],
    [
      'different numbers',
      table({ ...key('{tenant}'), where: { v: { N: '1' } } }),
      table({ ...key('{tenant}'), where: { v: { N: '1.5' } } }),
    ],
    [
      'a key and an index that share an attribute',
      table(key('A#{tenant}')),
      table({ index: 'by-it', key: { user: '{tenant}' }, where: { pk: 'B#{tenant}' } }),
    ],
    [
      'an erased attribute and a preserved one',
      table({ attribute: { owner: '{tenant}' }, where: { kind: 'a' } }),
      table({ attribute: { kind: 'b' }, where: { owner: '{tenant}' } }, KEPT),
    ],
    [
      'lists of which no two meet',
      table([key('{tenant}', 'A'), key('{tenant}', 'B')]),
      table([key('{tenant}', 'C'), key('{tenant}', beginning('D#'))]),
    ],
    [
      'one list whose entries meet',
      table([key('{tenant}', beginning('A#')), { attribute: { owner: '{tenant}' }, where: { sk: 'A#1' } }]),
      table(key('B#{tenant}', 'x')),
    ],
  ])('may have %s', (_, a, b) => {
    expect(overlaps(a, b)).toEqual([false, false]);
  });

  it.each<[string, Store, Store]>([
    ['the same selector', table(key('{tenant}')), table(key('{tenant}'))],
    ['a part and the whole of a partition', table(key('{tenant}', beginning('EVENT#'))), table(key('{tenant}'))],
    [
      'one beginning within the other',
      table(key('{tenant}', beginning('EVENT#'))),
      table(key('{tenant}', beginning('EVENT#2025#'))),
    ],
    ['a value within a beginning', table(key('{tenant}', beginning('EVENT#'))), table(key('{tenant}', 'EVENT#1'))],
    ['an id that can say the other', table(key('{tenant}')), table(key('users-{tenant}'))],
    ['a key and an attribute', table(key('{tenant}')), table({ attribute: { owner: '{tenant}' } })],
    [
      'a key and an index of another attribute',
      table(key('{tenant}')),
      table({ index: 'by-it', key: { user: '{tenant}' } }),
    ],
    [
      'two indexes of one attribute',
      table({ index: 'by-it', key: { user: '{tenant}' } }),
      table({ index: 'by-that', key: { user: '{tenant}' } }),
    ],
    [
      'conditions on different attributes',
      table({ ...key('{tenant}'), where: { a: '1' } }),
      table({ ...key('{tenant}'), where: { b: '1' } }),
    ],
    [
      'one number written in two ways',
      table({ ...key('{tenant}'), where: { v: { N: '1' } } }),
      table({ ...key('{tenant}'), where: { v: { N: '01.0' } } }),
    ],
    [
      'lists of which two meet',
      table([key('{tenant}', 'A'), key('{tenant}', 'B')]),
      table([key('{tenant}', 'C'), key('{tenant}', 'B')]),
    ],
    [
      'a preserved attribute in an erased partition',
      table(key('{tenant}')),
      table({ attribute: { owner: '{tenant}' } }, KEPT),
    ],
    ['one that only an opt-in erases', table(key('{tenant}')), table(key('{tenant}'), { optIn: 'billing' })],
    ['two of one opt-in', table(key('{tenant}'), { optIn: 'billing' }), table(key('{tenant}'), { optIn: 'billing' })],
    ['an erased and the same preserved', table(key('{tenant}')), table(key('{tenant}'), KEPT)],
    ['a preserved part of an erased partition', table(key('{tenant}')), table(key('{tenant}', 'PROFILE'), KEPT)],
    ['an erased part of a preserved partition', table(key('{tenant}', 'PROFILE')), table(key('{tenant}'), KEPT)],
    [
      'a preserved table without selectors, which is preserved whole',
      table(key('{tenant}')),
      { table: 'app', ...KEPT },
    ],
    [
      'a part preserved by another scope',
      table(key('{tenant}')),
      { table: 'app', select: { gallery: key('{tenant}', '{gallery}') }, ...KEPT },
    ],
    [
      'a part preserved by everything',
      table(key('{tenant}')),
      { table: 'app', select: { everything: key('all') }, ...KEPT },
    ],
  ])('are refused with %s', (_, a, b) => {
    expect(overlaps(a, b)).toEqual([true, true]);
  });
});

describe('two stores of one bucket', () => {
  it.each<[string, Store, Store]>([
    ['different prefixes', bucket('photos/{tenant}/'), bucket('films/{tenant}/')],
    ['different folders of a tenant', bucket('{tenant}/photos/'), bucket('{tenant}/films/')],
    ['different buckets', bucket('{tenant}/'), bucket('{tenant}/', { bucket: 'others' })],
    ['a preserved folder below an erased one', bucket('{tenant}/'), bucket('{tenant}/keep/', KEPT)],
    ['a preserved folder beside an erased one', bucket('{tenant}/photos/'), bucket('{tenant}/keep/', KEPT)],
    [
      'a preserved folder where an id could lie',
      byScope({ gallery: '{tenant}/{gallery}/' }),
      bucket('{tenant}/keep/', KEPT),
    ],
    [
      'a preserved folder below each sub-scope',
      byScope({ gallery: '{tenant}/{gallery}/' }),
      byScope({ gallery: '{tenant}/{gallery}/keep/' }, KEPT),
    ],
    [
      'a folder and a preserved one of another scope far from it',
      bucket('{tenant}/photos/'),
      byScope({ gallery: '{tenant}/keep/{gallery}/' }, KEPT),
    ],
    [
      'a table and a bucket of one name',
      bucket('{tenant}/'),
      { table: 'images', select: { tenant: key('{tenant}') }, ...KEPT },
    ],
  ])('may have %s', (_, a, b) => {
    expect(overlaps(a, b)).toEqual([false, false]);
  });

  it.each<[string, Store, Store]>([
    ['the same prefix', bucket('{tenant}/'), bucket('{tenant}/')],
    [
      'one of a list below the other',
      { bucket: 'images', select: { tenant: [{ prefix: 'a/{tenant}/' }, { prefix: 'b/{tenant}/' }] } },
      bucket('b/{tenant}/x/'),
    ],
    ['an erased folder below an erased one', bucket('{tenant}/'), bucket('{tenant}/films/')],
    [
      'an opt-in below what is erased by default',
      bucket('{tenant}/'),
      bucket('{tenant}/billing/', { optIn: 'billing' }),
    ],
    ['an id that can be the other folder', bucket('{tenant}/'), bucket('films/{tenant}/')],
    ['the same prefix preserved', bucket('{tenant}/'), bucket('{tenant}/', KEPT)],
    ['a preserved folder above an erased one', bucket('{tenant}/photos/'), bucket('{tenant}/', KEPT)],
    ['a preserved folder above, whose name only begins so', bucket('{tenant}/photos/'), bucket('{tenant}/pho', KEPT)],
    ['a bucket preserved whole', bucket('{tenant}/'), { bucket: 'images', ...KEPT }],
    [
      'folders preserved by a scope that the run does not name',
      bucket('{tenant}/'),
      byScope({ gallery: '{tenant}/{gallery}/keep/' }, KEPT),
    ],
    ['a folder preserved for every tenant where an id could lie', bucket('{tenant}/'), bucket('keep/{tenant}/', KEPT)],
    [
      'one of two preserved folders in the way',
      bucket('{tenant}/'),
      byScope({ tenant: '{tenant}/keep/', gallery: '{tenant}/{gallery}/' }, KEPT),
    ],
  ])('are refused with %s', (_, a, b) => {
    expect(overlaps(a, b)).toEqual([true, true]);
  });
});

describe('everything', () => {
  const allowed = { everything: { allowed: true } };

  it.each<[string, Store, Store]>([
    ['two stores of a table, each taken whole', table(key('A#{tenant}')), table(key('B#{tenant}'))],
    ['an opt-in of the same table', table(key('A#{tenant}')), table(key('B#{tenant}'), { optIn: 'billing' })],
    ['a preserved part of the table', table(key('A#{tenant}')), table(key('B#{tenant}'), KEPT)],
    ['two stores of a bucket', bucket('a/{tenant}/'), bucket('b/{tenant}/')],
    ['preserved folders of tenants', bucket('a/{tenant}/'), bucket('b/{tenant}/', KEPT)],
  ])('makes an overlap of %s', (_, a, b) => {
    expect(overlaps(a, b)).toEqual([false, false]);
    expect(overlaps(a, b, allowed)).toEqual([true, true]);
  });

  it.each<[string, Store, Store]>([
    [
      'the parts are named',
      { table: 'app', select: { tenant: key('A#{tenant}'), everything: key('x') } },
      { table: 'app', select: { tenant: key('B#{tenant}'), everything: key('y') } },
    ],
    [
      'the folders are named',
      byScope({ tenant: 'a/{tenant}/', everything: 'a/' }),
      byScope({ tenant: 'b/{tenant}/', everything: 'b/' }),
    ],
    ['what is preserved is one folder', bucket('a/{tenant}/'), byScope({ everything: 'keep/' }, KEPT)],
  ])('makes none where %s', (_, a, b) => {
    expect(overlaps(a, b, allowed)).toEqual([false, false]);
  });
});

describe('the text of a refusal', () => {
  it('names both stores, what they share, the scope, and what to do', () => {
    const problems = problemsIn({ stores: { photos: bucket('{tenant}/'), films: bucket('{tenant}/films/') } });

    expect(problems).toEqual([
      {
        error: 'Lethe.StoresOverlap',
        path: ['stores', 'films'],
        message:
          'may hold the same data as store photos of bucket images in scope tenant; give both selectors that can never meet',
      },
    ]);
  });

  it('is given for every pair', () => {
    const stores = { a: table(key('{tenant}')), b: table(key('{tenant}')), c: table(key('{tenant}')) };

    expect(problemsIn({ stores }).map(({ message }) => message.match(/store (\w) of (\w+)/)?.slice(1))).toEqual([
      ['a', 'table'],
      ['a', 'table'],
      ['b', 'table'],
    ]);
  });
});
