// Numbers as DynamoDB compares them: whatever ids a numeric selector accepts, no two of them are one number.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSameNumber, plainNumber } from '../../core/catalog/numbers.ts';
import { draftTargets } from '../../core/planning/draft-targets.ts';
import { resolveScope } from '../../core/request/scope.ts';
import { opened } from '../support/opened.ts';

const open = opened({
  scopes: { account: { pattern: '^[0-9]{1,38}$' } },
  stores: { items: { table: 'items', select: { account: { attribute: { n: { N: '{account}' } } } } } },
});

/** What a run for this id compares with, or undefined where the id is refused. */
function numberOf(account: string): string | undefined {
  try {
    const [selector] = draftTargets(open, resolveScope(open, { account }), [])[0]?.selectors ?? [];
    return selector?.by === 'table' ? selector.where[0]?.equals : undefined;
  } catch {
    return undefined;
  }
}

const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 38 });
const zeros = fc.integer({ min: 0, max: 3 }).map((count) => '0'.repeat(count));
/** Ids of which many are one number. */
const alike = fc
  .tuple(fc.constantFrom('', '', '', '0', '00'), fc.oneof(fc.constantFrom('0', '7', '70'), digits))
  .map(([before, rest]) => (before + rest).slice(0, 38));

describe('two different ids', () => {
  it('are never one number to DynamoDB, unless one of them is refused', () => {
    const tally = { compared: 0, refused: 0 };
    fc.assert(
      fc.property(alike, alike, (a, b) => {
        const [one, other] = [numberOf(a), numberOf(b)];
        if (one === undefined || other === undefined) tally.refused++;
        if (a === b || one === undefined || other === undefined) return;
        tally.compared++;
        expect(BigInt(one)).not.toBe(BigInt(other));
      }),
      { numRuns: 1_000 },
    );
    expect(Math.min(tally.compared, tally.refused)).toBeGreaterThan(100);
  });

  it('are compared as they were given, digit for digit', () => {
    fc.assert(
      fc.property(digits, (id) => {
        expect(numberOf(id)).toBe(/^0\d/.test(id) ? undefined : id);
      }),
    );
  });
});

describe('a number text', () => {
  const whole = fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n });
  const scale = fc.integer({ min: 0, max: 12 });
  /** An exact number, and a text of it with needless zeros. */
  const written = fc.record({ whole, scale, before: zeros, after: zeros }).map(({ whole, scale, before, after }) => {
    const [sign, all] = whole < 0n ? ['-', String(-whole)] : ['', String(whole)];
    const padded = all.padStart(scale + 1, '0');
    const [units, fraction] = [padded.slice(0, padded.length - scale), padded.slice(padded.length - scale)];
    const point = fraction + after === '' ? '' : `.${fraction}${after}`;
    return { text: `${sign}${before}${units}${point}`, whole, scale };
  });
  const isEqual = (a: { whole: bigint; scale: number }, b: { whole: bigint; scale: number }) =>
    a.whole * 10n ** BigInt(b.scale) === b.whole * 10n ** BigInt(a.scale);

  it('is one with another exactly when both are one number, and then plainly the same', () => {
    const near = fc
      .tuple(written, zeros)
      .map(([one, more]) => [one, { ...one, text: one.text.includes('.') ? one.text + more : one.text }] as const);
    fc.assert(
      fc.property(fc.oneof(fc.tuple(written, written), near), ([a, b]) => {
        expect(isSameNumber(a.text, b.text)).toBe(isEqual(a, b));
        expect(plainNumber(a.text) === plainNumber(b.text)).toBe(isEqual(a, b));
      }),
    );
  });

  it('stays itself when it is plain', () => {
    fc.assert(
      fc.property(written, ({ text }) => {
        const plain = plainNumber(text) ?? '';
        expect(plainNumber(plain)).toBe(plain);
        expect(isSameNumber(plain, text)).toBe(true);
      }),
    );
  });

  it.each([
    ['1E+2', '100'],
    ['-2.5e-1', '-0.25'],
    ['0E0', '-0.0'],
    ['+7', '7'],
  ])('may come back with an exponent: %s is %s', (a, b) => {
    expect(isSameNumber(a, b)).toBe(true);
  });
});
