// Caps: the pool for drift, and the limits a run must keep.
import { describe, expect, it } from 'vitest';
import type { Target } from '../../contracts/plan.ts';
import { checkLimits, poolSize } from '../../core/planning/limits.ts';
import { bucketTarget, tableTarget } from '../support/plans.ts';
import { expectRefusal } from '../support/refusals.ts';

const LIMITS = { maxItems: 1_000, maxShare: 0.5, drift: 0.01, cooldownSeconds: 0, maxConcurrency: 1 };

function table(items: number): Target {
  const target = tableTarget();
  return { ...target, facts: target.facts?.kind === 'dynamodb' ? { ...target.facts, items } : null };
}

describe('the pool of a target', () => {
  // design.md, section 5: max(25, planned × drift)
  it.each([
    [0, 0.01, 25],
    [2_500, 0.01, 25],
    [2_501, 0.01, 26],
    [1_000_000, 0.01, 10_000],
    [1_000_000, 0, 25],
    [10, 1, 25],
    [100, 1, 100],
  ])('of %i items with a drift of %f holds %i', (planned, drift, size) => {
    expect(poolSize(planned, drift)).toBe(size);
  });
});

describe('the number of items', () => {
  it('may be the limit, over all targets together', () => {
    const weighed = [
      { target: bucketTarget(), planned: 400 },
      { target: bucketTarget(), planned: 600 },
    ];

    expect(checkLimits(weighed, LIMITS, false)).toEqual([]);
  });

  const tooMany = [
    { target: bucketTarget(), planned: 400 },
    { target: bucketTarget(), planned: 601 },
  ];

  it('may not be one more', () => {
    expectRefusal(() => checkLimits(tooMany, LIMITS, false), 'Lethe.LimitExceeded', {
      what: 'The run would erase more than limits.maxItems.',
      received: 1_001,
      allowed: 1_000,
    });
  });

  it('does not matter for everything, which was allowed', () => {
    expect(checkLimits(tooMany, LIMITS, true)).toEqual([]);
  });
});

describe('the share of a table', () => {
  it.each([
    [50, 100],
    [1, 100],
    [0, 100],
  ])('may be %i of %i at a limit of a half', (planned, items) => {
    expect(checkLimits([{ target: table(items), planned }], LIMITS, false)).toEqual([]);
  });

  it.each([
    [51, 100, '51.0', 0.51],
    [100, 100, '100.0', 1],
    [200, 100, '100.0', 1],
    [2, 3, '66.7', 2 / 3],
  ])('may not be %i of %i', (planned, items, percent, share) => {
    expectRefusal(() => checkLimits([{ target: table(items), planned }], LIMITS, false), 'Lethe.LimitExceeded', {
      what: `The run would erase ${percent} % of table items-table, more than limits.maxShare.`,
      received: share,
      allowed: 0.5,
    });
  });

  it('is unknown while AWS has not counted, which the approver is told', () => {
    expect(checkLimits([{ target: table(0), planned: 7 }], LIMITS, false)).toEqual([
      'items: its share is unknown, because AWS has not counted table items-table yet',
    ]);
  });

  it.each<[string, Target, number, typeof LIMITS, boolean]>([
    ['for everything, which was allowed', table(100), 100, LIMITS, true],
    ['for buckets, whose size is unknown', bucketTarget(), 100, LIMITS, false],
    ['where all may go', table(100), 100, { ...LIMITS, maxShare: 1 }, false],
    ['where all may go and nothing was counted', table(0), 100, { ...LIMITS, maxShare: 1 }, false],
    ['for an empty selection of an uncounted table', table(0), 0, LIMITS, false],
    ['for a table that does not exist', tableTarget({ facts: null }), 100, LIMITS, false],
  ])('does not matter %s', (_, target, planned, limits, isEverything) => {
    expect(checkLimits([{ target, planned }], limits, isEverything)).toEqual([]);
  });

  it('is that of each table by itself', () => {
    const weighed = [
      { target: table(100), planned: 10 },
      { target: { ...table(20), id: 'notes', resource: 'notes-table' }, planned: 15 },
    ];

    expectRefusal(() => checkLimits(weighed, LIMITS, false), 'Lethe.LimitExceeded', {
      what: expect.stringContaining('75.0 % of table notes-table'),
    });
  });
});
