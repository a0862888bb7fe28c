// What somebody typed is taken or refused with its place, never passed over.
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { check, dictionary, showPath, strict } from '../../contracts/strict.ts';

const schema = strict({
  name: z.string(),
  size: z.number().positive().max(10).optional(),
  count: z.int().min(2).optional(),
  isOn: z.boolean().optional(),
  mode: z.enum(['a', 'b']).optional(),
  list: z.array(z.string()).max(2).optional(),
  text: z.string().min(3).optional(),
  inner: strict({ x: z.literal(1) }).optional(),
  either: z.union([z.string(), strict({ N: z.string() })], { error: 'must be a text or {N: text}' }).optional(),
  nested: z
    .union([z.union([z.string(), strict({ N: z.string() })]), strict({ beginsWith: z.string() })], {
      error: 'must be one of three',
    })
    .optional(),
  entries: dictionary(z.string().regex(/^[a-z]+$/, 'is no name'), z.number()).optional(),
});

function problems(input: unknown): string[] {
  const checked = check(schema, input);
  return checked.isValid ? [] : checked.problems.map(({ path, message }) => `${showPath(path)} ${message}`.trim());
}

describe('checking an input', () => {
  it.each<[string, unknown, string[]]>([
    [
      'an unknown key',
      { name: 'n', colour: 1 },
      [
        'colour is an unknown key; allowed are name, size, count, isOn, mode, list, text, inner, either, nested, entries',
      ],
    ],
    [
      'two unknown keys',
      { name: 'n', inner: { x: 1, y: 1, z: 1 } },
      ['inner.y is an unknown key; allowed are x', 'inner.z is an unknown key; allowed are x'],
    ],
    ['a missing key', {}, ['name is missing; it must be a text']],
    ['another type', { name: 5 }, ['name must be a text']],
    ['a text for a number', { name: 'n', size: '1' }, ['size must be a number']],
    ['a fraction', { name: 'n', count: 2.5 }, ['count must be a whole number']],
    ['a text for a boolean', { name: 'n', isOn: 'yes' }, ['isOn must be true or false']],
    ['a text for a list', { name: 'n', list: 'a' }, ['list must be a list']],
    ['a list for an object', { name: 'n', inner: [] }, ['inner must be an object']],
    ['a value of no closed set', { name: 'n', mode: 'c' }, ['mode must be "a" or "b"']],
    ['another literal', { name: 'n', inner: { x: 2 } }, ['inner.x must be 1']],
    ['too small a number', { name: 'n', count: 1 }, ['count must be at least 2']],
    ['a bound that is not included', { name: 'n', size: 0 }, ['size must be more than 0']],
    ['too large a number', { name: 'n', size: 11 }, ['size must be at most 10']],
    ['too short a text', { name: 'n', text: 'ab' }, ['text must be at least 3 characters long']],
    ['too long a list', { name: 'n', list: ['a', 'b', 'c'] }, ['list must be at most 2 entries long']],
    ['a wrong member of a list', { name: 'n', list: ['a', 5] }, ['list[1] must be a text']],
    ['no branch of a union', { name: 'n', either: 5 }, ['either must be a text or {N: text}']],
    ['a branch whose member is wrong', { name: 'n', either: { N: 5 } }, ['either.N must be a text']],
    [
      'a branch with an unknown key',
      { name: 'n', either: { N: 'x', M: 'y' } },
      ['either.M is an unknown key; allowed are N'],
    ],
    ['a branch within a branch', { name: 'n', nested: { N: 5 } }, ['nested.N must be a text']],
    ['the second branch', { name: 'n', nested: { beginsWith: 5 } }, ['nested.beginsWith must be a text']],
    ['a misspelt branch', { name: 'n', nested: { beginWith: 'x' } }, ['nested must be one of three']],
    ['a key that is no name', { name: 'n', entries: { A: 1 } }, ['entries.A is no name']],
    ['a wrong entry', { name: 'n', entries: { a: 'x' } }, ['entries.a must be a number']],
    ['no object at all', 'x', ['must be an object']],
    ['null', null, ['must be an object']],
  ])('says where and what of %s', (_, input, expected) => {
    expect(problems(input)).toEqual(expected);
  });

  it('returns the value of what is in order, defaults filled in', () => {
    const withDefault = strict({ name: z.string(), drift: z.number().default(0.01) });

    expect(check(withDefault, { name: 'n' })).toEqual({ isValid: true, value: { name: 'n', drift: 0.01 } });
  });

  it.each([
    '{"name":"n","__proto__":{}}',
    '{"name":"n","inner":{"x":1,"__proto__":1}}',
  ])('refuses __proto__ as a key: %s', (json) => {
    expect(problems(JSON.parse(json))).toEqual([expect.stringContaining('__proto__ is an unknown key; allowed are ')]);
  });

  it('refuses __proto__ as a name, which a record would pass over', () => {
    expect(problems(JSON.parse('{"name":"n","entries":{"a":1,"__proto__":2}}'))).toEqual([
      'entries.__proto__ cannot be a name',
    ]);
  });

  it.each(['constructor', 'toString', 'hasOwnProperty'])('takes %s as a name like any other', (name) => {
    const names = strict({ entries: dictionary(z.string(), z.number()) });

    const checked = check(names, { entries: { [name]: 1 } });

    expect(checked.isValid && Object.entries(checked.value.entries)).toEqual([[name, 1]]);
  });
});

describe('a place', () => {
  it.each([
    [['stores', 'photos', 'select'], 'stores.photos.select'],
    [['targets', 3, 'range'], 'targets[3].range'],
    [[0, 'a'], '[0].a'],
    [[], ''],
  ])('%j is written %s', (path, expected) => {
    expect(showPath(path)).toBe(expected);
  });
});
