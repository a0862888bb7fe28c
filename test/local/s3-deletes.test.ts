// DeleteObjects of the embedded S3: what it tells of each key, what it takes, and what it refuses.
import { createHash } from 'node:crypto';
import { DeleteObjectsCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { awsError, deleteAll, listVersions, openBucketOf } from './s3-account.ts';

const Bucket = 'images';

const openWith = (keys: Iterable<string>, versioning?: 'Enabled') => openBucketOf(Bucket, keys, versioning);

const md5Header = (body: string) => ({ 'content-md5': createHash('md5').update(body).digest('base64') });

const numbered = (count: number) => Array.from({ length: count }, (_, index) => `key ${index}`);

describe('a multi-delete', () => {
  test('tells the marker it made for every key, also where nothing was', async () => {
    const { client } = await openWith(['a'], 'Enabled');
    const { Deleted = [], Errors } = await deleteAll(client, Bucket, [{ Key: 'a' }, { Key: 'never' }]);
    const markers = (await listVersions(client, { Bucket })).filter(({ isMarker }) => isMarker);

    expect(Deleted).toEqual(
      markers.map(({ key, versionId }) => ({ Key: key, DeleteMarker: true, DeleteMarkerVersionId: versionId })),
    );
    expect(Deleted).toHaveLength(2);
    expect(Errors).toBeUndefined();
  });

  test('tells of versions by id which were markers', async () => {
    const { client } = await openWith(['a'], 'Enabled');
    await deleteAll(client, Bucket, [{ Key: 'a' }]);
    const versions = await listVersions(client, { Bucket });
    const ids = versions.map(({ key, versionId }) => ({ Key: key, VersionId: versionId }));
    const { Deleted } = await deleteAll(client, Bucket, ids);
    const again = await deleteAll(client, Bucket, ids);

    const [version, marker] = ids;
    expect(Deleted).toEqual([version, { ...marker, DeleteMarker: true, DeleteMarkerVersionId: marker?.VersionId }]);
    // What is gone counts as deleted; that it was a marker is forgotten.
    expect(again.Deleted).toEqual(ids);
    expect(await listVersions(client, { Bucket })).toEqual([]);
  });

  test('reports an id that never was one with its key, and deletes the others', async () => {
    const { client } = await openWith(['a', 'b'], 'Enabled');
    const [version] = await listVersions(client, { Bucket, Prefix: 'b' });
    const { Deleted, Errors } = await deleteAll(client, Bucket, [
      { Key: 'a', VersionId: 'HPniJFCxqTsMuIH9KX8K8wEjNUgmABCD' },
      { Key: 'b', VersionId: version?.versionId },
    ]);
    expect(Deleted).toEqual([{ Key: 'b', VersionId: version?.versionId }]);
    expect(Errors).toEqual([
      {
        Key: 'a',
        VersionId: 'HPniJFCxqTsMuIH9KX8K8wEjNUgmABCD',
        Code: 'NoSuchVersion',
        Message: 'The specified version does not exist.',
      },
    ]);
  });

  test('that is quiet tells errors only', async () => {
    const { client } = await openWith(['a'], 'Enabled');
    const Objects = [{ Key: 'a' }, { Key: 'b', VersionId: 'none' }, { Key: 'x'.repeat(1025) }];
    const answer = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Quiet: true, Objects } }));
    expect(answer.Deleted).toBeUndefined();
    expect(answer.Errors?.map(({ Code }) => Code)).toEqual(['NoSuchVersion', 'KeyTooLongError']);
    expect(await listVersions(client, { Bucket })).toHaveLength(2);
  });

  test('takes the same key twice, in the order given', async () => {
    const { client } = await openWith(['a'], 'Enabled');
    const { Deleted = [] } = await deleteAll(client, Bucket, [{ Key: 'a' }, { Key: 'a' }]);
    const markers = (await listVersions(client, { Bucket })).filter(({ isMarker }) => isMarker);
    expect(Deleted.map(({ DeleteMarkerVersionId }) => DeleteMarkerVersionId).toReversed()).toEqual(
      markers.map(({ versionId }) => versionId),
    );
  });

  test.each([
    `a&b<c>"d'e`,
    ' blanks ',
    'ü/😀',
    'line\nfeed\rreturn',
    '..',
    'key&#x41;',
  ])('takes the key %j as it is', async (Key) => {
    const { client, s3 } = await openWith([Key]);
    const { Deleted } = await deleteAll(client, Bucket, [{ Key }]);
    expect(Deleted).toEqual([{ Key }]);
    expect(() => s3.getObject(Bucket, Key)).toThrow(expect.objectContaining({ name: 'NoSuchKey' }));
  });
});

describe('ten thousand versions', () => {
  test('are gone after ten multi-deletes of a thousand', async () => {
    const { client, recorded } = await openWith(numbered(10_000), 'Enabled');
    const versions = await listVersions(client, { Bucket });
    const ids = versions.map(({ key, versionId }) => ({ Key: key, VersionId: versionId }));
    const told = [];
    for (let at = 0; at < ids.length; at += 1000) {
      const { Deleted = [] } = await deleteAll(client, Bucket, ids.slice(at, at + 1000));
      told.push(...Deleted);
    }
    const calls = recorded.filter(({ operation }) => operation === 'DeleteObjects');

    expect(told).toEqual(ids);
    expect(calls.map(({ items, resource }) => [items, resource])).toEqual(Array(10).fill([1000, Bucket]));
    expect(await listVersions(client, { Bucket })).toEqual([]);
  });
});

describe('a multi-delete is refused', () => {
  async function send(body: string, headers: Readonly<Record<string, string>> = {}) {
    const { raw, s3 } = await openWith(['a']);
    const answer = await raw('POST', '/images?delete', { body, headers });
    return { ...answer, left: Buffer.from(s3.getObject(Bucket, 'a')).toString() };
  }

  test('for more than a thousand keys', async () => {
    const { client } = await openWith([]);
    await expect(
      deleteAll(
        client,
        Bucket,
        numbered(1001).map((Key) => ({ Key })),
      ),
    ).rejects.toMatchObject(awsError('MalformedXML', 400));
    await expect(
      deleteAll(
        client,
        Bucket,
        numbered(1000).map((Key) => ({ Key })),
      ),
    ).resolves.toBeDefined();
  });

  test('without a checksum', async () => {
    const answer = await send('<Delete><Object><Key>a</Key></Object></Delete>');
    expect(answer).toMatchObject({ status: 400, left: 'a' });
    expect(answer.body).toContain('Missing required header for this request: Content-MD5 OR x-amz-checksum-*');
  });

  test.each([
    ['no keys', '<Delete></Delete>'],
    ['another root', '<Remove><Object><Key>a</Key></Object></Remove>'],
    ['an object without a key', '<Delete><Object/></Delete>'],
    ['two keys in one object', '<Delete><Object><Key>a</Key><Key>b</Key></Object></Delete>'],
    ['an element that does not end', '<Delete><Object><Key>a</Key></Object>'],
    ['elements that cross', '<Delete><Object><Key>a</Object></Key></Delete>'],
    ['text between elements', '<Delete>x<Object><Key>a</Key></Object></Delete>'],
    ['two roots', '<Delete><Object><Key>a</Key></Object></Delete><Delete/>'],
    ['a control character', '<Delete><Object><Key>a\u0001</Key></Object></Delete>'],
    ['a reference to a control character', '<Delete><Object><Key>a&#x1;</Key></Object></Delete>'],
    ['an unknown entity', '<Delete><Object><Key>a&nbsp;</Key></Object></Delete>'],
    ['a document type', '<!DOCTYPE Delete><Delete><Object><Key>a</Key></Object></Delete>'],
  ])('for %s', async (_, body) => {
    const answer = await send(body, md5Header(body));
    expect(answer).toMatchObject({ status: 400, left: 'a' });
    expect(answer.body).toContain('<Code>MalformedXML</Code>');
  });

  test.each([
    'ETag',
    'LastModifiedTime',
    'Size',
    'Anything',
  ])('for a condition on %s, which is not honoured', async (name) => {
    const body = `<Delete><Object><Key>a</Key><${name}>1</${name}></Object></Delete>`;
    const answer = await send(body, md5Header(body));
    expect(answer).toMatchObject({ status: 501, left: 'a' });
    expect(answer.body).toContain(name);
  });
});

describe('XML that clients may send', () => {
  test('has a declaration, comments, namespaces, white space and references', async () => {
    const { raw, s3, client } = await openWith([]);
    await client.send(new PutObjectCommand({ Bucket, Key: 'a b\n€', Body: 'x' }));
    const body = `\ufeff<?xml version="1.0" encoding="UTF-8"?>
      <!-- all of it -->
      <Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/" xmlns:xsi='x'>
        <Object >
          <Key>a&#32;b&#xA;&#x20AC;</Key>
        </Object>
        <Quiet>true</Quiet>
      </Delete>
    `;
    const answer = await raw('POST', '/images?delete', { headers: md5Header(body), body });
    expect(answer.status).toBe(200);
    expect(() => s3.getObject(Bucket, 'a b\n€')).toThrow(expect.objectContaining({ name: 'NoSuchKey' }));
  });
});
