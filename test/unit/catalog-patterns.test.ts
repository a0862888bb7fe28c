// The pattern of a scope: one ASCII character class with bounds, and nothing that means something elsewhere.
import { describe, expect, it } from 'vitest';
import { isMember, parsePattern } from '../../core/catalog/character-class.ts';

const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const DIGITS = '0123456789';

/** The characters and bounds of a pattern that is in order. */
function parsed(pattern: string): string {
  const known = parsePattern(pattern);
  if (typeof known === 'string') return known;
  return `${[...known.characters].sort().join('')} ${known.min} ${known.max}`;
}

describe('a pattern in order', () => {
  it.each([
    ['^[a-z0-9-]{1,64}$', `-${DIGITS}${LOWER} 1 64`],
    ['^[a]{1,1}$', 'a 1 1'],
    ['^[abc]{3,3}$', 'abc 3 3'],
    ['^[a-c]{1,128}$', 'abc 1 128'],
    ['^[-a]{2,9}$', '-a 2 9'],
    ['^[a-]{2,9}$', '-a 2 9'],
    ['^[a-c-e]{1,2}$', '-abce 1 2'],
    ['^[a\\-c]{1,2}$', '-ac 1 2'],
    ['^[+-/]{1,2}$', '+,-./ 1 2'],
    ['^[--/]{1,2}$', '-./ 1 2'],
    ['^[a^]{1,2}$', '^a 1 2'],
    ['^[\\^a]{1,2}$', '^a 1 2'],
    ['^[\\]\\[]{1,2}$', '[] 1 2'],
    ['^[[]{1,2}$', '[ 1 2'],
    ['^[a\\\\]{1,2}$', '\\a 1 2'],
    ['^[A-Z_.:@+=,/#|~!%&;<>()\'"`-]{1,2}$', '!"#%&\'()+,-./:;<=>@ABCDEFGHIJKLMNOPQRSTUVWXYZ_`|~ 1 2'],
    ['^[\\.\\/\\#\\_\\:\\+\\|]{1,2}$', '#+./:_| 1 2'],
    ['^[aaa]{1,2}$', 'a 1 2'],
    ['^[a-a]{1,2}$', 'a 1 2'],
  ])('%s has the characters and bounds %s', (pattern, expected) => {
    expect(parsed(pattern)).toBe(expected);
  });
});

describe('a pattern that is none', () => {
  const SHAPE = 'must be one character class with bounds, such as ^[a-z0-9-]{1,64}$';
  const BOUNDS = 'must have bounds of 1 to 128 characters, the first not above the second';
  const VISIBLE = 'must contain visible ASCII characters only, no blank';

  it.each([
    ['', SHAPE],
    ['[a-z]{1,64}', SHAPE],
    ['^[a-z]{1,64}', SHAPE],
    ['[a-z]{1,64}$', SHAPE],
    ['^[a-z]+$', SHAPE],
    ['^[a-z]*$', SHAPE],
    ['^[a-z]?$', SHAPE],
    ['^[a-z]$', SHAPE],
    ['^[a-z]{64}$', SHAPE],
    ['^[a-z]{1,}$', SHAPE],
    ['^[a-z]{,5}$', SHAPE],
    ['^[a-z]{1,1000}$', SHAPE],
    ['^[]{1,2}$', SHAPE],
    ['^[a]]{1,2}$', SHAPE],
    ['^[a][b]{1,2}$', SHAPE],
    ['^[a]{1,2}[b]{1,2}$', SHAPE],
    ['^([a]){1,2}$', SHAPE],
    ['^[a]{1,2}|[b]{1,2}$', SHAPE],
    ['^.{1,2}$', SHAPE],
    ['^a{1,2}$', SHAPE],
    ['^\\d{1,2}$', SHAPE],
    ['^[a]{1,2}$\n', SHAPE],
    [' ^[a]{1,2}$', SHAPE],
    ['^[a-z]{0,64}$', BOUNDS],
    ['^[a-z]{2,1}$', BOUNDS],
    ['^[a-z]{1,129}$', BOUNDS],
    ['^[a-z]{0,0}$', BOUNDS],
    ['^[^a]{1,2}$', 'must not be a negated class'],
    ['^[^]{1,2}$', 'must not be a negated class'],
    ['^[z-a]{1,2}$', 'has the range z-a, which is empty'],
    ['^[a--]{1,2}$', 'has the range a--, which is empty'],
    ['^[a-\\]]{1,2}$', 'has the range a-], which is empty'],
    ['^[\\d]{1,2}$', 'has \\d; write the characters themselves'],
    ['^[\\w]{1,2}$', 'has \\w; write the characters themselves'],
    ['^[\\n]{1,2}$', 'has \\n; write the characters themselves'],
    ['^[\\u0041]{1,2}$', 'has \\u; write the characters themselves'],
    ['^[\\*]{1,2}$', 'has \\*; write the characters themselves'],
    ['^[a ]{1,2}$', VISIBLE],
    ['^[a\t]{1,2}$', VISIBLE],
    ['^[a\n]{1,2}$', VISIBLE],
    ['^[a\u007f]{1,2}$', VISIBLE],
    ['^[aä]{1,2}$', VISIBLE],
    ['^[a-ÿ]{1,2}$', VISIBLE],
    ['^[а-я]{1,2}$', VISIBLE],
    ['^[😀]{1,2}$', VISIBLE],
    ['^[!-~]{1,2}$', 'must not contain $'],
    ...['{', '}', '*', '?', '$'].map((character) => [`^[a${character}]{1,2}$`, `must not contain ${character}: `]),
    ['^[(-+]{1,2}$', 'must not contain *: '],
    ['^[z-~]{1,2}$', 'must not contain {: '],
  ])('%j %s', (pattern, expected) => {
    expect(parsed(pattern ?? '')).toContain(expected);
  });
});

describe('an id', () => {
  const tenants = parsePattern('^[a-z0-9-]{2,5}$');

  it.each([
    ['ab', true],
    ['abcde', true],
    ['a-9', true],
    ['--', true],
    ['a', false],
    ['', false],
    ['abcdef', false],
    ['Ab', false],
    ['a b', false],
    ['a/b', false],
    ['ab\n', false],
    ['аb', false],
    ['ａｂ', false],
    ['a😀', false],
    ['*', false],
    ['..', false],
  ])('%j belongs to the class: %s', (id, expected) => {
    if (typeof tenants === 'string') throw new Error(tenants);

    expect(isMember(tenants, id)).toBe(expected);
  });
});
