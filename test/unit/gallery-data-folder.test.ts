// Data folders: what is read is what was meant, what is written can be compared and read again, what is wrong is named.
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DataFolderError, readDataFolder } from '../../examples/gallery/data-folder.ts';
import type { Item, ObjectWrite, Streamed } from '../../examples/gallery/dataset.ts';
import { type ObjectVersion, writeBucket, writeTable } from '../../examples/gallery/dump.ts';
import { readLines, writeSortedLines } from '../../examples/gallery/folder/lines.ts';
import { galleryDataset } from '../../examples/gallery/seed.ts';

const CREATE: CreateTableCommandInput = {
  TableName: 'app',
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'n', AttributeType: 'N' },
  ],
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'n', KeyType: 'RANGE' },
  ],
};

const ITEM = '{"pk":{"S":"a"},"n":{"N":"1"}}';

function folderWith(files: Readonly<Record<string, string | Buffer>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'lethe-data-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

/** A folder with the table `app` and these lines of it. */
function tableWith(...lines: (string | Buffer)[]): string {
  const content = Buffer.concat(lines.map((line) => Buffer.concat([Buffer.from(line), Buffer.from('\n')])));
  return folderWith({ 'tables/app.create.json': JSON.stringify(CREATE), 'tables/app.jsonl': content });
}

function bucketWith(...lines: string[]): string {
  return folderWith({ 'buckets/pictures.jsonl': lines.map((line) => `${line}\n`).join('') });
}

async function all<T>(streamed: Streamed<T> | undefined): Promise<T[]> {
  const list: T[] = [];
  for await (const element of streamed ?? []) list.push(element);
  return list;
}

function itemsIn(folder: string): Promise<Item[]> {
  return all(readDataFolder(folder).tables[0]?.items());
}

function writesIn(folder: string): Promise<ObjectWrite[]> {
  return all(readDataFolder(folder).buckets[0]?.objects());
}

function linesOf(folder: string, path: string): string[] {
  return readFileSync(join(folder, path), 'utf8').trimEnd().split('\n');
}

describe('reading', () => {
  it('gives tables with their CreateTable input and items in DynamoDB JSON', async () => {
    const line =
      '{"pk":{"S":"a"},"n":{"N":"1.5"},"b":{"B":"AAH/"},"t":{"BOOL":false},"z":{"NULL":true},"e":{"S":""},' +
      '"m":{"M":{"l":{"L":[{"S":"x"},{"M":{}}]}}},"ss":{"SS":["y","x"]},"ns":{"NS":["2"]},"bs":{"BS":["AQ=="]}}';

    const [table] = readDataFolder(tableWith(line)).tables;

    expect(table?.create).toEqual(CREATE);
    expect(await all(table?.items())).toEqual([
      {
        pk: { S: 'a' },
        n: { N: '1.5' },
        b: { B: Buffer.from([0, 1, 255]) },
        t: { BOOL: false },
        z: { NULL: true },
        e: { S: '' },
        m: { M: { l: { L: [{ S: 'x' }, { M: {} }] } } },
        ss: { SS: ['y', 'x'] },
        ns: { NS: ['2'] },
        bs: { BS: [Buffer.from([1])] },
      },
    ]);
  });

  it('gives buckets with their writes in the order of the file', async () => {
    const folder = bucketWith(
      '{"key":"b/1.jpg","body":"first"}',
      '{"key":"a/ü 1.jpg","body":""}',
      '{"key":"b/1.jpg","body":"second","deleteMarker":false}',
      '{"key":"b/1.jpg","deleteMarker":true}',
    );

    const [bucket] = readDataFolder(folder).buckets;

    expect(bucket).toMatchObject({ name: 'pictures', versioned: true });
    expect(await all(bucket?.objects())).toEqual([
      { key: 'b/1.jpg', body: 'first' },
      { key: 'a/ü 1.jpg', body: '' },
      { key: 'b/1.jpg', body: 'second' },
      { key: 'b/1.jpg', deleteMarker: true },
    ]);
  });

  it('makes bodies of a given size: the same at each reading, others for each line', async () => {
    const folder = bucketWith('{"key":"k","size":10000}', '{"key":"k","size":10000}', '{"key":"k","size":0}');

    const first = (await writesIn(folder)).map(({ body }) => Buffer.from(body ?? ''));
    const again = (await writesIn(folder)).map(({ body }) => Buffer.from(body ?? ''));

    expect(first.map(({ length }) => length)).toEqual([10_000, 10_000, 0]);
    expect(again).toEqual(first);
    expect(first[0]?.equals(first[1] ?? Buffer.alloc(0))).toBe(false);
  });

  it('takes a table without a file of items as empty, and overlooks names with a dot', async () => {
    const folder = folderWith({
      'tables/app.create.json': JSON.stringify(CREATE),
      'tables/.notes': '',
      '.DS_Store': '',
    });

    expect(await itemsIn(folder)).toEqual([]);
    expect(readDataFolder(folder).buckets).toEqual([]);
  });

  it('takes only line feeds as ends of lines', async () => {
    const items = await itemsIn(tableWith('{"pk":{"S":"a\u2028b\u2029c"},"n":{"N":"1"}}\r', ITEM));

    expect(items).toEqual([
      { pk: { S: 'a\u2028b\u2029c' }, n: { N: '1' } },
      { pk: { S: 'a' }, n: { N: '1' } },
    ]);
  });

  it('keeps characters whole that lie across the pieces in which a file is read', async () => {
    const text = '€'.repeat(100_000);

    const [item] = await itemsIn(tableWith(JSON.stringify({ pk: { S: 'a' }, n: { N: '1' }, text: { S: text } })));

    expect(item?.['text']?.S).toBe(text);
  });

  it('keeps an attribute called __proto__', async () => {
    const [item] = await itemsIn(tableWith('{"pk":{"S":"a"},"n":{"N":"1"},"__proto__":{"S":"x"}}'));

    expect(Object.entries(item ?? {})).toContainEqual(['__proto__', { S: 'x' }]);
  });
});

describe('reading refuses at once', () => {
  const create = (change: object) => ({ 'tables/app.create.json': JSON.stringify({ ...CREATE, ...change }) });

  it.each<[string, Record<string, string>, string]>([
    ['a folder with nothing in it', {}, ': is empty; needed is tables/ or buckets/'],
    ['an unknown folder', { 'table/x.jsonl': '' }, '/table: is unknown; allowed are tables/ and buckets/'],
    ['a file in the place of a folder', { tables: '' }, '/tables: is unknown; allowed'],
    ['an unknown file', { 'tables/x.csv': '' }, '/tables/x.csv: is unknown; allowed are <table>.create.json and'],
    ['items without a table', { 'tables/x.jsonl': '' }, '/tables/x.jsonl: needs x.create.json beside it'],
    ['an unknown file of a bucket', { 'buckets/x.csv': '' }, '/buckets/x.csv: is unknown; allowed is <bucket>.jsonl'],
    ['a bucket whose name S3 refuses', { 'buckets/A_b.jsonl': '' }, '/buckets/A_b.jsonl: is unknown; allowed'],
    ['a create file that is not JSON', { 'tables/app.create.json': '{' }, '/tables/app.create.json: is not JSON'],
    ['a create file that is a list', { 'tables/app.create.json': '[]' }, 'the input of CreateTable is a list; allowed'],
    [
      'a misspelt member',
      create({ KeySchemas: [] }),
      "the input of CreateTable's member KeySchemas is unknown; allowed",
    ],
    [
      'the name of another table',
      create({ TableName: 'x' }),
      'TableName is another than the file is named by; allowed is app',
    ],
    ['a table name too short', { 'tables/x.create.json': '{}' }, "the table's name x is not one; allowed is /"],
    ['a table without keys', create({ KeySchema: undefined }), 'KeySchema is missing; allowed is a list'],
    ['a table with no key', create({ KeySchema: [] }), 'KeySchema is a list of 0; allowed is a HASH key, then'],
    ['keys in the wrong order', create({ KeySchema: CREATE.KeySchema?.toReversed() }), 'KeyType HASH at this place'],
    [
      'a key without definition',
      create({ AttributeDefinitions: [] }),
      'the AttributeType of pk in AttributeDefinitions is missing',
    ],
  ])('%s', (_, files, message) => {
    const folder = folderWith(files);

    expect(() => readDataFolder(folder)).toThrow(DataFolderError);
    expect(() => readDataFolder(folder)).toThrow(message);
  });

  it('a folder that is not there', () => {
    expect(() => readDataFolder('/no/such/folder')).toThrow('/no/such/folder: is not a folder; needed is one with');
  });
});

describe('reading names the line', () => {
  it.each<[string, string | Buffer, string]>([
    ['that is not JSON', '{"pk":', 'is not JSON'],
    ['that is empty', '', 'is not JSON'],
    ['that is not UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'is not UTF-8'],
    ['that is no object', '[]', 'the item is a list; allowed is an object'],
    [
      'in the form of an export',
      `{"Item":${ITEM}}`,
      'Item is an object with pk, n; allowed is an object with one of S, N, B',
    ],
    ['with a plain value', '{"pk":"a"}', 'pk is a string; allowed is an object with one of S, N'],
    ['with a number that is not text', '{"pk":{"S":"a"},"n":{"N":1}}', 'n.N is a number; allowed is a string'],
    ['with an unknown type', '{"pk":{"X":"a"}}', 'pk is an object with X; allowed'],
    ['with two types', '{"pk":{"S":"a","N":"1"}}', 'pk is an object with S, N; allowed'],
    ['with binary that is not Base64', '{"pk":{"B":"?"}}', 'pk.B is a string; allowed is Base64'],
    ['with NULL false', '{"pk":{"NULL":false}}', 'pk.NULL is false; allowed is true'],
    ['with a boolean as text', '{"pk":{"BOOL":"true"}}', 'pk.BOOL is a string; allowed is true or false'],
    ['with a set of numbers', '{"pk":{"NS":[1]}}', 'pk.NS is a list; allowed is a list of strings'],
    ['with a set of other bytes', '{"pk":{"BS":["?"]}}', 'pk.BS is a list; allowed is a list of Base64 strings'],
    ['with a fault deep inside', '{"m":{"M":{"l":{"L":[{"S":1}]}}}}', 'm.M.l.L[0].S is a number; allowed is a string'],
    ['with an object as list', '{"m":{"L":{}}}', 'm.L is an object; allowed is a list'],
    ['without a key', '{"pk":{"S":"a"}}', 'the key n is missing; allowed is an attribute of type N'],
    ['with a key of another type', '{"pk":{"S":"a"},"n":{"S":"1"}}', 'the key n is of type S; allowed'],
  ])('of a table %s', async (_, line, message) => {
    const folder = tableWith(ITEM, ITEM, line, ITEM);

    await expect(itemsIn(folder)).rejects.toThrow(DataFolderError);
    await expect(itemsIn(folder)).rejects.toThrow(`${join(folder, 'tables/app.jsonl')}:3: ${message}`);
  });

  it.each<[string, string, string]>([
    [
      'with an unknown member',
      '{"key":"k","size":1,"bytes":1}',
      "the line's member bytes is unknown; allowed is key, body",
    ],
    ['without a key', '{"size":1}', 'key is missing; allowed is a string'],
    ['with an empty key', '{"key":"","size":1}', 'key is 0 bytes long; allowed is 1 to 1024 bytes'],
    ['with too long a key', `{"key":"${'ü'.repeat(513)}","size":1}`, 'key is 1026 bytes long; allowed'],
    ['without content', '{"key":"k"}', 'the content is missing; allowed is either body or size'],
    ['with both contents', '{"key":"k","size":1,"body":"x"}', 'the content is given twice; allowed'],
    ['with a body that is no text', '{"key":"k","body":{}}', 'body is an object; allowed is a string'],
    ['with a negative size', '{"key":"k","size":-1}', 'size is -1; allowed is a whole number from 0 to 5368709120'],
    ['with a size as text', '{"key":"k","size":"1"}', 'size is a string; allowed is a number'],
    ['with a marker that has a body', '{"key":"k","body":"x","deleteMarker":true}', 'a delete marker with content'],
    ['with a marker that is no boolean', '{"key":"k","deleteMarker":1}', 'deleteMarker is a number; allowed'],
  ])('of a bucket %s', async (_, line, message) => {
    const folder = bucketWith('{"key":"k","size":1}', line);

    await expect(writesIn(folder)).rejects.toThrow(`${join(folder, 'buckets/pictures.jsonl')}:2: ${message}`);
  });

  it('and never repeats what it holds', async () => {
    const folder = tableWith('{"pk":{"S":"mara@example.org"} oops');

    await expect(itemsIn(folder)).rejects.toThrow(/^(?!.*mara).*$/s);
  });

  it('after it gave the lines before', async () => {
    const stream = readDataFolder(tableWith(ITEM, 'oops')).tables[0]?.items() as AsyncGenerator<Item>;

    expect(await stream.next()).toMatchObject({ done: false, value: { pk: { S: 'a' } } });
    await expect(stream.next()).rejects.toThrow(DataFolderError);
  });
});

describe('writing', () => {
  it('gives a table the same bytes whatever the order of items, attributes and sets', async () => {
    const folders = [folderWith({}), folderWith({})] as const;
    const a: Item = {
      z: { SS: ['y', 'x'] },
      n: { N: '1' },
      pk: { S: 'a' },
      m: { M: { q: { S: '1' }, p: { S: '2' } } },
    };
    const sameAsA: Item = {
      m: { M: { p: { S: '2' }, q: { S: '1' } } },
      pk: { S: 'a' },
      n: { N: '1' },
      z: { SS: ['x', 'y'] },
    };
    const b: Item = { pk: { S: 'b' }, n: { N: '1' }, bytes: { B: new Uint8Array([0, 1, 255]) } };

    await writeTable(folders[0], CREATE, [b, a]);
    await writeTable(folders[1], CREATE, [sameAsA, b]);

    expect(linesOf(folders[0], 'tables/app.jsonl')).toEqual([
      '{"pk":{"S":"a"},"n":{"N":"1"},"m":{"M":{"p":{"S":"2"},"q":{"S":"1"}}},"z":{"SS":["x","y"]}}',
      '{"pk":{"S":"b"},"n":{"N":"1"},"bytes":{"B":"AAH/"}}',
    ]);
    expect(linesOf(folders[1], 'tables/app.jsonl')).toEqual(linesOf(folders[0], 'tables/app.jsonl'));
  });

  it('sorts more lines than fit into memory at once, and leaves nothing beside them', async () => {
    const folder = folderWith({});
    const path = join(folder, 'lines');
    const lines = Array.from({ length: 1000 }, (_, n) => String((n * 7919) % 1000).padStart(4, '0'));

    await writeSortedLines(path, lines, 64);

    expect(await all(readLines(path))).toEqual(lines.toSorted());
    expect(readdirSync(folder)).toEqual(['lines']);
  });

  it('lists the versions of a bucket by key, those of a key as they were made', async () => {
    const folder = folderWith({});
    await writeBucket(folder, 'pictures', [
      { key: 'a', versionId: 'a3', isLatest: true, deleteMarker: true },
      { key: 'a', versionId: 'a2', isLatest: false, size: 2, sha256: 'ff' },
      { key: 'a', versionId: 'a1', isLatest: false, size: 1, sha256: 'ee' },
      { key: 'b', versionId: 'b1', isLatest: true, size: 3, sha256: 'dd' },
    ]);

    expect(linesOf(folder, 'buckets/pictures.jsonl')).toEqual([
      '{"key":"a","size":1,"versionId":"a1","sha256":"ee","isLatest":false}',
      '{"key":"a","size":2,"versionId":"a2","sha256":"ff","isLatest":false}',
      '{"key":"a","deleteMarker":true,"versionId":"a3","isLatest":true}',
      '{"key":"b","size":3,"versionId":"b1","sha256":"dd","isLatest":true}',
    ]);
  });

  it('knows the order of S3, where U+FF5E comes before U+1F600, and refuses another', async () => {
    const folder = folderWith({});
    const version = (key: string): ObjectVersion => ({ key, versionId: '1', isLatest: true, size: 0, sha256: '' });

    await writeBucket(folder, 'pictures', [version('\u{ff5e}'), version('\u{1f600}')]);

    await expect(writeBucket(folder, 'pictures', [version('\u{1f600}'), version('\u{ff5e}')])).rejects.toThrow(
      'the versions of bucket pictures are not in the order of their keys',
    );
  });

  it('makes files of nothing for what holds nothing', async () => {
    const folder = folderWith({});

    await writeTable(folder, CREATE, []);
    await writeBucket(folder, 'pictures', []);

    expect(await itemsIn(folder)).toEqual([]);
    expect(await writesIn(folder)).toEqual([]);
  });
});

describe('a dump of the seeded platform', () => {
  it('is read again with the same items, keys, sizes and markers', async () => {
    const folder = folderWith({});
    const seeded = galleryDataset({ items: 700, objects: 150 });
    for (const { create, items } of seeded.tables) await writeTable(folder, create, items());
    const writes = await all(seeded.buckets[0]?.objects());
    await writeBucket(folder, 'galerly-images', listed(writes));

    const read = readDataFolder(folder);

    expect(read.tables.map(({ create }) => create)).toEqual(
      seeded.tables.map(({ create }) => create).sort((a, b) => (String(a.TableName) < String(b.TableName) ? -1 : 1)),
    );
    for (const { create, items } of seeded.tables) {
      const found = read.tables.find((table) => table.create.TableName === create.TableName);
      expect(new Set((await all(found?.items())).map(textOf))).toEqual(new Set((await all(items())).map(textOf)));
    }
    const outline = (list: readonly ObjectWrite[]) => list.map(({ key, body }) => `${key} ${body?.length}`);
    expect(outline(await writesIn(folder)).sort()).toEqual(outline(writes).sort());
  });
});

function textOf(item: Item): string {
  const names = Object.keys(item).sort();
  return JSON.stringify(
    names.map((name) => [name, item[name]]),
    (_, value) => sortedMembers(value),
  );
}

/** A dump sorts the names in maps and the members of sets. */
function sortedMembers(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, name === 'SS' ? [...member].sort() : member]));
}

/** As S3 lists what was written: by the bytes of the key, the newest version first. */
function listed(writes: readonly ObjectWrite[]): ObjectVersion[] {
  const byKey = [...Map.groupBy(writes, ({ key }) => key)];
  byKey.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return byKey.flatMap(([key, history]) =>
    history
      .map(({ body }, n): ObjectVersion => {
        const version = { key, versionId: `${n}`, isLatest: n === history.length - 1 };
        if (body === undefined) return { ...version, deleteMarker: true };
        return { ...version, size: body.length, sha256: createHash('sha256').update(body).digest('hex') };
      })
      .reverse(),
  );
}
