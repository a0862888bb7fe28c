// Small shapes that many rooms share: durations, names, instants, lines of text, run ids.
import { describe, expect, it } from 'vitest';
import { graceSeconds, LINK_ID } from '../../contracts/approval.ts';
import { parseExecutionArn } from '../../contracts/execution-arn.ts';
import {
  count,
  duration,
  durationSeconds,
  instant,
  line,
  name,
  planDigest,
  RUN_ID,
  sha256Hex,
} from '../../contracts/scalars.ts';

const HEX = '0123456789abcdef'.repeat(4);

describe('a duration', () => {
  it.each([
    ['0s', 0],
    ['1s', 1],
    ['90s', 90],
    ['15m', 900],
    ['24h', 86_400],
    ['7d', 604_800],
    ['007d', 604_800],
    ['36500d', 3_153_600_000],
  ])('%s is %i seconds', (text, seconds) => {
    expect(duration.parse(text)).toBe(text);
    expect(durationSeconds(text)).toBe(seconds);
  });

  it.each([
    '',
    '5',
    's',
    '5 s',
    '-5s',
    '+5s',
    '1.5h',
    '1h30m',
    '5w',
    '5S',
    '1e3s',
    ' 5s',
    '5s\n',
    '٥s',
  ])('refuses %j and says what is allowed', (text) => {
    const parsed = duration.safeParse(text);

    expect(parsed.error?.issues[0]?.message).toContain('a number and s, m, h or d, such as 10m');
  });

  it.each([
    '36501d',
    '876001h',
    '999999999d',
    '99999999999999999999s',
  ])('refuses %s: a date so far away cannot be written', (text) => {
    expect(duration.safeParse(text).error?.issues[0]?.message).toBe('must be at most 36500d');
  });
});

describe('a name in a catalog', () => {
  it.each(['a', 'A', 'photos', 'client-feedback', 'a_b', 'x9', 'constructor', 'a'.repeat(64)])('takes %s', (text) => {
    expect(name.safeParse(text).success).toBe(true);
  });

  it.each([
    '',
    '9a',
    '-a',
    '_a',
    '__proto__',
    'a b',
    'a.b',
    'a/b',
    'ä',
    'a'.repeat(65),
    'a\n',
  ])('refuses %j', (text) => {
    expect(name.safeParse(text).error?.issues[0]?.message).toBe(
      'is no name; allowed are 1 to 64 letters, digits, - and _, a letter first',
    );
  });
});

describe('a run id', () => {
  it.each(['a', '0', '-', '_', 'run-1', 'A'.repeat(80)])('can be %s', (text) => {
    expect(RUN_ID.test(text)).toBe(true);
  });

  it.each(['', 'a b', 'a/b', '../a', 'a.b', 'ü', 'a\n', 'A'.repeat(81)])('cannot be %j', (text) => {
    expect(RUN_ID.test(text)).toBe(false);
  });
});

describe('a line of text', () => {
  const reason = line(1, 5);

  it.each(['a', 'abcde', 'ü ß €', '😀😀😀😀😀'])('takes %j: characters are counted, not code units', (text) => {
    expect(reason.safeParse(text).success).toBe(true);
  });

  it.each(['', 'abcdef', '😀😀😀😀😀😀', 'a\nb', 'a\tb', 'a\u0000', 'a\u007f', 'a\u0085'])('refuses %j', (text) => {
    expect(reason.safeParse(text).error?.issues[0]?.message).toBe(
      'must be 1 to 5 characters without control characters',
    );
  });
});

describe('digests, counts and instants', () => {
  it.each([
    ['the hex of a SHA-256', sha256Hex, HEX, true],
    ['capital hex', sha256Hex, HEX.toUpperCase(), false],
    ['too short a hex', sha256Hex, HEX.slice(1), false],
    ['too long a hex', sha256Hex, `${HEX}0`, false],
    ['a plan digest', planDigest, `sha256:${HEX}`, true],
    ['a plan digest without its algorithm', planDigest, HEX, false],
    ['a plan digest within more', planDigest, `x sha256:${HEX}`, false],
    ['an instant', instant, '2026-11-20T17:24:05.123Z', true],
    ['an instant elsewhere than in UTC', instant, '2026-11-20T17:24:05+01:00', false],
    ['a day', instant, '2026-11-20', false],
    ['nothing', count, 0, true],
    ['less than nothing', count, -1, false],
    ['half an item', count, 0.5, false],
    ['more than can be counted exactly', count, 2 ** 53, false],
  ])('%s is taken or refused as it should be', (_, schema, value, isTaken) => {
    expect(schema.safeParse(value).success).toBe(isTaken);
  });

  it.each([
    ['A'.repeat(43), true],
    [`${'a'.repeat(41)}-_`, true],
    ['A'.repeat(42), false],
    ['A'.repeat(44), false],
    [`${'A'.repeat(42)}=`, false],
    [`${'A'.repeat(42)}/`, false],
  ])('the id of a link is 43 base64url characters: %s', (text, isLink) => {
    expect(LINK_ID.test(text)).toBe(isLink);
  });
});

describe('the grace after an approval expired', () => {
  // design.md, section 6: min(10 min, max(5 s, a tenth))
  it.each([
    [5, 5],
    [50, 5],
    [51, 6],
    [600, 60],
    [5_999, 600],
    [6_000, 600],
    [30 * 86_400, 600],
  ])('of an approval that waits %i s is %i s', (expiresAfter, grace) => {
    expect(graceSeconds(expiresAfter)).toBe(grace);
  });
});

describe('the ARN of an execution', () => {
  it('tells account and Region', () => {
    expect(parseExecutionArn('arn:aws:states:eu-west-1:123456789012:execution:lethe-erase:run-1')).toEqual({
      account: '123456789012',
      region: 'eu-west-1',
    });
  });

  it.each([
    '',
    'run-1',
    'arn:aws:states',
    'arn:aws:states::123456789012:execution:a:b',
    'arn:aws:states:eu-west-1::x',
  ])('is not %j', (arn) => {
    expect(() => parseExecutionArn(arn)).toThrow(`${arn} is no execution ARN`);
  });
});
