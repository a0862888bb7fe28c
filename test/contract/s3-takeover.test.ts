import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { Progress } from '../../contracts/shard.ts';
import { Pacer } from '../../core/pacing/pacer.ts';
import { on, RESET_BEFORE } from '../support/faulty-client.ts';
import { finish, type Invocation, ShardBook, type Work, workOn } from '../support/shard-worker.ts';
import { prefixTarget, Stores } from '../support/stores.ts';

const aws = await Stores.open();
afterAll(() => aws.close());

interface Shape {
  readonly operation: 'erase' | 'finalise';
  /** Keys below the prefix, each as often as it has versions. */
  readonly keys: readonly string[];
  /** Keys a second: they make the calls smaller, so that there are several. */
  readonly rate: number;
  /** What the operation takes away: objects, or versions. */
  readonly count: number;
}

const numbered = (count: number) => Array.from({ length: count }, (_, n) => `acme/${String(n).padStart(3, '0')}`);
const times = (key: string, count: number) => Array<string>(count).fill(key);

const SHAPES: Readonly<Record<string, Shape>> = {
  'hiding objects': { operation: 'erase', keys: numbered(80), rate: 25, count: 80 },
  'hiding objects of several versions': {
    operation: 'erase',
    keys: numbered(60).flatMap((key, at) => times(key, (at % 3) + 1)),
    rate: 25,
    count: 60,
  },
  'finalising keys of one version': { operation: 'finalise', keys: numbered(80), rate: 25, count: 80 },
  'finalising keys of three versions': {
    operation: 'finalise',
    keys: numbered(30).flatMap((key) => times(key, 3)),
    rate: 25,
    count: 90,
  },
  'finalising keys of more versions than a call takes': {
    operation: 'finalise',
    keys: [...times('acme/0', 70), 'acme/1', ...times('acme/2', 40)],
    rate: 25,
    count: 111,
  },
};
const NEIGHBOURS = ['acme', 'acme-2/1', 'acme0'];

function seed({ keys, operation, rate }: Shape): Work {
  const bucket = aws.bucket([...NEIGHBOURS, ...keys]);
  return { target: prefixTarget(bucket, 'acme/', { operations: [operation], ratePerShard: rate }), operation };
}

/** Bursts of five seconds, so that there are several of them too. */
const pace = ({ rate }: Shape): Invocation => ({ pacer: new Pacer(rate / 2, rate / 2) });

async function expectDone({ target }: Work, { operation, keys, count }: Shape, progress: Progress): Promise<void> {
  const { current, versions } = await aws.objects(target.resource);
  const own = versions.filter(({ key }) => key.startsWith('acme/'));
  expect(current).toEqual(NEIGHBOURS.toSorted());
  if (operation === 'finalise') expect(own).toEqual([]);
  else expect(own.filter(({ isMarker }) => !isMarker).map(({ key }) => key)).toEqual(keys.toSorted());
  const { seen, erased, changed, failed, inFlight, inFlightAtKills, foundGone, isDone } = progress;
  expect({ seen, changed, failed, inFlight, isDone }).toEqual({
    seen: count,
    changed: 0,
    failed: {},
    inFlight: null,
    isDone: true,
  });
  expect(seen - erased).toBe(foundGone);
  expect(foundGone).toBeLessThanOrEqual(inFlightAtKills);
}

describe.each(Object.entries(SHAPES))('killed at any step of %s', (_, shape) => {
  it('a worker leaves behind what the next one finishes, nothing lost and nothing counted twice', async () => {
    const clean = seed(shape);
    const { progress, steps } = await finish(aws, clean, pace(shape));
    await expectDone(clean, shape, progress);
    expect(progress).toMatchObject({ erased: shape.count, inFlightAtKills: 0 });
    for (let diesAtStep = 1; diesAtStep <= steps; diesAtStep++) {
      const work = seed(shape);
      const book = new ShardBook();
      const killed = await workOn(aws, work, { ...pace(shape), book, diesAtStep });
      expect(killed.end, `at step ${diesAtStep}`).toBe('killed');
      const { progress } = await finish(aws, work, { ...pace(shape), book });
      await expectDone(work, shape, progress);
    }
  });
});

describe('a shard of a bucket that changes hands', () => {
  const shapes = Object.entries(SHAPES).map(([name, shape]) => fc.constant({ name, shape }));

  it('comes out right whatever moments its workers die at', async () => {
    const moments = fc.array(fc.integer({ min: 1, max: 25 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(fc.oneof(...shapes), moments, async ({ shape }, deaths) => {
        const work = seed(shape);
        const book = new ShardBook();
        for (const diesAtStep of deaths) await workOn(aws, work, { ...pace(shape), book, diesAtStep });
        const { progress } = await finish(aws, work, { ...pace(shape), book });
        await expectDone(work, shape, progress);
      }),
      { numRuns: 20 },
    );
  });

  it.each(Object.entries(SHAPES))('goes on where its last worker had to stop: %s', async (_, shape) => {
    const work = seed(shape);
    const book = new ShardBook();
    let workers = 0;
    for (; !book.record.isDone; workers++) {
      let asked = 0;
      // One burst of one call each time.
      await finish(aws, work, { ...pace(shape), book, mayContinue: () => ++asked <= 2 });
    }
    await expectDone(work, shape, book.record);
    expect(workers).toBeGreaterThan(2);
    expect(book.record.erased).toBe(shape.count);
  });

  it('counts what is in flight only, though the same key has other versions', async () => {
    const work = seed({ operation: 'finalise', keys: times('acme/0', 2_500), rate: 3_500, count: 2_500 });
    const book = new ShardBook();
    // Three pages, the checkpoint, the first of three calls: it is done, and nobody learns of it.
    const killed = await workOn(aws, work, { book, fault: on('DeleteObjects', [2, 3], RESET_BEFORE), diesAtStep: 12 });
    const left = (await aws.objects(work.target.resource)).versions.length - NEIGHBOURS.length;
    const { progress } = await finish(aws, work, { book });
    expect([killed.end, left]).toEqual(['killed', 1_500]);
    expect(progress).toMatchObject({ seen: 2_500, erased: 1_500, foundGone: 1_000, inFlightAtKills: 2_500 });
  });
});
