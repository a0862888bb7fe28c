// Costs against the price list, times against the limits of the services.
import { describe, expect, it } from 'vitest';
import { type Costed, estimateCost, estimateSeconds } from '../../core/planning/cost.ts';

const tableOf = (items: number, bytes: number, more: Partial<Costed> = {}): Costed => ({
  kind: 'dynamodb',
  counts: { items, bytes, bytesAre: 'estimate', versions: null },
  readBytes: bytes,
  shards: 0,
  ratePerShard: null,
  backupBytes: null,
  ...more,
});
const bucketOf = (items: number, versions: number, more: Partial<Costed> = {}): Costed => ({
  ...tableOf(items, 0),
  kind: 's3',
  counts: { items, bytes: 0, bytesAre: 'exact', versions },
  ...more,
});

/** 30 transitions at 25 USD a million. */
const RUN = 0.000_75;

describe('the cost', () => {
  it.each<[string, Costed[], number]>([
    ['of nothing is that of the run', [], RUN],
    ['of an empty table too', [tableOf(0, 0)], RUN],
    // A million writes at 0.625 USD, and a gigabyte read twice at half a unit for 4 KB: 2 × 125,000 × 0.125 USD a million
    ['of a million items of a kilobyte', [tableOf(1_000_000, 1_024_000_000)], RUN + 0.625 + 0.03125],
    [
      'of items of a byte more, which take another write unit',
      [tableOf(1_000_000, 1_025_000_000)],
      RUN + 1.25 + 0.031_28,
    ],
    // What is read: 2 × 125,000 units at 0.125 USD a million
    ['of a scan for nothing', [tableOf(0, 0, { readBytes: 1_024_000_000 })], RUN + 0.03125],
    ['of a shard', [tableOf(0, 0, { shards: 100 })], RUN + 100 * 12 * 0.000_025],
    ['of a backup of ten gigabytes', [tableOf(0, 0, { backupBytes: 10 * 2 ** 30 })], RUN + 1],
    // 1,001 listings of 1,000 keys, three times, at 0.005 USD a thousand
    ['of a million objects and one', [bucketOf(1_000_001, 1_000_001)], RUN + 3 * 1_001 * 0.000_005],
    ['of versions beyond objects', [bucketOf(0, 5_000_000)], RUN + 3 * 5_000 * 0.000_005],
    [
      'of several',
      [tableOf(1_000_000, 1_024_000_000), tableOf(0, 0, { backupBytes: 10 * 2 ** 30 })],
      RUN + 0.625 + 0.03125 + 1,
    ],
  ])('%s', (_, targets, usd) => {
    const cost = estimateCost(targets);

    expect(cost.usd).toBeCloseTo(usd, 3);
    expect(Number(cost.usd.toFixed(4))).toBe(cost.usd);
    expect(cost.basis).toBe('list prices of us-east-1 without indexes and replicas; backups for one month');
  });
});

describe('the time', () => {
  // Recovery points become confirmable five minutes after the approval; 1,000 items a second of a partition, 3,500 of a prefix.
  it.each<[string, Costed[], number]>([
    ['of nothing is the fixed part', [], 420],
    ['of a partition', [tableOf(100_000, 0, { shards: 1 })], 520],
    ['of a table in four segments', [tableOf(100_000, 0, { shards: 4 })], 445],
    ['of a target without shards', [tableOf(1_000, 0)], 421],
    ['of a prefix', [bucketOf(35_000, 0, { shards: 1 })], 430],
    ['of a target with a rate', [tableOf(1_000, 0, { shards: 1, ratePerShard: 100 })], 430],
    [
      'of a target whose rate is beyond what a partition gives',
      [tableOf(1_000, 0, { shards: 1, ratePerShard: 9_000 })],
      421,
    ],
    ['of several is that of the slowest', [tableOf(1_000, 0), tableOf(50_000, 0), bucketOf(3_500, 0)], 470],
    ['is whole seconds', [tableOf(1, 0)], 421],
  ])('%s', (_, targets, seconds) => {
    expect(estimateSeconds(targets)).toBe(seconds);
  });
});
