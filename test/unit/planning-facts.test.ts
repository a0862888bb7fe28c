// What metadata says of a store, against what the catalog says: keys, protection, what cannot be erased safely.
import { describe, expect, it } from 'vitest';
import type { BucketFacts, IndexFacts, TableFacts } from '../../contracts/plan.ts';
import type { KeySelector } from '../../contracts/selector.ts';
import { checkFacts } from '../../core/planning/check-facts.ts';
import type { DraftTarget } from '../../core/planning/draft-targets.ts';
import { byKey, NO_BUCKET_EFFECTS, NO_TABLE_EFFECTS, WHOLE } from '../support/plans.ts';
import { expectRefusal } from '../support/refusals.ts';

type Key = TableFacts['keySchema'][number];
const text = (name: string): Key => ({ name, type: 'S' });

const selector = (sort: KeySelector['sort'] = null) => byKey('id', 'acme', { sort });

function draft(more: Partial<DraftTarget> = {}): DraftTarget {
  return {
    store: 'items',
    kind: 'dynamodb',
    resource: 'items-table',
    purpose: 'erase',
    selectors: [selector()],
    note: null,
    isUnrecoverable: false,
    rate: null,
    allowsReplicas: false,
    kmsKey: null,
    ...more,
  };
}

const bucket = (more: Partial<DraftTarget> = {}) =>
  draft({ kind: 's3', resource: 'images', selectors: [{ by: 'prefix', prefix: 'acme/', except: [] }], ...more });

const table = (keySchema: Key[], hasPointInTimeRecovery = true): TableFacts => ({
  kind: 'dynamodb',
  arn: 'arn:aws:dynamodb:eu-west-1:123456789012:table/items-table',
  keySchema,
  indexes: [],
  hasPointInTimeRecovery,
  items: 0,
  bytes: 0,
  ...NO_TABLE_EFFECTS,
});
const versioned = (versioning: BucketFacts['versioning']): BucketFacts => ({
  kind: 's3',
  versioning,
  ...NO_BUCKET_EFFECTS,
});

type OnOff = 'enable' | 'refuse';
const REFUSE = { pitr: 'refuse' as OnOff, versioning: 'refuse' as OnOff, reuseBackupWithinSeconds: 0 };

function check(
  target: DraftTarget,
  facts: TableFacts | BucketFacts,
  {
    unsupported = null,
    willErase = true,
    protection = REFUSE,
  }: { unsupported?: string | null; willErase?: boolean; protection?: typeof REFUSE } = {},
) {
  return checkFacts(target, { exists: true, facts, unsupported }, protection, willErase);
}

describe('the keys of a table', () => {
  it.each<[string, DraftTarget, Key[]]>([
    ['a partition key alone', draft(), [text('id')]],
    ['a partition key before a sort key that is not selected by', draft(), [text('id'), { name: 'sk', type: 'N' }]],
    [
      'both keys',
      draft({ selectors: [selector({ name: 'sk', type: 'S', beginsWith: 'x#' })] }),
      [text('id'), text('sk')],
    ],
    ['any keys, where the whole table is taken', draft({ selectors: [WHOLE] }), [{ name: 'n', type: 'B' }]],
    ['any keys, where nothing is selected', draft({ selectors: [] }), [text('other')]],
  ])('are those of the catalog: %s', (_, target, keys) => {
    expect(check(target, table(keys))).toEqual([]);
  });

  it.each<[string, DraftTarget, Key[], string, string, string]>([
    [
      'another partition key',
      draft(),
      [text('pk')],
      'Store items selects by id, which is not the partition key of table items-table.',
      'id',
      'pk',
    ],
    [
      'the keys exchanged',
      draft({ selectors: [selector({ name: 'sk', type: 'S', equals: 'x' })] }),
      [text('sk'), text('id')],
      'Store items selects by id, which is not the partition key of table items-table.',
      'id',
      'sk',
    ],
    [
      'another sort key',
      draft({ selectors: [selector({ name: 'sk', type: 'S', equals: 'x' })] }),
      [text('id'), text('at')],
      'Store items selects by sk, which is not the sort key of table items-table.',
      'sk',
      'at',
    ],
    [
      'no sort key',
      draft({ selectors: [selector({ name: 'sk', type: 'S', equals: 'x' })] }),
      [text('id')],
      'Store items selects by sk, which is not the sort key of table items-table.',
      'sk',
      'no sort key: it has none',
    ],
    [
      'a numeric partition key',
      draft(),
      [{ name: 'id', type: 'N' }],
      'Store items gives a text for id, which is of type N in table items-table.',
      'S',
      'N',
    ],
    [
      'a binary sort key',
      draft({ selectors: [selector({ name: 'sk', type: 'S', equals: 'x' })] }),
      [text('id'), { name: 'sk', type: 'B' }],
      'Store items gives a text for sk, which is of type B in table items-table.',
      'S',
      'B',
    ],
  ])('are refused when the table has %s', (_, target, keys, what, received, allowed) => {
    expectRefusal(() => check(target, table(keys)), 'Lethe.InvalidCatalog', { what, received, allowed });
  });

  it('are checked for preserved stores and dry runs too', () => {
    expectRefusal(() => check(draft({ purpose: 'preserve' }), table([text('pk')])), 'Lethe.InvalidCatalog', {});
    expectRefusal(() => check(draft(), table([text('pk')]), { willErase: false }), 'Lethe.InvalidCatalog', {});
  });
});

describe('the indexes of a table', () => {
  const index = (more: Partial<IndexFacts> = {}): IndexFacts => ({
    name: 'by-user',
    kind: 'global',
    status: 'ACTIVE',
    partition: [text('user')],
    sort: [text('at')],
    projected: ['id', 'user', 'at', 'kind'],
    ...more,
  });
  const facts = (...indexes: IndexFacts[]): TableFacts => ({
    ...table([text('id'), { name: 'sk', type: 'B' }]),
    indexes,
  });
  const through = (more: Partial<KeySelector> = {}) =>
    draft({ selectors: [byKey('user', 'acme', { index: 'by-user', ...more })] });
  const equality = (name: string, type: 'S' | 'N' = 'S') => ({ name, type, equals: '1' });

  it.each<[string, DraftTarget]>([
    ['its partition key', through()],
    ['both its keys', through({ sort: { name: 'at', type: 'S', beginsWith: '2025-' } })],
    ['where of what it holds, and of the table’s key', through({ where: [equality('kind'), equality('id')] })],
    [
      'it, before an attribute that it does not hold',
      draft({ selectors: [...through().selectors, { by: 'table', where: [equality('other')] }] }),
    ],
  ])('may be selected by %s', (_, target) => {
    expect(check(target, facts(index()))).toEqual([]);
  });

  it.each<[string, DraftTarget, IndexFacts[], string, unknown, unknown]>([
    [
      'of another name',
      through(),
      [index({ name: 'by-id' }), index({ name: 'by-kind' })],
      'selects by index by-user, which table items-table does not have',
      'by-user',
      ['by-id', 'by-kind'],
    ],
    [
      'of none',
      through(),
      [],
      'selects by index by-user, which table items-table does not have',
      'by-user',
      'no index: the table has none',
    ],
    [
      'by another key',
      through({ partition: equality('id') }),
      [index()],
      'selects by id, which is not the partition key of index by-user of table items-table',
      'id',
      'user',
    ],
    [
      'by another sort key',
      through({ sort: equality('kind') }),
      [index()],
      'selects by kind, which is not the sort key of index by-user of table items-table',
      'kind',
      'at',
    ],
    [
      'without a sort key',
      through({ sort: equality('at') }),
      [index({ sort: [] })],
      'selects by at, which is not the sort key',
      'at',
      'no sort key: it has none',
    ],
    [
      'by a number',
      through({ partition: equality('user', 'N') }),
      [index()],
      'gives a number for user, which is of type S in table items-table',
      'N',
      'S',
    ],
    [
      'with its own key in where',
      through({ where: [equality('at')] }),
      [index()],
      'has at in where, which is part of the key of index by-user',
      'at',
      'key and sortKey for the attributes of the key; where for others',
    ],
    [
      'with a key of bytes in where',
      through({ where: [equality('sk')] }),
      [index()],
      'gives a text for sk, which is of type B',
      'S',
      'B',
    ],
  ])('refuse a catalog that selects %s', (_, target, indexes, what, received, allowed) => {
    expectRefusal(() => check(target, facts(...indexes)), 'Lethe.InvalidCatalog', {
      what: expect.stringContaining(what),
      received,
      allowed,
    });
  });

  it('refuse a key in where, and a type in attribute that no item has', () => {
    const where = [equality('sk')];
    expectRefusal(
      () => check(draft({ selectors: [byKey('id', 'acme', { where })] }), facts()),
      'Lethe.InvalidCatalog',
      { received: 'sk' },
    );
    expectRefusal(() => check(draft({ selectors: [{ by: 'table', where }] }), facts()), 'Lethe.InvalidCatalog', {
      received: 'S',
      allowed: 'B',
    });
    const byUser = draft({ selectors: [{ by: 'table', where: [equality('user', 'N')] }] });
    expectRefusal(() => check(byUser, facts(index())), 'Lethe.InvalidCatalog', { received: 'N', allowed: 'S' });
  });

  it.each<[string, DraftTarget, IndexFacts, string, string]>([
    ['that is being built', through(), index({ status: 'CREATING' }), 'it is CREATING', 'ACTIVE'],
    ['that is being deleted', through(), index({ status: 'DELETING' }), 'it is DELETING', 'ACTIVE'],
    [
      'without what where compares',
      through({ where: [equality('other')] }),
      index(),
      'it does not hold other, which the catalog compares',
      'id, user, at, kind',
    ],
    [
      'without what an earlier selector compares',
      draft({ selectors: [{ by: 'table', where: [equality('owner')] }, ...through().selectors] }),
      index(),
      'it does not hold owner, which the catalog compares',
      'id, user, at, kind',
    ],
    [
      'whose key has two attributes for one part',
      through(),
      index({ partition: [text('user'), text('region')] }),
      'its key has several attributes for one part: user, region, at',
      'an index of one partition key and at most one sort key',
    ],
  ])('make a store unsupported: one %s', (_, target, one, why, allowed) => {
    expectRefusal(() => check(target, facts(one), { willErase: false }), 'Lethe.StoreUnsupported', {
      what: `Store items cannot be read through index by-user of table items-table: ${why}.`,
      allowed,
    });
  });

  it('do not matter where no selector names them', () => {
    expect(check(draft(), facts(index({ status: 'CREATING', projected: [] })))).toEqual([]);
  });
});

describe('a recovery point', () => {
  const isOff = table([text('id')], false);
  const PITR = 'point-in-time recovery is off and protection.pitr is refuse';
  const VERSIONING = (state: string) => `bucket versioning is ${state} and protection.versioning is refuse`;
  const enabling = { ...REFUSE, pitr: 'enable' as const, versioning: 'enable' as const };

  it.each([
    ['a table with point-in-time recovery', draft(), table([text('id')], true), REFUSE],
    ['a table whose recovery Lethe may turn on', draft(), isOff, { ...REFUSE, pitr: 'enable' as const }],
    ['a versioned bucket', bucket(), versioned('Enabled'), REFUSE],
    [
      'a bucket whose versioning Lethe may turn on',
      bucket(),
      versioned('Off'),
      { ...REFUSE, versioning: 'enable' as const },
    ],
    ['a bucket whose versioning rests', bucket(), versioned('Suspended'), { ...REFUSE, versioning: 'enable' as const }],
    ['a table that needs none', draft({ isUnrecoverable: true }), isOff, REFUSE],
    ['a bucket that needs none', bucket({ isUnrecoverable: true }), versioned('Off'), REFUSE],
    ['a preserved table', draft({ purpose: 'preserve' }), isOff, REFUSE],
    ['a table that is not in scope', draft({ selectors: [] }), isOff, REFUSE],
  ])('is there for %s', (_, target, facts, protection) => {
    expect(check(target, facts, { protection })).toEqual([]);
  });

  it.each<[string, DraftTarget, TableFacts | BucketFacts, typeof REFUSE, string]>([
    ['a table', draft(), isOff, { ...enabling, pitr: 'refuse' }, PITR],
    ['a bucket', bucket(), versioned('Off'), { ...enabling, versioning: 'refuse' }, VERSIONING('Off')],
    [
      'a bucket whose versioning rests',
      bucket(),
      versioned('Suspended'),
      { ...enabling, versioning: 'refuse' },
      VERSIONING('Suspended'),
    ],
  ])('is missing for %s: executing is refused, looking is warned', (_, target, facts, protection, why) => {
    expectRefusal(() => check(target, facts, { protection }), 'Lethe.StoreUnsupported', {
      what: `Store items (${target.resource}) cannot be erased safely: ${why}.`,
      received: target.resource,
      allowed: expect.stringContaining('recovery: none'),
    });
    expect(check(target, facts, { protection, willErase: false })).toEqual([`items: ${why}; execute would be refused`]);
  });
});

describe('what cannot be erased at all', () => {
  const unsupported = 'Object Lock keeps its versions';

  it.each([true, false])('is refused even where nothing will be erased: %s', (willErase) => {
    expectRefusal(() => check(bucket(), versioned('Enabled'), { unsupported, willErase }), 'Lethe.StoreUnsupported', {
      what: `Store items (images) cannot be erased safely: ${unsupported}.`,
    });
  });

  it('is refused without recovery too, with every reason there is', () => {
    expectRefusal(
      () => check(bucket({ isUnrecoverable: true }), versioned('Off'), { unsupported }),
      'Lethe.StoreUnsupported',
      {
        what: `Store items (images) cannot be erased safely: ${unsupported}.`,
      },
    );
    expectRefusal(() => check(bucket(), versioned('Off'), { unsupported }), 'Lethe.StoreUnsupported', {
      what: `Store items (images) cannot be erased safely: ${unsupported}; bucket versioning is Off and protection.versioning is refuse.`,
    });
  });

  it.each([
    bucket({ purpose: 'preserve' }),
    bucket({ selectors: [] }),
  ])('matters to no other store: $purpose', (target) => {
    expect(check(target, versioned('Enabled'), { unsupported })).toEqual([]);
  });
});

describe('what the catalog must say first', () => {
  const replicated = { ...table([text('id')]), replicas: ['us-east-1', 'ap-south-1'] };
  const encrypted = { ...table([text('id')]), kmsKey: 'arn:aws:kms:eu-west-1:123456789012:key/own-key' };

  it('is that replicas lose the items too', () => {
    expectRefusal(() => check(draft(), replicated), 'Lethe.StoreUnsupported', {
      what: expect.stringContaining('it has replicas in us-east-1, ap-south-1'),
    });
    expect(check(draft({ allowsReplicas: true }), replicated)).toEqual([]);
  });

  it.each(['own-key', 'arn:aws:kms:eu-west-1:123456789012:key/own-key'])('may be the customer key %s', (kmsKey) => {
    expect(check(draft({ kmsKey }), encrypted)).toEqual([]);
    expect(check(draft(), encrypted)).toEqual([]);
  });

  it.each([
    'key',
    'another-key',
    'arn:aws:kms:us-east-1:123456789012:key/own-key',
  ])('is not another key: %s', (kmsKey) => {
    expectRefusal(() => check(draft({ kmsKey }), encrypted), 'Lethe.StoreUnsupported', {
      what: expect.stringContaining(`not with the catalog's kmsKey ${kmsKey}`),
    });
    expectRefusal(() => check(draft({ kmsKey }), table([text('id')])), 'Lethe.StoreUnsupported', {
      what: expect.stringContaining('no customer key'),
    });
  });
});
