import { afterAll, describe, expect, it } from 'vitest';
import { type Claim, type ShardId, Shards } from '../../adapters/control-table/shards.ts';
import { NO_PROGRESS, type Progress } from '../../contracts/shard.ts';
import { Stores } from '../support/stores.ts';

const aws = await Stores.open();
afterAll(() => aws.close());

const ID: ShardId = { runId: 'run-1', phase: 'Erase', pass: 1, n: 5 };
const claimOf = (nowMs: number, spentBefore = 0) => ({
  target: 'photos',
  spentBefore,
  nowMs,
  endsAtMs: nowMs + 960_000,
});

async function newShards(): Promise<Shards> {
  return new Shards(await aws.controlTable());
}

async function claimed(shards: Shards, id = ID, nowMs = 1_000, spentBefore = 0): Promise<Claim> {
  const claim = await shards.claim(id, claimOf(nowMs, spentBefore));
  if (claim.epoch === 'done') throw new Error('the shard is done');
  return claim;
}

const progressOf = (more: Partial<Progress>): Progress => ({ ...NO_PROGRESS, ...more });

describe('a shard', () => {
  it('is unknown until somebody claims it, who finds that nothing was done', async () => {
    const shards = await newShards();
    expect(await shards.get(ID)).toBeUndefined();
    expect(await claimed(shards, ID, 1_000, 7)).toEqual({
      epoch: 1,
      record: {
        n: 5,
        target: 'photos',
        progress: NO_PROGRESS,
        spentBefore: 7,
        claimedAtMs: 1_000,
        claimEndsAtMs: 961_000,
        releasedAtMs: null,
      },
    });
  });

  it('is handed on with the progress of its last checkpoint, and the times of its first claim', async () => {
    const shards = await newShards();
    const first = await claimed(shards, ID, 1_000, 7);
    const progress = progressOf({ cursor: 'acme/5', seen: 10, erased: 3, inFlight: { to: 'acme/12', count: 7 } });
    await shards.checkpoint(ID, first.epoch, progress, null);
    const second = await claimed(shards, ID, 5_000, 99);
    expect(second).toMatchObject({ epoch: 2, record: { progress, spentBefore: 7, claimedAtMs: 1_000 } });
    expect(second.record).toMatchObject({ claimEndsAtMs: 965_000, releasedAtMs: null });
  });

  it('is in flight from its claim to its release', async () => {
    const shards = await newShards();
    const first = await claimed(shards);
    await shards.checkpoint(ID, first.epoch, progressOf({ seen: 1 }), 2_000);
    const released = await shards.get(ID);
    await claimed(shards);
    const again = await shards.get(ID);
    expect([released?.releasedAtMs, again?.releasedAtMs]).toEqual([2_000, null]);
  });

  it('is not claimed any more once it is done', async () => {
    const shards = await newShards();
    const { epoch } = await claimed(shards);
    const progress = progressOf({ isDone: true, seen: 3, erased: 3 });
    await shards.checkpoint(ID, epoch, progress, 2_000);
    const before = await shards.get(ID);
    const again = await shards.claim(ID, claimOf(9_000));
    expect(again).toEqual({ epoch: 'done', record: before });
    expect(await shards.get(ID)).toEqual(before);
  });

  it('belongs to the last who claimed it: all others are told so and write nothing', async () => {
    const shards = await newShards();
    const claims = await Promise.all(Array.from({ length: 10 }, () => claimed(shards)));
    const epochs = claims.map(({ epoch }) => epoch);
    const writes = await Promise.allSettled(
      epochs.map((epoch) => shards.checkpoint(ID, epoch, progressOf({ seen: epoch }), null)),
    );
    expect(epochs.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    for (const [at, write] of writes.entries()) {
      if (epochs[at] === 10) expect(write.status).toBe('fulfilled');
      else expect(write).toMatchObject({ reason: { name: 'Lethe.ShardTaken', retryable: true } });
    }
    expect((await shards.get(ID))?.progress.seen).toBe(10);
  });

  it('is not released, nor made undone, by one who lost it', async () => {
    const shards = await newShards();
    const [slow, fast] = [await claimed(shards), await claimed(shards)];
    await shards.checkpoint(ID, fast.epoch, progressOf({ isDone: true, seen: 3 }), 2_000);
    const release = shards.checkpoint(ID, slow.epoch, progressOf({ seen: 1 }), 3_000);
    await expect(release).rejects.toMatchObject({ name: 'Lethe.ShardTaken' });
    expect(await shards.get(ID)).toMatchObject({ releasedAtMs: 2_000, progress: { isDone: true, seen: 3 } });
  });

  const cursors = ['', 'a\nb', '\u0000\u0001', '\u{1F600}', '__proto__', '{"pk":{"S":"x"}}', 'x'.repeat(1_024)];
  it.each(cursors)('keeps its place whatever the key there is (%j)', async (cursor) => {
    const shards = await newShards();
    const { epoch } = await claimed(shards);
    const progress = progressOf({ cursor, failed: { AccessDenied: 2 }, samples: { AccessDenied: ['a', 'b'] } });
    await shards.checkpoint(ID, epoch, progress, null);
    expect((await shards.get(ID))?.progress).toEqual(progress);
  });
});

describe('the shards of a pass', () => {
  it('are listed in their order, all of them, and none of another pass, phase or run', async () => {
    const shards = await newShards();
    const others: ShardId[] = [
      { ...ID, pass: 2, n: 0 },
      { ...ID, phase: 'Verify', n: 0 },
      { ...ID, runId: 'run-10', n: 0 },
      { ...ID, runId: 'run', n: 0 },
    ];
    for (const id of others) await claimed(shards, id);
    const numbers = Array.from({ length: 70 }, (_, n) => n).toSorted((a, b) => ((a * 37) % 70) - ((b * 37) % 70));
    await Promise.all(numbers.map((n) => claimed(shards, { ...ID, n })));
    await shards.stopTarget('run-1', 'photos');
    const listed = await shards.list('run-1', 'Erase', 1, 70);
    expect(listed.map(({ n }) => n)).toEqual(numbers.toSorted((a, b) => a - b));
  });

  it.each([1, 31, 32, 33])('are found when there are %i of them', async (count) => {
    const shards = await newShards();
    for (let n = 0; n < count; n++) await claimed(shards, { ...ID, n });
    expect(await shards.list('run-1', 'Erase', 1, count)).toHaveLength(count);
  });

  it('are listed without those that nobody has worked on', async () => {
    const shards = await newShards();
    await claimed(shards, { ...ID, n: 3 });
    expect((await shards.list('run-1', 'Erase', 1, 70)).map(({ n }) => n)).toEqual([3]);
  });

  it('are listed with the progress of each, over more than one page of the table', async () => {
    const shards = await newShards();
    // Every 32nd shard lies in one partition: 4 records of 300 KB each are two pages of 1 MB.
    const cursor = 'x'.repeat(300_000);
    for (const n of [0, 32, 64, 96]) {
      const { epoch } = await claimed(shards, { ...ID, n });
      await shards.checkpoint({ ...ID, n }, epoch, progressOf({ cursor, seen: n }), null);
    }
    const listed = await shards.list('run-1', 'Erase', 1, 97);
    expect(listed.map(({ progress }) => progress.seen)).toEqual([0, 32, 64, 96]);
  });
});

describe('a stopped target', () => {
  it('is stopped for its run, and for no other target or run', async () => {
    const shards = await newShards();
    await shards.stopTarget('run-1', 'photos');
    await shards.stopTarget('run-1', 'photos');
    const asked = [
      ['run-1', 'photos'],
      ['run-1', 'photos-2'],
      ['run-10', 'photos'],
    ] as const;
    expect(await Promise.all(asked.map(([run, target]) => shards.isTargetStopped(run, target)))).toEqual([
      true,
      false,
      false,
    ]);
  });
});
