// Templates: how they are written, when they are ambiguous, what is left past a common start.
import { describe, expect, it } from 'vitest';
import { type CharacterClass, parsePattern } from '../../core/catalog/character-class.ts';
import {
  bind,
  type Comparison,
  findAmbiguity,
  parseTemplate,
  placeholdersOf,
  type Template,
  withoutCommonStart,
} from '../../core/catalog/template.ts';

function template(text: string): Template {
  const parsed = parseTemplate(text);
  if (typeof parsed === 'string') throw new Error(parsed);
  return parsed;
}

function classOf(pattern: string): CharacterClass {
  const known = parsePattern(pattern);
  if (typeof known === 'string') throw new Error(known);
  return known;
}

const written = (parts: Template) =>
  parts.map((part) => (part.kind === 'literal' ? part.text : `{${part.scope}}`)).join('');

const CLASSES = new Map([
  ['tenant', classOf('^[a-z0-9-]{1,64}$')],
  ['gallery', classOf('^[A-Za-z0-9-]{1,64}$')],
  ['path', classOf('^[a-z/]{1,64}$')],
]);

describe('a template as written', () => {
  it('is literals and placeholders', () => {
    expect(template('TENANT#{tenant}/{gallery}/')).toEqual([
      { kind: 'literal', text: 'TENANT#' },
      { kind: 'placeholder', scope: 'tenant' },
      { kind: 'literal', text: '/' },
      { kind: 'placeholder', scope: 'gallery' },
      { kind: 'literal', text: '/' },
    ]);
    expect(placeholdersOf(template('a{tenant}b{gallery}c{tenant}'))).toEqual(['tenant', 'gallery', 'tenant']);
  });

  it.each(['plain', '{tenant}', 'ä/😀/{tenant}', '[x]*?$', '{a}{b}', '{a-b_c9}'])('%s can be read back', (text) => {
    expect(written(template(text))).toBe(text);
  });

  it.each([
    ['{', '{'],
    ['}', '}'],
    ['a{', '{'],
    ['{}', '{'],
    ['{tenant', '{'],
    ['tenant}', '}'],
    ['{{tenant}}', '{'],
    ['{tenant}}', '}'],
    ['{ tenant }', '{'],
    ['{1}', '{'],
    ['{_x}', '{'],
    ['{ten ant}', '{'],
    ['${tenant', '{'],
  ])('%s has a stray %s', (text, stray) => {
    expect(parseTemplate(text)).toBe(`has a stray ${stray}; placeholders are written {tenant}`);
  });
});

describe('an unambiguous template', () => {
  it.each<[string, Comparison]>([
    ['{tenant}', 'equals'],
    ['TENANT#{tenant}', 'equals'],
    ['{tenant}#{gallery}', 'equals'],
    ['{tenant}#', 'equals'],
    ['{tenant}/', 'prefix'],
    ['{tenant}/photos', 'prefix'],
    ['{tenant}/{gallery}/', 'prefix'],
    ['users/{tenant}/', 'prefix'],
    ['EVENT#', 'prefix'],
    ['events/', 'prefix'],
    ['EVENT', 'equals'],
    ['{tenant}A', 'equals'],
    ['{tenant}A', 'prefix'],
  ])('can be %s (%s)', (text, comparison) => {
    expect(findAmbiguity(template(text), comparison, CLASSES)).toBeUndefined();
  });
});

describe('an ambiguous template', () => {
  const TAIL = (scope: string) =>
    `ends in {${scope}}, so that it would also find longer ids; end it with a delimiter such as /`;
  const inside = (character: string, scope: string) =>
    `has ${JSON.stringify(character)} after {${scope}}, which an id may contain; use a delimiter outside its pattern`;

  it.each<[string, Comparison, string]>([
    ['{tenant}', 'prefix', TAIL('tenant')],
    ['x/{tenant}', 'prefix', TAIL('tenant')],
    ['{tenant}/{gallery}', 'prefix', TAIL('gallery')],
    ['{tenant}-', 'prefix', inside('-', 'tenant')],
    ['{tenant}-x', 'equals', inside('-', 'tenant')],
    ['{tenant}x#', 'equals', inside('x', 'tenant')],
    ['{gallery}A', 'equals', inside('A', 'gallery')],
    ['{path}/', 'prefix', inside('/', 'path')],
    ['{tenant}/{path}/x', 'equals', inside('/', 'path')],
    ['{tenant}{gallery}', 'equals', 'has {tenant}{gallery} without a delimiter between them'],
    ['{tenant}{tenant}', 'equals', 'has {tenant}{tenant} without a delimiter between them'],
    ['{tenant}{gallery}/', 'prefix', 'has {tenant}{gallery} without a delimiter between them'],
    [
      'EVENT',
      'prefix',
      'ends without a delimiter, so that it would also find longer names; end it with one such as / or #',
    ],
    [
      'v1',
      'prefix',
      'ends without a delimiter, so that it would also find longer names; end it with one such as / or #',
    ],
  ])('is %s (%s)', (text, comparison, expected) => {
    expect(findAmbiguity(template(text), comparison, CLASSES)).toBe(expected);
  });
});

describe('filling in', () => {
  it('puts each id where it is named', () => {
    const ids = new Map([
      ['tenant', 'acme'],
      ['gallery', 'g1'],
    ]);

    expect(bind(template('T#{tenant}/{gallery}/{tenant}'), ids)).toBe('T#acme/g1/acme');
    expect(bind([], ids)).toBe('');
  });

  it('does not read what an id says', () => {
    const ids = new Map([
      ['tenant', '{gallery}$&'],
      ['gallery', 'g1'],
    ]);

    expect(bind(template('{tenant}/{gallery}'), ids)).toBe('{gallery}$&/g1');
  });

  it('is a defect without an id', () => {
    expect(() => bind(template('{tenant}'), new Map())).toThrow('no id for {tenant}');
  });
});

describe('what is left past a common start', () => {
  it.each([
    ['{t}/', '{t}/keep/', '', 'keep/'],
    ['{t}/keep/', '{t}/', 'keep/', ''],
    ['{t}/', '{t}/', '', ''],
    ['', '{t}/', '', '{t}/'],
    ['{t}/{g}/', '{t}/keep/', '{g}/', 'keep/'],
    ['{t}/a/', '{g}/a/', '{t}/a/', '{g}/a/'],
    ['users/{t}/', 'uploads/{t}/', 'sers/{t}/', 'ploads/{t}/'],
    ['abc', 'abd', 'c', 'd'],
    ['abc', 'xyz', 'abc', 'xyz'],
    ['ab{t}', 'abc{t}', '{t}', 'c{t}'],
    ['{t}/ab{g}/', '{t}/ab{g}/x/', '', 'x/'],
  ])('of %s and %s is "%s" and "%s"', (a, b, restA, restB) => {
    expect(withoutCommonStart(template(a), template(b)).map(written)).toEqual([restA, restB]);
  });
});
