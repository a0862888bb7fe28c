// The error family: literal names, what each may do, and texts that help without telling too much.
import { describe, expect, it } from 'vitest';
import {
  assertNever,
  ENDINGS,
  type Explanation,
  FAULTS,
  Fault,
  NON_RETRYABLE,
  REFUSALS,
  RETRYABLE_FAULTS,
  Refusal,
  shorten,
  show,
} from '../../contracts/errors.ts';

const explanation: Explanation = {
  what: 'The scope is locked.',
  received: { tenant: 'acme' },
  allowed: 'one run at a time',
  next: 'Wait for run-1.',
  runId: 'run-1',
};

describe('the names', () => {
  it('are those of the interface', () => {
    // interfaces.md, section 3
    const refusals =
      'InvalidRequest UnknownScope InvalidScopeId UnknownOptIn PhraseMismatch PreservedStore EnvironmentNotAllowed EverythingNotAllowed ' +
      'ExpectationMismatch InvalidCatalog SelectorNotBound StoresOverlap StoreUnsupported NotSupportedYet LimitExceeded ScopeLocked CooldownActive';

    expect([...REFUSALS]).toEqual(refusals.split(' ').map((name) => `Lethe.${name}`));
    expect([...ENDINGS]).toEqual(['Lethe.Incomplete', 'Lethe.Failed', 'Lethe.Aborted']);
  });

  it('are each in one family only', () => {
    const all = [...REFUSALS, ...ENDINGS, ...FAULTS, ...RETRYABLE_FAULTS];

    expect(new Set(all).size).toBe(all.length);
  });

  it('keep refusals and lasting faults from being retried, and nothing else', () => {
    expect(NON_RETRYABLE).toEqual(expect.arrayContaining([...REFUSALS, ...FAULTS]));
    expect(NON_RETRYABLE.filter((name) => (RETRYABLE_FAULTS as readonly string[]).includes(name))).toEqual([]);
  });
});

describe('an error', () => {
  it('says what, the value received, what is allowed and what to do next', () => {
    expect(new Refusal('Lethe.ScopeLocked', explanation).message).toBe(
      'The scope is locked. Received: {"tenant":"acme"}. Allowed: "one run at a time". Wait for run-1.',
    );
  });

  it.each(REFUSALS)('%s carries its name and is never retried', (name) => {
    expect(new Refusal(name, explanation)).toMatchObject({ name, retryable: false, details: explanation });
  });

  it.each([
    ...FAULTS.map((name) => [name, false] as const),
    ...RETRYABLE_FAULTS.map((name) => [name, true] as const),
  ])('%s can be mended by another attempt: %s', (name, retryable) => {
    expect(new Fault(name, explanation)).toMatchObject({ name, retryable });
  });

  it.each([
    ['refusal', (cause: Error) => new Refusal('Lethe.InvalidRequest', explanation, { cause })],
    ['fault', (cause: Error) => new Fault('Lethe.GateClosed', explanation, { cause })],
  ])('keeps the cause of a %s', (_, make) => {
    const cause = new Error('below');

    expect(make(cause)).toMatchObject({ cause, stack: expect.any(String) });
    expect(make(cause)).toBeInstanceOf(Error);
  });
});

describe('a value shown in a text', () => {
  it.each([
    [undefined, 'nothing'],
    [null, 'null'],
    ['acme', '"acme"'],
    [5, '5'],
    [{ a: [1] }, '{"a":[1]}'],
    ['line\nfeed \u001b[31m', '"line\\nfeed \\u001b[31m"'],
    ['delete \u007f next line \u0085 separator \u2028', '"delete \\u007f next line \\u0085 separator \\u2028"'],
  ])('%j is %s', (value, expected) => {
    expect(show(value)).toBe(expected);
  });

  it('is shortened, with its length', () => {
    expect(show('x'.repeat(118))).toBe(`"${'x'.repeat(118)}"`);
    expect(show('x'.repeat(119))).toBe(`"${'x'.repeat(119)}… (121 characters)`);
    expect(show('x'.repeat(10_000)).length).toBeLessThan(150);
  });

  it('is left as it is when it is short, and else becomes its beginning', () => {
    expect(shorten({ tenant: 'acme' })).toEqual({ tenant: 'acme' });
    expect(shorten('x'.repeat(118))).toBe('x'.repeat(118));
    expect(shorten('x'.repeat(10_000))).toBe(`"${'x'.repeat(119)}… (10002 characters)`);
    expect(shorten(undefined)).toBeNull();
  });

  it('has a text even where JSON has none', () => {
    expect(show(() => 1)).toBe('() => 1');
  });
});

describe('a value that cannot be', () => {
  it('is named', () => {
    expect(() => assertNever('x' as never)).toThrow('unexpected value "x"');
  });
});
