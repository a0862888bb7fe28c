// The gallery's catalog and requests, against the data they are written for.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Item } from '../../examples/gallery/dataset.ts';
import { galleryDataset } from '../../examples/gallery/seed.ts';

type Value = string | { readonly N: string } | { readonly beginsWith: string };
type Conditions = Readonly<Record<string, Value>>;

interface Selector {
  readonly index?: string;
  readonly key?: Conditions;
  readonly sortKey?: Conditions;
  readonly attribute?: Conditions;
  readonly where?: Conditions;
  readonly prefix?: string;
}

interface Store {
  readonly table?: string;
  readonly bucket?: string;
  readonly optIn?: string;
  readonly preserve?: boolean;
  readonly select?: Readonly<Record<string, Selector | readonly Selector[]>>;
}

interface Catalog {
  readonly environment: string;
  readonly scopes: Readonly<Record<string, { readonly pattern: string }>>;
  readonly stores: Readonly<Record<string, Store>>;
  readonly [rest: string]: unknown;
}

const GALLERY = join(import.meta.dirname, '../../examples/gallery');
const catalog = parse(readFileSync(join(GALLERY, 'catalog.yaml'), 'utf8')) as Catalog;
const stores = Object.entries(catalog.stores);
const dataset = galleryDataset({ items: 4000, objects: 700 });
const TENANTS = ['acme', 'acme-2', 'globex'];

type Ids = Readonly<Record<string, string>>;

function fill(template: string, ids: Ids): string {
  return template.replace(/\{(\w+)\}/g, (_, scope: string) => ids[scope] ?? `no ${scope}`);
}

function conditionsOf({ key, sortKey, attribute, where }: Selector): [string, Value][] {
  return [key, sortKey, attribute, where].flatMap((conditions) => Object.entries(conditions ?? {}));
}

function isSelected(item: Item, selector: Selector, ids: Ids): boolean {
  return conditionsOf(selector).every(([name, value]) => {
    if (typeof value === 'string') return item[name]?.S === fill(value, ids);
    return 'N' in value ? item[name]?.N === fill(value.N, ids) : item[name]?.S?.startsWith(fill(value.beginsWith, ids));
  });
}

function selectorsOf({ select = {} }: Store, scope: string): Selector[] {
  return [select[scope] ?? []].flat() as Selector[];
}

/** What a scope selects in a store, each thing by its key. */
function selected(store: Store, ids: Ids): string[] {
  const { table, bucket } = store;
  const selectors = selectorsOf(store, Object.keys(ids).find((name) => name !== 'tenant') ?? 'tenant');
  if (bucket) {
    const writes = dataset.buckets.flatMap(({ name, objects }) => (name === bucket ? [...(objects() as [])] : []));
    const keys = writes.map(({ key }: { key: string }) => key);
    const prefixes = selectors.map(({ prefix }) => fill(String(prefix), ids));
    return [...new Set(keys)].filter((key) => prefixes.some((prefix) => key.startsWith(prefix)));
  }
  return items(table)
    .filter((item) => selectors.some((selector) => isSelected(item, selector, ids)))
    .map((item) => JSON.stringify(item));
}

function items(table: string | undefined): Item[] {
  const found = dataset.tables.find(({ create }) => create.TableName === table);
  return found ? [...(found.items() as Iterable<Item>)] : [];
}

function templatesOf(selector: Selector): { template: string; mayGoOn: boolean }[] {
  return [
    ...conditionsOf(selector).map(([, value]) => {
      if (typeof value === 'string') return { template: value, mayGoOn: false };
      return 'N' in value ? { template: value.N, mayGoOn: false } : { template: value.beginsWith, mayGoOn: true };
    }),
    ...(selector.prefix === undefined ? [] : [{ template: selector.prefix, mayGoOn: true }]),
  ];
}

describe('the catalog', () => {
  it('names every table and bucket of the platform, each once', () => {
    const resources = stores.map(([, { table, bucket }]) => table ?? bucket);

    expect(resources.toSorted()).toEqual(
      [...dataset.tables.map(({ create }) => create.TableName), ...dataset.buckets.map(({ name }) => name)].sort(),
    );
  });

  it('erases content by default, money and the audit log when opted in, and never accounts', () => {
    const named = (isMeant: (store: Store) => boolean) => stores.filter(([, s]) => isMeant(s)).map(([name]) => name);

    expect(named((store) => !store.optIn && !store.preserve)).toEqual([
      'galleries',
      'photos',
      'images',
      'analytics',
      'client-favorites',
      'client-feedback',
    ]);
    expect(named((store) => store.optIn === 'billing')).toEqual(['billing', 'subscriptions', 'refunds']);
    expect(named((store) => store.optIn === 'audit')).toEqual(['audit-log']);
    expect(named((store) => store.preserve === true)).toEqual([
      'users',
      'sessions',
      'notification-preferences',
      'newsletters',
      'contact',
      'visitor-tracking',
    ]);
  });

  it('fixes the rules of the demonstration', () => {
    const { version, name, environment, everything, protection, approval, limits, undo } = catalog;

    expect({
      version,
      name,
      environment,
      protected: catalog['protected'],
      everything,
      protection,
      approval,
      limits,
      undo,
    }).toEqual({
      version: 1,
      name: 'gallery',
      environment: 'demo',
      protected: { allowed: false },
      everything: { allowed: false },
      protection: { pitr: 'enable', versioning: 'refuse', reuseBackupWithin: '24h' },
      approval: { approvers: ['lead@galerly.example', 'dpo@galerly.example'], required: 1, expiresAfter: '10m' },
      limits: { maxItems: 5_000_000, maxShare: 0.9, drift: 0.01, cooldown: '1h', maxConcurrency: 8 },
      undo: { window: '7d' },
    });
    expect(catalog.scopes).toEqual({
      tenant: { pattern: '^[a-z0-9-]{1,64}$' },
      gallery: { within: 'tenant', pattern: '^[A-Za-z0-9-]{1,64}$' },
      invoice: { within: 'tenant', pattern: '^[0-9]{1,12}$' },
    });
  });

  it('shows every kind of selector there is', () => {
    const all = stores.flatMap(([, { select = {} }]) => Object.values(select));
    const flat = all.flat() as Selector[];
    const kinds = ['key', 'sortKey', 'index', 'attribute', 'where', 'prefix'] as const;

    expect(kinds.filter((kind) => !flat.some((selector) => selector[kind] !== undefined))).toEqual([]);
    expect(all.some(Array.isArray)).toBe(true);
    const values = flat.flatMap((selector) => conditionsOf(selector).map(([, value]) => value));
    expect(values.some((value) => typeof value !== 'string' && 'N' in value)).toBe(true);
    expect(values.some((value) => typeof value !== 'string' && 'beginsWith' in value)).toBe(true);
  });

  it('selects by the keys of its tables and indexes', () => {
    for (const [, store] of stores) {
      if (!store.table) continue;
      const { KeySchema = [], GlobalSecondaryIndexes = [] } =
        dataset.tables.find(({ create }) => create.TableName === store.table)?.create ?? {};
      for (const { index, key, sortKey, attribute } of Object.keys(store.select ?? {}).flatMap((scope) =>
        selectorsOf(store, scope),
      )) {
        if (attribute) continue;
        const found = GlobalSecondaryIndexes.find(({ IndexName }) => IndexName === index);
        const schema = index === undefined ? KeySchema : (found?.KeySchema ?? []);
        const [partition, sort] = schema.map(({ AttributeName }) => AttributeName);
        expect(Object.keys(key ?? {})).toEqual([partition]);
        if (sortKey) expect(Object.keys(sortKey)).toEqual([sort]);
      }
    }
  });

  it.each(
    stores.flatMap(([name, store]) =>
      Object.keys(store.select ?? {}).flatMap((scope) =>
        selectorsOf(store, scope).map((selector) => [`${scope} in ${name}`, scope, selector] as const),
      ),
    ),
  )('binds every level of %s by templates that cannot be mistaken', (_, scope, selector) => {
    const templates = templatesOf(selector);
    const text = templates.map(({ template }) => template).join(' ');

    expect(text).toContain('{tenant}');
    expect(text).toContain(`{${scope}}`);
    for (const { template, mayGoOn } of templates) {
      for (const [placeholder, level, next] of template.matchAll(/\{(\w+)\}(.?)/g)) {
        const pattern = new RegExp(String(catalog.scopes[String(level)]?.pattern));
        if (next) expect(next, `after ${placeholder} in ${template}`).not.toMatch(pattern);
        else expect(mayGoOn, `${template} ends in ${placeholder}`).toBe(false);
      }
    }
  });
});

describe('a tenant', () => {
  it.each(
    stores.filter(([, { select }]) => select),
  )('shares nothing it selects in %s with another tenant', (_, store) => {
    const [acme = [], second = [], globex = []] = TENANTS.map((tenant) => selected(store, { tenant }));

    expect(Math.min(acme.length, second.length, globex.length)).toBeGreaterThan(0);
    expect(new Set([...acme, ...second, ...globex]).size).toBe(acme.length + second.length + globex.length);
  });

  it.each(
    stores.filter(([, { select, table }]) => select && table),
  )('selects all that is its own in %s', (name, store) => {
    const owned = new Set(TENANTS.flatMap((tenant) => selected(store, { tenant })));
    const left = items(store.table).filter((item) => !owned.has(JSON.stringify(item)));

    // Customers' accounts belong to no photographer; settings and monthly totals of analytics name no visitor.
    const kinds = left.map((item) => `${item['id']?.S ?? item['sk']?.S}`.replace(/[_#].*/, ''));
    const stays = { users: ['client'], analytics: ['EVENTS', 'SETTINGS'] }[name] ?? [];
    expect([...new Set(kinds)].sort()).toEqual(stays);
  });
});

describe('a gallery', () => {
  const ids = { tenant: 'acme', gallery: 'summer-wedding-2025' };
  const within = stores.filter(([, { select }]) => select?.['gallery']);

  it('is found in galleries, photos, images, analytics and favourites', () => {
    expect(within.map(([name]) => name)).toEqual(['galleries', 'photos', 'images', 'analytics', 'client-favorites']);
    for (const [, store] of within) expect(selected(store, ids).length).toBeGreaterThan(0);
  });

  it.each(within)('in %s is part of its tenant, and apart from equal and longer ids', (_, store) => {
    const own = selected(store, ids);
    const tenant = new Set(selected(store, { tenant: 'acme' }));
    const others = [
      { tenant: 'globex', gallery: ids.gallery },
      { tenant: 'acme-2', gallery: ids.gallery },
      { tenant: 'acme', gallery: `${ids.gallery}-encore` },
    ].flatMap((other) => selected(store, other));

    expect(own.filter((thing) => !tenant.has(thing))).toEqual([]);
    expect(own.filter((thing) => others.includes(thing))).toEqual([]);
    expect(others.length).toBeGreaterThan(0);
  });

  it('has the photos that name it, and no others', () => {
    const photos = items('galerly-photos').filter((item) => item['prefix']?.S?.startsWith('acme/summer-wedding-2025/'));

    expect(selected(catalog.stores['photos'] ?? {}, ids)).toEqual(photos.map((item) => JSON.stringify(item)));
  });
});

describe('an invoice', () => {
  const within = stores.filter(([, { select }]) => select?.['invoice']);

  it.each(within)('in %s is its photographer’s own, though another has one of the same number', (_, store) => {
    const tenant = new Set(selected(store, { tenant: 'acme' }));
    const numbers = items(store.table).flatMap((item) => item['invoice_no']?.N ?? []);
    const owners = (invoice: string) => TENANTS.filter((one) => selected(store, { tenant: one, invoice }).length > 0);
    const shared = numbers.find((number) => owners(number).includes('acme') && owners(number).length > 1) ?? '';
    const own = selected(store, { tenant: 'acme', invoice: shared });

    expect(own.length).toBeGreaterThan(0);
    expect(own.every((thing) => tenant.has(thing))).toBe(true);
    expect(own.filter((thing) => selected(store, { tenant: 'globex', invoice: shared }).includes(thing))).toEqual([]);
  });
});

describe('the requests', () => {
  const requests = readdirSync(join(GALLERY, 'requests')).map((file) => {
    const request = JSON.parse(readFileSync(join(GALLERY, 'requests', file), 'utf8'));
    return [file, request] as const;
  });

  it('show each mode, and every scope', () => {
    const seen = requests.map(([file, { mode, scope }]) => [file, mode, Object.keys(scope).join()]);

    expect(seen.sort()).toEqual([
      ['dry-run.json', 'dry-run', 'tenant'],
      ['erase-acme.json', 'execute', 'tenant'],
      ['erase-gallery.json', 'execute', 'tenant,gallery'],
      ['erase-invoice.json', 'execute', 'tenant,invoice'],
      ['preview.json', 'preview', 'tenant'],
    ]);
  });

  it.each(requests)('%s has no other members than a request may have', (_, request) => {
    const allowed = ['scope', 'mode', 'optIn', 'reason', 'requestedBy', 'phrase', 'expect', 'requestId'];

    expect(Object.keys(request).filter((name) => !allowed.includes(name))).toEqual([]);
  });

  it.each(requests)('%s names a scope that the seed fills', (_, { scope }) => {
    const store = scope.invoice === undefined ? 'photos' : 'billing';
    expect(selected(catalog.stores[store] ?? {}, scope).length).toBeGreaterThan(0);
  });

  it.each(requests.filter(([, { mode }]) => mode === 'execute'))('%s carries the phrase of its plan', (_, request) => {
    const { tenant, ...within } = request.scope;
    const [[level, id] = []] = Object.entries(within);
    const scope = level ? `${level} ${id} of tenant ${tenant}` : `tenant ${tenant}`;
    const optIn = request.optIn ? ` with ${request.optIn.toSorted().join(',')}` : '';

    expect(request.phrase).toBe(`ERASE ${scope}${optIn} from ${catalog.environment}`);
    expect(request.expect).toEqual({ environment: catalog.environment });
    expect(request.reason.length).toBeGreaterThan(0);
  });
});
