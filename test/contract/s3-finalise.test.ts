import { PutObjectLegalHoldCommand } from '@aws-sdk/client-s3';
import { afterAll, describe, expect, it } from 'vitest';
import {
  answered,
  type Call,
  cut,
  keyErrors,
  on,
  RESET_AFTER,
  RESET_BEFORE,
  refused,
} from '../support/faulty-client.ts';
import { finish, NONE, type Sent, ShardBook, type Work, workOn } from '../support/shard-worker.ts';
import { prefixTarget, Stores } from '../support/stores.ts';

const aws = await Stores.open();
afterAll(() => aws.close());

const NEIGHBOURS = ['acme', 'acme-2/1', 'ACME/1', 'acme0'];
const numbered = (count: number) => Array.from({ length: count }, (_, n) => `acme/${String(n).padStart(5, '0')}`);

const finalising = (bucket: string): Work => ({
  target: prefixTarget(bucket, 'acme/', { operations: ['finalise'] }),
  operation: 'finalise',
});
const hiding = (bucket: string): Work => ({ target: prefixTarget(bucket, 'acme/'), operation: 'erase' });
const counting = (bucket: string, operations: ('erase' | 'finalise')[] = ['finalise']): Work => ({
  target: prefixTarget(bucket, 'acme/', { operations }),
  operation: 'count',
});

/** So many versions of each key, written in turns, with each key as its body; neighbours have one each. */
function bucketOf(versions: Readonly<Record<string, number>>): string {
  const bucket = aws.bucket(NEIGHBOURS);
  const most = Math.max(0, ...Object.values(versions));
  for (let turn = 0; turn < most; turn++)
    for (const [key, count] of Object.entries(versions)) if (turn < count) aws.putObject(bucket, key);
  return bucket;
}

async function keysLeft(bucket: string): Promise<string[]> {
  return (await aws.objects(bucket)).versions.map(({ key }) => key).toSorted();
}

const deletesIn = (sent: readonly Sent[]) =>
  sent.filter(({ operation }) => operation === 'DeleteObjects').map(({ input }) => input.Delete);

describe('finalising a prefix', () => {
  it('removes every version and every marker of it, and nothing else', async () => {
    const keys = numbered(20);
    const bucket = bucketOf(Object.fromEntries(keys.map((key, at) => [key, (at % 3) + 1])));
    await finish(aws, hiding(bucket));
    for (const key of keys.slice(0, 5)) aws.putObject(bucket, key, 'written again');
    const versions = keys.reduce((sum, _, at) => sum + (at % 3) + 1, 0) + keys.length + 5;
    const { progress } = await finish(aws, finalising(bucket));
    expect(progress).toMatchObject({ isDone: true, seen: versions, erased: versions, failed: NONE });
    expect(await keysLeft(bucket)).toEqual(NEIGHBOURS.toSorted());
    expect((await finish(aws, counting(bucket))).progress).toMatchObject({ items: 0, versions: 0, bytes: 0 });
  });

  it('removes what was written while the bucket had no versions', async () => {
    const bucket = aws.bucket(['acme/1', 'acme/2', 'acme-2/1'], 'Off');
    const { progress } = await finish(aws, finalising(bucket));
    expect(progress).toMatchObject({ seen: 2, erased: 2 });
    expect(await keysLeft(bucket)).toEqual(['acme-2/1']);
  });

  it('is two requests for a thousand keys, and hears of refusals only', async () => {
    const bucket = aws.bucket(numbered(3_000));
    const { sent } = await finish(aws, finalising(bucket));
    expect(sent).toHaveLength(6);
    for (const { Quiet, Objects } of deletesIn(sent)) {
      expect(Quiet).toBe(true);
      expect(Objects).toHaveLength(1_000);
      for (const one of Objects) expect(one).toEqual({ Key: expect.any(String), VersionId: expect.any(String) });
    }
  });

  it('tells how many bytes went', async () => {
    const bucket = bucketOf({ 'acme/1': 3, 'acme/22': 1 });
    const { progress } = await finish(aws, finalising(bucket));
    expect(progress.bytesErased).toBe(3 * 'acme/1'.length + 'acme/22'.length);
  });
});

describe('counting a prefix', () => {
  const weighed = [
    ['erase', 'of the objects that would be hidden', 6 + 7],
    ['finalise', 'of all versions that would go', 3 * 6 + 7 + 2 * 8],
  ] as const;
  it.each(weighed)('for %s adds up objects, versions with markers, and the bytes %s', async (operation, _, bytes) => {
    const bucket = bucketOf({ 'acme/1': 3, 'acme/22': 1, 'acme/333': 2 });
    await finish(aws, { ...hiding(bucket), range: { by: 'keys', selector: 0, from: 'acme/22', to: null } });
    const { progress } = await finish(aws, counting(bucket, [operation]));
    expect(progress).toMatchObject({ items: 2, versions: 7, bytes });
  });

  it('of keys with more versions than a page is exact, and stays so whenever it is interrupted', async () => {
    const bucket = bucketOf({ 'acme/1': 2_300, 'acme/2': 1, 'acme/3': 1_700 });
    const book = new ShardBook();
    let workers = 0;
    for (; !book.record.isDone; workers++)
      await finish(aws, counting(bucket), { book, deadlineMs: workers < 3 ? -1 : 0 });
    expect(book.record).toMatchObject({ items: 3, versions: 4_001, bytes: 4_001 * 'acme/1'.length });
  });

  it('goes on where it was, though the key it stopped at is gone', async () => {
    const bucket = aws.bucket(numbered(2_500));
    const book = new ShardBook();
    const first = await finish(aws, counting(bucket), { book, deadlineMs: -1 });
    const stoppedAt = first.progress.cursor;
    const work = finalising(bucket);
    const before = await finish(aws, { ...work, range: { by: 'keys', selector: 0, from: null, to: stoppedAt } });
    await finish(aws, counting(bucket), { book });
    expect(before.progress.erased).toBe(first.progress.versions);
    expect(book.record).toMatchObject({ isDone: true, items: 2_500, versions: 2_500 });
  });
});

describe('refusals of single keys inside an answer', () => {
  it('leave a version that is held, count it by its code, and remove the rest', async () => {
    const bucket = await aws.lockedBucket(numbered(6));
    const { versions } = await aws.objects(bucket);
    const [held] = versions.filter(({ key }) => key === 'acme/00003');
    await aws.s3.send(new PutObjectLegalHoldCommand({ Bucket: bucket, Key: held?.key, LegalHold: { Status: 'ON' } }));
    const { progress, book } = await finish(aws, finalising(bucket));
    expect(progress).toMatchObject({ isDone: true, seen: 6, erased: 5, failed: { AccessDenied: 1 } });
    expect(await keysLeft(bucket)).toEqual(['acme/00003']);
    expect(book.samples).toEqual([['AccessDenied', `acme/00003?versionId=${held?.versionId}`]]);
  });

  const works = [
    ['hiding', hiding],
    ['finalising', finalising],
  ] as const;

  it.each(works)('are refusals for %s: counted by code, three of each sampled', async (_, work) => {
    const bucket = aws.bucket([...numbered(30), ...NEIGHBOURS]);
    const codeOf = (key: string) =>
      /[05]$/.test(key) ? 'AccessDenied' : key.endsWith('7') ? 'NoSuchThing' : undefined;
    const fault = (call: Call) => (call.operation === 'DeleteObjects' ? keyErrors(codeOf) : undefined);
    const { progress } = await finish(aws, work(bucket), { fault });
    expect(progress).toMatchObject({
      isDone: true,
      seen: 30,
      erased: 21,
      failed: { AccessDenied: 6, NoSuchThing: 3 },
      stoppedBy: null,
    });
    expect(progress.samples['AccessDenied']).toHaveLength(3);
    expect((await aws.objects(bucket)).current.filter((key) => key.startsWith('acme/'))).toEqual(
      numbered(30).filter((key) => codeOf(key) !== undefined),
    );
  });

  it.each(works)('are asked again for %s when they say to slow down, or nothing of the fate', async (_, work) => {
    const bucket = aws.bucket([...numbered(30), ...NEIGHBOURS]);
    const fault = on(
      'DeleteObjects',
      [1, 2, 3],
      keyErrors((key) => (key.endsWith('3') ? 'SlowDown' : key.endsWith('5') ? 'InternalError' : undefined)),
    );
    const { progress } = await finish(aws, work(bucket), { fault });
    expect(progress).toMatchObject({ isDone: true, seen: 30, erased: 30, failed: NONE });
    expect((await aws.objects(bucket)).current).toEqual(NEIGHBOURS.toSorted());
  });
});

describe('answers that are lost or say nothing', () => {
  const isDelete = ({ operation }: Call) => operation === 'DeleteObjects';
  const works = [
    ['hiding', hiding],
    ['finalising', finalising],
  ] as const;
  const faults = [
    ['a connection that goes before the request', RESET_BEFORE],
    ['a connection that goes before the answer', RESET_AFTER],
    ['a 500', refused(500, 'InternalError')],
    ['a 500 after the effect', refused(500, 'InternalError', 'after')],
    ['a 503 SlowDown', refused(503, 'SlowDown')],
    ['an error with status 200', answered('<?xml version="1.0"?><Error><Code>InternalError</Code></Error>')],
    ['an empty body with status 200', answered('')],
    ['half an answer', cut(0.5)],
    ['an answer without its last character', cut(1)],
  ] as const;
  const cases = works.flatMap(([name, work]) => faults.map(([what, fault]) => [name, what, work, fault] as const));

  it.each(cases)('make %s ask again: %s', async (_, __, work, fault) => {
    const bucket = aws.bucket([...numbered(30), ...NEIGHBOURS]);
    const { progress } = await finish(aws, work(bucket), { fault: on('DeleteObjects', [1, 2], fault) });
    expect(progress).toMatchObject({ isDone: true, seen: 30, erased: 30, failed: NONE, stoppedBy: null });
    expect((await aws.objects(bucket)).current).toEqual(NEIGHBOURS.toSorted());
  });

  const silent = faults.filter(([name]) => name !== 'a 503 SlowDown');
  it.each(silent)('never pass for deletions, however often they come: %s', async (_, fault) => {
    const bucket = aws.bucket([...numbered(5), ...NEIGHBOURS]);
    const book = new ShardBook();
    const failure = await workOn(aws, finalising(bucket), {
      book,
      fault: (call) => (isDelete(call) && call.n < 30 ? fault : undefined),
    }).catch((error: unknown) => error);
    expect(book.record.erased).toBe(0);
    if (failure instanceof Error) expect(failure.name).toBe('Lethe.OutcomeUnknown');
    const { progress } = await finish(aws, finalising(bucket), { book });
    expect(progress.erased + progress.foundGone).toBe(5);
    expect(await keysLeft(bucket)).toEqual(NEIGHBOURS.toSorted());
  });

  it.each([
    ['ListObjectsV2', hiding],
    ['ListObjectVersions', finalising],
  ] as const)('are asked for again when they are pages of %s', async (operation, work) => {
    const bucket = aws.bucket([...numbered(1_500), ...NEIGHBOURS]);
    const faults = [RESET_AFTER, refused(503, 'SlowDown'), cut(0.5), cut(0.99), cut(1)];
    // Two pages, each of which comes through at its sixth attempt.
    const fault = (call: Call) => (call.operation === operation ? faults[(call.n - 1) % 6] : undefined);
    const { progress } = await finish(aws, work(bucket), { fault });
    expect(progress).toMatchObject({ isDone: true, seen: 1_500, erased: 1_500 });
  });
});
