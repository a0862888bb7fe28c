// Object Lock of the embedded S3: what cannot be deleted, until when, and by whom all the same.
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectLegalHoldCommand,
  GetObjectLockConfigurationCommand,
  GetObjectRetentionCommand,
  HeadObjectCommand,
  type ObjectLockMode,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  PutObjectRetentionCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { START_MS } from './account.ts';
import { awsError, deleteAll, listVersions, openS3, type S3Account } from './s3-account.ts';

const Bucket = 'evidence';
const HOUR_MS = 3_600_000;
const inAnHour = new Date(START_MS + HOUR_MS);
const inTwoHours = new Date(START_MS + 2 * HOUR_MS);
const locked = {
  ...awsError('AccessDenied', 403),
  message: 'Access Denied because object protected by object lock.',
};

async function openLocked(options: { readonly clockSpeed?: number } = {}): Promise<S3Account> {
  const account = await openS3(options);
  await account.client.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
  return account;
}

async function put({ client }: S3Account, Key: string, lock: object = {}): Promise<string> {
  const { VersionId = '' } = await client.send(new PutObjectCommand({ Bucket, Key, Body: 'x', ...lock }));
  return VersionId;
}

const remove = ({ client }: S3Account, VersionId: string, BypassGovernanceRetention?: boolean) =>
  client.send(new DeleteObjectCommand({ Bucket, Key: 'a', VersionId, BypassGovernanceRetention }));

const retain = ({ client }: S3Account, Mode: ObjectLockMode, RetainUntilDate: Date, bypass = false) =>
  client.send(
    new PutObjectRetentionCommand({
      Bucket,
      Key: 'a',
      Retention: { Mode, RetainUntilDate },
      ...(bypass && { BypassGovernanceRetention: true }),
    }),
  );

describe('a bucket with Object Lock', () => {
  test('says so', async () => {
    const { client } = await openLocked();
    const { ObjectLockConfiguration } = await client.send(new GetObjectLockConfigurationCommand({ Bucket }));
    expect(ObjectLockConfiguration).toEqual({ ObjectLockEnabled: 'Enabled' });
  });

  test('is the only one where versions can be locked', async () => {
    const { client, s3 } = await openS3();
    s3.createBucket(Bucket, { versioning: 'Enabled' });
    s3.putObject(Bucket, 'a', 'x');
    const missing = {
      ...awsError('InvalidRequest', 400),
      message: 'Bucket is missing Object Lock Configuration',
    };
    const lock = { ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate: inAnHour } as const;
    await expect(client.send(new PutObjectCommand({ Bucket, Key: 'b', Body: 'x', ...lock }))).rejects.toMatchObject(
      missing,
    );
    await expect(client.send(new GetObjectRetentionCommand({ Bucket, Key: 'a' }))).rejects.toMatchObject(missing);
    await expect(client.send(new GetObjectLegalHoldCommand({ Bucket, Key: 'a' }))).rejects.toMatchObject(missing);
    await expect(
      client.send(new DeleteObjectCommand({ Bucket, Key: 'a', BypassGovernanceRetention: true })),
    ).rejects.toMatchObject({
      ...awsError('InvalidArgument', 400),
      message: 'x-amz-bypass-governance-retention is only applicable to Object Lock enabled buckets.',
    });
  });
});

describe('retention', () => {
  test('keeps a version from being deleted, and not from being hidden', async () => {
    const account = await openLocked();
    const version = await put(account, 'a', { ObjectLockMode: 'COMPLIANCE', ObjectLockRetainUntilDate: inAnHour });
    await expect(remove(account, version)).rejects.toMatchObject(locked);
    await expect(remove(account, version, true)).rejects.toMatchObject(locked);
    const { VersionId: marker = '' } = await account.client.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
    await expect(remove(account, marker)).resolves.toMatchObject({ DeleteMarker: true });
  });

  test('of governance can be bypassed', async () => {
    const account = await openLocked();
    const version = await put(account, 'a', { ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate: inAnHour });
    await expect(remove(account, version)).rejects.toMatchObject(locked);
    await remove(account, version, true);
    expect(await listVersions(account.client, { Bucket })).toEqual([]);
  });

  test('ends by the service clock', async () => {
    const account = await openLocked({ clockSpeed: 100_000 });
    const release = account.clock.hold();
    const until = new Date(account.clock.nowMs() + HOUR_MS);
    const version = await put(account, 'a', { ObjectLockMode: 'COMPLIANCE', ObjectLockRetainUntilDate: until });
    await expect(remove(account, version)).rejects.toMatchObject(locked);
    release();
    await account.clock.sleep(HOUR_MS);
    await expect(remove(account, version)).resolves.toBeDefined();
  });

  test('is told by the object and by its own operation', async () => {
    const account = await openLocked();
    await put(account, 'a');
    await expect(account.client.send(new GetObjectRetentionCommand({ Bucket, Key: 'a' }))).rejects.toMatchObject(
      awsError('NoSuchObjectLockConfiguration', 404),
    );
    await retain(account, 'GOVERNANCE', inAnHour);
    const { Retention } = await account.client.send(new GetObjectRetentionCommand({ Bucket, Key: 'a' }));
    const head = await account.client.send(new HeadObjectCommand({ Bucket, Key: 'a' }));

    expect(Retention).toEqual({ Mode: 'GOVERNANCE', RetainUntilDate: inAnHour });
    expect(head).toMatchObject({ ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate: inAnHour });
  });

  test.each([
    ['longer', 'GOVERNANCE', 'GOVERNANCE', inTwoHours, false, true],
    ['longer', 'COMPLIANCE', 'COMPLIANCE', inTwoHours, false, true],
    ['to compliance', 'GOVERNANCE', 'COMPLIANCE', inTwoHours, false, false],
    ['to compliance with a bypass', 'GOVERNANCE', 'COMPLIANCE', inAnHour, true, true],
    ['shorter', 'GOVERNANCE', 'GOVERNANCE', new Date(START_MS + 60_000), false, false],
    ['shorter with a bypass', 'GOVERNANCE', 'GOVERNANCE', new Date(START_MS + 60_000), true, true],
    ['shorter', 'COMPLIANCE', 'COMPLIANCE', new Date(START_MS + 60_000), true, false],
    ['to governance', 'COMPLIANCE', 'GOVERNANCE', inTwoHours, true, false],
  ] as const)('can be made %s, from %s: %s until %s (bypass %s) is %s', async (_, from, to, until, bypass, isAllowed) => {
    const account = await openLocked();
    await put(account, 'a', { ObjectLockMode: from, ObjectLockRetainUntilDate: inAnHour });
    const change = retain(account, to, until, bypass);
    if (isAllowed) await expect(change).resolves.toBeDefined();
    else await expect(change).rejects.toMatchObject(locked);
  });

  test('cannot begin in the past', async () => {
    const account = await openLocked();
    await put(account, 'a');
    await expect(retain(account, 'GOVERNANCE', new Date(START_MS - 1000))).rejects.toMatchObject({
      ...awsError('InvalidArgument', 400),
      message: 'The retain until date must be in the future!',
    });
  });

  test('needs mode and date, and a checksum of what it keeps', async () => {
    const { raw } = await openLocked();
    const mode = { 'x-amz-object-lock-mode': 'GOVERNANCE' };
    const both = { ...mode, 'x-amz-object-lock-retain-until-date': inAnHour.toISOString() };
    const answers = [
      await raw('PUT', '/evidence/a', { headers: mode, body: 'x' }),
      await raw('PUT', '/evidence/a', { headers: both, body: 'x' }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([400, 400]);
    expect(answers[0]?.body).toContain('must both be supplied');
    expect(answers[1]?.body).toContain(
      'Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters',
    );
  });
});

describe('a legal hold', () => {
  const hold = ({ client }: S3Account, Status: 'ON' | 'OFF', VersionId?: string) =>
    client.send(new PutObjectLegalHoldCommand({ Bucket, Key: 'a', VersionId, LegalHold: { Status } }));

  test('keeps a version until it is taken off, whoever asks', async () => {
    const account = await openLocked();
    const version = await put(account, 'a');
    await hold(account, 'ON', version);
    await expect(remove(account, version, true)).rejects.toMatchObject(locked);
    await hold(account, 'OFF', version);
    const { LegalHold } = await account.client.send(new GetObjectLegalHoldCommand({ Bucket, Key: 'a' }));
    await remove(account, version);

    expect(LegalHold).toEqual({ Status: 'OFF' });
    expect(await listVersions(account.client, { Bucket })).toEqual([]);
  });

  test('is of one version', async () => {
    const account = await openLocked();
    const [held, free] = [await put(account, 'a', { ObjectLockLegalHoldStatus: 'ON' }), await put(account, 'a')];
    await expect(account.client.send(new GetObjectLegalHoldCommand({ Bucket, Key: 'a' }))).rejects.toMatchObject(
      awsError('NoSuchObjectLockConfiguration', 404),
    );
    await remove(account, free);
    await expect(remove(account, held)).rejects.toMatchObject(locked);
  });
});

describe('a multi-delete with locked versions', () => {
  test('is denied key by key', async () => {
    const account = await openLocked();
    const lock = { ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate: inAnHour } as const;
    const ids = [
      { Key: 'a', VersionId: await put(account, 'a', lock) },
      { Key: 'b', VersionId: await put(account, 'b') },
      { Key: 'c', VersionId: await put(account, 'c', lock) },
    ];
    const [a, b, c] = ids;
    const answer = await deleteAll(account.client, Bucket, ids);
    const Delete = { Objects: ids };
    const bypassed = await account.client.send(
      new DeleteObjectsCommand({ Bucket, Delete, BypassGovernanceRetention: true }),
    );

    const error = { Code: 'AccessDenied', Message: 'Access Denied because object protected by object lock.' };
    expect(answer.Deleted).toEqual([b]);
    expect(answer.Errors).toEqual([
      { ...a, ...error },
      { ...c, ...error },
    ]);
    expect(bypassed.Errors).toBeUndefined();
    expect(await listVersions(account.client, { Bucket })).toEqual([]);
  });
});
