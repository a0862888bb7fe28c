// A catalog as a file: what is shipped of it, and every problem on its line.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCatalog, showProblem } from '../../core/catalog/read-catalog.ts';

const HEAD = `version: 1
name: test
environment: test
scopes:
  tenant: { pattern: "^[a-z]{1,8}$" }
approval: { approvers: [lead@example.com] }
`;
const STORES = `stores:
  items:
    table: items
    select:
      tenant: { key: { id: "{tenant}" } }
`;
const STORES_LINE = 7;

function problems(yaml: string): string[] {
  return readCatalog(yaml).problems.map((problem) => showProblem('c.yaml', problem));
}

describe('a catalog in order', () => {
  it('is opened, and shipped as JSON of what was written, its order kept, with its digest', () => {
    const { json, sha256, opened, problems } = readCatalog(HEAD + STORES);

    expect(problems).toEqual([]);
    expect(json).toBe(
      '{"version":1,"name":"test","environment":"test","scopes":{"tenant":{"pattern":"^[a-z]{1,8}$"}},' +
        '"approval":{"approvers":["lead@example.com"]},"stores":{"items":{"table":"items","select":{"tenant":{"key":{"id":"{tenant}"}}}}}}',
    );
    expect(sha256).toBe(createHash('sha256').update(String(json)).digest('hex'));
    expect(opened?.catalog.limits.cooldown).toBe('24h');
  });

  it('is the same however it is spaced, quoted and commented', () => {
    const other = `# a comment\n${HEAD}\n${STORES.replace('table: items', 'table:   "items"   # why')}\n`;

    expect(readCatalog(other).sha256).toBe(readCatalog(HEAD + STORES).sha256);
  });

  it('may use anchors and aliases', () => {
    const stores = `stores:
  items: { table: items, select: &own { tenant: { key: { id: "{tenant}" } } } }
  notes: { table: notes, select: *own }
`;
    expect(problems(HEAD + stores)).toEqual([]);
  });

  it('may be the one of the example', () => {
    const file = join(import.meta.dirname, '../../examples/gallery/catalog.yaml');

    expect(problems(readFileSync(file, 'utf8'))).toEqual([]);
  });
});

describe('the line of a problem', () => {
  it.each<[string, string, number, string]>([
    ['an unknown key of the catalog', `${HEAD}${STORES}colour: blue\n`, 12, 'colour'],
    ['an unknown key of a store', `${HEAD}${STORES}    colour: blue\n`, 12, 'stores.items.colour'],
    ['a wrong value', `${HEAD}${STORES}limits:\n  drift:\n    "0.1"\n`, 13, 'limits.drift'],
    ['a store with neither table nor bucket', `${HEAD}stores:\n\n  items:\n    preserve: true\n`, 9, 'stores.items'],
    [
      'an entry of a list',
      `${STORES}version: 1\nname: test\nenvironment: test\napproval:\n  approvers:\n    - lead@example.com\n    - nobody\n  required: 1\n`,
      12,
      'approval.approvers[1]',
    ],
    [
      'a selector that is not bound',
      `${HEAD}stores:\n  items:\n    table: items\n    select:\n      tenant: { key: { id: all } }\n`,
      11,
      'stores.items.select.tenant',
    ],
    [
      'a template',
      `${HEAD}stores:\n  items:\n    bucket: images\n    select:\n      tenant:\n        prefix: "{tenant}"\n`,
      12,
      'stores.items.select.tenant.prefix',
    ],
    ['a pattern', `${HEAD.replace('^[a-z]{1,8}$', '[a-z]+')}${STORES}`, 5, 'scopes.tenant.pattern'],
    [
      'a second store that overlaps',
      `${HEAD}${STORES}  more:\n    table: items\n`.replace(
        'more:\n    table: items',
        'more:\n    table: items\n    preserve: true',
      ),
      12,
      'stores.more',
    ],
    ['something that should be there', `${HEAD.replace('name: test\n', '')}${STORES}`, 1, 'name'],
  ])('is that of %s', (_, yaml, line, place) => {
    expect(problems(yaml)).toEqual([expect.stringContaining(`c.yaml:${line}: ${place} `)]);
  });

  it('behind an alias is the one of the alias', () => {
    const stores = `stores:
  items: { table: items, select: &own { gallery: { key: { id: "{tenant}" } } } }
  notes:
    table: notes
    select: *own
`;
    expect(problems(HEAD + stores).map((text) => text.split(' ')[0])).toEqual([
      `c.yaml:${STORES_LINE + 1}:`,
      `c.yaml:${STORES_LINE + 4}:`,
    ]);
  });

  it('is shown with what, why and the name of the refusal', () => {
    const yaml = `${HEAD}stores: { items: { table: items, select: { tenant: { key: { id: x } } } } }`;

    expect(problems(yaml)).toEqual([
      "c.yaml:7: stores.items.select.tenant does not mention {tenant}: a request for one tenant could erase another tenant's data (Lethe.SelectorNotBound)",
    ]);
  });

  it('is left out where there is none', () => {
    expect(problems('')).toEqual(['c.yaml: the catalog must be an object (Lethe.InvalidCatalog)']);
  });
});

describe('no catalog at all', () => {
  it.each([
    ['a list', '- 1', 'c.yaml:1: the catalog must be an object (Lethe.InvalidCatalog)'],
    ['a text', 'hello', 'c.yaml:1: the catalog must be an object (Lethe.InvalidCatalog)'],
    ['a comment', '# nothing', 'c.yaml: the catalog must be an object (Lethe.InvalidCatalog)'],
  ])('is %s', (_, yaml, expected) => {
    expect(problems(yaml)).toEqual([expected]);
  });

  it.each([
    [
      'a key given twice',
      `${HEAD}name: again\n${STORES}`,
      /^c\.yaml:7: the catalog is no valid YAML: Map keys must be unique \(Lethe/,
    ],
    [
      'a store given twice',
      `${HEAD}${STORES}  items: { table: others }\n`,
      /^c\.yaml:12: the catalog is no valid YAML: Map keys must be unique/,
    ],
    ['an open bracket', `${HEAD}stores: [`, /^c\.yaml:7: the catalog is no valid YAML: /],
    [
      'two documents',
      `${HEAD}${STORES}---\na: 1\n`,
      /^c\.yaml:12: the catalog is no valid YAML: Source contains multiple documents/,
    ],
    ['a tag', `${HEAD}stores: !!js/function x\n`, /^c\.yaml:7: the catalog is no valid YAML: Unresolved tag/],
    ['an alias without anchor', `${HEAD}stores: *nothing\n`, /^c\.yaml: the catalog cannot be read: Unresolved alias/],
    ['an alias within its anchor', `${HEAD}stores: &all { items: *all }\n`, /^c\.yaml: the catalog cannot be read: /],
    ['a number beyond JSON', `${HEAD}${STORES}limits: { drift: .nan }\n`, /^c\.yaml: the catalog cannot be read: NaN/],
    [
      'a number without end',
      `${HEAD}${STORES}limits: { maxItems: .inf }\n`,
      /^c\.yaml: the catalog cannot be read: Infinity/,
    ],
    [
      'half a character',
      `${HEAD}stores: { items: { table: "\\uD800" } }\n`,
      /^c\.yaml: the catalog cannot be read: Lone surrogate/,
    ],
  ])('is made of %s, which is a problem like any other', (_, yaml, expected) => {
    const read = readCatalog(yaml);

    expect(read.problems.map((problem) => showProblem('c.yaml', problem)).join('\n')).toMatch(expected);
    expect(read).toMatchObject({ json: null, sha256: null, opened: undefined });
  });

  it('is an alias of aliases of aliases, and costs no time', () => {
    const layers = 'bcdefgh'.split('').map((name, at) => `${name}: &${name} [${`*${'abcdefg'[at]},`.repeat(10)}]`);
    const yaml = `a: &a [${'x,'.repeat(10)}]\n${layers.join('\n')}\n`;

    expect(problems(yaml)).toEqual([expect.stringContaining('the catalog cannot be read: Excessive alias count')]);
  });

  it('is nested beyond measure', () => {
    expect(problems(`a: ${'['.repeat(20_000)}${']'.repeat(20_000)}`)[0]).toContain('is no valid YAML');
  });

  it('merges nothing: << is a key like any other', () => {
    const stores = `stores:\n  items: &items { table: items }\n  more: { <<: *items, optIn: more }\n`;

    expect(problems(HEAD + stores)).toContain(
      'c.yaml:9: stores.more.<< is an unknown key; allowed are table, bucket, select, optIn, preserve, rate, recovery, kmsKey, allowReplicas (Lethe.InvalidCatalog)',
    );
  });

  it.each([
    [
      'a store',
      'stores:\n  items: { table: items }\n  __proto__: { table: items, preserve: true }\n',
      'stores.__proto__ cannot be a name',
    ],
    [
      'a member of a store',
      'stores:\n  items: { table: items, __proto__: { preserve: true } }\n',
      'stores.items.__proto__ is an unknown key',
    ],
    [
      'a key attribute',
      'stores: { items: { table: items, select: { tenant: { key: { id: "{tenant}", __proto__: x } } } } }\n',
      'stores.items.select.tenant.key.__proto__ cannot be a name',
    ],
    [
      'a scope in select',
      'stores: { items: { table: items, select: { __proto__: { key: { id: x } } } } }\n',
      'stores.items.select.__proto__ cannot be a name',
    ],
    ['a member of the catalog', `${STORES}__proto__: { environment: production }\n`, '__proto__ is an unknown key'],
  ])('names %s __proto__', (_, stores, expected) => {
    expect(problems(HEAD + stores).join('\n')).toContain(expected);
  });

  it('takes constructor as the name of a store and of a scope', () => {
    const yaml =
      HEAD.replace('tenant:', 'constructor:') +
      STORES.replace('items:', 'constructor:').replace('tenant:', 'constructor:').replace('{tenant}', '{constructor}');

    expect(problems(yaml)).toEqual([]);
    expect(readCatalog(yaml).opened?.stores.map(({ name }) => name)).toEqual(['constructor']);
  });
});
