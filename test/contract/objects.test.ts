import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, describe, expect, it } from 'vitest';
import type { RunRecord } from '../../adapters/control-table/runs.ts';
import { JSON_TYPE, Objects } from '../../adapters/objects.ts';
import { readPlan, readTargets } from '../../adapters/run-files.ts';
import { canonicalJson, planDigestOf, sha256Hex } from '../../core/evidence/digest.ts';
import { refused, withFaults } from '../support/faulty-client.ts';
import { Life } from '../support/life.ts';
import { countedTarget, planOf, tableTarget, targetListOf } from '../support/plans.ts';
import { Stores } from '../support/stores.ts';
import { VirtualTime } from '../support/virtual-time.ts';

const aws = await Stores.open();
afterAll(() => aws.close());

const newObjects = () => new Objects(aws.s3, aws.bucket());

describe('a file that is written once', () => {
  it('is there with its version, and is not written over', async () => {
    const objects = newObjects();
    const first = await objects.writeOnce('runs/1/a.json', '{"a":1}', JSON_TYPE);
    const second = await objects.writeOnce('runs/1/a.json', '{"a":2}', JSON_TYPE);
    const read = await objects.read('runs/1/a.json');
    expect(first).toEqual({ versionId: read?.versionId });
    expect(read?.body).toBe('{"a":1}');
    expect(second).toEqual({ standing: read });
  });

  it('has one of many writers at once; the others get what stands', async () => {
    const objects = newObjects();
    const bodies = Array.from({ length: 20 }, (_, n) => `body ${n}`);
    const written = await Promise.all(bodies.map((body) => objects.writeOnce('one', body, 'text/plain')));
    const winners = bodies.filter((_, at) => 'versionId' in (written[at] ?? {}));
    expect(winners).toHaveLength(1);
    const standing = await objects.read('one');
    expect(standing?.body).toBe(winners[0]);
    for (const other of written.filter((one) => 'standing' in one)) expect(other).toEqual({ standing });
  });

  it.each([
    ['nothing', ''],
    ['characters beyond ASCII', '€ \u{1F600} é'],
    ['much', 'x'.repeat(3_000_000)],
  ])('keeps its bytes, be they %s', async (_, body) => {
    const objects = newObjects();
    await objects.writeOnce('a', body, 'text/plain; charset=utf-8');
    expect((await objects.read('a'))?.body).toBe(body);
  });

  it.each([
    [403, 'AccessDenied'],
    [409, 'ConditionalRequestConflict'],
  ])('that S3 refuses with %i %s for another reason is a failure', async (status, code) => {
    const surroundings = { life: new Life(), time: new VirtualTime(), fault: () => refused(status, code) };
    const client = withFaults(aws.newS3(), surroundings);
    const objects = new Objects(client, aws.bucket());
    await expect(objects.writeOnce('a', 'x', 'text/plain')).rejects.toMatchObject({ name: code });
    client.destroy();
  });
});

describe('a file', () => {
  it('is read as it is now, or as it was in a version', async () => {
    const objects = newObjects();
    const first = await objects.writeOnce('a', 'first', 'text/plain');
    await objects.write('a', 'second', 'text/plain');
    const versionId = 'versionId' in first ? first.versionId : '';
    expect((await objects.read('a'))?.body).toBe('second');
    expect(await objects.read('a', versionId)).toEqual({ body: 'first', versionId });
  });

  it('that is not there, or not in that version any more, is nothing', async () => {
    const objects = newObjects();
    const written = await objects.writeOnce('a', 'first', 'text/plain');
    const versionId = 'versionId' in written ? written.versionId : '';
    await aws.s3.send(new DeleteObjectCommand({ Bucket: objects.bucket, Key: 'a', VersionId: versionId }));
    expect(await objects.read('a')).toBeUndefined();
    expect(await objects.read('a', versionId)).toBeUndefined();
    expect(await objects.read('other')).toBeUndefined();
  });

  it('in a bucket that is not there is a failure', async () => {
    await expect(new Objects(aws.s3, 'nowhere').read('a')).rejects.toMatchObject({ name: 'NoSuchBucket' });
  });
});

describe('the files of a run', () => {
  const target = tableTarget();
  const list = targetListOf([target]);
  const plan = planOf([countedTarget(target, { items: 3 })]);
  const RUN = { runId: 'run-1', executionArn: list.executionArn, startedAt: list.startedAt };

  /** A work bucket with both files, and the run's record of them. */
  async function written({ targets = canonicalJson(list), sealed = canonicalJson(plan) } = {}) {
    const work = newObjects();
    const put = async (file: string, body: string) => {
      const written = await work.writeOnce(`runs/run-1/${file}`, body, JSON_TYPE);
      return 'versionId' in written ? written.versionId : '';
    };
    const run: RunRecord = {
      ...RUN,
      targetsSha256: sha256Hex(canonicalJson(list)),
      targetsVersionId: await put('targets.json', targets),
      planDigest: plan.planDigest,
      planVersionId: await put('plan.json', sealed),
    };
    return { work, run };
  }

  it('are read as they were written', async () => {
    const { work, run } = await written();
    expect(await readTargets(work, run)).toEqual(list);
    expect(await readPlan(work, run)).toEqual(plan);
  });

  it('are read in the versions that were pinned, whatever was written over them since', async () => {
    const { work, run } = await written();
    const other = planOf([countedTarget(tableTarget({ resource: 'globex-table' }))]);
    await work.write('runs/run-1/targets.json', canonicalJson(targetListOf([])), JSON_TYPE);
    await work.write('runs/run-1/plan.json', canonicalJson(other), JSON_TYPE);
    expect(await readTargets(work, run)).toEqual(list);
    expect(await readPlan(work, run)).toEqual(plan);
  });

  const mismatch = (file: string) => ({
    name: 'Lethe.PlanMismatch',
    retryable: false,
    details: { received: file, what: expect.stringContaining('run-1') },
  });
  const elsewhere = (text: string) => text.replaceAll('items-table', 'globex-table');
  const TAMPERED: [string, (text: string) => string][] = [
    ['names another table', elsewhere],
    ['has one byte more', (text) => `${text} `],
    ['has a number changed', (text) => text.replace('"maxItems":5000000', '"maxItems":5000001')],
    ['has a member more', (text) => text.replace('{', '{"more":1,')],
    ['lacks a member', (text) => text.replace('"warnings":[]', '"warning":[]')],
    ['is cut', (text) => text.slice(0, -1)],
    ['is empty', () => ''],
    ['is null', () => 'null'],
    ['is a list', () => '[]'],
  ];

  it.each(TAMPERED)('are refused when targets.json %s', async (_, tamper) => {
    const { work, run } = await written({ targets: tamper(canonicalJson(list)) });
    await expect(readTargets(work, run)).rejects.toMatchObject(mismatch('targets.json'));
  });

  // White space alone changes nothing of a plan: its digest is of its canonical form.
  const meaningful = TAMPERED.filter(([name]) => name !== 'has one byte more');
  it.each(meaningful)('are refused when plan.json %s', async (_, tamper) => {
    const { work, run } = await written({ sealed: tamper(canonicalJson(plan)) });
    await expect(readPlan(work, run)).rejects.toMatchObject(mismatch('plan.json'));
  });

  it('are refused when plan.json is another plan with a digest of its own', async () => {
    const other = planOf([countedTarget(tableTarget({ resource: 'globex-table' }))]);
    expect(planDigestOf(other)).toBe(other.planDigest);
    const { work, run } = await written({ sealed: canonicalJson(other) });
    await expect(readPlan(work, run)).rejects.toMatchObject(mismatch('plan.json'));
  });

  it('are refused when the pinned version is gone, or was never written', async () => {
    const { work, run } = await written();
    for (const [file, VersionId] of [
      ['targets.json', run.targetsVersionId],
      ['plan.json', run.planVersionId],
    ])
      await aws.s3.send(new DeleteObjectCommand({ Bucket: work.bucket, Key: `runs/run-1/${file}`, VersionId }));
    await expect(readTargets(work, run)).rejects.toMatchObject(mismatch('targets.json'));
    await expect(readPlan(work, run)).rejects.toMatchObject(mismatch('plan.json'));
    await expect(readTargets(newObjects(), RUN)).rejects.toMatchObject(mismatch('targets.json'));
  });

  it('are refused before they are pinned, though they are there', async () => {
    const { work } = await written();
    await expect(readTargets(work, RUN)).rejects.toMatchObject(mismatch('targets.json'));
    await expect(readPlan(work, RUN)).rejects.toMatchObject(mismatch('plan.json'));
  });

  it('of another run are not taken for this one’s', async () => {
    const { work, run } = await written();
    const put = new PutObjectCommand({ Bucket: work.bucket, Key: 'runs/run-2/plan.json', Body: canonicalJson(plan) });
    const { VersionId = '' } = await aws.s3.send(put);
    const stolen = { ...run, runId: 'run-2', planVersionId: VersionId };
    await expect(readPlan(work, stolen)).rejects.toMatchObject({ name: 'Lethe.PlanMismatch' });
  });
});
