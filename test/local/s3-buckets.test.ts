// Buckets of the embedded S3: their life, their settings, and whose they are.
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketLifecycleCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLocationCommand,
  GetBucketReplicationCommand,
  GetObjectLockConfigurationCommand,
  HeadBucketCommand,
  type LifecycleRule,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutBucketLifecycleConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { awsError, openS3 } from './s3-account.ts';

describe('the life of a bucket', () => {
  test('begins with CreateBucket and ends with DeleteBucket', async () => {
    const { client } = await openS3();
    await client.send(new CreateBucketCommand({ Bucket: 'images' }));
    const head = await client.send(new HeadBucketCommand({ Bucket: 'images' }));
    const { Buckets } = await client.send(new ListBucketsCommand({}));
    await client.send(new DeleteBucketCommand({ Bucket: 'images' }));

    expect(head.BucketRegion).toBe('eu-west-1');
    expect(Buckets).toEqual([{ Name: 'images', CreationDate: expect.any(Date), BucketRegion: 'eu-west-1' }]);
    await expect(client.send(new HeadBucketCommand({ Bucket: 'images' }))).rejects.toMatchObject(
      awsError('NotFound', 404),
    );
    await expect(client.send(new DeleteBucketCommand({ Bucket: 'images' }))).rejects.toMatchObject(
      awsError('NoSuchBucket', 404),
    );
  });

  test('does not begin twice', async () => {
    const { client } = await openS3();
    await client.send(new CreateBucketCommand({ Bucket: 'images' }));
    await expect(client.send(new CreateBucketCommand({ Bucket: 'images' }))).rejects.toMatchObject(
      awsError('BucketAlreadyOwnedByYou', 409),
    );
  });

  test('does not end while an object is in it', async () => {
    const { client, s3 } = await openS3();
    s3.createBucket('images');
    s3.putObject('images', 'a', '');
    await expect(client.send(new DeleteBucketCommand({ Bucket: 'images' }))).rejects.toMatchObject({
      ...awsError('BucketNotEmpty', 409),
      message: 'The bucket you tried to delete is not empty',
    });
  });

  test('is listed by name, in pages', async () => {
    const { client, s3 } = await openS3();
    for (const name of ['b-one', 'a-one', 'c-one', 'b-two']) s3.createBucket(name);
    const first = await client.send(new ListBucketsCommand({ MaxBuckets: 3 }));
    const second = await client.send(new ListBucketsCommand({ ContinuationToken: first.ContinuationToken }));
    const prefixed = await client.send(new ListBucketsCommand({ Prefix: 'b-' }));

    expect(first.Buckets?.map(({ Name }) => Name)).toEqual(['a-one', 'b-one', 'b-two']);
    expect(second.Buckets?.map(({ Name }) => Name)).toEqual(['c-one']);
    expect(second.ContinuationToken).toBeUndefined();
    expect(prefixed.Buckets?.map(({ Name }) => Name)).toEqual(['b-one', 'b-two']);
  });
});

describe('the name of a bucket', () => {
  const refused = [
    'ab',
    'A-bucket',
    'under_score',
    '-start',
    'end-',
    'two..dots',
    '192.168.5.4',
    'xn--name',
    'x'.repeat(64),
  ];
  test.each(refused)('may not be %s', async (name) => {
    const { raw } = await openS3();
    const { status, body } = await raw('PUT', `/${name}`);
    expect(status).toBe(400);
    expect(body).toContain('<Code>InvalidBucketName</Code>');
  });

  test.each(['abc', 'my.bucket', '1-2', 'x'.repeat(63)])('may be %s', async (name) => {
    const { s3, client } = await openS3();
    s3.createBucket(name);
    await expect(client.send(new HeadBucketCommand({ Bucket: name }))).resolves.toBeDefined();
  });

  test('of a directory bucket is answered 501', async () => {
    const { raw } = await openS3();
    const answers = [await raw('PUT', '/data--eun1-az1--x-s3'), await raw('GET', '/data--eun1-az1--x-s3?list-type=2')];
    expect(answers.map(({ status }) => status)).toEqual([501, 501]);
  });
});

describe('the location of a bucket', () => {
  test('is the Region of the account', async () => {
    const { client, s3 } = await openS3();
    s3.createBucket('images');
    const answer = await client.send(new GetBucketLocationCommand({ Bucket: 'images' }));
    expect(answer.LocationConstraint).toBe('eu-west-1');
  });

  test.each([
    ['another Region', 'us-west-2', 'The us-west-2 location constraint is incompatible'],
    ['none', undefined, 'The unspecified location constraint is incompatible'],
  ])('cannot be %s', async (_, region, message) => {
    const { raw } = await openS3();
    const body =
      region &&
      `<CreateBucketConfiguration><LocationConstraint>${region}</LocationConstraint></CreateBucketConfiguration>`;
    const answer = await raw('PUT', '/images', { body: body ?? '' });
    expect(answer.status).toBe(400);
    expect(answer.body).toContain('<Code>IllegalLocationConstraintException</Code>');
    expect(answer.body).toContain(message);
  });
});

describe('the owner of a bucket', () => {
  test('may be expected, and another is denied', async () => {
    const { client, s3, place } = await openS3();
    s3.createBucket('images');
    const list = (ExpectedBucketOwner: string) =>
      client.send(new ListObjectsV2Command({ Bucket: 'images', ExpectedBucketOwner }));
    await expect(list(place.account)).resolves.toMatchObject({ KeyCount: 0 });
    await expect(list('999999999999')).rejects.toMatchObject(awsError('AccessDenied', 403));
  });
});

describe('lifecycle rules', () => {
  const rules: LifecycleRule[] = [
    {
      ID: 'old',
      Status: 'Enabled',
      Filter: { And: { Prefix: 'a&b/', ObjectSizeGreaterThan: 1 } },
      NoncurrentVersionExpiration: { NoncurrentDays: 7, NewerNoncurrentVersions: 2 },
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
    },
    { ID: 'markers', Status: 'Disabled', Filter: { Prefix: '' }, Expiration: { ExpiredObjectDeleteMarker: true } },
  ];

  test('come back as they were put', async () => {
    const { client, s3 } = await openS3();
    s3.createBucket('images');
    const Bucket = 'images';
    await client.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules: rules } }));
    const answer = await client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
    await client.send(new DeleteBucketLifecycleCommand({ Bucket }));

    expect(answer.Rules).toEqual(rules);
    await expect(client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))).rejects.toMatchObject(
      awsError('NoSuchLifecycleConfiguration', 404),
    );
  });

  test('are given names where they have none', async () => {
    const { client, s3 } = await openS3();
    s3.createBucket('images');
    const Rules: LifecycleRule[] = [{ Status: 'Enabled', Filter: { Prefix: 'a/' }, Expiration: { Days: 1 } }];
    const Bucket = 'images';
    await client.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }));
    const answer = await client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
    expect(answer.Rules?.[0]?.ID).toMatch(/^.{48}$/);
  });

  test('never act', async () => {
    const { client, s3, clock } = await openS3({ clockSpeed: 10_000_000 });
    s3.createBucket('images');
    s3.putObject('images', 'a/1', '');
    const Rules: LifecycleRule[] = [
      { ID: 'one', Status: 'Enabled', Filter: { Prefix: 'a/' }, Expiration: { Days: 1 } },
    ];
    await client.send(
      new PutBucketLifecycleConfigurationCommand({ Bucket: 'images', LifecycleConfiguration: { Rules } }),
    );
    await clock.sleep(3 * 86_400_000);
    await expect(client.send(new ListObjectsV2Command({ Bucket: 'images' }))).resolves.toMatchObject({ KeyCount: 1 });
  });
});

describe('settings that are always the same', () => {
  test('are answered as AWS answers a bucket that nobody configured', async () => {
    const { client, s3 } = await openS3();
    s3.createBucket('images');
    const Bucket = 'images';
    const { ServerSideEncryptionConfiguration } = await client.send(new GetBucketEncryptionCommand({ Bucket }));

    expect(ServerSideEncryptionConfiguration?.Rules).toEqual([
      { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' }, BucketKeyEnabled: false },
    ]);
    await expect(client.send(new GetBucketReplicationCommand({ Bucket }))).rejects.toMatchObject(
      awsError('ReplicationConfigurationNotFoundError', 404),
    );
    await expect(client.send(new GetObjectLockConfigurationCommand({ Bucket }))).rejects.toMatchObject(
      awsError('ObjectLockConfigurationNotFoundError', 404),
    );
  });
});

describe('a client', () => {
  test('needs no forcePathStyle where the endpoint is an address', async () => {
    const { endpoint, s3 } = await openS3();
    s3.createBucket('images');
    const client = new S3Client({
      endpoint,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    });
    await client.send(new PutObjectCommand({ Bucket: 'images', Key: 'a', Body: 'x' }));
    client.destroy();
    expect(Buffer.from(s3.getObject('images', 'a')).toString()).toBe('x');
  });

  test('sees the service time in every answer, and in the record of calls', async () => {
    const { raw, s3, recorded } = await openS3();
    s3.createBucket('images');
    const { headers } = await raw('HEAD', '/images');
    expect(headers.date).toMatch(/^Tue, 06 May 2031 07:/);
    expect(recorded).toMatchObject([{ service: 's3', operation: 'HeadBucket', resource: 'images', status: 200 }]);
  });
});
