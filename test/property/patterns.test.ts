// A pattern that Lethe takes says of every id what the same regular expression says.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isMember, parsePattern } from '../../core/catalog/character-class.ts';

const INTERESTING = [...'azAZ059-_.:/#|+^[]\\&,=@~!% ', 'ä', '😀', '{', '*'];
const bodies = fc
  .array(
    fc.oneof(
      fc.constantFrom(...INTERESTING),
      fc.constantFrom('a-z', '0-9', 'A-Z', '+-/', '\\-', '\\]', '\\\\', '\\^', '\\d', 'z-a', '--/'),
    ),
    { minLength: 1, maxLength: 6 },
  )
  .map((parts) => parts.join(''));
const patterns = fc
  .tuple(bodies, fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 4 }))
  .map(([body, min, more]) => `^[${body}]{${min},${min + more}}$`);
const ids = fc
  .array(fc.constantFrom(...INTERESTING, 'b', 'y', '1', ','), { maxLength: 9 })
  .map((parts) => parts.join(''));

describe('a pattern that is taken', () => {
  it('has exactly the members of the regular expression it is', () => {
    let taken = 0;
    fc.assert(
      fc.property(patterns, fc.array(ids, { minLength: 5, maxLength: 20 }), (pattern, candidates) => {
        const known = parsePattern(pattern);
        if (typeof known === 'string') return;
        taken++;
        const expression = new RegExp(pattern);
        for (const id of candidates) expect([id, isMember(known, id)]).toEqual([id, expression.test(id)]);
        for (const character of known.characters) {
          expect(expression.test(character.repeat(known.min))).toBe(true);
          expect(expression.test(character.repeat(known.max))).toBe(true);
          expect(expression.test(character.repeat(known.max + 1))).toBe(false);
        }
      }),
      { numRuns: 400 },
    );
    expect(taken).toBeGreaterThan(40);
  });

  it('has no character that means something in a template, a policy or a page, and none outside visible ASCII', () => {
    fc.assert(
      fc.property(patterns, (pattern) => {
        const known = parsePattern(pattern);
        if (typeof known === 'string') return;
        expect([...known.characters].join('')).toMatch(/^[!-~]+$/);
        expect([...known.characters].join('')).not.toMatch(/[{}*?$]/);
      }),
    );
  });
});
