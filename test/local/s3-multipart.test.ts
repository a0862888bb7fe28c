// Multipart uploads of the embedded S3: begun, listed, completed part by part, aborted.
import { createHash } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandInput,
  type ListMultipartUploadsCommandOutput,
  ListPartsCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { awsError, openS3, type S3Account } from './s3-account.ts';

const Bucket = 'images';
const FIVE_MIB = 5 * 1024 * 1024;
const TOO_SMALL_TAG = `"${createHash('md5').update('too small').digest('hex')}"`;

async function openBucket(options: { readonly clockSpeed?: number } = {}): Promise<S3Account> {
  const account = await openS3(options);
  account.s3.createBucket(Bucket, { versioning: 'Enabled' });
  return account;
}

async function begin({ client }: S3Account, Key: string, input: Partial<CreateMultipartUploadCommandInput> = {}) {
  const { UploadId = '' } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key, ...input }));
  return { Bucket, Key, UploadId };
}

type Begun = Awaited<ReturnType<typeof begin>>;

async function give({ client }: S3Account, upload: Begun, PartNumber: number, Body: string | Buffer) {
  const { ETag, ChecksumCRC32 } = await client.send(new UploadPartCommand({ ...upload, PartNumber, Body }));
  return { PartNumber, ETag, ChecksumCRC32 };
}

const complete = ({ client }: S3Account, upload: Begun, Parts: CompletedPart[]) =>
  client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }));

const withoutSum = ({ PartNumber, ETag }: CompletedPart): CompletedPart => ({ PartNumber, ETag });

describe('an upload in parts', () => {
  test('becomes an object of all parts in order, with the tag that S3 makes of theirs', async () => {
    const account = await openBucket();
    const { client } = account;
    const upload = await begin(account, 'film', { ContentType: 'video/mp4', Metadata: { a: 'b' } });
    const [first, second] = [Buffer.alloc(FIVE_MIB, 'a'), Buffer.from('end')];
    const parts = [await give(account, upload, 7, second), await give(account, upload, 2, first)].toReversed();
    const answer = await complete(account, upload, parts.map(withoutSum));
    const got = await client.send(new GetObjectCommand({ Bucket, Key: 'film' }));

    const md5s = [first, second].map((part) => createHash('md5').update(part).digest());
    const ETag = `"${createHash('md5').update(Buffer.concat(md5s)).digest('hex')}-2"`;
    expect(answer).toMatchObject({ Bucket, Key: 'film', ETag, VersionId: expect.stringMatching(/^\S{32}$/) });
    expect(got).toMatchObject({ ETag, ContentType: 'video/mp4', Metadata: { a: 'b' }, ContentLength: FIVE_MIB + 3 });
    const body = Buffer.from((await got.Body?.transformToByteArray()) ?? []);
    expect(body.equals(Buffer.concat([first, second]))).toBe(true);
    await expect(complete(account, upload, parts)).rejects.toMatchObject(awsError('NoSuchUpload', 404));
  });

  test('is of the moment it was begun', async () => {
    const account = await openBucket({ clockSpeed: 100_000 });
    const { client, clock } = account;
    const upload = await begin(account, 'film');
    const { Uploads } = await client.send(new ListMultipartUploadsCommand({ Bucket }));
    await clock.sleep(3_600_000);
    await complete(account, upload, [withoutSum(await give(account, upload, 1, 'x'))]);
    const { LastModified } = await client.send(new HeadObjectCommand({ Bucket, Key: 'film' }));
    expect(LastModified).toEqual(Uploads?.[0]?.Initiated);
  });

  test('is not an object before it is completed', async () => {
    const account = await openBucket();
    const upload = await begin(account, 'film');
    await give(account, upload, 1, 'x');
    await expect(account.client.send(new HeadObjectCommand({ Bucket, Key: 'film' }))).rejects.toMatchObject(
      awsError('NotFound', 404),
    );
  });

  test('may have a checksum of its parts’ checksums', async () => {
    const account = await openBucket();
    const upload = await begin(account, 'film', { ChecksumAlgorithm: 'CRC32' });
    const parts = [await give(account, upload, 1, Buffer.alloc(FIVE_MIB, 'a')), await give(account, upload, 2, 'end')];
    const answer = await complete(account, upload, parts);
    const head = await account.client.send(new HeadObjectCommand({ Bucket, Key: 'film', ChecksumMode: 'ENABLED' }));

    expect(parts.every(({ ChecksumCRC32 }) => ChecksumCRC32 !== undefined)).toBe(true);
    expect(answer.ChecksumCRC32).toMatch(/^[\w+/]{6}==-2$/);
    expect(answer.ChecksumType).toBe('COMPOSITE');
    expect(head).toMatchObject({ ChecksumCRC32: answer.ChecksumCRC32, ChecksumType: 'COMPOSITE' });
  });

  test('may have a checksum of the whole', async () => {
    const account = await openBucket();
    const upload = await begin(account, 'digits', { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' });
    const answer = await complete(account, upload, [withoutSum(await give(account, upload, 1, '123456789'))]);
    // The check value of CRC-32.
    expect(answer).toMatchObject({ ChecksumCRC32: 'y/Q5Jg==', ChecksumType: 'FULL_OBJECT' });
  });
});

describe('completing is refused', () => {
  async function uploadOfTwo() {
    const account = await openBucket();
    const upload = await begin(account, 'film');
    const parts = [await give(account, upload, 1, 'too small'), await give(account, upload, 2, 'end')].map(withoutSum);
    return { account, upload, parts };
  }

  test('for parts out of order', async () => {
    const { account, upload, parts } = await uploadOfTwo();
    await expect(complete(account, upload, parts.toReversed())).rejects.toMatchObject(
      awsError('InvalidPartOrder', 400),
    );
  });

  test('for a part below 5 MiB that is not the last', async () => {
    const { account, upload, parts } = await uploadOfTwo();
    await expect(complete(account, upload, parts)).rejects.toMatchObject({
      ...awsError('EntityTooSmall', 400),
      PartNumber: '1',
      ProposedSize: '9',
      MinSizeAllowed: '5242880',
    });
  });

  test.each([
    ['that was never given', { PartNumber: 3, ETag: '"d41d8cd98f00b204e9800998ecf8427e"' }],
    ['with another tag', { PartNumber: 1, ETag: '"d41d8cd98f00b204e9800998ecf8427e"' }],
    ['with another checksum', { PartNumber: 1, ETag: TOO_SMALL_TAG, ChecksumCRC32: 'AAAAAA==' }],
  ])('for a part %s', async (_, part) => {
    const { account, upload } = await uploadOfTwo();
    await expect(complete(account, upload, [part])).rejects.toMatchObject(awsError('InvalidPart', 400));
  });

  test('for no parts, and leaves the upload', async () => {
    const { account, upload, parts } = await uploadOfTwo();
    await expect(complete(account, upload, [])).rejects.toMatchObject(awsError('MalformedXML', 400));
    await expect(complete(account, upload, parts.slice(1))).resolves.toBeDefined();
  });

  test('without the checksums that the upload was begun with', async () => {
    const account = await openBucket();
    const upload = await begin(account, 'film', { ChecksumAlgorithm: 'CRC32' });
    const part = await give(account, upload, 1, 'x');
    await expect(complete(account, upload, [withoutSum(part)])).rejects.toMatchObject(awsError('InvalidRequest', 400));
  });
});

describe('a part', () => {
  test.each(['0', '10001', 'x'])('cannot have the number %s', async (number) => {
    const account = await openBucket();
    const { UploadId } = await begin(account, 'film');
    const answer = await account.raw('PUT', `/images/film?uploadId=${UploadId}&partNumber=${number}`, { body: 'x' });
    expect(answer.status).toBe(400);
    expect(answer.body).toContain('<Code>InvalidArgument</Code>');
  });

  test('may be given again, the last one counts', async () => {
    const account = await openBucket();
    const upload = await begin(account, 'film');
    await give(account, upload, 1, 'first');
    await complete(account, upload, [await give(account, upload, 1, 'second')]);
    expect(Buffer.from(account.s3.getObject(Bucket, 'film')).toString()).toBe('second');
  });

  test('with a checksum of another kind than the object’s is refused', async () => {
    const account = await openBucket();
    const upload = await begin(account, 'film', { ChecksumAlgorithm: 'SHA256' });
    await expect(give(account, upload, 1, 'x')).rejects.toMatchObject(awsError('InvalidRequest', 400));
  });

  test('copied from an object is answered 501', async () => {
    const account = await openBucket();
    const { UploadId } = await begin(account, 'film');
    const headers = { 'x-amz-copy-source': 'images/other' };
    const answer = await account.raw('PUT', `/images/film?uploadId=${UploadId}&partNumber=1`, { headers });
    expect(answer.status).toBe(501);
  });
});

describe('an aborted upload', () => {
  test('is gone with its parts', async () => {
    const account = await openBucket();
    const upload = await begin(account, 'film');
    await give(account, upload, 1, 'x');
    await account.client.send(new AbortMultipartUploadCommand(upload));
    const { Uploads } = await account.client.send(new ListMultipartUploadsCommand({ Bucket }));

    expect(Uploads).toBeUndefined();
    await expect(account.client.send(new AbortMultipartUploadCommand(upload))).rejects.toMatchObject(
      awsError('NoSuchUpload', 404),
    );
    await expect(give(account, upload, 2, 'x')).rejects.toMatchObject(awsError('NoSuchUpload', 404));
  });

  test('is not another key’s', async () => {
    const account = await openBucket();
    const upload = await begin(account, 'film');
    await expect(
      account.client.send(new AbortMultipartUploadCommand({ ...upload, Key: 'other' })),
    ).rejects.toMatchObject(awsError('NoSuchUpload', 404));
  });
});

describe('uploads in progress', () => {
  const list = ({ client }: S3Account, input: Partial<ListMultipartUploadsCommandInput> = {}) =>
    client.send(new ListMultipartUploadsCommand({ Bucket, ...input }));

  async function openWithUploads() {
    const account = await openBucket();
    const begun: Begun[] = [];
    for (const key of ['c', 'b', 'a', 'a', 'a', 'other/😀']) begun.push(await begin(account, key));
    const ids = (...indexes: number[]) => indexes.map((index) => begun[index]?.UploadId);
    return { account, begun, ids };
  }

  const idsOf = ({ Uploads = [] }: ListMultipartUploadsCommandOutput) => Uploads.map(({ UploadId }) => UploadId);

  test('are listed by key, then by age', async () => {
    const { account, ids } = await openWithUploads();
    const answer = await list(account);
    expect(idsOf(answer)).toEqual(ids(2, 3, 4, 1, 0, 5));
    expect(answer).toMatchObject({ IsTruncated: false, NextKeyMarker: 'other/😀', MaxUploads: 1000 });
    expect(answer.Uploads?.[0]).toMatchObject({ Key: 'a', Initiated: expect.any(Date), StorageClass: 'STANDARD' });
  });

  test('are listed in pages, through keys with several', async () => {
    const { account, ids } = await openWithUploads();
    const first = await list(account, { MaxUploads: 2 });
    const marker = { KeyMarker: first.NextKeyMarker, UploadIdMarker: first.NextUploadIdMarker };
    const second = await list(account, { ...marker, MaxUploads: 3 });
    const pastKey = await list(account, { KeyMarker: 'a' });

    expect(idsOf(first)).toEqual(ids(2, 3));
    expect(idsOf(second)).toEqual(ids(4, 1, 0));
    expect([first.IsTruncated, second.IsTruncated]).toEqual([true, true]);
    expect(idsOf(pastKey)).toEqual(ids(1, 0, 5));
  });

  test('go on after one that was aborted meanwhile', async () => {
    const { account, begun, ids } = await openWithUploads();
    const { NextKeyMarker: KeyMarker, NextUploadIdMarker: UploadIdMarker } = await list(account, { MaxUploads: 2 });
    const ended = begun[3] as Begun;
    await account.client.send(new AbortMultipartUploadCommand(ended));
    expect(idsOf(await list(account, { KeyMarker, UploadIdMarker }))).toEqual(ids(4, 1, 0, 5));
  });

  test('may be those of a prefix', async () => {
    const { account, ids } = await openWithUploads();
    const answer = await list(account, { Prefix: 'other/', EncodingType: 'url' });
    expect(idsOf(answer)).toEqual(ids(5));
    expect(answer).toMatchObject({ Prefix: 'other/', Uploads: [{ Key: 'other/%F0%9F%98%80' }] });
  });

  test('cannot be listed from an upload to another key', async () => {
    const { account, begun } = await openWithUploads();
    await expect(list(account, { KeyMarker: 'c', UploadIdMarker: begun[1]?.UploadId })).rejects.toMatchObject({
      ...awsError('InvalidArgument', 400),
      message: 'Invalid uploadId marker',
    });
  });

  test('grouped at a delimiter are answered 501', async () => {
    const { account } = await openWithUploads();
    await expect(list(account, { Delimiter: '/' })).rejects.toMatchObject(awsError('NotImplemented', 501));
  });
});

describe('the parts of an upload', () => {
  test('are listed by number, in pages', async () => {
    const account = await openBucket();
    const upload = await begin(account, 'film');
    for (const number of [10, 9, 100]) await give(account, upload, number, `part ${number}`);
    const first = await account.client.send(new ListPartsCommand({ ...upload, MaxParts: 2 }));
    const second = await account.client.send(
      new ListPartsCommand({ ...upload, PartNumberMarker: first.NextPartNumberMarker }),
    );

    expect(first.Parts).toMatchObject([
      { PartNumber: 9, Size: 6, LastModified: expect.any(Date) },
      { PartNumber: 10, Size: 7, ETag: `"${createHash('md5').update('part 10').digest('hex')}"` },
    ]);
    expect(first).toMatchObject({ IsTruncated: true, NextPartNumberMarker: '10' });
    expect(second.Parts).toMatchObject([{ PartNumber: 100 }]);
    expect(second.IsTruncated).toBe(false);
  });
});
