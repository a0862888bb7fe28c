// The learned pacer, step by step: slow start, the first throttle, recovery.
import { describe, expect, it } from 'vitest';
import { Pacer, SLOW_START_PER_SECOND } from '../../core/pacing/pacer.ts';

const STEP = 250; // milliseconds in which slow start doubles (performance.md)

/** The rate at each of some moments, asked by a reservation of nothing. */
function ratesAt(pacer: Pacer, moments: readonly number[]): number[] {
  return moments.map((atMs) => {
    pacer.reserve(0, atMs);
    return pacer.itemsPerSecond;
  });
}

describe('slow start', () => {
  it('begins at 500 items a second and doubles every 250 ms, up to the ceiling', () => {
    const pacer = new Pacer(3_500);

    expect(SLOW_START_PER_SECOND).toBe(500);
    expect(ratesAt(pacer, [0, 249, 250, 499, 500, 749, 750, 10_000])).toEqual([
      500, 500, 1_000, 1_000, 2_000, 2_000, 3_500, 3_500,
    ]);
  });

  it('begins with the first reservation, not with the clock', () => {
    expect(ratesAt(new Pacer(4_000), [1_000_000, 1_000_249, 1_000_250])).toEqual([500, 500, 1_000]);
  });

  it('catches up when nothing was asked for a while', () => {
    expect(ratesAt(new Pacer(40_000), [0, 3 * STEP])).toEqual([500, 4_000]);
  });

  it.each([
    [200, 500, 200],
    [3_500, 3_500, 3_500],
    [10_000, 1_000, 1_000],
  ])('under a ceiling of %i with a start of %i begins at %i', (ceiling, start, rate) => {
    expect(new Pacer(ceiling, start).itemsPerSecond).toBe(rate);
  });
});

describe('a reservation', () => {
  it('is for the time after all before it', () => {
    const pacer = new Pacer(1_000, 1_000);

    expect([pacer.reserve(25, 0), pacer.reserve(25, 0), pacer.reserve(25, 10), pacer.reserve(25, 200)]).toEqual([
      0, 25, 40, 0,
    ]);
  });

  it('of many items keeps the next away the longer', () => {
    const pacer = new Pacer(500, 500);

    expect([pacer.reserve(500, 0), pacer.reserve(1, 0), pacer.reserve(1, 1_000)]).toEqual([0, 1_000, 2]);
  });

  it('is made at the speed of its own time', () => {
    const pacer = new Pacer(40_000);
    pacer.reserve(500, 0);

    // half a second of work at first; at 250 ms it is a quarter of a second for as much
    expect(pacer.reserve(500, 250)).toBe(750);
    expect(pacer.reserve(1, 250)).toBe(1_250);
  });
});

describe('a throttle', () => {
  it('takes the rate down to seven tenths, once for all that was in flight', () => {
    const pacer = new Pacer(1_000, 1_000);

    for (const atMs of [0, 1, 100, 249]) pacer.throttled(atMs);
    expect(pacer.itemsPerSecond).toBe(700);
    pacer.throttled(250);
    expect(pacer.itemsPerSecond).toBeCloseTo(490);
  });

  it('ends slow start for good: from then on a fortieth of the last good rate every 250 ms', () => {
    const pacer = new Pacer(40_000, 1_000);
    pacer.throttled(0);

    expect(ratesAt(pacer, [0, 249, 250, 500, 1_000])).toEqual([700, 700, 725, 750, 800]);
  });

  it('is forgotten slowly, up to the ceiling and not beyond', () => {
    const pacer = new Pacer(1_000, 1_000);
    pacer.throttled(0);

    expect(ratesAt(pacer, [11 * STEP, 12 * STEP, 13 * STEP])).toEqual([975, 1_000, 1_000]);
  });

  it('counts its recovery from its own time, not from the last growth', () => {
    const pacer = new Pacer(1_000, 1_000);
    ratesAt(pacer, [0, 240]);
    pacer.throttled(240);

    expect(ratesAt(pacer, [250, 489, 490])).toEqual([700, 700, 725]);
  });

  it('never takes the rate below five a second, nor above a ceiling below that', () => {
    const pacer = new Pacer(1_000, 1_000);
    const slow = new Pacer(2, 2);
    for (let atMs = 0; atMs < 100_000; atMs += STEP) {
      pacer.throttled(atMs);
      slow.throttled(atMs);
    }

    expect([pacer.itemsPerSecond, slow.itemsPerSecond]).toEqual([5, 2]);
  });

  it('of a slow target is made good by one a second, every 250 ms', () => {
    const pacer = new Pacer(20, 20);
    pacer.throttled(0);

    expect(ratesAt(pacer, [STEP, 2 * STEP, 7 * STEP])).toEqual([15, 16, 20]);
  });
});
