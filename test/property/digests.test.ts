// Laws of canonical JSON and of what follows from it.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, sampleHash } from '../../core/evidence/digest.ts';

const values = fc.jsonValue({ maxDepth: 4, stringUnit: 'grapheme' });

describe('canonical JSON', () => {
  it('says the same as JSON', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('is the same whatever order keys were written in', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(canonicalJson(reversed(value))).toBe(canonicalJson(value));
        expect(canonicalJson(JSON.parse(canonicalJson(value)))).toBe(canonicalJson(value));
      }),
    );
  });

  it('is another for another value', () => {
    fc.assert(
      fc.property(values, values, (a, b) => {
        const isSame = canonicalJson(a) === canonicalJson(b);

        if (isSame) expect(JSON.parse(JSON.stringify(a))).toEqual(JSON.parse(JSON.stringify(b)));
      }),
    );
  });

  function reversed(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(reversed);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([key, member]) => [key, reversed(member)]),
    );
  }
});

describe('the hash of a sample', () => {
  it('tells keys apart and does not tell them', () => {
    const keys = fc.string({ minLength: 4 });
    fc.assert(
      fc.property(keys, keys, fc.string({ minLength: 1 }), (a, b, secret) => {
        expect(sampleHash(secret, a) === sampleHash(secret, b)).toBe(a === b);
        expect(sampleHash(secret, a)).toMatch(/^hmac-sha256:[0-9a-f]{64}$/);
      }),
    );
  });
});
