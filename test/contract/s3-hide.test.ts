import { PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import { afterAll, describe, expect, it } from 'vitest';
import { type Fault, on, RESET_AFTER } from '../support/faulty-client.ts';
import { finish, NONE, type Sent, ShardBook, type Work, workOn } from '../support/shard-worker.ts';
import { prefixTarget, Stores } from '../support/stores.ts';

const aws = await Stores.open();
afterAll(() => aws.close());

const numbered = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, n) => `${prefix}${String(n).padStart(5, '0')}`);
const NEIGHBOURS = ['acme', 'acme-2/1', 'ACME/1', 'acm/1', 'acme0', 'zeta/1'];

/** `erase` of a prefix. */
function hiding(bucket: string, prefix = 'acme/', except: string[] = []): Work {
  return { target: prefixTarget(bucket, prefix, { except }), operation: 'erase' };
}

interface Told {
  readonly key: string;
  readonly isCurrent: boolean;
}

/** Versions and markers of a bucket, told apart from its current objects. */
async function versionsIn(bucket: string): Promise<{ readonly objects: Told[]; readonly markers: Told[] }> {
  const { versions } = await aws.objects(bucket);
  const told = (isMarker: boolean) =>
    versions
      .filter((one) => one.isMarker === isMarker)
      .map(({ key, isLatest }) => ({ key, isCurrent: isLatest }))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
  return { objects: told(false), markers: told(true) };
}

const deletesIn = (sent: readonly Sent[]) =>
  sent.filter(({ operation }) => operation === 'DeleteObjects').map(({ input }) => input.Delete);

describe('hiding the objects of a prefix', () => {
  it('leaves a delete marker on every current object, and every version where it was', async () => {
    const own = numbered('acme/', 30);
    const bucket = aws.bucket([...own, ...own.slice(0, 10), ...NEIGHBOURS]);
    const before = await versionsIn(bucket);
    const { progress } = await finish(aws, hiding(bucket));
    const { objects, markers } = await versionsIn(bucket);
    expect(objects.map(({ key }) => key)).toEqual(before.objects.map(({ key }) => key));
    expect(markers).toEqual(own.map((key) => ({ key, isCurrent: true })));
    expect((await aws.objects(bucket)).current).toEqual(NEIGHBOURS.toSorted());
    expect(progress).toMatchObject({ isDone: true, seen: 30, erased: 30, failed: NONE, stoppedBy: null });
  });

  it('passes by what is hidden already', async () => {
    const bucket = aws.bucket(numbered('acme/', 5));
    const first = await finish(aws, hiding(bucket));
    const second = await finish(aws, hiding(bucket));
    expect(first.progress.erased).toBe(5);
    expect(second.progress).toMatchObject({ isDone: true, seen: 0, erased: 0 });
    expect((await versionsIn(bucket)).markers).toHaveLength(5);
  });

  it('tells how many bytes are hidden', async () => {
    const bucket = aws.bucket();
    for (const [at, body] of ['', 'é', 'xyz'].entries()) aws.putObject(bucket, `acme/${at}`, body);
    aws.putObject(bucket, 'acme/2', 'only the current version counts');
    const { progress } = await finish(aws, hiding(bucket));
    expect(progress.bytesErased).toBe(0 + 2 + 'only the current version counts'.length);
  });

  it('takes the whole bucket where there is no prefix', async () => {
    const bucket = aws.bucket(NEIGHBOURS);
    const { progress } = await finish(aws, hiding(bucket, ''));
    expect(progress.erased).toBe(NEIGHBOURS.length);
    expect((await aws.objects(bucket)).current).toEqual([]);
  });

  it('skips the prefixes of preserved stores below it, in counting, hiding and finalising', async () => {
    const own = numbered('acme/', 10);
    const kept = [...numbered('acme/legal/', 3), 'acme/legal/', 'acme/tax/2031/1'];
    const alike = ['acme/legal', 'acme/legal-2/1', 'acme/tax/2030/1'];
    const bucket = aws.bucket([...own, ...kept, ...alike, ...kept, ...NEIGHBOURS]);
    const work = hiding(bucket, 'acme/', ['acme/legal/', 'acme/tax/2031/']);
    const everything = { target: { ...work.target, operations: ['finalise' as const] } };
    const counted = await finish(aws, { ...work, operation: 'count' });
    const hidden = await finish(aws, work);
    const finalised = await finish(aws, { ...everything, operation: 'finalise' });
    const gone = await finish(aws, { ...everything, operation: 'count' });
    expect(counted.progress).toMatchObject({ items: 13, versions: 13 });
    expect(hidden.progress).toMatchObject({ seen: 13, erased: 13 });
    expect(finalised.progress).toMatchObject({ seen: 26, erased: 26 });
    expect(gone.progress).toMatchObject({ items: 0, versions: 0 });
    const { objects, markers } = await versionsIn(bucket);
    expect(objects.map(({ key }) => key)).toEqual([...kept, ...kept, ...NEIGHBOURS].toSorted());
    expect(markers).toEqual([]);
  });

  it.each([
    1, 2, 1_000, 1_001, 2_500,
  ])('of %i objects is a first one alone, then calls of up to 1,000', async (count) => {
    const bucket = aws.bucket([...numbered('acme/', count), ...NEIGHBOURS]);
    const { sent, progress } = await finish(aws, hiding(bucket));
    const deletes = deletesIn(sent);
    const sizes = deletes.map(({ Objects }) => Objects.length);
    expect(progress).toMatchObject({ isDone: true, erased: count });
    expect(sizes[0]).toBe(1);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1_000);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(count);
    expect(sent.length).toBeLessThanOrEqual(2 * Math.ceil(count / 1_000) + 4);
  });

  it('names no version, and asks for an answer about each key', async () => {
    const bucket = aws.bucket(numbered('acme/', 20));
    const { sent } = await finish(aws, hiding(bucket));
    for (const { Objects, Quiet } of deletesIn(sent)) {
      expect(Quiet).not.toBe(true);
      for (const one of Objects) expect(Object.keys(one)).toEqual(['Key']);
    }
    const operations = new Set(sent.map(({ operation }) => operation));
    expect(operations).toEqual(new Set(['GetBucketVersioning', 'ListObjectsV2', 'DeleteObjects']));
  });

  it.each([
    [25, 10],
    [100, 100],
    [1_000, 3_500],
  ])('takes calls of at most %i keys where the target may lose %i a second', async (most, ratePerShard) => {
    const bucket = aws.bucket(numbered('acme/', 1_200));
    const work = hiding(bucket);
    const { sent } = await finish(aws, { ...work, target: { ...work.target, ratePerShard } });
    expect(Math.max(...deletesIn(sent).map(({ Objects }) => Objects.length))).toBe(most);
  });
});

describe('hiding whose answer is lost', () => {
  const operations = ['DeleteObjects', 'DeleteObject'] as const;

  it.each(
    operations,
  )('leaves one marker on each key, for what is hidden is not hidden again (%s)', async (operation) => {
    // A line feed cannot stand in the XML of a call for many keys.
    const own = numbered('acme/', 30).map((key) => (operation === 'DeleteObject' ? `${key}\n` : key));
    const bucket = aws.bucket([...own, ...NEIGHBOURS]);
    const fault = on(operation, [1, 3], RESET_AFTER);
    const { progress } = await finish(aws, hiding(bucket), { fault });
    expect(progress).toMatchObject({ isDone: true, seen: 30, erased: 30, failed: NONE });
    expect((await versionsIn(bucket)).markers).toEqual(own.map((key) => ({ key, isCurrent: true })));
  });

  it('is repeated for those keys alone that are still there', async () => {
    const own = numbered('acme/', 30);
    const bucket = aws.bucket([...own, ...NEIGHBOURS]);
    // Ten of the call's keys are hidden, then the connection goes.
    const partly: Fault = {
      async onCall({ input }, send) {
        await send({ ...input, Delete: { Objects: input.Delete.Objects.slice(0, 10) } });
        throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
      },
    };
    const { progress, sent } = await finish(aws, hiding(bucket), { fault: on('DeleteObjects', 2, partly) });
    expect(progress).toMatchObject({ isDone: true, seen: 30, erased: 30, failed: NONE });
    // The second call is cut to ten on its way.
    expect(deletesIn(sent).map(({ Objects }) => Objects.length)).toEqual([1, 29, 19]);
    expect((await versionsIn(bucket)).markers).toEqual(own.map((key) => ({ key, isCurrent: true })));
  });

  it('is believed no more than an answer: what left no version behind is lost', async () => {
    const bucket = aws.bucket(numbered('acme/', 30));
    const suspending: Fault = {
      async onCall({ input }, send) {
        const VersioningConfiguration = { Status: 'Suspended' as const };
        await aws.s3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration }));
        await send(input);
        throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
      },
    };
    const { progress } = await finish(aws, hiding(bucket), { fault: on('DeleteObjects', 2, suspending) });
    expect(progress).toMatchObject({ stoppedBy: 'versioning', erased: 1, failed: { VersioningLost: 29 } });
  });
});

describe('a bucket that does not keep what is deleted', () => {
  const suspend = (bucket: string) =>
    aws.s3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: 'Suspended' } }));
  const enable = (bucket: string) =>
    aws.s3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  const isDelete = ({ operation }: { readonly operation: string }) => operation.startsWith('Delete');

  const before: [string, (bucket: string) => Promise<unknown>, 'Enabled' | 'Off'][] = [
    ['was suspended before', suspend, 'Enabled'],
    ['was never on', async () => undefined, 'Off'],
  ];
  it.each(before)('loses nothing when versioning %s', async (_, prepare, versioning) => {
    const bucket = aws.bucket(numbered('acme/', 10), versioning);
    await prepare(bucket);
    const book = new ShardBook();
    const { sent, progress } = await finish(aws, hiding(bucket), { book });
    expect(sent.filter(isDelete)).toEqual([]);
    expect(progress).toMatchObject({ isDone: true, stoppedBy: 'versioning', seen: 0, erased: 0, failed: NONE });
    expect(book.isTargetStopped).toBe(true);
    expect((await aws.objects(bucket)).current).toHaveLength(10);
  });

  it('loses one object when versioning is on but not yet in effect', async () => {
    const bucket = aws.bucket(numbered('acme/', 10), 'Off');
    await enable(bucket);
    const book = new ShardBook();
    const { progress } = await finish(aws, hiding(bucket), { book });
    expect(progress).toMatchObject({ isDone: true, stoppedBy: 'versioning', seen: 1, erased: 0 });
    expect(progress.failed).toEqual({ VersioningLost: 1 });
    expect(book.samples).toEqual([['VersioningLost', 'acme/00000']]);
    expect((await aws.objects(bucket)).current).toEqual(numbered('acme/', 10).slice(1));
  });

  it('hides every object once versioning is in effect', async () => {
    const bucket = aws.bucket(numbered('acme/', 10), 'Off');
    await enable(bucket);
    await aws.clock.sleep(900_000);
    const { progress } = await finish(aws, hiding(bucket));
    expect(progress).toMatchObject({ isDone: true, stoppedBy: null, erased: 10 });
    expect((await versionsIn(bucket)).objects).toHaveLength(10);
  });

  it('loses one call when versioning is suspended on the way, and stops every worker of the target', async () => {
    const keys = [...numbered('acme/a', 2_500), ...numbered('acme/b', 50)];
    const bucket = aws.bucket(keys);
    const book = new ShardBook();
    const suspended: Fault = {
      async onCall({ input }, send) {
        await suspend(bucket);
        return send(input);
      },
    };
    const mayContinue = () => !book.isTargetStopped;
    const { progress, sent } = await finish(aws, hiding(bucket), {
      book,
      fault: on('DeleteObjects', 3, suspended),
      mayContinue,
    });
    const lost = deletesIn(sent)[2].Objects.length;
    expect(deletesIn(sent)).toHaveLength(3);
    expect(progress).toMatchObject({ isDone: true, stoppedBy: 'versioning', failed: { VersioningLost: lost } });
    expect(progress.seen).toBe(progress.erased + lost);
    expect(progress.samples['VersioningLost']).toHaveLength(3);
    const { current } = await aws.objects(bucket);
    expect(current).toHaveLength(keys.length - progress.seen);
    const other = await finish(aws, hiding(bucket, 'acme/b'), { mayContinue });
    expect(other.sent.filter(isDelete)).toEqual([]);
  });

  it('is found out by the worker that takes over, though its predecessor hid some', async () => {
    const bucket = aws.bucket(numbered('acme/', 1_500));
    const book = new ShardBook();
    const killed = await workOn(aws, hiding(bucket), { book, diesAtStep: 16 });
    await suspend(bucket);
    const { progress, sent } = await finish(aws, hiding(bucket), { book });
    const hidden = (await versionsIn(bucket)).markers.length;
    expect(killed.end).toBe('killed');
    expect(sent.filter(isDelete)).toEqual([]);
    expect(progress).toMatchObject({ isDone: true, stoppedBy: 'versioning' });
    // What the dead worker had in flight is looked at all the same: its sum says what is gone.
    expect(progress.inFlight).toBeNull();
    expect(progress.erased + progress.foundGone).toBe(hidden);
    expect(progress.seen).toBe(hidden);
  });
});
