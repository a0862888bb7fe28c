// Objects of the embedded S3: written and read over the wire, byte for byte, and every checksum verified.
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  ChecksumAlgorithm,
  CopyObjectCommand,
  type CopyObjectCommandInput,
  GetObjectCommand,
  type GetObjectCommandInput,
  HeadObjectCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { awsError, openS3, type S3Account } from './s3-account.ts';

const Bucket = 'images';

async function openBucket(): Promise<S3Account> {
  const account = await openS3();
  account.s3.createBucket(Bucket);
  return account;
}

async function read({ client }: S3Account, input: Omit<GetObjectCommandInput, 'Bucket'>): Promise<string | undefined> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, ...input }));
  return Body?.transformToString();
}

describe('an object', () => {
  test('comes back with what was said of it', async () => {
    const { client } = await openBucket();
    const said = {
      CacheControl: 'max-age=60',
      ContentDisposition: 'attachment; filename="a.jpg"',
      ContentEncoding: 'gzip',
      ContentLanguage: 'de',
      ContentType: 'image/jpeg',
      Metadata: { camera: 'Leica M', 'taken-at': '2030-01-01' },
    };
    const put = await client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'hello', ...said }));
    const got = await client.send(new GetObjectCommand({ Bucket, Key: 'a' }));
    const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'a' }));

    const facts = {
      ...said,
      // RFC 1321's MD5 of the body, as S3 gives it for objects put in one piece.
      ETag: '"5d41402abc4b2a76b9719d911017c592"',
      ContentLength: 5,
      ServerSideEncryption: 'AES256',
    };
    expect(put).toMatchObject({ ETag: facts.ETag, ServerSideEncryption: 'AES256' });
    expect(got).toMatchObject(facts);
    expect(head).toMatchObject(facts);
    expect(head.LastModified?.toISOString()).toMatch(/^2031-05-06T07:\d\d:\d\d\.000Z$/);
    await expect(got.Body?.transformToString()).resolves.toBe('hello');
  });

  test('is binary/octet-stream where nothing was said', async () => {
    const { client, s3 } = await openBucket();
    s3.putObject(Bucket, 'a', 'x');
    await expect(client.send(new HeadObjectCommand({ Bucket, Key: 'a' }))).resolves.toMatchObject({
      ContentType: 'binary/octet-stream',
    });
  });

  test('is the same in this process and over the wire', async () => {
    const account = await openBucket();
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    const { versionId, etag } = account.s3.putObject(Bucket, 'a', bytes);
    await account.client.send(new PutObjectCommand({ Bucket, Key: 'b', Body: bytes }));
    const got = await account.client.send(new GetObjectCommand({ Bucket, Key: 'a' }));

    expect(versionId).toBeNull();
    expect(etag).toBe(createHash('md5').update(bytes).digest('hex'));
    expect(await got.Body?.transformToByteArray()).toEqual(bytes);
    expect(account.s3.getObject(Bucket, 'b')).toEqual(bytes);
    expect(() => account.s3.getObject(Bucket, 'c')).toThrow(expect.objectContaining({ name: 'NoSuchKey' }));
    expect(() => account.s3.getObject('none', 'c')).toThrow(expect.objectContaining({ name: 'NoSuchBucket' }));
  });

  test('that is not there is NoSuchKey, and says which', async () => {
    const { client } = await openBucket();
    await expect(client.send(new GetObjectCommand({ Bucket, Key: 'no' }))).rejects.toMatchObject({
      ...awsError('NoSuchKey', 404),
      Key: 'no',
    });
    await expect(client.send(new HeadObjectCommand({ Bucket, Key: 'no' }))).rejects.toMatchObject(
      awsError('NotFound', 404),
    );
    await expect(client.send(new GetObjectCommand({ Bucket: 'none', Key: 'no' }))).rejects.toMatchObject({
      ...awsError('NoSuchBucket', 404),
      BucketName: 'none',
    });
  });

  test('may say 2 KB of itself and no more', async () => {
    const { client } = await openBucket();
    const put = (length: number) =>
      client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x', Metadata: { x: 'y'.repeat(length) } }));
    await expect(put(2047)).resolves.toBeDefined();
    await expect(put(2048)).rejects.toMatchObject(awsError('MetadataTooLarge', 400));
  });
});

describe('a key', () => {
  const keys = [
    'with blanks + plus % percent %41',
    '../up/./and/../down',
    '/leading//double/trailing/',
    '.',
    '..',
    'ünïcödé/写真/😀',
    'controls\u0001\u001f\u007f\r\n\t',
    `?query=no&x#fragment;"quotes'<tags>`,
    'é'.repeat(512),
  ];
  test.each(keys)('is taken as it is: %j', async (Key) => {
    const account = await openBucket();
    await account.client.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
    expect(Buffer.from(account.s3.getObject(Bucket, Key)).toString()).toBe(Key);
    expect(await read(account, { Key })).toBe(Key);
  });

  test('of more than 1,024 bytes is too long', async () => {
    const { client, s3 } = await openBucket();
    const Key = `${'é'.repeat(512)}x`;
    await expect(client.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }))).rejects.toMatchObject({
      ...awsError('KeyTooLongError', 400),
      Size: '1025',
    });
    expect(() => s3.putObject(Bucket, Key, '')).toThrow(expect.objectContaining({ name: 'KeyTooLongError' }));
  });

  test('is decoded once, a plus sign in the path being a blank', async () => {
    const { raw, s3 } = await openBucket();
    await raw('PUT', '/images/a+b%2Bc%2541', { body: 'x' });
    expect(Buffer.from(s3.getObject(Bucket, 'a b+c%41')).toString()).toBe('x');
  });

  test('that is not UTF-8 is refused', async () => {
    const { raw } = await openBucket();
    const { status, body } = await raw('PUT', '/images/%FF', { body: 'x' });
    expect(status).toBe(400);
    expect(body).toContain('<Code>InvalidURI</Code>');
  });
});

describe('a range of the ten digits', () => {
  test.each([
    ['bytes=0-8', '012345678', 'bytes 0-8/10'],
    ['bytes=1-1', '1', 'bytes 1-1/10'],
    ['bytes=1-', '123456789', 'bytes 1-9/10'],
    ['bytes=-2', '89', 'bytes 8-9/10'],
    ['bytes=-15', '0123456789', 'bytes 0-9/10'],
    ['bytes=0-100', '0123456789', 'bytes 0-9/10'],
    ['bytes=1-0', '0123456789', undefined],
    ['bytes=0-1,3-4', '0123456789', undefined],
    ['0-8', '0123456789', undefined],
  ])('%s is %s', async (Range, expected, contentRange) => {
    const { client, s3 } = await openBucket();
    s3.putObject(Bucket, 'a', '0123456789');
    const { Body, ContentRange, $metadata } = await client.send(new GetObjectCommand({ Bucket, Key: 'a', Range }));
    expect(await Body?.transformToString()).toBe(expected);
    expect(ContentRange).toBe(contentRange);
    expect($metadata.httpStatusCode).toBe(contentRange === undefined ? 200 : 206);
  });

  test.each(['bytes=-0', 'bytes=100-200', 'bytes=10-'])('%s cannot be satisfied', async (Range) => {
    const { client, s3 } = await openBucket();
    s3.putObject(Bucket, 'a', '0123456789');
    await expect(client.send(new GetObjectCommand({ Bucket, Key: 'a', Range }))).rejects.toMatchObject({
      ...awsError('InvalidRange', 416),
      ActualObjectSize: '10',
    });
  });
});

describe('a conditional read', () => {
  const etag = '"5d41402abc4b2a76b9719d911017c592"';
  test.each([
    ['If-Match with its tag', { IfMatch: etag }, 200],
    ['If-Match with any tag', { IfMatch: '*' }, 200],
    ['If-Match with another', { IfMatch: '"other"' }, 412],
    ['If-None-Match with its tag', { IfNoneMatch: etag }, 304],
    ['If-None-Match with its tag among others', { IfNoneMatch: `"other", ${etag}` }, 304],
    ['If-None-Match with another', { IfNoneMatch: '"other"' }, 200],
  ])('%s', async (_, condition, status) => {
    const { client, s3 } = await openBucket();
    s3.putObject(Bucket, 'a', 'hello');
    const reading = client.send(new GetObjectCommand({ Bucket, Key: 'a', ...condition }));
    const seen = await reading.then(
      ({ $metadata }) => $metadata.httpStatusCode,
      (error) => error.$metadata.httpStatusCode,
    );
    expect(seen).toBe(status);
  });
});

describe('a conditional write', () => {
  test('If-None-Match: * makes an object once', async () => {
    const account = await openBucket();
    const put = (Body: string) =>
      account.client.send(new PutObjectCommand({ Bucket, Key: 'a', Body, IfNoneMatch: '*' }));
    await put('first');
    await expect(put('second')).rejects.toMatchObject({
      ...awsError('PreconditionFailed', 412),
      Condition: 'If-None-Match',
    });
    expect(await read(account, { Key: 'a' })).toBe('first');
  });

  test('of many at once exactly one writes', async () => {
    const account = await openBucket();
    const bodies = Array.from({ length: 20 }, (_, index) => `writer ${index}`);
    const writes = bodies.map(async (Body) => {
      await account.client.send(new PutObjectCommand({ Bucket, Key: 'a', Body, IfNoneMatch: '*' }));
      return Body;
    });
    const results = await Promise.allSettled(writes);
    const winners = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const losers = results.flatMap((result) => (result.status === 'rejected' ? [result.reason.name] : []));

    expect(winners).toEqual([await read(account, { Key: 'a' })]);
    expect(losers).toEqual(Array(19).fill('PreconditionFailed'));
  });

  test('If-Match replaces what it names and nothing else', async () => {
    const account = await openBucket();
    const { client } = account;
    const put = (IfMatch: string, Body: string) =>
      client.send(new PutObjectCommand({ Bucket, Key: 'a', Body, IfMatch }));
    await expect(put('"any"', 'x')).rejects.toMatchObject(awsError('NoSuchKey', 404));
    const { ETag = '' } = await client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'first' }));
    await put(ETag, 'second');
    await expect(put(ETag, 'third')).rejects.toMatchObject({
      ...awsError('PreconditionFailed', 412),
      Condition: 'If-Match',
    });
    expect(await read(account, { Key: 'a' })).toBe('second');
  });

  test('with a condition that S3 does not take either is 501', async () => {
    const { client } = await openBucket();
    const put = (condition: object) => client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x', ...condition }));
    for (const condition of [{ IfNoneMatch: '"tag"' }, { IfMatch: '*' }, { IfMatch: '"tag"', IfNoneMatch: '*' }]) {
      await expect(put(condition)).rejects.toMatchObject(awsError('NotImplemented', 501));
    }
  });
});

describe('a body in a stream', () => {
  test('is stored without its framing, and its trailing checksum kept', async () => {
    const account = await openBucket();
    const Body = Readable.from(['first ', 'second ', 'third']);
    const put = await account.client.send(
      new PutObjectCommand({ Bucket, Key: 'a', Body, ContentLength: 18, ChecksumAlgorithm: 'SHA256' }),
    );
    const sha256 = createHash('sha256').update('first second third').digest('base64');
    const got = await account.client.send(new GetObjectCommand({ Bucket, Key: 'a', ChecksumMode: 'ENABLED' }));

    expect(put.ChecksumSHA256).toBe(sha256);
    expect(got.ChecksumSHA256).toBe(sha256);
    expect(await got.Body?.transformToString()).toBe('first second third');
    expect(got.ContentEncoding).toBeUndefined();
  });

  const framed = {
    'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
    'content-encoding': 'gzip,aws-chunked',
  };

  test('may come in signed chunks', async () => {
    const { raw, s3, client } = await openBucket();
    const signature = `;chunk-signature=${'0'.repeat(64)}`;
    const body = `3${signature}\r\nabc\r\n2${signature}\r\nde\r\n0${signature}\r\n\r\n`;
    const headers = {
      ...framed,
      'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
      'x-amz-decoded-content-length': '5',
    };
    expect(await raw('PUT', '/images/a', { headers, body })).toMatchObject({ status: 200 });
    expect(Buffer.from(s3.getObject(Bucket, 'a')).toString()).toBe('abcde');
    await expect(client.send(new HeadObjectCommand({ Bucket, Key: 'a' }))).resolves.toMatchObject({
      ContentEncoding: 'gzip',
    });
  });

  test.each([
    ['that ends too early', '5\r\nab', {}, 'IncompleteBody'],
    [
      'of another length than declared',
      '2\r\nab\r\n0\r\n\r\n',
      { 'x-amz-decoded-content-length': '3' },
      'IncompleteBody',
    ],
    [
      'whose trailing checksum is wrong',
      '2\r\nab\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n',
      { 'x-amz-trailer': 'x-amz-checksum-crc32' },
      'BadDigest',
    ],
    [
      'whose trailer is missing',
      '2\r\nab\r\n0\r\n\r\n',
      { 'x-amz-trailer': 'x-amz-checksum-crc32' },
      'MalformedTrailerError',
    ],
  ])('%s is refused', async (_, body, headers, code) => {
    const { raw } = await openBucket();
    const answer = await raw('PUT', '/images/a', { headers: { ...framed, ...headers }, body });
    expect(answer.status).toBe(400);
    expect(answer.body).toContain(`<Code>${code}</Code>`);
  });

  test('with a trailer that cannot be verified is 501', async () => {
    const { raw } = await openBucket();
    const headers = { ...framed, 'x-amz-trailer': 'x-amz-checksum-crc64nvme' };
    const body = '2\r\nab\r\n0\r\nx-amz-checksum-crc64nvme:AAAAAAAAAAA=\r\n\r\n';
    expect(await raw('PUT', '/images/a', { headers, body })).toMatchObject({ status: 501 });
  });
});

describe('a checksum', () => {
  // Of "123456789": the check values of the CRC catalogue, and SHA by node:crypto.
  const sums = [
    ['crc32', 'y/Q5Jg=='],
    ['crc32c', '4waSgw=='],
    ['sha1', createHash('sha1').update('123456789').digest('base64')],
    ['sha256', createHash('sha256').update('123456789').digest('base64')],
  ] as const;

  test.each(sums)('%s is verified and given back when asked for', async (name, sum) => {
    const { raw } = await openBucket();
    const header = `x-amz-checksum-${name}`;
    const put = await raw('PUT', '/images/a', { headers: { [header]: sum }, body: '123456789' });
    const asked = await raw('GET', '/images/a', { headers: { 'x-amz-checksum-mode': 'ENABLED' } });
    const notAsked = await raw('GET', '/images/a');
    const part = await raw('GET', '/images/a', { headers: { 'x-amz-checksum-mode': 'ENABLED', range: 'bytes=0-1' } });

    expect(put.headers).toMatchObject({ [header]: sum, 'x-amz-checksum-type': 'FULL_OBJECT' });
    expect(asked.headers).toMatchObject({ [header]: sum, 'x-amz-checksum-type': 'FULL_OBJECT' });
    expect([notAsked, part].map(({ headers }) => headers[header])).toEqual([undefined, undefined]);
  });

  test.each(sums)('%s of other bytes is a BadDigest', async (name, sum) => {
    const { raw } = await openBucket();
    const answer = await raw('PUT', '/images/a', { headers: { [`x-amz-checksum-${name}`]: sum }, body: '12345678' });
    expect(answer.status).toBe(400);
    expect(answer.body).toContain('<Code>BadDigest</Code>');
    expect(answer.body).toContain(`The ${name.toUpperCase()} you specified did not match the calculated checksum.`);
  });

  test.each([
    ['that is not one', { 'x-amz-checksum-crc32': 'short' }, 'InvalidRequest'],
    ['beside another', { 'x-amz-checksum-crc32': 'y/Q5Jg==', 'x-amz-checksum-crc32c': '4waSgw==' }, 'InvalidRequest'],
    ['Content-MD5 of other bytes', { 'content-md5': 'XUFAKrxLKna5cZ2REBfFkg==' }, 'BadDigest'],
    ['Content-MD5 that is not one', { 'content-md5': 'abc' }, 'InvalidDigest'],
    ['of the signature for other bytes', { 'x-amz-content-sha256': '0'.repeat(64) }, 'XAmzContentSHA256Mismatch'],
  ])('%s is refused', async (_, headers, code) => {
    const { raw } = await openBucket();
    const answer = await raw('PUT', '/images/a', { headers: { ...headers }, body: '123456789' });
    expect(answer.status).toBe(400);
    expect(answer.body).toContain(`<Code>${code}</Code>`);
  });

  test('that the SDK makes by itself fits', async () => {
    const account = await openBucket();
    for (const algorithm of [ChecksumAlgorithm.CRC32, ChecksumAlgorithm.CRC32C, ChecksumAlgorithm.SHA1]) {
      const input = { Bucket, Key: algorithm, Body: 'hello', ChecksumAlgorithm: algorithm };
      await account.client.send(new PutObjectCommand(input));
      expect(await read(account, { Key: algorithm })).toBe('hello');
    }
  });

  test('that cannot be verified is 501', async () => {
    const { raw } = await openBucket();
    const headers = { 'x-amz-checksum-crc64nvme': 'rosUhgp5mYg=' };
    expect(await raw('PUT', '/images/a', { headers, body: '123456789' })).toMatchObject({ status: 501 });
  });
});

describe('a copy', () => {
  const copy = ({ client }: S3Account, input: Partial<CopyObjectCommandInput>) =>
    client.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: 'images/a', ...input }));

  test('takes the content and what was said of it', async () => {
    const account = await openBucket();
    const Key = 'with blank/ü+%';
    const Metadata = { a: 'b' };
    await account.client.send(
      new PutObjectCommand({ Bucket, Key, Body: 'hello', ContentType: 'text/plain', Metadata }),
    );
    const { CopyObjectResult } = await copy(account, { CopySource: `/images/${encodeURIComponent(Key)}` });
    const got = await account.client.send(new GetObjectCommand({ Bucket, Key: 'copy' }));

    expect(CopyObjectResult).toMatchObject({
      ETag: '"5d41402abc4b2a76b9719d911017c592"',
    });
    expect(got).toMatchObject({ ContentType: 'text/plain', Metadata });
    expect(await got.Body?.transformToString()).toBe('hello');
  });

  test('may say something else of itself', async () => {
    const account = await openBucket();
    await account.client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'hello', Metadata: { a: 'b' } }));
    await copy(account, { MetadataDirective: 'REPLACE', Metadata: { c: 'd' }, ContentType: 'image/png' });
    await expect(account.client.send(new HeadObjectCommand({ Bucket, Key: 'copy' }))).resolves.toMatchObject({
      Metadata: { c: 'd' },
      ContentType: 'image/png',
    });
  });

  test('of a version brings that version back', async () => {
    const account = await openS3();
    account.s3.createBucket(Bucket, { versioning: 'Enabled' });
    const { versionId } = account.s3.putObject(Bucket, 'a', 'old');
    account.s3.putObject(Bucket, 'a', 'new');
    const answer = await copy(account, { Key: 'a', CopySource: `images/a?versionId=${versionId}` });

    expect(await read(account, { Key: 'a' })).toBe('old');
    expect(answer.CopySourceVersionId).toBe(versionId);
    expect(answer.VersionId).toMatch(/^\S{32}$/);
    expect(answer.VersionId).not.toBe(versionId);
  });

  test.each([
    ['of itself', { Key: 'a' }, 'InvalidRequest', 400],
    ['of what is not there', { CopySource: 'images/none' }, 'NoSuchKey', 404],
    ['from a bucket that is not there', { CopySource: 'none/a' }, 'NoSuchBucket', 404],
    ['of no key', { CopySource: 'images' }, 'InvalidArgument', 400],
    ['from a bucket of somebody else', { ExpectedSourceBucketOwner: '999999999999' }, 'AccessDenied', 403],
  ])('%s is refused', async (_, input, code, status) => {
    const account = await openBucket();
    account.s3.putObject(Bucket, 'a', 'hello');
    await expect(copy(account, input)).rejects.toMatchObject(awsError(code, status));
  });
});

describe('a presigned URL', () => {
  const signed = (expires: number) =>
    `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKID%2F20310506%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Date=20310506T070800Z&X-Amz-Expires=${expires}&X-Amz-SignedHeaders=host&X-Amz-Signature=00`;

  test('reads and writes, with headers carried in the query', async () => {
    const { endpoint, s3 } = await openBucket();
    const put = await fetch(`${endpoint}/images/a?${signed(60)}&x-amz-meta-a=b&x-id=PutObject`, {
      method: 'PUT',
      body: 'hello',
    });
    const got = await fetch(`${endpoint}/images/a?${signed(60)}&x-id=GetObject`);

    expect(put.status).toBe(200);
    expect(got.headers.get('x-amz-meta-a')).toBe('b');
    expect(await got.text()).toBe('hello');
    expect(Buffer.from(s3.getObject(Bucket, 'a')).toString()).toBe('hello');
  });

  test('ends by the service clock', async () => {
    const { endpoint, s3 } = await openBucket();
    s3.putObject(Bucket, 'a', 'hello');
    const got = await fetch(`${endpoint}/images/a?${signed(5)}`);
    expect(got.status).toBe(403);
    expect(await got.text()).toContain('<Message>Request has expired</Message>');
  });

  test('whose headers mean something that is not done is 501', async () => {
    const { endpoint } = await openBucket();
    const put = await fetch(`${endpoint}/images/a?${signed(60)}&x-amz-acl=public-read`, { method: 'PUT', body: '' });
    expect(put.status).toBe(501);
  });
});
