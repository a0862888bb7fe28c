// Canonical JSON against the examples that RFC 8785 publishes, and the digests made of it.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { canonicalJson, planDigestOf, sampleHash, sha256Hex } from '../../core/evidence/digest.ts';
import { countedTarget, planOf, tableTarget } from '../support/plans.ts';

describe('canonical JSON', () => {
  it('is that of the example in RFC 8785, section 3.2', () => {
    const parsed: unknown = JSON.parse(String.raw`{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
      "literals": [null, true, false]
    }`);
    const bytes =
      '7b 22 6c 69 74 65 72 61 6c 73 22 3a 5b 6e 75 6c 6c 2c 74 72 75 65 2c 66 61 6c 73 65 5d 2c 22 6e 75 6d 62 65 72 73 22 3a ' +
      '5b 33 33 33 33 33 33 33 33 33 2e 33 33 33 33 33 33 33 2c 31 65 2b 33 30 2c 34 2e 35 2c 30 2e 30 30 32 2c 31 65 2d 32 37 ' +
      '5d 2c 22 73 74 72 69 6e 67 22 3a 22 e2 82 ac 24 5c 75 30 30 30 66 5c 6e 41 27 42 5c 22 5c 5c 5c 5c 5c 22 2f 22 7d';

    expect(Buffer.from(canonicalJson(parsed)).toString('hex')).toBe(bytes.replaceAll(' ', ''));
  });

  it('sorts keys by their UTF-16 code units, as in section 3.2.3', () => {
    const parsed: unknown = JSON.parse(String.raw`{
      "\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
      "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis"
    }`);

    expect([...canonicalJson(parsed).matchAll(/:"(.*?)"/g)].map(([, value]) => value)).toEqual([
      'Carriage Return',
      'One',
      'Control',
      'Latin Small Letter O With Diaeresis',
      'Euro Sign',
      'Emoji: Grinning Face',
      'Hebrew Letter Dalet With Dagesh',
    ]);
  });

  // Appendix B: the bits of a double, and how it is written
  it.each([
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['ffefffffffffffff', '-1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['c340000000000000', '-9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['44b52d02c7e14af7', '1.0000000000000001e+23'],
    ['444b1ae4d6e2ef4e', '999999999999999700000'],
    ['444b1ae4d6e2ef4f', '999999999999999900000'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555553', '333333333.3333332'],
    ['41b3de4355555554', '333333333.33333325'],
    ['41b3de4355555555', '333333333.3333333'],
    ['41b3de4355555556', '333333333.3333334'],
    ['41b3de4355555557', '333333333.33333343'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
    ['43143ff3c1cb0959', '1424953923781206.2'],
  ])('writes the number of bits %s as %s', (bits, text) => {
    expect(canonicalJson(Buffer.from(bits, 'hex').readDoubleBE())).toBe(text);
  });

  it.each([
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    undefined,
    '\ud800',
  ])('has none for %s', (value) => {
    expect(() => canonicalJson(value)).toThrow();
  });
});

describe('digests', () => {
  it('are SHA-256 in small hex', () => {
    // FIPS 180-2, appendix B.1
    const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

    expect(sha256Hex('abc')).toBe(abc);
    expect(sha256Hex(Buffer.from('abc'))).toBe(abc);
    expect(sha256Hex('é')).toBe(sha256Hex(Buffer.from([0xc3, 0xa9])));
  });

  it('of samples are keyed: RFC 4231, test case 2', () => {
    expect(sampleHash('Jefe', 'what do ya want for nothing?')).toBe(
      'hmac-sha256:5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    );
    expect(sampleHash('another', 'acme')).not.toBe(sampleHash('Jefe', 'acme'));
  });
});

describe('the digest of a plan', () => {
  const plan = planOf([countedTarget(tableTarget(), { items: 3 })]);

  it('is that of its canonical JSON without the digest', () => {
    const { planDigest, ...rest } = plan;
    const sum = createHash('sha256').update(canonicalJson(rest)).digest('hex');

    expect(planDigestOf(plan)).toBe(`sha256:${sum}`);
    expect(planDigestOf(rest)).toBe(`sha256:${sum}`);
    expect(planDigest).toBe(`sha256:${sum}`);
  });

  it('does not depend on a digest it carries, nor on the order of keys', () => {
    const reversed = Object.fromEntries(Object.entries(plan).reverse()) as typeof plan;

    expect(planDigestOf({ ...plan, planDigest: 'sha256:forged' })).toBe(plan.planDigest);
    expect(planDigestOf(reversed)).toBe(plan.planDigest);
  });

  it.each<[string, Partial<typeof plan>]>([
    ['the scope', { scope: [{ name: 'tenant', id: 'acme-2' }] }],
    ['the phrase', { phrase: 'ERASE tenant acme from tesT' }],
    ['the end of the approval', { expiresAt: '2026-11-20T12:20:00.001Z' }],
    ['the approvers', { approval: { ...plan.approval, required: 0 } }],
    ['the maximum', { totals: { ...plan.totals, maximum: 1 } }],
    ['a target', { targets: plan.targets.map((target) => ({ ...target, pool: target.pool + 1 })) }],
    ['the catalog', { catalog: { ...plan.catalog, sha256: 'f'.repeat(64) } }],
    ['a warning', { warnings: [''] }],
  ])('is another when %s is another', (_, change) => {
    expect(planDigestOf({ ...plan, ...change })).not.toBe(plan.planDigest);
  });
});
