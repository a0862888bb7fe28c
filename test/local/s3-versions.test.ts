// Versions of the embedded S3: what puts and deletes leave behind in each state of versioning, and the worst of its delay.
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { Versioning } from '../../local/s3/versioning.ts';
import { awsError, deleteAll, openS3, type S3Account } from './s3-account.ts';

const Bucket = 'images';

const setVersioning = ({ client }: S3Account, Status: 'Enabled' | 'Suspended') =>
  client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));

const put = ({ client }: S3Account, Key: string, Body = 'x') =>
  client.send(new PutObjectCommand({ Bucket, Key, Body }));

const remove = ({ client }: S3Account, Key: string, VersionId?: string) =>
  client.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));

/** The version ids as they are listed, a delete marker's with an asterisk. */
async function history({ raw }: S3Account, prefix: string): Promise<readonly string[]> {
  const { body } = await raw('GET', `/${Bucket}?versions&prefix=${prefix}`);
  const entries = body.matchAll(/<(Version|DeleteMarker)>.*?<VersionId>(.*?)<\/VersionId>/g);
  return [...entries].map(([, kind, id]) => (kind === 'Version' ? `${id}` : `${id}*`));
}

async function openVersioned(): Promise<S3Account> {
  const account = await openS3();
  account.s3.createBucket(Bucket, { versioning: 'Enabled' });
  return account;
}

async function openSuspended(): Promise<S3Account> {
  const account = await openVersioned();
  await setVersioning(account, 'Suspended');
  return account;
}

describe('in a bucket that never was versioned', () => {
  test('a put replaces the null version and tells no version id', async () => {
    const account = await openS3();
    account.s3.createBucket(Bucket);
    const answers = [await put(account, 'a', 'old'), await put(account, 'a', 'new')];
    const got = await account.client.send(new GetObjectCommand({ Bucket, Key: 'a', VersionId: 'null' }));

    expect(answers.map(({ VersionId }) => VersionId)).toEqual([undefined, undefined]);
    expect(await history(account, 'a')).toEqual(['null']);
    expect(await got.Body?.transformToString()).toBe('new');
    expect(got.VersionId).toBeUndefined();
  });

  test('a delete is for ever and leaves no marker', async () => {
    const account = await openS3();
    account.s3.createBucket(Bucket);
    await put(account, 'a');
    const one = await remove(account, 'a');
    const many = await deleteAll(account.client, Bucket, [{ Key: 'a' }, { Key: 'never' }]);

    expect(one).not.toHaveProperty('DeleteMarker');
    expect(one).not.toHaveProperty('VersionId');
    expect(many.Deleted).toEqual([{ Key: 'a' }, { Key: 'never' }]);
    expect(await history(account, '')).toEqual([]);
  });

  test('versioning says nothing', async () => {
    const { client, s3 } = await openS3();
    s3.createBucket(Bucket);
    const answer = await client.send(new GetBucketVersioningCommand({ Bucket }));
    expect([answer.Status, answer.MFADelete]).toEqual([undefined, undefined]);
  });
});

describe('in a bucket with versioning', () => {
  test('every put makes a version, with an id like no other', async () => {
    const account = await openVersioned();
    const answers = [];
    for (let n = 0; n < 5; n++) answers.push(await put(account, 'a', `body ${n}`));
    const ids = answers.map(({ VersionId = '' }) => VersionId);
    const bodies = ids.map((id) => Buffer.from(account.s3.getObject(Bucket, 'a', id)).toString());

    expect(new Set(ids).size).toBe(5);
    for (const id of ids) expect(id).toMatch(/^[\w.-]{32}$/);
    expect(bodies).toEqual(['body 0', 'body 1', 'body 2', 'body 3', 'body 4']);
    expect(await history(account, 'a')).toEqual(ids.toReversed());
    // A client that sorts by id would be wrong here as on AWS.
    expect(ids.toSorted()).not.toEqual(ids);
  });

  test('a delete hides, and says by which marker', async () => {
    const account = await openVersioned();
    const { VersionId: version } = await put(account, 'a');
    const { VersionId: marker, DeleteMarker } = await remove(account, 'a');

    expect(DeleteMarker).toBe(true);
    expect(await history(account, 'a')).toEqual([`${marker}*`, version]);
    await expect(account.client.send(new GetObjectCommand({ Bucket, Key: 'a' }))).rejects.toMatchObject(
      awsError('NoSuchKey', 404),
    );
    await expect(account.client.send(new ListObjectsV2Command({ Bucket }))).resolves.toMatchObject({ KeyCount: 0 });
    expect(account.s3.getObject(Bucket, 'a', version)).toHaveLength(1);
  });

  test('a hidden key says so in the headers of its 404, a marker in those of its 405', async () => {
    const account = await openVersioned();
    const { VersionId: marker } = await remove(account, 'never there');
    const hidden = await account.raw('GET', '/images/never%20there');
    const named = await account.raw('GET', `/images/never%20there?versionId=${marker}`);

    const headers = { 'x-amz-delete-marker': 'true', 'x-amz-version-id': marker };
    expect(hidden).toMatchObject({ status: 404, headers });
    expect(named).toMatchObject({ status: 405, headers: { ...headers, allow: 'DELETE' } });
    expect(named.body).toContain('<Code>MethodNotAllowed</Code>');
  });

  test('deleting the marker brings the object back', async () => {
    const account = await openVersioned();
    const { VersionId: version } = await put(account, 'a');
    const { VersionId: marker } = await remove(account, 'a');
    const answer = await remove(account, 'a', marker);

    expect(answer).toMatchObject({ DeleteMarker: true, VersionId: marker });
    expect(await history(account, 'a')).toEqual([version]);
    await expect(account.client.send(new HeadObjectCommand({ Bucket, Key: 'a' }))).resolves.toMatchObject({
      VersionId: version,
    });
  });

  test('deleting a version is for ever, and is answered alike when it is gone', async () => {
    const account = await openVersioned();
    const { VersionId: version = '' } = await put(account, 'a');
    const answers = [await remove(account, 'a', version), await remove(account, 'a', version)];

    for (const answer of answers) {
      expect(answer.VersionId).toBe(version);
      expect(answer.DeleteMarker).toBeUndefined();
    }
    expect(await history(account, 'a')).toEqual([]);
    expect(() => account.s3.getObject(Bucket, 'a', version)).toThrow(
      expect.objectContaining({ name: 'NoSuchVersion' }),
    );
  });

  test('an id that never was one is an invalid argument', async () => {
    const account = await openVersioned();
    const id = 'HPniJFCxqTsMuIH9KX8K8wEjNUgmABCD';
    await expect(remove(account, 'a', id)).rejects.toMatchObject({
      ...awsError('InvalidArgument', 400),
      ArgumentName: 'versionId',
      ArgumentValue: id,
      message: 'Invalid version id specified',
    });
    await expect(account.client.send(new GetObjectCommand({ Bucket, Key: 'a', VersionId: id }))).rejects.toMatchObject(
      awsError('InvalidArgument', 400),
    );
  });

  test('a bucket cannot be deleted while a marker is left', async () => {
    const account = await openVersioned();
    const { VersionId: marker } = await remove(account, 'a');
    await expect(account.client.send(new DeleteBucketCommand({ Bucket }))).rejects.toMatchObject({
      ...awsError('BucketNotEmpty', 409),
      message: 'The bucket you tried to delete is not empty. You must delete all versions in the bucket.',
    });
    await remove(account, 'a', marker);
    await expect(account.client.send(new DeleteBucketCommand({ Bucket }))).resolves.toBeDefined();
  });
});

describe('in a bucket with versioning suspended', () => {
  test('a put writes the null version over the one before, without telling its id', async () => {
    const account = await openVersioned();
    const { VersionId: kept } = await put(account, 'a', 'kept');
    await setVersioning(account, 'Suspended');
    const answers = [await put(account, 'a', 'first'), await put(account, 'a', 'second')];
    const head = await account.client.send(new HeadObjectCommand({ Bucket, Key: 'a' }));

    expect(answers.map(({ VersionId }) => VersionId)).toEqual([undefined, undefined]);
    expect(account.s3.putObject(Bucket, 'b', 'x').versionId).toBeNull();
    expect(await history(account, 'a')).toEqual(['null', kept]);
    expect(head.VersionId).toBe('null');
    expect(Buffer.from(account.s3.getObject(Bucket, 'a')).toString()).toBe('second');
  });

  test('a delete puts a null marker in the place of the null version, which is lost', async () => {
    const account = await openVersioned();
    const { VersionId: kept } = await put(account, 'a', 'kept');
    await setVersioning(account, 'Suspended');
    await put(account, 'a', 'lost');
    const answer = await remove(account, 'a');

    expect(answer).toMatchObject({ DeleteMarker: true, VersionId: 'null' });
    expect(await history(account, 'a')).toEqual(['null*', kept]);
  });

  test('a multi-delete tells the null marker', async () => {
    const account = await openSuspended();
    const { Deleted } = await deleteAll(account.client, Bucket, [{ Key: 'a' }]);
    expect(Deleted).toEqual([{ Key: 'a', DeleteMarker: true, DeleteMarkerVersionId: 'null' }]);
  });

  test('a null marker is replaced by the next put', async () => {
    const account = await openSuspended();
    await remove(account, 'a');
    await put(account, 'a', 'again');
    expect(await history(account, 'a')).toEqual(['null']);
  });

  test('versioning may be enabled again, with effect at once', async () => {
    const account = await openSuspended();
    await put(account, 'a', 'null version');
    await setVersioning(account, 'Enabled');
    const { VersionId: version } = await put(account, 'a', 'new version');
    expect(version).toMatch(/^\S{32}$/);
    expect(await history(account, 'a')).toEqual([version, 'null']);
  });
});

describe('versioning enabled for the first time', () => {
  test('reads Enabled at once, and for 900 s changes nothing', async () => {
    const account = await openS3({ clockSpeed: 20_000 });
    const { clock, client } = account;
    account.s3.createBucket(Bucket);
    const release = clock.hold();
    await put(account, 'a', 'old');
    await setVersioning(account, 'Enabled');

    const { Status } = await client.send(new GetBucketVersioningCommand({ Bucket }));
    const early = { put: await put(account, 'a', 'new'), one: await remove(account, 'a') };
    await put(account, 'b');
    const { Deleted } = await deleteAll(client, Bucket, [{ Key: 'b' }]);

    expect(Status).toBe('Enabled');
    expect(early.put.VersionId).toBeUndefined();
    expect([early.one.DeleteMarker, early.one.VersionId]).toEqual([undefined, undefined]);
    expect(Deleted).toEqual([{ Key: 'b' }]);
    expect(await history(account, '')).toEqual([]);

    release();
    await clock.sleep(900_000);
    const { VersionId: version } = await put(account, 'a', 'safe');
    const { VersionId: marker } = await remove(account, 'a');
    expect(await history(account, 'a')).toEqual([`${marker}*`, version]);
  });

  test.each([
    [899_999, undefined],
    [900_000, 'Enabled'],
  ] as const)('after %d ms is in effect: %s', (afterMs, expected) => {
    const versioning = new Versioning();
    versioning.set('Enabled', undefined, undefined, 1000);
    expect(versioning.effectiveAt(1000 + afterMs)).toBe(expected);
  });

  test('counts once: suspending and enabling again in the meantime neither shortens nor renews it', () => {
    const versioning = new Versioning();
    versioning.set('Enabled', undefined, undefined, 0);
    versioning.set('Suspended', undefined, undefined, 100_000);
    const suspended = versioning.effectiveAt(100_001);
    versioning.set('Enabled', undefined, undefined, 800_000);
    expect([suspended, versioning.effectiveAt(899_999), versioning.effectiveAt(900_000)]).toEqual([
      undefined,
      undefined,
      'Enabled',
    ]);
  });

  test('after a suspension that was never anything else behaves as suspended meanwhile', () => {
    const versioning = new Versioning();
    versioning.set('Suspended', undefined, undefined, 0);
    versioning.set('Enabled', undefined, undefined, 10);
    expect([versioning.effectiveAt(11), versioning.effectiveAt(900_010)]).toEqual(['Suspended', 'Enabled']);
  });

  test('does not wait in a bucket that was made with Object Lock', async () => {
    const account = await openS3();
    await account.client.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
    const { VersionId } = await put(account, 'a');
    expect(VersionId).toMatch(/^\S{32}$/);
    await expect(setVersioning(account, 'Suspended')).rejects.toMatchObject(awsError('InvalidBucketState', 409));
  });
});

describe('the versioning configuration', () => {
  test.each([
    ['<Status>enabled</Status>', 'MalformedXML'],
    ['<Status>Disabled</Status>', 'MalformedXML'],
    ['', 'IllegalVersioningConfigurationException'],
    ['<Status>Enabled</Status><MfaDelete>Maybe</MfaDelete>', 'MalformedXML'],
  ])('%s is refused', async (inner, code) => {
    const { raw, s3 } = await openS3();
    s3.createBucket(Bucket);
    const body = `<VersioningConfiguration>${inner}</VersioningConfiguration>`;
    const answer = await raw('PUT', '/images?versioning', { body });
    expect(answer.status).toBe(400);
    expect(answer.body).toContain(`<Code>${code}</Code>`);
  });
});

describe('MFA delete', () => {
  const MFA = 'arn:aws:iam::123456789012:mfa/root-account-mfa-device 123456';
  const denied = { ...awsError('AccessDenied', 403), message: 'Mfa Authentication must be used for this request' };

  async function openWithMfaDelete(): Promise<S3Account> {
    const account = await openVersioned();
    const VersioningConfiguration = { Status: 'Enabled', MFADelete: 'Enabled' } as const;
    await account.client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration, MFA }));
    return account;
  }

  test('is set with a code only, and shown', async () => {
    const account = await openVersioned();
    const VersioningConfiguration = { Status: 'Enabled', MFADelete: 'Enabled' } as const;
    const set = (mfa: object) =>
      account.client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration, ...mfa }));
    await expect(set({})).rejects.toMatchObject(denied);
    await expect(set({ MFA: 'no code' })).rejects.toMatchObject(denied);
    await set({ MFA });
    const answer = await account.client.send(new GetBucketVersioningCommand({ Bucket }));
    expect(answer).toMatchObject(VersioningConfiguration);
  });

  test('may be said to be off where it never was on, without a code and without a trace', async () => {
    const { client } = await openVersioned();
    const VersioningConfiguration = { Status: 'Enabled', MFADelete: 'Disabled' } as const;
    await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
    const { MFADelete } = await client.send(new GetBucketVersioningCommand({ Bucket }));
    expect(MFADelete).toBeUndefined();
  });

  test('lets nobody change versioning without a code', async () => {
    const account = await openWithMfaDelete();
    await expect(setVersioning(account, 'Suspended')).rejects.toMatchObject(denied);
    const VersioningConfiguration = { Status: 'Suspended', MFADelete: 'Disabled' } as const;
    await account.client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration, MFA }));
    const answer = await account.client.send(new GetBucketVersioningCommand({ Bucket }));
    expect(answer).toMatchObject(VersioningConfiguration);
  });

  test('lets nobody delete a version without a code, and everybody hide', async () => {
    const account = await openWithMfaDelete();
    const { VersionId: version = '' } = await put(account, 'a');
    await expect(remove(account, 'a', version)).rejects.toMatchObject(denied);
    const { VersionId: marker } = await remove(account, 'a');
    expect(await history(account, 'a')).toEqual([`${marker}*`, version]);
    await account.client.send(new DeleteObjectCommand({ Bucket, Key: 'a', VersionId: version, MFA }));
    expect(await history(account, 'a')).toEqual([`${marker}*`]);
  });

  test('fails a whole multi-delete for one version in it', async () => {
    const account = await openWithMfaDelete();
    const { VersionId: version = '' } = await put(account, 'a');
    await put(account, 'b');
    const Objects = [{ Key: 'b' }, { Key: 'a', VersionId: version }];
    const before = await history(account, '');
    await expect(deleteAll(account.client, Bucket, Objects)).rejects.toMatchObject(denied);
    expect(await history(account, '')).toEqual(before);

    const { Deleted } = await account.client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects }, MFA }));
    expect(Deleted).toHaveLength(2);
  });

  test('fails a multi-delete for a code that is none, versions or not', async () => {
    const account = await openWithMfaDelete();
    const Delete = { Objects: [{ Key: 'a' }] };
    await expect(
      account.client.send(new DeleteObjectsCommand({ Bucket, Delete, MFA: 'serial 12' })),
    ).rejects.toMatchObject(denied);
    await expect(account.client.send(new DeleteObjectsCommand({ Bucket, Delete }))).resolves.toBeDefined();
  });
});
