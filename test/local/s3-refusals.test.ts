// What the embedded S3 does not do: it says so with 501 and the name of the thing, and changes nothing.
import {
  DeleteObjectCommand,
  DeleteObjectTaggingCommand,
  GetBucketAclCommand,
  GetBucketPolicyCommand,
  GetObjectAclCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  PutObjectLockConfigurationCommand,
  PutObjectTaggingCommand,
  RestoreObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { openS3, type S3Account } from './s3-account.ts';

const Bucket = 'images';
const Key = 'a';

async function openBucket(): Promise<S3Account> {
  const account = await openS3();
  account.s3.createBucket(Bucket);
  account.s3.putObject(Bucket, Key, 'hello');
  return account;
}

type Send = (client: S3Client) => Promise<unknown>;

const refused = (what: string) => ({
  name: 'NotImplemented',
  message: expect.stringContaining(what),
  $metadata: { httpStatusCode: 501 },
});

describe('an operation that is not implemented', () => {
  const Tagging = { TagSet: [{ Key: 'a', Value: 'b' }] };
  const commands: readonly (readonly [string, Send])[] = [
    ['ListObjects', (client) => client.send(new ListObjectsCommand({ Bucket, Prefix: 'a' }))],
    ['GET bucket ?policy', (client) => client.send(new GetBucketPolicyCommand({ Bucket }))],
    ['PUT bucket ?policy', (client) => client.send(new PutBucketPolicyCommand({ Bucket, Policy: '{}' }))],
    ['GET bucket ?acl', (client) => client.send(new GetBucketAclCommand({ Bucket }))],
    ['PUT bucket ?object-lock', (client) => client.send(new PutObjectLockConfigurationCommand({ Bucket }))],
    ['GET object ?acl', (client) => client.send(new GetObjectAclCommand({ Bucket, Key }))],
    ['GET object ?tagging', (client) => client.send(new GetObjectTaggingCommand({ Bucket, Key }))],
    ['PUT object ?tagging', (client) => client.send(new PutObjectTaggingCommand({ Bucket, Key, Tagging }))],
    ['DELETE object ?tagging', (client) => client.send(new DeleteObjectTaggingCommand({ Bucket, Key }))],
    [
      'GET object ?attributes',
      (client) => client.send(new GetObjectAttributesCommand({ Bucket, Key, ObjectAttributes: ['ETag'] })),
    ],
    ['POST object ?restore', (client) => client.send(new RestoreObjectCommand({ Bucket, Key }))],
  ];

  test.each(commands)('%s is named, and the object is what it was', async (what, send) => {
    const { client, s3 } = await openBucket();
    await expect(send(client)).rejects.toMatchObject(refused(what));
    expect(Buffer.from(s3.getObject(Bucket, Key)).toString()).toBe('hello');
  });

  test.each([
    ['PATCH', '/images/a'],
    ['POST', '/images'],
    ['OPTIONS', '/images/a'],
    ['DELETE', '/'],
    ['GET', '/images?unheard-of'],
    ['GET', '/images/a?response-content-type=text%2Fhtml'],
    ['GET', '/images?list-type=1'],
  ])('%s %s is 501', async (method, path) => {
    const { raw } = await openBucket();
    expect(await raw(method, path)).toMatchObject({ status: 501 });
  });
});

describe('a field that is not honoured', () => {
  const puts: readonly (readonly [string, Partial<PutObjectCommandInput>])[] = [
    ['x-amz-acl', { ACL: 'private' }],
    ['x-amz-grant-read', { GrantRead: 'id=1' }],
    ['x-amz-tagging', { Tagging: 'a=b' }],
    ['x-amz-storage-class: GLACIER', { StorageClass: 'GLACIER' }],
    ['x-amz-server-side-encryption: aws:kms', { ServerSideEncryption: 'aws:kms' }],
    ['x-amz-server-side-encryption-aws-kms-key-id', { SSEKMSKeyId: 'key' }],
    ['x-amz-website-redirect-location', { WebsiteRedirectLocation: '/b' }],
    ['x-amz-write-offset-bytes', { WriteOffsetBytes: 1 }],
    ['x-amz-object-lock-event-hold', { ObjectLockEventHold: 'ON' } as Partial<PutObjectCommandInput>],
  ];
  test.each(puts)('%s is named, and nothing is written', async (what, input) => {
    const { client, s3 } = await openBucket();
    await expect(client.send(new PutObjectCommand({ Bucket, Key, Body: 'other', ...input }))).rejects.toMatchObject(
      refused(what),
    );
    expect(Buffer.from(s3.getObject(Bucket, Key)).toString()).toBe('hello');
  });

  const others: readonly (readonly [string, Send])[] = [
    ['?partNumber', (client) => client.send(new GetObjectCommand({ Bucket, Key, PartNumber: 1 }))],
    ['if-modified-since', (client) => client.send(new GetObjectCommand({ Bucket, Key, IfModifiedSince: new Date(0) }))],
    ['x-amz-request-payer', (client) => client.send(new GetObjectCommand({ Bucket, Key, RequestPayer: 'requester' }))],
    ['if-match', (client) => client.send(new DeleteObjectCommand({ Bucket, Key, IfMatch: '"tag"' }))],
    ['x-amz-if-match-size', (client) => client.send(new DeleteObjectCommand({ Bucket, Key, IfMatchSize: 5 }))],
    [
      'x-amz-optional-object-attributes',
      (client) => client.send(new ListObjectsV2Command({ Bucket, OptionalObjectAttributes: ['RestoreStatus'] })),
    ],
  ];
  test.each(others)('%s is named', async (what, send) => {
    const { client, s3 } = await openBucket();
    await expect(send(client)).rejects.toMatchObject(refused(what));
    expect(Buffer.from(s3.getObject(Bucket, Key)).toString()).toBe('hello');
  });

  test('of metadata outside US-ASCII is named', async () => {
    const { raw } = await openBucket();
    const answer = await raw('PUT', '/images/b', { headers: { 'x-amz-meta-name': 'J\u00fcrgen' }, body: 'x' });
    expect(answer.status).toBe(501);
    expect(answer.body).toContain('x-amz-meta-name');
  });
});

describe('a harmless field', () => {
  test('is taken', async () => {
    const { client, raw } = await openBucket();
    const headers = {
      'x-amz-date': '20310506T070809Z',
      'x-amz-security-token': 'token',
      'x-amz-user-agent': 'aws-sdk-js',
      'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
      'x-amz-server-side-encryption': 'AES256',
      'x-amz-storage-class': 'STANDARD',
      'x-forwarded-for': '127.0.0.1',
    };
    expect(await raw('PUT', '/images/b?x-id=PutObject', { headers, body: 'x' })).toMatchObject({ status: 200 });
    await expect(client.send(new GetObjectCommand({ Bucket, Key: 'b' }))).resolves.toMatchObject({
      ServerSideEncryption: 'AES256',
    });
  });
});

describe('an answer that is an error', () => {
  test('is XML with what S3 says in it', async () => {
    const { raw } = await openBucket();
    const { headers, body } = await raw('GET', '/images/no%26thing');
    expect(headers['content-type']).toBe('application/xml');
    expect(body).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code>' +
        '<Message>The specified key does not exist.</Message><Key>no&amp;thing</Key>' +
        `<RequestId>${headers['x-amz-request-id']}</RequestId></Error>`,
    );
  });

  test('has no body after HEAD', async () => {
    const { raw } = await openBucket();
    const answers = [await raw('HEAD', '/images/no'), await raw('HEAD', '/none')];
    expect(answers).toMatchObject([
      { status: 404, body: '' },
      { status: 404, body: '' },
    ]);
  });

  test('is of the same form when the key of the caller has expired', async () => {
    const { keys, endpoint } = await openBucket();
    const credentials = keys.issue({ arn: 'arn:aws:sts::123456789012:assumed-role/eraser/run', name: 'eraser/run' }, 0);
    const client = new S3Client({ endpoint, region: 'eu-west-1', credentials });
    await expect(client.send(new GetObjectCommand({ Bucket, Key }))).rejects.toMatchObject({ name: 'ExpiredToken' });
    client.destroy();
  });

  test('conflicts where two operations are asked for at once', async () => {
    const { raw } = await openBucket();
    const { status, body } = await raw('GET', '/images?uploads&versioning');
    expect(status).toBe(400);
    expect(body).toContain('Conflicting query string parameters: uploads, versioning');
  });
});
