// Numbers, sizes and durations as people read them.
import { describe, expect, it } from 'vitest';
import { showBytes, showCount, showCounted, showDuration, showInstant } from '../../core/text.ts';

describe('a number', () => {
  it.each([
    [0, '0'],
    [999, '999'],
    [1_000, '1,000'],
    [1_234_567, '1,234,567'],
  ])('%i is %s', (count, expected) => {
    expect(showCount(count)).toBe(expected);
  });

  it.each([
    [0, '0 items'],
    [1, '1 item'],
    [2, '2 items'],
    [1_234, '1,234 items'],
  ])('%i of something is %s', (count, expected) => {
    expect(showCounted(count, 'item')).toBe(expected);
  });

  it('has the plural it is given', () => {
    expect(showCounted(2, 'child', 'children')).toBe('2 children');
    expect(showCounted(1, 'child', 'children')).toBe('1 child');
  });
});

describe('a size', () => {
  it.each([
    [0, '0 B'],
    [532, '532 B'],
    [1_023, '1023 B'],
    [1_024, '1.0 KB'],
    [1_536, '1.5 KB'],
    [4_299_161, '4.1 MB'],
    [1_048_575, '1.0 MB'],
    [1_073_741_823, '1.0 GB'],
    [5 * 2 ** 30, '5.0 GB'],
    [3 * 2 ** 40, '3.0 TB'],
    [5_000 * 2 ** 40, '5000.0 TB'],
  ])('%i is %s', (bytes, expected) => {
    expect(showBytes(bytes)).toBe(expected);
  });
});

describe('a duration', () => {
  it.each([
    [0, '0 s'],
    [0.4, '0 s'],
    [1, '1 s'],
    [45, '45 s'],
    [59.4, '59 s'],
    [59.6, '1 min'],
    [60, '1 min'],
    [61, '1 min 1 s'],
    [119.7, '2 min'],
    [600, '10 min'],
    [3_599, '59 min 59 s'],
    [3_599.9, '1 h'],
    [3_600, '1 h'],
    [3_605, '1 h'],
    [7_500, '2 h 5 min'],
    [86_400, '1 d'],
    [86_460, '1 d'],
    [90_000, '1 d 1 h'],
    [604_800, '7 d'],
    [2_592_000, '30 d'],
  ])('of %f s is %s', (seconds, expected) => {
    expect(showDuration(seconds)).toBe(expected);
  });
});

describe('an instant', () => {
  it('is shown to the second, in UTC', () => {
    expect(showInstant('2026-11-20T17:24:05.123Z')).toBe('2026-11-20 17:24:05 UTC');
    expect(showInstant('2026-11-20T17:24:05Z')).toBe('2026-11-20 17:24:05 UTC');
  });
});
