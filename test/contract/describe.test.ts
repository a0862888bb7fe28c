import {
  DescribeContinuousBackupsCommand,
  DescribeKinesisStreamingDestinationCommand,
  DescribeTableCommand,
  DynamoDBClient,
  UpdateContinuousBackupsCommand,
} from '@aws-sdk/client-dynamodb';
import {
  GetBucketVersioningCommand,
  GetObjectLockConfigurationCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketReplicationCommand,
  PutBucketVersioningCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, describe, expect, it } from 'vitest';
import { makeDynamoDbStore } from '../../stores/dynamodb/dynamodb-store.ts';
import { makeS3Store } from '../../stores/s3/s3-store.ts';
import { NO_BUCKET_EFFECTS, NO_TABLE_EFFECTS } from '../support/plans.ts';
import { PLACE, Stores } from '../support/stores.ts';

const aws = await Stores.open();
afterAll(() => aws.close());

const tables = makeDynamoDbStore(aws.dynamodb);
const buckets = makeS3Store(aws.s3);

describe('describing a table', () => {
  it('says that it does not exist', async () => {
    expect(await tables.describe('nowhere')).toEqual({ exists: false });
  });

  it('names its keys in their order with their types, its ARN, and how much there is', async () => {
    const keys = [
      ['year', 'N'],
      ['blob', 'B'],
    ] as const;
    const items = Array.from({ length: 7 }, (_, n) => ({ year: { N: `${n}` }, blob: { B: 'AA==' } }));
    const table = await aws.table(keys, items);
    expect(await tables.describe(table)).toEqual({
      exists: true,
      unsupported: null,
      facts: {
        kind: 'dynamodb',
        arn: `arn:aws:dynamodb:${PLACE.region}:${PLACE.account}:table/${table}`,
        keySchema: [
          { name: 'year', type: 'N' },
          { name: 'blob', type: 'B' },
        ],
        indexes: [],
        hasPointInTimeRecovery: false,
        ...NO_TABLE_EFFECTS,
        items: 7,
        // Names of 4 characters each, a number of one digit in 2 bytes (0 in 1), and a byte.
        bytes: expect.toSatisfy((bytes: number) => bytes >= 7 * 9 && bytes <= 7 * 12),
      },
    });
  });

  it('names its indexes with their keys, what can be read through them, and whether they are in use', async () => {
    const table = await aws.table(
      [
        ['pk', 'S'],
        ['sk', 'B'],
      ],
      [],
      [
        { name: 'by-user', keys: [['user', 'N']] },
        {
          name: 'by-kind',
          keys: [
            ['kind', 'S'],
            ['pk', 'S'],
          ],
          holds: ['owner'],
        },
        {
          name: 'by-time',
          kind: 'local',
          keys: [
            ['pk', 'S'],
            ['at', 'N'],
          ],
          holds: [],
        },
      ],
    );
    const description = await tables.describe(table);
    expect(description.exists && description.facts).toMatchObject({
      indexes: [
        {
          name: 'by-user',
          kind: 'global',
          status: 'ACTIVE',
          partition: [{ name: 'user', type: 'N' }],
          sort: [],
          projected: null,
        },
        {
          name: 'by-kind',
          kind: 'global',
          status: 'ACTIVE',
          partition: [{ name: 'kind', type: 'S' }],
          sort: [{ name: 'pk', type: 'S' }],
          projected: ['pk', 'sk', 'kind', 'owner'],
        },
        {
          name: 'by-time',
          kind: 'local',
          status: 'ACTIVE',
          partition: [{ name: 'pk', type: 'S' }],
          sort: [{ name: 'at', type: 'N' }],
          projected: ['pk', 'sk', 'at'],
        },
      ],
    });
  });

  it('names an index that is being built, and one whose key has several attributes for one part', async () => {
    const client = new DynamoDBClient(aws.configuration);
    const keyOf = (AttributeName: string, KeyType: 'HASH' | 'RANGE') => ({ AttributeName, KeyType });
    mockClient(client)
      .on(DescribeTableCommand)
      .resolves({
        Table: {
          AttributeDefinitions: ['id', 'a', 'b'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
          KeySchema: [keyOf('id', 'HASH')],
          GlobalSecondaryIndexes: [
            {
              IndexName: 'by-both',
              IndexStatus: 'CREATING',
              KeySchema: [keyOf('a', 'HASH'), keyOf('b', 'HASH'), keyOf('id', 'RANGE')],
              Projection: { ProjectionType: 'ALL' },
            },
          ],
        },
      })
      .on(DescribeContinuousBackupsCommand)
      .resolves({})
      .on(DescribeKinesisStreamingDestinationCommand)
      .resolves({});
    const description = await makeDynamoDbStore(client).describe('items');
    const key = (name: string) => ({ name, type: 'S' });
    expect(description.exists && description.facts).toMatchObject({
      indexes: [
        { name: 'by-both', status: 'CREATING', partition: [key('a'), key('b')], sort: [key('id')], projected: null },
      ],
    });
  });

  it('tells whether point-in-time recovery is on', async () => {
    const table = await aws.table([['pk', 'S']]);
    const turn = (PointInTimeRecoveryEnabled: boolean) =>
      aws.dynamodb.send(
        new UpdateContinuousBackupsCommand({
          TableName: table,
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled },
        }),
      );
    const isOn = async () => {
      const description = await tables.describe(table);
      return description.exists && description.facts.kind === 'dynamodb' && description.facts.hasPointInTimeRecovery;
    };
    const before = await isOn();
    await turn(true);
    const during = await isOn();
    await turn(false);
    expect([before, during, await isOn()]).toEqual([false, true, false]);
  });

  it('reads no item', async () => {
    const table = await aws.table([['pk', 'S']], [{ pk: { S: 'a' } }]);
    await tables.describe(table);
    expect(aws.callsTo(table).map(({ operation }) => operation)).toEqual([
      'DescribeTable',
      'DescribeContinuousBackups',
      'DescribeKinesisStreamingDestination',
    ]);
  });

  it('names what else a deletion sets off: replicas, a stream, Kinesis, a customer key', async () => {
    const client = new DynamoDBClient(aws.configuration);
    const mock = mockClient(client);
    mock.on(DescribeTableCommand).resolves({
      Table: {
        TableStatus: 'ACTIVE',
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        Replicas: [{ RegionName: 'us-east-1' }, { RegionName: 'ap-south-1' }],
        StreamSpecification: { StreamEnabled: true, StreamViewType: 'OLD_IMAGE' },
        SSEDescription: { Status: 'ENABLED', SSEType: 'KMS', KMSMasterKeyArn: 'arn:aws:kms:eu-west-1:1:key/k' },
      },
    });
    mock.on(DescribeContinuousBackupsCommand).resolves({});
    mock.on(DescribeKinesisStreamingDestinationCommand).resolves({
      KinesisDataStreamDestinations: [
        { StreamArn: 'arn:a', DestinationStatus: 'ACTIVE' },
        { StreamArn: 'arn:b', DestinationStatus: 'DISABLED' },
      ],
    });
    expect(await makeDynamoDbStore(client).describe('global')).toMatchObject({
      exists: true,
      unsupported: null,
      facts: {
        replicas: ['us-east-1', 'ap-south-1'],
        stream: 'OLD_IMAGE',
        kinesisStreams: ['arn:a'],
        kmsKey: 'arn:aws:kms:eu-west-1:1:key/k',
      },
    });
  });

  it('refuses one that is not in use', async () => {
    const client = new DynamoDBClient(aws.configuration);
    const mock = mockClient(client);
    mock.on(DescribeTableCommand).resolves({ Table: { TableStatus: 'ARCHIVED' } });
    mock.on(DescribeContinuousBackupsCommand).resolves({});
    mock.on(DescribeKinesisStreamingDestinationCommand).resolves({});
    expect(await makeDynamoDbStore(client).describe('old')).toMatchObject({
      unsupported: 'it is ARCHIVED, neither ACTIVE nor UPDATING',
    });
  });

  it('takes no other failure for a missing table', async () => {
    const client = new DynamoDBClient(aws.configuration);
    const denied = Object.assign(new Error('no'), { name: 'AccessDeniedException' });
    mockClient(client).on(DescribeTableCommand).rejects(denied);
    await expect(makeDynamoDbStore(client).describe('mine')).rejects.toThrow(denied);
  });
});

describe('describing a bucket', () => {
  it('says that it does not exist', async () => {
    expect(await buckets.describe('nowhere')).toEqual({ exists: false });
  });

  it('tells its versioning: off, on, suspended', async () => {
    const bucket = aws.bucket(['a'], 'Off');
    const set = (Status: 'Enabled' | 'Suspended') =>
      aws.s3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status } }));
    const described = [await buckets.describe(bucket)];
    await set('Enabled');
    described.push(await buckets.describe(bucket));
    await set('Suspended');
    described.push(await buckets.describe(bucket));
    expect(described).toEqual(
      ['Off', 'Enabled', 'Suspended'].map((versioning) => ({
        exists: true,
        facts: { kind: 's3', versioning, ...NO_BUCKET_EFFECTS },
        unsupported: null,
      })),
    );
  });

  it('lists no key and reads no object', async () => {
    const bucket = aws.bucket(['a']);
    await buckets.describe(bucket);
    expect(aws.callsTo(bucket).map(({ operation }) => operation)).toEqual([
      'GetBucketVersioning',
      'GetObjectLockConfiguration',
      'GetBucketEncryption',
      'GetBucketReplication',
      'GetBucketLifecycleConfiguration',
      'GetBucketNotificationConfiguration',
    ]);
  });

  it('names what else a deletion sets off: replication, lifecycle, notifications, a customer key', async () => {
    const bucket = aws.bucket([]);
    await aws.s3.send(
      new PutBucketReplicationCommand({
        Bucket: bucket,
        ReplicationConfiguration: {
          Role: 'arn:aws:iam::123456789012:role/r',
          Rules: [
            {
              ID: 'all',
              Status: 'Enabled',
              Priority: 1,
              Filter: { Prefix: 'acme/' },
              DeleteMarkerReplication: { Status: 'Enabled' },
              Destination: { Bucket: 'arn:aws:s3:::copies' },
            },
            {
              ID: 'off',
              Status: 'Disabled',
              Priority: 2,
              Filter: { Prefix: '' },
              DeleteMarkerReplication: { Status: 'Disabled' },
              Destination: { Bucket: 'arn:aws:s3:::copies' },
            },
          ],
        },
      }),
    );
    await aws.s3.send(
      new PutBucketLifecycleConfigurationCommand({
        Bucket: bucket,
        LifecycleConfiguration: {
          Rules: [
            {
              ID: 'tidy',
              Status: 'Enabled',
              Filter: { Prefix: '' },
              NoncurrentVersionExpiration: { NoncurrentDays: 30 },
            },
            {
              ID: 'some',
              Status: 'Enabled',
              Filter: { And: { Prefix: 'acme/', Tags: [{ Key: 'a', Value: 'b' }] } },
              NoncurrentVersionExpiration: { NoncurrentDays: 3 },
            },
            { ID: 'other', Status: 'Enabled', Filter: { Prefix: '' }, Expiration: { Days: 1 } },
          ],
        },
      }),
    );
    await aws.s3.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket: bucket,
        NotificationConfiguration: {
          QueueConfigurations: [{ QueueArn: 'arn:aws:sqs:eu-west-1:1:q', Events: ['s3:ObjectRemoved:*'] }],
          EventBridgeConfiguration: {},
        },
      }),
    );
    await aws.s3.send(
      new PutBucketEncryptionCommand({
        Bucket: bucket,
        ServerSideEncryptionConfiguration: {
          Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: 'arn:key' } }],
        },
      }),
    );
    expect(await buckets.describe(bucket)).toMatchObject({
      unsupported: null,
      facts: {
        kmsKey: 'arn:key',
        replications: [{ rule: 'all', prefix: 'acme/', destination: 'copies', copiesMarkers: true }],
        expiries: [
          { rule: 'tidy', prefix: '', days: 30, isPartial: false },
          { rule: 'some', prefix: 'acme/', days: 3, isPartial: true },
        ],
        notifies: ['SQS', 'EventBridge'],
      },
    });
  });

  it('refuses Object Lock, whose versions cannot be removed', async () => {
    const bucket = await aws.lockedBucket([]);
    expect(await buckets.describe(bucket)).toMatchObject({
      exists: true,
      facts: { versioning: 'Enabled' },
      unsupported: expect.stringMatching(/Object Lock/),
    });
  });

  it('refuses MFA delete, and gives every reason there is', async () => {
    const bucket = await aws.lockedBucket([]);
    await aws.s3.send(
      new PutBucketVersioningCommand({
        Bucket: bucket,
        MFA: 'arn:aws:iam::123456789012:mfa/ops 123456',
        VersioningConfiguration: { Status: 'Enabled', MFADelete: 'Enabled' },
      }),
    );
    expect(await buckets.describe(bucket)).toMatchObject({
      unsupported: expect.stringMatching(/MFA delete .*; .*Object Lock/),
    });
  });

  const denied = new S3ServiceException({
    name: 'AccessDenied',
    message: 'no',
    $fault: 'client',
    $metadata: { httpStatusCode: 403 },
  });
  it('takes no other failure for an answer', async () => {
    const client = new S3Client(aws.configuration);
    const mock = mockClient(client);
    mock.on(GetBucketVersioningCommand).rejects(denied);
    await expect(makeS3Store(client).describe('mine')).rejects.toThrow(denied);
    mock.on(GetBucketVersioningCommand).resolves({ Status: 'Enabled' });
    mock.on(GetObjectLockConfigurationCommand).rejects(denied);
    await expect(makeS3Store(client).describe('mine')).rejects.toThrow(denied);
  });
});
