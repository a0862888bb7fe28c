// Listings of the embedded S3: order, groups and pages, also while what they list goes away.
import {
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandInput,
  PutBucketVersioningCommand,
} from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { afterKey, beyondGroup, fromStart, type PageEntry, pageOf } from '../../local/s3/page.ts';
import { SortedKeys } from '../../local/s3/sorted-keys.ts';
import {
  awsError,
  deleteAll,
  listPages,
  listVersions,
  openBucketOf,
  type S3Account,
  versionPages,
} from './s3-account.ts';

const Bucket = 'images';

const openWith = (keys: Iterable<string>, versioning?: 'Enabled') => openBucketOf(Bucket, keys, versioning);

const byUtf8 = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

const flat = (pages: readonly (readonly string[])[]) => pages.flat();

describe('the order of keys', () => {
  const keys = ['\u{1F600}', '\uE000', '\uFFFD', '\uD7FF', 'a', 'a/', 'a/b', 'a0', 'A', 'ä', '~', '\u{10000}', 'aa'];

  test('is that of their UTF-8 bytes, not that of JavaScript', async () => {
    const { client } = await openWith(keys);
    const listed = flat(await listPages(client, { Bucket }));
    expect(listed).toEqual(keys.toSorted(byUtf8));
    expect(listed).not.toEqual(keys.toSorted());
  });

  test('holds from page to page', async () => {
    const { client } = await openWith(keys, 'Enabled');
    const objects = flat(await listPages(client, { Bucket, MaxKeys: 1 }));
    const versions = await listVersions(client, { Bucket, MaxKeys: 2 });
    expect(objects).toEqual(keys.toSorted(byUtf8));
    expect(versions.map(({ key }) => key)).toEqual(keys.toSorted(byUtf8));
  });

  test('tells apart keys that are prefixes of each other', async () => {
    const { client } = await openWith(['acme', 'acme/', 'acme/1', 'acme-2/1', 'acme2', 'acm']);
    expect(await listPages(client, { Bucket, Prefix: 'acme/' })).toEqual([['acme/', 'acme/1']]);
    expect(await listPages(client, { Bucket, Prefix: 'acme' })).toEqual([
      ['acme', 'acme-2/1', 'acme/', 'acme/1', 'acme2'],
    ]);
  });
});

describe('pages past 1,000 keys', () => {
  const plain = Array.from({ length: 1300 }, (_, index) => `p${String(index).padStart(5, '0')}`);
  const grouped = Array.from({ length: 1200 }, (_, index) => `g${String(index).padStart(5, '0')}/`);
  const keys = [...plain, ...grouped.flatMap((group) => [`${group}1`, `${group}2`])];

  test('hold a thousand entries each, and every key once', async () => {
    const { client } = await openWith(keys);
    const pages = await listPages(client, { Bucket });
    expect(pages.map(({ length }) => length)).toEqual([1000, 1000, 1000, 700]);
    expect(flat(pages)).toEqual(keys.toSorted(byUtf8));
  });

  test('count a group as one entry, and name every group once', async () => {
    const { client } = await openWith(keys);
    const pages = await listPages(client, { Bucket, Delimiter: '/' });
    expect(pages.map(({ length }) => length)).toEqual([1000, 1000, 500]);
    expect(flat(pages).toSorted(byUtf8)).toEqual([...grouped, ...plain]);
  });

  test('of versions do the same', async () => {
    const { client } = await openWith(keys, 'Enabled');
    const sizes: number[] = [];
    const names: string[] = [];
    for await (const { versions, groups } of versionPages(client, { Bucket, Delimiter: '/' })) {
      sizes.push(versions.length + groups.length);
      names.push(...versions.map(({ key }) => key), ...groups);
    }
    expect(sizes).toEqual([1000, 1000, 500]);
    expect(names.toSorted(byUtf8)).toEqual([...grouped, ...plain]);
  });
});

describe('a page that ends on a group', () => {
  // The keys, pages and markers that AWS was seen to answer.
  const keys = ['folder/aSubfolder/subFile1', 'folder/aSubfolder/subFile2', 'folder/file1', 'folder/file2'];
  const scope = { Bucket, Prefix: 'folder/', Delimiter: '/', MaxKeys: 1 };

  test('is followed by what comes after the whole group', async () => {
    const { client } = await openWith(keys);
    expect(await listPages(client, scope)).toEqual([['folder/aSubfolder/'], ['folder/file1'], ['folder/file2']]);
  });

  test('gives the group as key marker of versions, and no version', async () => {
    const { client } = await openWith(keys, 'Enabled');
    const list = (input: Partial<ListObjectVersionsCommandInput>) =>
      client.send(new ListObjectVersionsCommand({ ...scope, ...input }));
    const first = await list({});
    const second = await list({ KeyMarker: first.NextKeyMarker });
    const last = await list({ KeyMarker: second.NextKeyMarker, VersionIdMarker: second.NextVersionIdMarker });

    expect(first).toMatchObject({ IsTruncated: true, NextKeyMarker: 'folder/aSubfolder/' });
    expect(first.NextVersionIdMarker).toBeUndefined();
    expect(second).toMatchObject({
      IsTruncated: true,
      NextKeyMarker: 'folder/file1',
      Versions: [{ Key: 'folder/file1' }],
    });
    expect(last).toMatchObject({ IsTruncated: false, Versions: [{ Key: 'folder/file2' }] });
    expect(last.NextKeyMarker).toBeUndefined();
  });

  test('is skipped by a key marker inside the group, not by a StartAfter', async () => {
    const { client } = await openWith(keys);
    const inside = 'folder/aSubfolder/subFile1';
    const versions = await client.send(new ListObjectVersionsCommand({ ...scope, KeyMarker: inside }));
    const objects = await client.send(new ListObjectsV2Command({ ...scope, StartAfter: inside }));
    expect(versions.Versions).toMatchObject([{ Key: 'folder/file1' }]);
    expect(objects.CommonPrefixes).toEqual([{ Prefix: 'folder/aSubfolder/' }]);
  });
});

describe('a group', () => {
  test('is not named when all its objects are hidden, but its versions still name it', async () => {
    const { client } = await openWith(['a/1', 'a/2', 'b/1'], 'Enabled');
    await deleteAll(client, Bucket, [{ Key: 'a/1' }, { Key: 'a/2' }]);
    expect(await listPages(client, { Bucket, Delimiter: '/' })).toEqual([['b/']]);
    const { CommonPrefixes } = await client.send(new ListObjectVersionsCommand({ Bucket, Delimiter: '/' }));
    expect(CommonPrefixes).toEqual([{ Prefix: 'a/' }, { Prefix: 'b/' }]);
  });

  test('is named when only its last object is there', async () => {
    const { client } = await openWith(['a/1', 'a/2', 'a/3', 'b'], 'Enabled');
    await deleteAll(client, Bucket, [{ Key: 'a/1' }, { Key: 'a/2' }]);
    expect(await listPages(client, { Bucket, Delimiter: '/' })).toEqual([['b', 'a/']]);
  });

  test('may end at a delimiter of several characters', async () => {
    const { client } = await openWith(['x--1', 'x--2', 'x-3', '--y']);
    expect(await listPages(client, { Bucket, Delimiter: '--' })).toEqual([['x-3', '--', 'x--']]);
  });

  test('begins after the prefix, even when that ends in the delimiter', async () => {
    const { client } = await openWith(['a//b', 'a/c', 'a/d/e']);
    expect(await listPages(client, { Bucket, Prefix: 'a/', Delimiter: '/' })).toEqual([['a/c', 'a//', 'a/d/']]);
  });
});

describe('a listing that goes on while keys come and go', () => {
  test('loses nothing when its own pages are deleted', async () => {
    const { client } = await openWith(
      Array.from({ length: 25 }, (_, index) => `k${10 + index}`),
      'Enabled',
    );
    const seen: string[] = [];
    for await (const { versions } of versionPages(client, { Bucket, MaxKeys: 10 })) {
      seen.push(...versions.map(({ key }) => key));
      await deleteAll(
        client,
        Bucket,
        versions.map(({ key, versionId }) => ({ Key: key, VersionId: versionId })),
      );
    }
    expect(seen).toHaveLength(25);
    expect(await listVersions(client, { Bucket })).toEqual([]);
  });

  test('goes on inside a key after the version it ended on is gone', async () => {
    const { client, s3 } = await openWith([], 'Enabled');
    for (let n = 0; n < 5; n++) s3.putObject(Bucket, 'key', `${n}`);
    const all = await listVersions(client, { Bucket });
    const page = await client.send(new ListObjectVersionsCommand({ Bucket, MaxKeys: 3 }));
    await deleteAll(
      client,
      Bucket,
      all.slice(0, 3).map(({ key, versionId }) => ({ Key: key, VersionId: versionId })),
    );
    const marker = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
    const rest = await client.send(new ListObjectVersionsCommand({ Bucket, ...marker }));

    expect(rest.Versions?.map(({ VersionId }) => VersionId)).toEqual(all.slice(3).map(({ versionId }) => versionId));
    expect(rest.Versions?.map(({ IsLatest }) => IsLatest)).toEqual([true, false]);
  });

  test('loses nothing that lies under a null version it ended on, be that deleted or overwritten', async () => {
    const { client, s3 } = await openWith(['a', 'b'], 'Enabled');
    const under = await listVersions(client, { Bucket });
    await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Suspended' } }));
    s3.putObject(Bucket, 'a', 'null version');
    const page = await client.send(new ListObjectVersionsCommand({ Bucket, MaxKeys: 1 }));
    const marker = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
    const rest = async () => (await client.send(new ListObjectVersionsCommand({ Bucket, ...marker }))).Versions;
    await deleteAll(client, Bucket, [{ Key: 'a', VersionId: 'null' }]);
    const afterDelete = await rest();
    s3.putObject(Bucket, 'a', 'null version again');
    const afterWrite = await rest();

    const expected = under.map(({ key, versionId }) => ({ Key: key, VersionId: versionId }));
    expect(marker).toEqual({ KeyMarker: 'a', VersionIdMarker: 'null' });
    expect(afterDelete).toMatchObject(expected);
    expect(afterWrite).toMatchObject(expected);
  });

  test('takes no notice of new keys before its place', async () => {
    const { client, s3 } = await openWith(['b', 'c', 'd']);
    const first = await client.send(new ListObjectsV2Command({ Bucket, MaxKeys: 2 }));
    s3.putObject(Bucket, 'a', '');
    s3.putObject(Bucket, 'cc', '');
    const { NextContinuationToken: ContinuationToken } = first;
    const second = await client.send(new ListObjectsV2Command({ Bucket, ContinuationToken }));
    expect(second.Contents?.map(({ Key }) => Key)).toEqual(['cc', 'd']);
  });
});

describe('versions of a key', () => {
  test('are listed newest first, with what they are', async () => {
    const account = await openWith(['a', 'a'], 'Enabled');
    const { Deleted } = await deleteAll(account.client, Bucket, [{ Key: 'a' }]);
    const answer = await account.client.send(new ListObjectVersionsCommand({ Bucket }));

    expect(answer.DeleteMarkers).toMatchObject([
      { Key: 'a', VersionId: Deleted?.[0]?.DeleteMarkerVersionId, IsLatest: true, Owner: { ID: expect.any(String) } },
    ]);
    expect(answer.Versions).toMatchObject([
      { Key: 'a', IsLatest: false, Size: 1, StorageClass: 'STANDARD' },
      { Key: 'a', IsLatest: false, Size: 1, StorageClass: 'STANDARD' },
    ]);
  });

  test('stand in the answer in the order of the key, markers among them', async () => {
    const { raw, client } = await openWith(['a', 'b'], 'Enabled');
    await deleteAll(client, Bucket, [{ Key: 'a' }]);
    const { body } = await raw('GET', '/images?versions');
    const kinds = [...body.matchAll(/<(Version|DeleteMarker)><Key>(.)/g)].map(([, kind, key]) => `${kind} ${key}`);
    expect(kinds).toEqual(['DeleteMarker a', 'Version a', 'Version b']);
  });

  test.each([
    [{ VersionIdMarker: 'null' }, 'A version-id marker cannot be specified without a key marker.'],
    [{ KeyMarker: 'a', VersionIdMarker: 'none' }, 'Invalid version id specified'],
  ])('cannot be listed from %j', async (marker, message) => {
    const { client } = await openWith(['a'], 'Enabled');
    await expect(client.send(new ListObjectVersionsCommand({ Bucket, ...marker }))).rejects.toMatchObject({
      ...awsError('InvalidArgument', 400),
      message,
    });
  });
});

describe('what is asked of a listing', () => {
  const list = ({ client }: S3Account, input: Partial<ListObjectsV2CommandInput>) =>
    client.send(new ListObjectsV2Command({ Bucket, ...input }));

  test('is echoed, a larger page than 1,000 too', async () => {
    const account = await openWith(['a']);
    const answer = await list(account, { Prefix: 'a', Delimiter: '/', MaxKeys: 5000, StartAfter: '0' });
    expect(answer).toMatchObject({ Prefix: 'a', Delimiter: '/', MaxKeys: 5000, StartAfter: '0', KeyCount: 1 });
  });

  test('may be a page of nothing', async () => {
    const answer = await list(await openWith(['a']), { MaxKeys: 0 });
    expect(answer).toMatchObject({ KeyCount: 0, IsTruncated: false });
  });

  test('may be the owner', async () => {
    const account = await openWith(['a']);
    const [without, withOwner] = [await list(account, {}), await list(account, { FetchOwner: true })];
    expect(without.Contents?.[0]?.Owner).toBeUndefined();
    expect(withOwner.Contents?.[0]?.Owner?.ID).toMatch(/^[0-9a-f]{64}$/);
  });

  test('is taken from the token, if there is one, rather than from StartAfter', async () => {
    const account = await openWith(['a', 'b', 'c']);
    const { NextContinuationToken: ContinuationToken } = await list(account, { MaxKeys: 1 });
    const answer = await list(account, { ContinuationToken, StartAfter: 'b' });
    expect(answer.Contents?.map(({ Key }) => Key)).toEqual(['b', 'c']);
    expect(answer).toMatchObject({ ContinuationToken });
    expect(answer.StartAfter).toBeUndefined();
  });

  test('is refused where the token was never given out', async () => {
    const account = await openWith(['a']);
    await expect(list(account, { ContinuationToken: 'never given out' })).rejects.toMatchObject({
      ...awsError('InvalidArgument', 400),
      message: 'The continuation token provided is incorrect',
    });
  });

  test.each([
    'max-keys=ten',
    'max-keys=1.5',
    'max-keys=-1',
    'encoding-type=base64',
  ])('is refused: %s', async (parameter) => {
    const { raw } = await openWith(['a']);
    const answer = await raw('GET', `/images?list-type=2&${parameter}`);
    expect(answer.status).toBe(400);
    expect(answer.body).toContain('<Code>InvalidArgument</Code>');
  });
});

describe('encoding-type=url', () => {
  // As AWS was seen to write them.
  test.each([
    ['a b.txt', 'a+b.txt'],
    ['a+b.txt', 'a%2Bb.txt'],
    ['100%.csv', '100%25.csv'],
    ['한글/x.txt', '%ED%95%9C%EA%B8%80/x.txt'],
    [`!'()~,;:@="<>|*-_.`, '%21%27%28%29%7E%2C%3B%3A%40%3D%22%3C%3E%7C*-_.'],
    ['\u0001\n', '%01%0A'],
  ])('writes %j as %s', async (key, encoded) => {
    const { client } = await openWith([key], 'Enabled');
    const input = { Bucket, EncodingType: 'url', Prefix: key } as const;
    const objects = await client.send(new ListObjectsV2Command(input));
    const versions = await client.send(new ListObjectVersionsCommand(input));

    const answer = { EncodingType: 'url', Prefix: encoded };
    expect(objects).toMatchObject({ ...answer, Contents: [{ Key: encoded }] });
    expect(versions).toMatchObject({ ...answer, Versions: [{ Key: encoded }] });
  });

  test('is for groups and markers too', async () => {
    const { client } = await openWith(['a b/1', 'c d'], 'Enabled');
    const input = { Bucket, EncodingType: 'url', Delimiter: ' ', MaxKeys: 1 } as const;
    const { CommonPrefixes, NextKeyMarker, Delimiter } = await client.send(new ListObjectVersionsCommand(input));
    expect({ CommonPrefixes, NextKeyMarker, Delimiter }).toEqual({
      CommonPrefixes: [{ Prefix: 'a+' }],
      NextKeyMarker: 'a+',
      Delimiter: '+',
    });
  });

  test('is what makes control characters safe: without it they come as references that XML 1.0 does not have', async () => {
    const { raw } = await openWith(['a\u0001b\rc<&>"d']);
    const { body } = await raw('GET', '/images?list-type=2');
    expect(body).toContain('<Key>a&#x1;b&#xd;c&lt;&amp;&gt;&quot;d</Key>');
  });
});

describe('any listing in pages', () => {
  const letter = fc.constantFrom('a', 'b', '/', '-', 'é', '\uE000', '\u{1F600}');
  const text = (maxLength: number) => fc.array(letter, { maxLength }).map((letters) => letters.join(''));

  test('is the listing as a whole, cut into pages that are full but for the last', () => {
    const scopes = {
      keys: fc.array(text(6), { maxLength: 60 }),
      prefix: text(2),
      delimiter: text(1),
      limit: fc.integer({ min: 1, max: 7 }),
    };
    fc.assert(
      fc.property(fc.record(scopes), ({ keys, prefix, delimiter, limit }) => {
        const sorted = new SortedKeys();
        for (const key of keys) sorted.insert(key);
        const pages: string[][] = [];
        let isBefore = fromStart;
        let last: PageEntry<string> | undefined;
        do {
          const page = pageOf({ keys: sorted, prefix, delimiter, limit, isBefore, itemsOf: (key) => [key] });
          pages.push(page.entries.map((entry) => (entry.kind === 'item' ? entry.item : `group ${entry.prefix}`)));
          last = page.isTruncated ? page.entries.at(-1) : undefined;
          if (last) isBefore = last.kind === 'item' ? afterKey(last.key) : beyondGroup(last.prefix);
        } while (last);

        const whole = rolledUp([...new Set(keys)].toSorted(byUtf8), prefix, delimiter);
        expect(pages.flat()).toEqual(whole);
        for (const page of pages.slice(0, -1)) expect(page).toHaveLength(limit);
      }),
    );
  });

  function rolledUp(keys: readonly string[], prefix: string, delimiter: string): readonly string[] {
    const entries = keys
      .filter((key) => key.startsWith(prefix))
      .map((key) => {
        const rest = key.slice(prefix.length);
        const cut = delimiter === '' ? -1 : rest.indexOf(delimiter);
        return cut < 0 ? key : `group ${prefix}${rest.slice(0, cut)}${delimiter}`;
      });
    return [...new Set(entries)];
  }
});

describe('keys kept in order', () => {
  test('are those that were put in and not taken out, whatever the order of both', () => {
    const writes = fc.array(fc.record({ key: fc.nat({ max: 2000 }), isRemoval: fc.boolean() }), {
      minLength: 500,
      maxLength: 3000,
    });
    fc.assert(
      fc.property(writes, (steps) => {
        const sorted = new SortedKeys();
        const kept = new Set<string>();
        for (const { key, isRemoval } of steps) {
          const name = `key ${key}`;
          if (isRemoval) {
            sorted.remove(name);
            kept.delete(name);
          } else {
            sorted.insert(name);
            kept.add(name);
          }
        }
        expect([...sorted.from(fromStart)]).toEqual([...kept].toSorted());
      }),
      { numRuns: 20 },
    );
  });

  test('stay in order when there are many, and begin where asked', () => {
    const sorted = new SortedKeys();
    const names = Array.from({ length: 5000 }, (_, index) => String((index * 2741) % 5000).padStart(4, '0'));
    for (const name of names) sorted.insert(name);
    for (const name of names.slice(0, 2500)) sorted.remove(name);
    const rest = names.slice(2500).toSorted();
    expect([...sorted.from(fromStart)]).toEqual(rest);
    expect([...sorted.from(afterKey('2500'))]).toEqual(rest.filter((name) => name > '2500'));
  });
});
