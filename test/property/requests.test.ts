// Laws of requests: phrases are told apart, scopes that overlap share a lock and others do not.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ScopeChain } from '../../contracts/plan.ts';
import { lockKeys } from '../../core/request/lock-keys.ts';
import { isSamePhrase, phraseFor } from '../../core/request/phrase.ts';

/** Ids of characters that a pattern may allow, those of the lock's own writing among them. */
const ids = fc.string({ unit: fc.constantFrom(...'ab/=%#2FD.-'), minLength: 1, maxLength: 4 });
const names = fc.constantFrom('tenant', 'gallery', 'photo');
const chains: fc.Arbitrary<ScopeChain> = fc
  .array(ids, { maxLength: 3 })
  .map((all) => all.map((id, at) => ({ name: ['tenant', 'gallery', 'photo'][at] ?? '', id })));
const isBeginning = (a: ScopeChain, b: ScopeChain) =>
  a.every(({ name, id }, at) => b[at]?.name === name && b[at]?.id === id);

describe('locks', () => {
  it('are shared by scopes that contain each other, and by all scopes of one tenant', () => {
    fc.assert(
      fc.property(chains, chains, (a, b) => {
        const [locksA, locksB] = [lockKeys(a), lockKeys(b)];
        const isOneTenant = a.length > 0 && b.length > 0 && isBeginning(a.slice(0, 1), b.slice(0, 1));

        expect(locksA.held === locksB.held).toBe(isOneTenant || (a.length === 0 && b.length === 0));
        if (a.length === 0) expect(locksB.cooling).toContain(locksA.held);
      }),
    );
  });

  it('let the cooldown of a scope bar itself and all within it, and nothing else', () => {
    fc.assert(
      fc.property(chains, chains, (cooled, asked) => {
        expect(lockKeys(asked).cooling.includes(lockKeys(cooled).own)).toBe(isBeginning(cooled, asked));
      }),
      { numRuns: 500 },
    );
  });

  it('are never those of another scope, whatever its ids look like', () => {
    const links = fc.array(fc.record({ name: names, id: ids }), { maxLength: 3 });
    fc.assert(
      fc.property(links, links, (a, b) => {
        const isSame = a.length === b.length && isBeginning(a, b);

        expect(lockKeys(a).own === lockKeys(b).own).toBe(isSame);
      }),
      { numRuns: 1_000 },
    );
  });

  it('are themselves among the cooldowns that bar', () => {
    fc.assert(
      fc.property(chains, (chain) => {
        const { held, cooling, own } = lockKeys(chain);

        expect(cooling).toEqual(expect.arrayContaining([held, own, 'everything']));
        expect(new Set(cooling).size).toBe(chain.length + 1);
      }),
    );
  });
});

describe('phrases', () => {
  const blanks = fc.string({ unit: fc.constantFrom(' ', '\t', '\n', '\u00a0', '\u2003'), minLength: 1, maxLength: 3 });
  const words = fc.array(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }).filter((word) => !/\s/u.test(word)),
    {
      minLength: 1,
      maxLength: 5,
    },
  );

  it('are the same however they are spaced and composed', () => {
    fc.assert(
      fc.property(words, fc.array(blanks, { minLength: 6, maxLength: 6 }), (said, spaces) => {
        const typed = said.map((word, at) => `${spaces[at]}${word}`).join('') + spaces[5];

        expect(isSamePhrase(typed, said.join(' '))).toBe(true);
        expect(isSamePhrase(said.join(' ').normalize('NFD'), said.join(' '))).toBe(true);
        expect(isSamePhrase(said.join(' '), typed)).toBe(true);
      }),
    );
  });

  it('are others when a word, its case or a blank between them is another', () => {
    const ascii = fc.array(fc.string({ unit: fc.constantFrom(...'abcABC1-'), minLength: 1, maxLength: 4 }), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(ascii, ascii, (said, typed) => {
        expect(isSamePhrase(typed.join(' '), said.join(' '))).toBe(JSON.stringify(typed) === JSON.stringify(said));
      }),
      { numRuns: 500 },
    );
  });

  it('of two scopes of one shape are never the same', () => {
    const scopes = fc.array(ids, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(scopes, scopes, (a, b) => {
        const phrase = (all: readonly string[]) =>
          phraseFor(
            all.map((id, at) => ({ name: ['tenant', 'gallery', 'photo'][at] ?? '', id })),
            [],
            'test',
          );

        expect(isSamePhrase(phrase(a), phrase(b))).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
    );
  });

  it('name opt-ins in one order, whichever they were asked in', () => {
    const optIns = fc.uniqueArray(fc.constantFrom('audit', 'billing', 'chat', 'Zoo'), { maxLength: 4 });
    fc.assert(
      fc.property(optIns, (optIn) => {
        const phrase = phraseFor([], optIn, 'test');

        expect(phraseFor([], optIn.toReversed(), 'test')).toBe(phrase);
        expect(phrase.includes(' with ')).toBe(optIn.length > 0);
      }),
    );
  });
});
