import { afterAll, describe, expect, it } from 'vitest';
import { type Break, openCuttingProxy } from '../support/cutting-proxy.ts';
import { finish, NONE, type Work } from '../support/shard-worker.ts';
import { type Item, prefixTarget, Stores } from '../support/stores.ts';

const aws = await Stores.open();
afterAll(() => aws.close());

const COUNT = 60;
const NUMBERS = Array.from({ length: COUNT }, (_, n) => `${n}`.padStart(3, '0'));

async function tableWork(): Promise<Work> {
  const items = NUMBERS.map((n): Item => ({ pk: { S: n } }));
  return { target: await aws.tableTarget(await aws.table([['pk', 'S']], items)), operation: 'erase' };
}

async function bucketWork(operation: 'erase' | 'finalise'): Promise<Work> {
  const bucket = aws.bucket(NUMBERS.map((n) => `acme/${n}`));
  return { target: prefixTarget(bucket, 'acme/', { operations: [operation] }), operation };
}

const WORKS: [string, () => Promise<Work>][] = [
  ['a table', tableWork],
  ['objects to hide', () => bucketWork('erase')],
  ['versions to finalise', () => bucketWork('finalise')],
];

describe.each(['before', 'after', 'within'] satisfies Break[])('connections that break %s the answer', (where) => {
  it.each(WORKS)('leave nothing of %s, and nothing uncounted', async (_, seed) => {
    const work = await seed();
    // Of the first dozen: reads, deletes, and what repeats them.
    const broken = [1, 3, 4, 6, 7, 8, 11];
    const proxy = await openCuttingProxy(aws.configuration.endpoint, (n) => (broken.includes(n) ? where : undefined));
    const { progress } = await finish(aws, work, { endpoint: proxy.endpoint });
    await proxy.close();
    const left = work.target.kind === 'dynamodb' ? await aws.items(work.target.resource) : await current(work);
    expect(progress).toMatchObject({ isDone: true, seen: COUNT, erased: COUNT, failed: NONE, stoppedBy: null });
    expect(left).toEqual([]);
  });
});

async function current({ target }: Work): Promise<string[]> {
  return (await aws.objects(target.resource)).current;
}
