import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MovingRate, secondsUntil } from '../../core/progress/moving-rate.ts';

function rateOf(readings: readonly (readonly [count: number, seconds: number])[]): number | null {
  const rate = new MovingRate();
  for (const [count, seconds] of readings) rate.read(count, seconds * 1_000);
  return rate.perSecond;
}

describe('the rate of a counter', () => {
  it.each([
    ['is unknown before two readings', [[100, 0]], null],
    [
      'is right from the first pair on',
      [
        [100, 0],
        [300, 4],
      ],
      50,
    ],
    [
      'stays where the counter moves evenly',
      [
        [0, 0],
        [50, 1],
        [100, 2],
        [500, 10],
      ],
      50,
    ],
    [
      'is 0 while nothing moves',
      [
        [7, 0],
        [7, 5],
      ],
      0,
    ],
    [
      'takes readings in one moment for one',
      [
        [0, 0],
        [999, 0.1],
        [100, 2],
      ],
      50,
    ],
    [
      'is never negative',
      [
        [100, 0],
        [40, 5],
      ],
      0,
    ],
  ] as const)('%s', (_, readings, expected) => {
    const rate = rateOf(readings);
    if (expected === null) expect(rate).toBeNull();
    else expect(rate).toBeCloseTo(expected, 9);
  });

  it('follows a change within a minute, and does not jump with one burst', () => {
    const steady = Array.from({ length: 60 }, (_, second) => [second * 100, second] as const);
    const afterBurst = rateOf([...steady, [5_900 + 1_000, 60]]) ?? 0;
    expect(afterBurst).toBeGreaterThan(100);
    expect(afterBurst).toBeLessThan(200);
    const slower = Array.from({ length: 60 }, (_, second) => [5_900 + (second + 1) * 10, 60 + second] as const);
    expect(rateOf([...steady, ...slower])).toBeLessThan(15);
  });

  it('lies between the slowest and the fastest step', () => {
    const steps = fc.array(fc.tuple(fc.nat(10_000), fc.integer({ min: 1, max: 60 })), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(steps, (all) => {
        let [count, seconds] = [0, 0];
        const readings = all.map(([more, later]) => {
          count += more;
          seconds += later;
          return [count, seconds] as const;
        });
        const speeds = all.map(([more, later]) => more / later);
        const rate = rateOf([[0, 0], ...readings]) ?? -1;
        expect(rate).toBeGreaterThanOrEqual(Math.min(...speeds) - 1e-9);
        expect(rate).toBeLessThanOrEqual(Math.max(...speeds) + 1e-9);
      }),
    );
  });
});

describe('the time that is left', () => {
  it.each([
    [100, 50, 2],
    [101, 50, 3],
    [0, null, 0],
    [-5, 10, 0],
    [100, 0, null],
    [100, null, null],
  ])('of %d at %s a second is %s seconds', (left, perSecond, expected) => {
    expect(secondsUntil(left, perSecond)).toBe(expected);
  });
});
