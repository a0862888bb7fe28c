import { DeleteObjectCommand, GetBucketVersioningCommand, PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeS3Store } from '../../stores/s3/s3-store.ts';
import { CLOCK_SPEED, Protecting } from '../support/protecting.ts';
import { prefixTarget, Stores } from '../support/stores.ts';

const aws = await Stores.open({ clockSpeed: CLOCK_SPEED });
afterAll(() => aws.close());

let world: Protecting;
beforeEach(async () => {
  world = await Protecting.open(aws);
});
afterEach(() => world.close());

const setVersioning = (Bucket: string, Status: 'Enabled' | 'Suspended') =>
  aws.s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));

const versioningOf = async (Bucket: string) =>
  (await aws.s3.send(new GetBucketVersioningCommand({ Bucket }))).Status ?? 'Off';

/** Whether what is deleted now leaves a version behind. */
async function keepsWhatIsDeleted(Bucket: string): Promise<boolean> {
  aws.putObject(Bucket, 'probe');
  const { VersionId } = await aws.s3.send(new DeleteObjectCommand({ Bucket, Key: 'probe' }));
  return VersionId !== undefined && VersionId !== 'null';
}

/** Plans a run over a bucket as it is. */
async function planned(
  bucket: string,
  { runId = 'run-1', versioning = 'enable' as 'enable' | 'refuse' } = {},
): Promise<void> {
  const description = await makeS3Store(aws.s3).describe(bucket);
  const facts = description.exists ? description.facts : null;
  await world.plan(runId, [prefixTarget(bucket, 'acme/', { facts })], { versioning });
}

const FAILED = { name: 'Lethe.ProtectionFailed', retryable: false };

describe('protecting a bucket', () => {
  it('is done at once where versioning has been on since before the plan', async () => {
    const bucket = aws.bucket();
    await planned(bucket);
    expect(await world.untilReady('run-1', 'protect', bucket)).toEqual([]);
    expect(await world.untilReady('run-1', 'confirm', bucket)).toEqual([]);
    expect((await world.record('run-1', bucket)).recoveryPoint).toMatchObject({ type: 'versions', id: null });
    expect(aws.callsTo(bucket, 'PutBucketVersioning')).toEqual([]);
  });

  it('turns versioning on, and waits 15 minutes until deletes really leave versions behind', async () => {
    const bucket = aws.bucket([], 'Off');
    await planned(bucket);
    const startedMs = aws.clock.nowMs();
    const waits = await world.untilReady('run-1', 'protect', bucket);
    expect(aws.clock.nowMs() - startedMs).toBeGreaterThanOrEqual(900_000);
    expect(await versioningOf(bucket)).toBe('Enabled');
    expect(await keepsWhatIsDeleted(bucket)).toBe(true);
    expect(waits.slice(0, 5)).toEqual([5, 10, 20, 40, 60]);
    expect(aws.callsTo(bucket, 'PutBucketVersioning')).toHaveLength(1);
  });

  it('turns it on again where it was suspended', async () => {
    const bucket = aws.bucket();
    await setVersioning(bucket, 'Suspended');
    await planned(bucket);
    await world.untilReady('run-1', 'protect', bucket);
    expect(await versioningOf(bucket)).toBe('Enabled');
    expect(await keepsWhatIsDeleted(bucket)).toBe(true);
  });

  it.each(['Off', 'Suspended'] as const)('changes nothing where it is %s and must not be turned on', async (status) => {
    const bucket = aws.bucket([], status === 'Off' ? 'Off' : 'Enabled');
    if (status === 'Suspended') await setVersioning(bucket, 'Suspended');
    await planned(bucket, { versioning: 'refuse' });
    await expect(world.look('run-1', 'protect', bucket)).rejects.toMatchObject({
      ...FAILED,
      details: { what: expect.stringMatching(/versioning was switched off/) },
    });
    expect(await versioningOf(bucket)).toBe(status);
    expect((await world.record('run-1', bucket)).protect?.failure).toMatch(/switched off/);
  });

  it('begins to wait anew when somebody suspends it and it has to be turned on again', async () => {
    const bucket = aws.bucket([], 'Off');
    await planned(bucket);
    await world.look('run-1', 'protect', bucket);
    await world.pass(600);
    await setVersioning(bucket, 'Suspended');
    await world.look('run-1', 'protect', bucket);
    await world.pass(600);
    expect(await world.look('run-1', 'protect', bucket)).toMatchObject({ isReady: false });
    await world.pass(301);
    expect(await world.look('run-1', 'protect', bucket)).toMatchObject({ isReady: true });
  });

  it('waits too where another run turned it on just before the plan, and ended', async () => {
    const bucket = aws.bucket([], 'Off');
    await planned(bucket);
    await world.look('run-1', 'protect', bucket);
    await planned(bucket, { runId: 'run-2' });
    const startedMs = aws.clock.nowMs();
    await world.untilReady('run-2', 'protect', bucket);
    expect(aws.clock.nowMs() - startedMs).toBeGreaterThan(800_000);
    expect(await keepsWhatIsDeleted(bucket)).toBe(true);
    expect(aws.callsTo(bucket, 'PutBucketVersioning')).toHaveLength(1);
    // Long afterwards nobody waits for it any more.
    await planned(bucket, { runId: 'run-3' });
    expect(await world.untilReady('run-3', 'protect', bucket)).toEqual([]);
  });

  it('waits too where somebody else turned it on after the plan', async () => {
    const bucket = aws.bucket([], 'Off');
    await planned(bucket);
    await setVersioning(bucket, 'Enabled');
    await world.untilReady('run-1', 'protect', bucket);
    expect(await keepsWhatIsDeleted(bucket)).toBe(true);
  });

  it('killed at any step of turning it on, is not ready before deletes leave versions behind', async () => {
    const buckets = new Map<string, string>();
    for (let diesAtStep = 1; diesAtStep <= 16; diesAtStep++) {
      const [runId, bucket] = [`run-${diesAtStep}`, aws.bucket([], 'Off')];
      await planned(bucket, { runId });
      buckets.set(runId, bucket);
    }
    const ends: unknown[] = [];
    for (const [runId, bucket] of buckets)
      ends.push(await world.look(runId, 'protect', bucket, Number(runId.slice('run-'.length))));
    expect([ends[0], ends.at(-1)]).toEqual(['killed', expect.objectContaining({ isReady: false })]);
    await world.allReady('protect', buckets, async (bucket) => {
      expect(await keepsWhatIsDeleted(bucket), bucket).toBe(true);
    });
  });
});

describe('confirming a bucket’s recovery', () => {
  it.each(['enable', 'refuse'] as const)('fails when versioning was suspended meanwhile (%s)', async (versioning) => {
    const bucket = aws.bucket();
    await planned(bucket, { versioning });
    await world.untilReady('run-1', 'protect', bucket);
    await setVersioning(bucket, 'Suspended');
    await expect(world.look('run-1', 'confirm', bucket)).rejects.toMatchObject({
      ...FAILED,
      details: { what: expect.stringMatching(/versioning was switched off/), received: bucket },
    });
    expect(await versioningOf(bucket)).toBe('Suspended');
    expect((await world.record('run-1', bucket)).confirm?.failure).toMatch(/switched off/);
  });
});

describe('a target that nobody described', () => {
  it('cannot be protected', async () => {
    const bucket = aws.bucket();
    await world.plan('run-1', [prefixTarget(bucket, 'acme/', { facts: null })]);
    await expect(world.look('run-1', 'protect', bucket)).rejects.toMatchObject({
      ...FAILED,
      details: { what: expect.stringMatching(/was not described/) },
    });
  });

  it('nor can one that the run does not have', async () => {
    await world.plan('run-1', []);
    await expect(world.look('run-1', 'protect', 'other')).rejects.toThrow(/no target other/);
    await expect(world.look('run-2', 'protect', 'other')).rejects.toThrow(/no run run-2/);
  });
});
