import { afterAll, describe, expect, it } from 'vitest';
import { Pacer } from '../../core/pacing/pacer.ts';
import {
  type Call,
  type Fault,
  on,
  RESET_AFTER,
  RESET_BEFORE,
  refused,
  slow,
  unprocessed,
} from '../support/faulty-client.ts';
import { byKey } from '../support/plans.ts';
import { finish, NONE, type Sent, ShardBook, type Work, workOn } from '../support/shard-worker.ts';
import { type Item, Stores } from '../support/stores.ts';
import { VirtualTime } from '../support/virtual-time.ts';

const aws = await Stores.open();
afterAll(() => aws.close());

const NEIGHBOUR: Item = { pk: { S: 'acme-2' }, sk: { S: '1' } };

/** One partition of so many items, and a neighbour. */
async function partitionOf(items: number): Promise<Work> {
  const own = Array.from(
    { length: items },
    (_, n): Item => ({ pk: { S: 'acme' }, sk: { S: `${n}`.padStart(4, '0') } }),
  );
  const keys = [
    ['pk', 'S'],
    ['sk', 'S'],
  ] as const;
  const table = await aws.table(keys, [...own, NEIGHBOUR]);
  return { target: await aws.tableTarget(table, byKey('pk', 'acme')), operation: 'erase' };
}

async function leftOf({ target }: Work): Promise<string[]> {
  return (await aws.items(target.resource)).flatMap(({ pk, sk }) =>
    pk && 'S' in pk && pk.S === 'acme' && sk && 'S' in sk ? [sk.S] : [],
  );
}

const writesOf = (sent: readonly Sent[]) => sent.filter(({ operation }) => operation === 'BatchWriteItem');

/** Sort keys in the order in which they were sent to be deleted. */
function deletedKeys(sent: readonly Sent[]): string[] {
  return writesOf(sent).flatMap(({ body }) =>
    Object.values(JSON.parse(body).RequestItems as Record<string, { DeleteRequest: { Key: { sk: { S: string } } } }[]>)
      .flat()
      .map(({ DeleteRequest }) => DeleteRequest.Key.sk.S),
  );
}

const everyWrite = (fault: Fault) => (call: Call) => (call.operation === 'BatchWriteItem' ? fault : undefined);

describe('items that come back unprocessed', () => {
  it('are sent again, alone, until all are gone, and none is deleted twice', async () => {
    const work = await partitionOf(110);
    const fault = on(
      'BatchWriteItem',
      [1, 2, 4, 6],
      unprocessed((at) => at % 3 === 0),
    );
    const { progress, sent } = await finish(aws, work, { fault });
    expect(progress).toMatchObject({ isDone: true, seen: 110, erased: 110, failed: NONE });
    expect(await leftOf(work)).toEqual([]);
    // What the fault takes out never reaches the wire; so what does is each key, once.
    expect(deletedKeys(sent)).toHaveLength(110);
    expect(new Set(deletedKeys(sent)).size).toBe(110);
  });

  it('slow the worker down as throttles do', async () => {
    const [first, second] = [await partitionOf(50), await partitionOf(50)];
    const pacers = [new Pacer(1_000, 1_000), new Pacer(1_000, 1_000)] as const;
    await finish(aws, first, {
      pacer: pacers[0],
      fault: on(
        'BatchWriteItem',
        1,
        unprocessed((at) => at === 24),
      ),
    });
    await finish(aws, second, { pacer: pacers[1] });
    expect(pacers[0].itemsPerSecond).toBeLessThan(pacers[1].itemsPerSecond);
  });
});

describe('throttles', () => {
  const NAMES = ['ProvisionedThroughputExceededException', 'ThrottlingException', 'RequestLimitExceeded'];

  it.each(NAMES)('of name %s are waited for, on reads and writes', async (name) => {
    const work = await partitionOf(60);
    const pacer = new Pacer(1_000, 1_000);
    const read = on('Query', [1, 2, 3], refused(400, name));
    const write = on('BatchWriteItem', [1, 2, 5], refused(400, name));
    const { progress, time } = await finish(aws, work, { pacer, fault: (call) => read(call) ?? write(call) });
    expect(progress).toMatchObject({ isDone: true, seen: 60, erased: 60, failed: NONE });
    expect(await leftOf(work)).toEqual([]);
    // Three reads that were refused: 25 + 50 + 100 ms.
    expect(time.nowMs()).toBeGreaterThanOrEqual(175);
    expect(pacer.itemsPerSecond).toBeLessThan(1_000);
  });

  it('that never end fail the reading, after about 13 seconds', async () => {
    const work = await partitionOf(5);
    const time = new VirtualTime();
    const fault = ({ operation }: Call) => (operation === 'Query' ? refused(400, 'ThrottlingException') : undefined);
    await expect(workOn(aws, work, { time, fault })).rejects.toMatchObject({ name: 'ThrottlingException' });
    expect(time.nowMs()).toBe(25 * (2 ** 9 - 1));
    expect(await leftOf(work)).toHaveLength(5);
  });
});

describe('answers that are lost', () => {
  const FAULTS: [string, Fault][] = [
    ['a connection that goes before the request', RESET_BEFORE],
    ['a connection that goes before the answer', RESET_AFTER],
    ['a 500 without effect', refused(500, 'InternalServerError')],
    ['a 500 after the effect', refused(500, 'InternalServerError', 'after')],
    ['a 503', refused(503, 'ServiceUnavailable')],
  ];

  it.each(FAULTS)('make the worker ask again: %s', async (_, fault) => {
    const work = await partitionOf(60);
    const read = on('Query', [1, 2], fault);
    const write = on('BatchWriteItem', [1, 3, 4], fault);
    const { progress } = await finish(aws, work, { fault: (call) => read(call) ?? write(call) });
    expect(progress).toMatchObject({ isDone: true, seen: 60, erased: 60, failed: NONE, inFlightAtKills: 0 });
    expect(await leftOf(work)).toEqual([]);
  });

  it('are asked for again even when the worker must stop, so that no fate stays unknown', async () => {
    const work = await partitionOf(60);
    const { progress, sent } = await finish(aws, work, {
      fault: on('BatchWriteItem', 1, RESET_AFTER),
      // Allows the burst and its three batches, and nothing more.
      mayContinue: times(4),
    });
    expect(progress).toMatchObject({ seen: 60, erased: 60, inFlight: null });
    expect(writesOf(sent)).toHaveLength(4);
  });
});

describe('a refusal', () => {
  it('of a batch is counted by its code, sampled three times, and stops nothing else', async () => {
    const work = await partitionOf(110);
    const denied = on('BatchWriteItem', 2, refused(400, 'AccessDeniedException'));
    const { progress, book } = await finish(aws, work, { fault: denied });
    const left = await leftOf(work);
    expect(left).toHaveLength(25);
    expect(progress).toMatchObject({ isDone: true, seen: 110, erased: 85, failed: { AccessDeniedException: 25 } });
    expect(progress.samples).toEqual({ AccessDeniedException: Array(3).fill('sample of AccessDeniedException') });
    expect(book.samples).toHaveLength(3);
    for (const [, key] of book.samples) expect(left).toContain(JSON.parse(key).sk.S);
  });

  it('of every batch ends the shard with all of it failed, not with a worker that tries for ever', async () => {
    const work = await partitionOf(60);
    const { progress, sent } = await finish(aws, work, { fault: everyWrite(refused(400, 'AccessDeniedException')) });
    expect(progress).toMatchObject({ isDone: true, seen: 60, erased: 0, failed: { AccessDeniedException: 60 } });
    expect(sent.filter(({ operation }) => operation === 'Query')).toHaveLength(1);
    expect(await leftOf(work)).toHaveLength(60);
  });

  it('to read is the worker’s failure', async () => {
    const work = await partitionOf(5);
    const denied = on('Query', 1, refused(400, 'AccessDeniedException'));
    await expect(workOn(aws, work, { fault: denied })).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });
});

describe('a worker that must stop', () => {
  it('begins no batch after its deadline, and the next one deletes the rest, each item once', async () => {
    const work = await partitionOf(500);
    const book = new ShardBook();
    const first = await finish(aws, work, { book, deadlineMs: 15_000, fault: everyWrite(slow(10_000)) });
    const leftByFirst = await leftOf(work);
    const second = await finish(aws, work, { book });
    // Eight batches side by side are answered after 10 s; eight more begin then, and none after 15 s.
    expect(writesOf(first.sent).map(({ atMs }) => Math.floor(atMs))).toEqual([
      ...Array(8).fill(0),
      ...Array(8).fill(10_000),
    ]);
    expect(first.progress).toMatchObject({ isDone: false, seen: 400, erased: 400, inFlight: null });
    expect(leftByFirst).toHaveLength(100);
    expect(second.progress).toMatchObject({ isDone: true, seen: 500, erased: 500, inFlightAtKills: 0 });
    expect(deletedKeys(second.sent).toSorted()).toEqual(leftByFirst.toSorted());
  });

  it('stops at the next batch when it is told to, in the middle of a burst', async () => {
    const work = await partitionOf(400);
    const book = new ShardBook();
    const first = await finish(aws, work, { book, mayContinue: times(6) });
    const left = await leftOf(work);
    expect(first.progress).toMatchObject({ isDone: false, seen: 125, erased: 125, inFlight: null });
    expect(left).toHaveLength(400 - 125);
    const second = await finish(aws, work, { book });
    expect(second.progress).toMatchObject({ isDone: true, seen: 400, erased: 400 });
    expect(new Set([...deletedKeys(first.sent), ...deletedKeys(second.sent)]).size).toBe(400);
    expect(deletedKeys(first.sent).length + deletedKeys(second.sent).length).toBe(400);
  });

  it('leaves what failed behind what it left to the next one, who sees and counts it once', async () => {
    const work = await partitionOf(50);
    const book = new ShardBook();
    const denied = (call: Call) =>
      call.operation === 'BatchWriteItem' && JSON.stringify(call.input).includes('"0030"')
        ? refused(400, 'AccessDeniedException')
        : undefined;
    const throttled = on('BatchWriteItem', 1, refused(400, 'ThrottlingException'));
    const fault = (call: Call) => throttled(call) ?? denied(call);
    // The burst and its two batches; the first of them is throttled, and is not sent again.
    const first = await finish(aws, work, { book, mayContinue: times(3), fault });
    const second = await finish(aws, work, { book, fault: denied });
    expect(first.progress).toMatchObject({ isDone: false, seen: 0, erased: 0, failed: NONE });
    expect(second.progress).toMatchObject({
      isDone: true,
      seen: 50,
      erased: 25,
      failed: { AccessDeniedException: 25 },
    });
  });

  it('deletes nothing when it may not even begin', async () => {
    const work = await partitionOf(30);
    const stopped = await finish(aws, work, { mayContinue: () => false });
    const late = await finish(aws, work, { deadlineMs: -1 });
    for (const { progress, sent } of [stopped, late]) {
      expect(progress).toMatchObject({ isDone: false, seen: 0, erased: 0, inFlight: null });
      expect(writesOf(sent)).toEqual([]);
    }
  });
});

describe('the cap', () => {
  it('lets go what was counted, and not one item more', async () => {
    const work = await partitionOf(90);
    const { progress } = await finish(aws, work, { cap: 60 });
    expect(progress).toMatchObject({ isDone: true, stoppedBy: 'cap', seen: 60, erased: 60, leased: 0 });
    expect(await leftOf(work)).toHaveLength(30);
  });

  it.each([
    [10, 70, 'cap'],
    [30, 90, null],
    [100, 90, null],
  ])('is extended by what the pool still has: %i', async (pool, erased, stoppedBy) => {
    const work = await partitionOf(90);
    const book = new ShardBook();
    book.pool = pool;
    const { progress } = await finish(aws, work, { book, cap: 60 });
    expect(progress).toMatchObject({ erased, leased: erased - 60, stoppedBy, isDone: true });
    expect(book.pool).toBe(pool - (erased - 60));
    expect(await leftOf(work)).toHaveLength(90 - erased);
  });

  it('holds over all workers of a shard, whatever moment they die at', async () => {
    for (let diesAtStep = 1; diesAtStep <= 12; diesAtStep++) {
      const work = await partitionOf(90);
      const book = new ShardBook();
      await workOn(aws, work, { book, cap: 60, diesAtStep });
      const { progress } = await finish(aws, work, { book, cap: 60 });
      expect(await leftOf(work), `after a death at step ${diesAtStep}`).toHaveLength(30);
      expect(progress.erased + progress.foundGone).toBe(60);
    }
  });

  it('does not count what could not be deleted', async () => {
    const work = await partitionOf(75);
    const denied = on('BatchWriteItem', 1, refused(400, 'AccessDeniedException'));
    const { progress } = await finish(aws, work, { cap: 50, pacer: new Pacer(10, 10), fault: denied });
    expect(progress).toMatchObject({ erased: 50, failed: { AccessDeniedException: 25 }, stoppedBy: null });
  });
});

describe('the rate', () => {
  it('is never exceeded, over any stretch of time, by more than one batch', async () => {
    const work = await partitionOf(500);
    const { sent } = await finish(aws, work, { pacer: new Pacer(100, 100) });
    const writes = writesOf(sent);
    expect(deletedKeys(sent)).toHaveLength(500);
    for (const [at, from] of writes.entries()) {
      for (const [more, to] of writes.slice(at).entries()) {
        const items = 25 * more;
        expect(items).toBeLessThanOrEqual((100 * (to.atMs - from.atMs)) / 1_000 + 1e-6);
      }
    }
  });

  it('is used to the full', async () => {
    const work = await partitionOf(500);
    const { sent } = await finish(aws, work, { pacer: new Pacer(100, 100) });
    expect(writesOf(sent).at(-1)?.atMs).toBeCloseTo(((500 - 25) / 100) * 1_000, 3);
  });

  it('so low that the next batch is due after the deadline makes the worker stop in time', async () => {
    const work = await partitionOf(50);
    const book = new ShardBook();
    const time = new VirtualTime();
    // 25 items at one in ten seconds: the second batch is due after 250 s.
    const { progress } = await finish(aws, work, { book, time, pacer: new Pacer(0.1, 0.1), deadlineMs: 100_000 });
    expect(progress).toMatchObject({ isDone: false, erased: 25, inFlight: null });
    expect(time.nowMs()).toBeLessThanOrEqual(100_000 + 1);
  });
});

/** True so many times. */
function times(count: number): () => boolean {
  let asked = 0;
  return () => {
    asked++;
    return asked <= count;
  };
}
