import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { Range } from '../../contracts/shard.ts';
import { makeS3Store } from '../../stores/s3/s3-store.ts';
import { finish } from '../support/shard-worker.ts';
import { inFull, prefixTarget, Stores } from '../support/stores.ts';

const aws = await Stores.open();
afterAll(() => aws.close());

/** So many versions and markers are still one shard (a worker is done with them sooner than several are started). */
const SMALL = 5_000;

async function rangesOf(bucket: string, prefix: string): Promise<Extract<Range, { by: 'keys' }>[]> {
  const ranges = await inFull(makeS3Store(aws.s3).shards(prefixTarget(bucket, prefix)));
  return ranges.map((range) => {
    if (range.by !== 'keys') throw new Error(`a range by ${range.by}`);
    return range;
  });
}

describe('a list of prefixes', () => {
  it('is cut prefix by prefix, and each range lists its own', async () => {
    const bucket = aws.bucket(['photos/acme/1', 'photos/acme/2', 'thumbs/acme/1', 'thumbs/acme-2/1']);
    const prefixes = ['photos/acme/', 'thumbs/acme/'].map((prefix) => ({ by: 'prefix' as const, prefix, except: [] }));
    const target = { ...prefixTarget(bucket, ''), selectors: prefixes };
    const ranges = await inFull(makeS3Store(aws.s3).shards(target));
    expect(ranges).toEqual([0, 1].map((selector) => ({ by: 'keys', selector, from: null, to: null })));
    for (const range of ranges) await finish(aws, { target, range, operation: 'erase' });
    expect((await aws.objects(bucket)).current).toEqual(['thumbs/acme-2/1']);
  });
});

/** How many current objects each range has. */
async function countEach(bucket: string, prefix: string, ranges: readonly Range[]): Promise<number[]> {
  const counts: number[] = [];
  for (const range of ranges) {
    const target = prefixTarget(bucket, prefix);
    counts.push((await finish(aws, { target, range, operation: 'count' })).progress.items);
  }
  return counts;
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

/** Ranges are half-open: after `from`, up to and with `to`. */
function rangesWith(ranges: readonly Extract<Range, { by: 'keys' }>[], key: string): number {
  const order = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
  return ranges.filter(
    ({ from, to }) => (from === null || order(from, key) < 0) && (to === null || order(key, to) <= 0),
  ).length;
}

function expectPartition(ranges: readonly Extract<Range, { by: 'keys' }>[]): void {
  expect(ranges[0]?.from).toBeNull();
  expect(ranges.at(-1)?.to).toBeNull();
  for (const [at, { to }] of ranges.slice(0, -1).entries()) {
    expect(ranges[at + 1]?.from).toBe(to);
    const [before, after] = [ranges[at]?.from ?? '', to ?? ''].map((key) => Buffer.from(key));
    expect(Buffer.compare(before ?? Buffer.of(), after ?? Buffer.of())).toBeLessThan(0);
  }
}

describe('the shards of a prefix', () => {
  it.each([0, 1, SMALL])('are one open range while it has %i entries', async (count) => {
    const bucket = aws.bucket(Array.from({ length: count }, (_, n) => `acme/${n}`));
    aws.putObject(bucket, 'acme-2/1');
    expect(await rangesOf(bucket, 'acme/')).toEqual([{ by: 'keys', selector: 0, from: null, to: null }]);
  });

  it('are many, none with most of the keys, for a flat prefix of more than 5,000', async () => {
    const keys = Array.from({ length: 6_400 }, (_, n) => `acme/photo-${String(n).padStart(6, '0')}.jpg`);
    const bucket = aws.bucket([...keys, 'acme-2/1', 'acm']);
    const ranges = await rangesOf(bucket, 'acme/');
    const counts = await countEach(bucket, 'acme/', ranges);
    expectPartition(ranges);
    expect(sum(counts)).toBe(keys.length);
    expect(ranges.length).toBeGreaterThanOrEqual(7);
    expect(ranges.length).toBeLessThanOrEqual(64);
    expect(Math.max(...counts)).toBeLessThanOrEqual(keys.length / 6);
  });

  it('are one for a key of 6,000 versions, which nobody can share', async () => {
    const bucket = aws.bucket(Array(6_000).fill('acme/1'));
    expect(await rangesOf(bucket, 'acme/')).toHaveLength(1);
  });

  it('take keys whose first characters differ by more than there may be shards', async () => {
    const keys = Array.from({ length: SMALL + 1 }, (_, n) => `acme/${String.fromCodePoint(0x4e00 + (n % 400))}${n}`);
    const bucket = aws.bucket(keys);
    const ranges = await rangesOf(bucket, 'acme/');
    expectPartition(ranges);
    expect(ranges).toHaveLength(64);
    for (const key of keys) expect(rangesWith(ranges, key)).toBe(1);
  });

  it('are few calls, of which none reads an object', async () => {
    const bucket = aws.bucket(Array.from({ length: SMALL + 1 }, (_, n) => `acme/${n}`));
    await rangesOf(bucket, 'acme/');
    const calls = aws.callsTo(bucket);
    expect(new Set(calls.map(({ operation }) => operation))).toEqual(new Set(['ListObjectVersions']));
    expect(calls.length).toBeLessThan(150);
  });

  it('are worked on up to their last key and with it, and no further', async () => {
    const bucket = aws.bucket(Array.from({ length: SMALL + 1 }, (_, n) => `acme/${n}`));
    const ranges = await rangesOf(bucket, 'acme/');
    const before = await countEach(bucket, 'acme/', ranges);
    for (const { to } of ranges) if (to !== null) aws.putObject(bucket, to);
    const after = await countEach(bucket, 'acme/', ranges);
    expect(after).toEqual(before.map((count, at) => count + (at < ranges.length - 1 ? 1 : 0)));
  });

  it('follow the order of UTF-8, where characters beyond U+FFFF come last', async () => {
    const [small, private_, last, beyond] = ['p/a', 'p/\ue000', 'p/\uffff', 'p/\u{10000}'] as const;
    const bucket = aws.bucket([beyond, last, private_, small]);
    const ranges: Range[] = [
      { by: 'keys', selector: 0, from: null, to: private_ },
      { by: 'keys', selector: 0, from: private_, to: last },
      { by: 'keys', selector: 0, from: last, to: null },
    ];
    expect(await countEach(bucket, 'p/', ranges)).toEqual([2, 1, 1]);
    const target = prefixTarget(bucket, 'p/');
    await finish(aws, { target, range: { by: 'keys', selector: 0, from: null, to: last }, operation: 'erase' });
    expect((await aws.objects(bucket)).current).toEqual([beyond]);
  });

  it('cover each key once, keys that come later too, whatever the keys are', async () => {
    // Characters around the bounds of what a cut is made of: ends of planes, surrogates in UTF-16, one to four bytes.
    const character = fc.constantFrom(
      'a',
      'b',
      '/',
      '0',
      '\u0001',
      '\u007f',
      '\u0080',
      '\ud7ff',
      '\ue000',
      '\uffff',
      '\u{10000}',
      '\u{10ffff}',
    );
    const key = fc.array(character, { minLength: 1, maxLength: 4 }).map((characters) => `p/${characters.join('')}`);
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(key, { maxLength: 40 }),
        fc.uniqueArray(key, { maxLength: 20 }),
        async (first, later) => {
          const bucket = aws.bucket([...Array(SMALL + 1).fill('p/a'), ...first, 'p', 'o/1', 'q/1']);
          const ranges = await rangesOf(bucket, 'p/');
          expectPartition(ranges);
          const atCuts = ranges.flatMap(({ to }) => to ?? []);
          for (const one of ['p/', 'p/a', ...first, ...later, ...atCuts]) expect(rangesWith(ranges, one)).toBe(1);
        },
      ),
      { numRuns: 10 },
    );
  });
});
