// Honest sums over shards and passes: what was seen, what became of it, and whether it adds up.
import { describe, expect, it } from 'vitest';
import { failedCount } from '../../contracts/shard.ts';
import { addsUp, type Sums, sumUp } from '../../core/evidence/sums.ts';
import { shardOf, tableTarget } from '../support/plans.ts';

const target = tableTarget();
const shard = (n: number, progress: Parameters<typeof shardOf>[1]) => shardOf(target, progress, n);
const NOTHING: Sums = {
  seen: 0,
  erased: 0,
  changed: 0,
  failed: {},
  samples: {},
  bytesErased: 0,
  unacknowledged: 0,
  inFlightAtKills: 0,
  foundGone: 0,
  isFinished: true,
};

describe('the sums of one pass', () => {
  it('are those of its shards', () => {
    const pass = [
      shard(0, {
        seen: 20,
        erased: 15,
        changed: 1,
        failed: { AccessDenied: 2 },
        bytesErased: 150,
        inFlightAtKills: 4,
        foundGone: 2,
      }),
      shard(1, { seen: 10, erased: 7, changed: 2, failed: { AccessDenied: 1 }, bytesErased: 70 }),
    ];

    expect(sumUp([pass], 2)).toEqual({
      ...NOTHING,
      seen: 30,
      erased: 22,
      changed: 3,
      failed: { AccessDenied: 3 },
      bytesErased: 220,
      unacknowledged: 2,
      inFlightAtKills: 4,
      foundGone: 2,
    });
  });

  it('are nothing where nothing was begun', () => {
    expect(sumUp([], 0)).toEqual(NOTHING);
    expect(sumUp([[], []], 0)).toEqual(NOTHING);
  });

  it('keep failures of different kinds apart, with three samples of each', () => {
    const pass = [
      shard(0, { seen: 3, failed: { A: 2, B: 1 }, samples: { A: ['a1', 'a2'], B: ['b1'] } }),
      shard(1, { seen: 3, failed: { A: 3 }, samples: { A: ['a3', 'a4', 'a5'] } }),
    ];

    expect(sumUp([pass], 2)).toMatchObject({ failed: { A: 5, B: 1 }, samples: { A: ['a1', 'a2', 'a3'], B: ['b1'] } });
  });

  it('count what a worker that nobody took over had in flight', () => {
    const pass = [
      shard(0, {
        seen: 30,
        erased: 25,
        isDone: false,
        inFlight: { to: 'x', count: 5 },
        inFlightAtKills: 3,
        foundGone: 1,
      }),
    ];

    expect(sumUp([pass], 1)).toMatchObject({ unacknowledged: 5, inFlightAtKills: 8, foundGone: 1, isFinished: false });
  });
});

describe('the sums of several passes', () => {
  it('add up what was erased, and count failures where they were seen last', () => {
    const first = [
      shard(0, { seen: 10, erased: 7, failed: { Throttled: 3 }, samples: { Throttled: ['old'] } }),
      shard(1, { seen: 10, erased: 10 }),
    ];
    const second = [shard(0, { seen: 4, erased: 3, failed: { AccessDenied: 1 }, samples: { AccessDenied: ['new'] } })];

    // 20 items, and one that came meanwhile; three of them failed at first, one for good
    expect(sumUp([first, second], 2)).toEqual({
      ...NOTHING,
      seen: 21,
      erased: 20,
      failed: { AccessDenied: 1 },
      samples: { AccessDenied: ['new'] },
      unacknowledged: 0,
    });
  });

  it('keep the failures of a shard that was not worked on again', () => {
    const first = [
      shard(0, { seen: 5, erased: 4, failed: { A: 1 } }),
      shard(1, { seen: 5, erased: 3, failed: { A: 2 } }),
    ];
    const second = [shard(1, { seen: 2, erased: 2 })];

    expect(sumUp([first, second], 2)).toMatchObject({ seen: 10, erased: 9, failed: { A: 1 }, unacknowledged: 0 });
  });

  it('let the last pass of each shard decide whether it is finished', () => {
    const unfinished = shard(0, { isDone: false });
    const capped = shard(0, { stoppedBy: 'cap' });
    const finished = shard(0, {});

    expect(sumUp([[unfinished], [finished]], 1).isFinished).toBe(true);
    expect(sumUp([[finished], [unfinished]], 1).isFinished).toBe(false);
    expect(sumUp([[capped], [], [finished]], 1).isFinished).toBe(true);
    expect(sumUp([[finished], [capped]], 1).isFinished).toBe(false);
  });
});

describe('a target is finished', () => {
  it.each<[string, Parameters<typeof shardOf>[1][], number, boolean]>([
    ['when every shard came to its end', [{}, {}], 2, true],
    ['never without a shard’s record', [{}], 2, false],
    ['never while a shard is not done', [{}, { isDone: false }], 2, false],
    ['never when the cap was reached', [{}, { stoppedBy: 'cap' }], 2, false],
    ['never when versioning was lost', [{ stoppedBy: 'versioning' }, {}], 2, false],
  ])('%s', (_, shards, count, isFinished) => {
    expect(sumUp([shards.map((progress, n) => shard(n, progress))], count).isFinished).toBe(isFinished);
  });
});

describe('sums add up', () => {
  it.each([
    [0, 0, true],
    [0, 5, true],
    [5, 5, true],
    [6, 5, false],
    [1, 0, false],
    [-1, 0, false],
    [-1, 5, false],
  ])('with %i unacknowledged of %i in flight: %s', (unacknowledged, inFlightAtKills, expected) => {
    expect(addsUp({ ...NOTHING, unacknowledged, inFlightAtKills })).toBe(expected);
  });

  it('over the codes of failures', () => {
    expect(failedCount({ failed: {} })).toBe(0);
    expect(failedCount({ failed: { A: 2, B: 3 } })).toBe(5);
  });
});
