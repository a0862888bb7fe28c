// The seeder of the gallery example: exact sizes, the same data every time, and records that belong together.
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Dataset, Item, ObjectWrite, TableData } from '../../examples/gallery/dataset.ts';
import { type GalleryOptions, galleryDataset } from '../../examples/gallery/seed.ts';

const ERASABLE = [
  'galerly-galleries',
  'galerly-photos',
  'galerly-analytics',
  'galerly-client-favorites',
  'galerly-client-feedback',
  'galerly-billing',
  'galerly-subscriptions',
  'galerly-refunds',
  'galerly-audit-log',
];

/** The seeder's streams are synchronous; the interface allows both. */
function all<T>(streamed: Iterable<T> | AsyncIterable<T>): T[] {
  return [...(streamed as Iterable<T>)];
}

function itemsOf(dataset: Dataset, name: string): Item[] {
  return all(tableOf(dataset, name).items());
}

function tableOf(dataset: Dataset, name: string): TableData {
  const found = dataset.tables.find(({ create }) => create.TableName === name);
  if (!found) throw new Error(`no table ${name}`);
  return found;
}

function objectsOf(dataset: Dataset): ObjectWrite[] {
  return dataset.buckets.flatMap((bucket) => all(bucket.objects()));
}

/** The tenant a record lies with, by the value of its partition key. */
/** By the attribute that names the owner, which need not be a key. */
function tenantOf({ create }: TableData, item: Item): string {
  const [hash] = create.KeySchema ?? [];
  const owner = item['user_id'] ?? item['photographer_id'] ?? item[String(hash?.AttributeName)];
  return String(owner?.S).replace(/^TENANT#/, '');
}

function countBy<T>(list: readonly T[], nameOf: (element: T) => string): Map<string, number> {
  return new Map([...Map.groupBy(list, nameOf)].map(([name, group]) => [name, group.length]));
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html */
function itemBytes(item: Item): number {
  const entries = Object.entries(item);
  return entries.reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value), 0);
}

function valueBytes(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return Math.ceil(value.N.replace(/\D/g, '').length / 2) + 1;
  if (value.SS !== undefined) return value.SS.reduce((sum, member) => sum + Buffer.byteLength(member), 0);
  if (value.L !== undefined) return 3 + value.L.reduce((sum, member) => sum + 1 + valueBytes(member), 0);
  if (value.M !== undefined) return 3 + Object.keys(value.M).length + itemBytes(value.M);
  return 1;
}

const tenantNames = fc.uniqueArray(fc.stringMatching(/^[a-z0-9-]{1,12}$/), { minLength: 1, maxLength: 20 });

describe('size', () => {
  it.each([
    [0, 0],
    [1, 1],
    [2, 0],
    [8, 3],
    [9, 400],
    [57, 1],
    [499, 0],
    [500, 0],
    [501, 7],
    [4321, 2000],
    [20_000, 3000],
  ])('is %i items over all tables and %i object versions exactly', (items, objects) => {
    const dataset = galleryDataset({ items, objects });

    const counts = dataset.tables.map((table) => all(table.items()).length);

    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(items);
    expect(objectsOf(dataset)).toHaveLength(objects);
  });

  it('is exact for any number of items, objects and tenants, and complete from 500 items on', () => {
    const sizes = fc.record({ items: fc.nat(1500), objects: fc.nat(1500), tenants: tenantNames });
    fc.assert(
      fc.property(sizes, ({ items, objects, tenants }) => {
        const dataset = galleryDataset({ items, objects, tenants });
        let total = 0;
        for (const table of dataset.tables) {
          const records = all(table.items());
          total += records.length;
          if (items < 500 || !ERASABLE.includes(String(table.create.TableName))) continue;
          const counts = countBy(records, (item) => tenantOf(table, item));
          expect([...counts.keys()].sort()).toEqual(tenants.toSorted());
          if (tenants.length > 1) expect(Math.max(...counts.values()) / records.length).toBeLessThanOrEqual(0.85);
        }
        expect(total).toBe(items);
        expect(objectsOf(dataset)).toHaveLength(objects);
      }),
      { numRuns: 60 },
    );
  });

  it('by default is 20,000 items and 3,000 object versions of acme, acme-2 and globex', () => {
    const dataset = galleryDataset();

    expect(dataset.tables.flatMap((table) => all(table.items()))).toHaveLength(20_000);
    expect([...countBy(objectsOf(dataset), ({ key }) => key.split('/')[0] ?? '').keys()]).toEqual([
      'acme',
      'acme-2',
      'globex',
    ]);
  });

  it('costs nothing until the records are read', () => {
    const dataset = galleryDataset({ items: 10_000_000, objects: 10_000_000 });

    const [first] = dataset.buckets[0]?.objects() as Iterable<ObjectWrite>;

    expect(first?.key).toMatch(/^acme\/summer-wedding-2025\/dsc00001-/);
  });

  it.each<[string, GalleryOptions, string]>([
    ['a negative size', { items: -1 }, 'items is -1; allowed is a whole number from 0 to 10000000'],
    ['half an object', { objects: 0.5 }, 'objects is 0.5; allowed'],
    ['too large a size', { items: 1e9 }, 'items is 1000000000; allowed'],
    ['a seed that is no number', { seed: Number.NaN }, 'seed is NaN; allowed is a whole number'],
    ['no tenant', { tenants: [] }, 'tenants are none; allowed are 1 to 20'],
    ['a tenant twice', { tenants: ['acme', 'acme'] }, 'tenants are acme, acme; allowed'],
    ['a tenant outside the pattern', { tenants: ['Acme'] }, "tenant is 'Acme'; allowed is /^[a-z0-9-]{1,64}$/"],
  ])('refuses %s', (_, options, message) => {
    expect(() => galleryDataset(options)).toThrow(message);
  });
});

describe('the same options', () => {
  const size = { items: 900, objects: 300 };
  const contents = (dataset: Dataset) => [dataset.tables.map((table) => all(table.items())), objectsOf(dataset)];

  it('give the same data', () => {
    expect(contents(galleryDataset(size))).toEqual(contents(galleryDataset(size)));
  });

  it('give the same data when a stream is read again', () => {
    const dataset = galleryDataset(size);

    expect(contents(dataset)).toEqual(contents(dataset));
  });

  it('but for the seed give other data of the same size', () => {
    const other = galleryDataset({ ...size, seed: 2 });

    expect(itemsOf(other, 'galerly-photos')).not.toEqual(itemsOf(galleryDataset(size), 'galerly-photos'));
    expect(itemsOf(other, 'galerly-photos')).toHaveLength(itemsOf(galleryDataset(size), 'galerly-photos').length);
  });

  it('give a tenant the same galleries whoever the others are', () => {
    const names = (tenants: string[]) =>
      itemsOf(galleryDataset({ ...size, tenants }), 'galerly-galleries')
        .filter((item) => item['user_id']?.S === 'globex')
        .map((item) => item['title']?.S);

    expect(names(['acme', 'acme-2', 'globex'])).toEqual(names(['initech', 'hooli', 'globex']));
  });
});

describe('the tables', () => {
  const dataset = galleryDataset({ items: 5000, objects: 900 });

  it.each(
    dataset.tables.map((table) => [String(table.create.TableName), table] as const),
  )('%s has its key attributes in every item, of the declared type, each key once', (_, { create, items }) => {
    const keys = (create.KeySchema ?? []).map(({ AttributeName }) => String(AttributeName));
    const types = (create.AttributeDefinitions ?? []).map(({ AttributeName, AttributeType }) => [
      AttributeName,
      AttributeType,
    ]);
    const records = all(items());
    const declared = records.filter((item) =>
      types.every(([name, type]) => Object.keys(item[String(name)] ?? {}).join() === type),
    );
    const keyTexts = records.map((item) => JSON.stringify(keys.map((name) => item[name])));

    expect(create.BillingMode).toBe('PAY_PER_REQUEST');
    const indexed = (create.GlobalSecondaryIndexes ?? []).flatMap(({ KeySchema = [] }) => KeySchema);
    expect(types.map(([name]) => name)).toEqual([...keys, ...indexed.map(({ AttributeName }) => AttributeName)]);
    expect(declared).toHaveLength(records.length);
    expect(new Set(keyTexts).size).toBe(records.length);
  });

  it('share the items between acme, acme-2 and globex as 35 : 25 : 40', () => {
    const owned = dataset.tables.flatMap((table) => all(table.items()).map((item) => tenantOf(table, item)));
    const counts = countBy(owned, (tenant) => tenant);
    const total = ['acme', 'acme-2', 'globex'].reduce((sum, tenant) => sum + (counts.get(tenant) ?? 0), 0);

    expect((counts.get('acme') ?? 0) / total).toBeCloseTo(0.35, 1);
    expect((counts.get('acme-2') ?? 0) / total).toBeCloseTo(0.25, 1);
    expect((counts.get('globex') ?? 0) / total).toBeCloseTo(0.4, 1);
  });

  it('hold photos of 200 to 700 bytes and events of about 150', () => {
    const photos = itemsOf(dataset, 'galerly-photos').map(itemBytes);
    const events = itemsOf(dataset, 'galerly-analytics').map(itemBytes);

    expect(Math.min(...photos)).toBeGreaterThanOrEqual(200);
    expect(Math.max(...photos)).toBeLessThanOrEqual(700);
    expect(events.reduce((sum, bytes) => sum + bytes, 0) / events.length).toBeCloseTo(150, -1.5);
  });

  it('know nobody outside the domains and networks reserved for examples', () => {
    const text = JSON.stringify(dataset.tables.map((table) => all(table.items())));
    const domains = new Set([...text.matchAll(/@([\w.-]+)/g)].map(([, domain]) => domain));
    const networks = new Set([...text.matchAll(/"(\d+\.\d+\.\d+)\.\d+"/g)].map(([, network]) => network));

    // RFC 2606 and RFC 5737.
    expect([...domains].filter((domain) => !/(^|\.)example(\.com|\.net|\.org)?$/.test(domain ?? ''))).toEqual([]);
    expect([...networks].sort()).toEqual(['192.0.2', '198.51.100', '203.0.113']);
  });

  it('let acme and globex have a gallery of the same id, and one whose id begins another', () => {
    const galleries = itemsOf(dataset, 'galerly-galleries');
    const idsOf = (tenant: string) =>
      galleries.filter((item) => item['user_id']?.S === tenant).map((item) => String(item['gallery_id']?.S));

    expect(idsOf('acme')).toContain('summer-wedding-2025');
    expect(idsOf('globex')).toContain('summer-wedding-2025');
    expect(idsOf('acme')).toContain('summer-wedding-2025-encore');
  });

  it('count in each gallery the photos that are there', () => {
    const photos = itemsOf(dataset, 'galerly-photos');
    const galleryName = (item: Item) => `${item['user_id']?.S}/${item['gallery_id']?.S}`;
    const claimed = itemsOf(dataset, 'galerly-galleries').map(
      (item) => [galleryName(item), Number(item['photo_count']?.N)] as const,
    );

    expect(new Map(claimed)).toEqual(countBy(photos, galleryName));
  });
});

describe('the bucket', () => {
  const dataset = galleryDataset({ items: 3000, objects: 1200 });
  const writes = objectsOf(dataset);

  it('holds the files that the photos say can be seen', () => {
    const visible = new Map<string, number>();
    for (const { key, body } of writes) {
      if (body === undefined) visible.delete(key);
      else visible.set(key, body.length);
    }
    const claimed = itemsOf(dataset, 'galerly-photos').flatMap((item) =>
      Object.entries(item['files']?.M ?? {}).map(([name, size]) => [`${item['prefix']?.S}${name}`, Number(size.N)]),
    );

    expect(Object.fromEntries(claimed)).toEqual(Object.fromEntries(visible));
  });

  it('holds nothing of a photo that no table knows', () => {
    const prefixes = new Set(itemsOf(dataset, 'galerly-photos').map((item) => item['prefix']?.S));

    expect(writes.filter(({ key }) => !prefixes.has(`${key.split('/').slice(0, 3).join('/')}/`))).toEqual([]);
  });

  it('keeps older versions of files uploaded again, and delete markers on top of removed ones', () => {
    const histories = Map.groupBy(writes, ({ key }) => key);
    const uploads = [...histories.values()].map((history) => history.filter(({ body }) => body !== undefined));
    const markers = [...histories.values()].filter((history) => history.some(({ deleteMarker }) => deleteMarker));

    expect(uploads.every((history) => history.length > 0)).toBe(true);
    expect(uploads.filter((history) => history.length > 1).length).toBeGreaterThan(10);
    expect(markers.length).toBeGreaterThan(10);
    expect(markers.every((history) => history.at(-1)?.deleteMarker && history[0]?.body)).toBe(true);
    for (const history of uploads) {
      const bodies = history.map(({ body }) => Buffer.from(body ?? '').toString('base64'));
      expect(new Set(bodies).size).toBe(bodies.length);
    }
  });

  it('fills files of 300 to 2,048 bytes that begin and end like a JPEG and tell their key', () => {
    for (const { key, body } of writes) {
      if (body === undefined) continue;
      const bytes = Buffer.from(body);
      expect(bytes.subarray(0, 4).toString('hex')).toBe('ffd8ffe0');
      expect(bytes.subarray(6, 11).toString('latin1')).toBe('JFIF\0');
      expect(bytes.subarray(-2).toString('hex')).toBe('ffd9');
      expect(bytes.includes(`${key} version `)).toBe(true);
      expect(bytes.length).toBeGreaterThanOrEqual(300);
      expect(bytes.length).toBeLessThanOrEqual(2048);
    }
  });

  it('has keys that must be escaped in URLs and XML', () => {
    const names = new Set(writes.map(({ key }) => key.split('/').at(-1)));

    expect([...names]).toEqual(expect.arrayContaining(['original.jpg', 'Zoë & Jonas.jpg', 'été 100%.jpg']));
  });
});
