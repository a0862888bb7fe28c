// What metadata says of a store, against what the catalog says: keys, protection, what cannot be erased safely.
import { describe, expect, it } from 'vitest';
import type { BucketFacts, TableFacts } from '../../contracts/plan.ts';
import type { KeySelector } from '../../contracts/selector.ts';
import { checkFacts } from '../../core/planning/check-facts.ts';
import type { DraftTarget } from '../../core/planning/draft-targets.ts';
import { byKey, WHOLE } from '../support/plans.ts';
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
});
const versioned = (versioning: BucketFacts['versioning']): BucketFacts => ({ kind: 's3', versioning });

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
