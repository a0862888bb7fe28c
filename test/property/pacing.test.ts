// Laws of the pacer over random lives, and what it makes of a table that throttles: driven with virtual time.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Pacer } from '../../core/pacing/pacer.ts';

interface Step {
  readonly afterMs: number;
  readonly items: number;
  readonly isThrottled: boolean;
}

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    afterMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 400 })),
    items: fc.integer({ min: 1, max: 100 }),
    isThrottled: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  }),
  { minLength: 1, maxLength: 80 },
);
const ceilings = fc.integer({ min: 1, max: 5_000 });

/** What was sent when, by a worker who waits as it is told. */
function lived(pacer: Pacer, life: readonly Step[]): { atMs: number; items: number; rate: number }[] {
  let nowMs = 0;
  return life.map(({ afterMs, items, isThrottled }) => {
    nowMs += afterMs;
    if (isThrottled) pacer.throttled(nowMs);
    nowMs += pacer.reserve(items, nowMs);
    return { atMs: nowMs, items, rate: pacer.itemsPerSecond };
  });
}

describe('a pacer', () => {
  it('never sends more in any span of time than its ceiling allows, beyond one batch', () => {
    fc.assert(
      fc.property(ceilings, ceilings, steps, (ceiling, start, life) => {
        const sent = lived(new Pacer(ceiling, start), life);

        for (const [first, { atMs: fromMs }] of sent.entries()) {
          let items = 0;
          for (const { atMs, items: more } of sent.slice(first)) {
            expect(items).toBeLessThanOrEqual((ceiling * (atMs - fromMs)) / 1_000 + 1e-6);
            items += more;
          }
        }
      }),
    );
  });

  it('stays between a trickle and its ceiling', () => {
    fc.assert(
      fc.property(ceilings, ceilings, steps, (ceiling, start, life) => {
        for (const { rate } of lived(new Pacer(ceiling, start), life)) {
          expect(rate).toBeLessThanOrEqual(ceiling);
          expect(rate).toBeGreaterThanOrEqual(Math.min(5, ceiling, start));
        }
      }),
    );
  });

  it('falls by three tenths at most in a quarter of a second, and only when it is throttled', () => {
    fc.assert(
      fc.property(ceilings, steps, (ceiling, life) => {
        const pacer = new Pacer(ceiling);
        let nowMs = 0;
        let fellAtMs = Number.NEGATIVE_INFINITY;
        for (const { afterMs, isThrottled } of life) {
          nowMs += afterMs;
          pacer.reserve(0, nowMs);
          const before = pacer.itemsPerSecond;
          if (isThrottled) pacer.throttled(nowMs);
          const hasFallen = pacer.itemsPerSecond < before;
          if (hasFallen) {
            expect(nowMs - fellAtMs).toBeGreaterThanOrEqual(250);
            expect(pacer.itemsPerSecond).toBeGreaterThanOrEqual(before * 0.7 - 1e-9);
            fellAtMs = nowMs;
          }
          expect(hasFallen && !isThrottled).toBe(false);
        }
      }),
    );
  });

  it('comes back to its ceiling once nothing throttles any more', () => {
    fc.assert(
      fc.property(ceilings, steps, (ceiling, life) => {
        const pacer = new Pacer(ceiling);
        const last = lived(pacer, life).at(-1)?.atMs ?? 0;
        pacer.reserve(0, last);
        pacer.reserve(0, last + 1e7);

        expect(pacer.itemsPerSecond).toBe(ceiling);
      }),
    );
  });
});

describe('a table of which a pacer knows nothing', () => {
  /** Deletes so many items in batches of 25 from a table that takes `perSecond` and throttles whole batches beyond. */
  function deleteFrom(perSecond: number, items: number): { requests: number; seconds: number } {
    const pacer = new Pacer(40_000);
    const latencyMs = 5;
    let [tokens, filledAtMs, nowMs, left, requests] = [perSecond / 10, 0, 0, items / 25, 0];
    while (left > 0) {
      nowMs += pacer.reserve(25, nowMs);
      tokens = Math.min(perSecond / 10, tokens + ((nowMs - filledAtMs) * perSecond) / 1_000);
      filledAtMs = nowMs;
      requests++;
      if (tokens >= 25) {
        tokens -= 25;
        left--;
      } else pacer.throttled(nowMs + latencyMs);
    }
    return { requests, seconds: nowMs / 1_000 };
  }

  it.each([
    1_000, 4_000, 20_000,
  ])('that takes %i a second is found out with few wasted requests and little lost time', (perSecond) => {
    const items = perSecond * 30;

    const { requests, seconds } = deleteFrom(perSecond, items);

    // performance.md, D6: requests over the floor at most 1.15
    expect(requests / (items / 25)).toBeLessThan(1.15);
    expect(seconds / 30).toBeLessThan(1.25);
  });
});
