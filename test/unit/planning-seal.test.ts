// The plan that approvers decide on: counted, capped, priced, dated.
import { describe, expect, it } from 'vitest';
import type { RecoveryPoint, Target, TargetList } from '../../contracts/plan.ts';
import { planBody } from '../../contracts/plan.ts';
import type { CountedShard } from '../../core/planning/count-targets.ts';
import { findsNothing, sealPlan, settleSeconds } from '../../core/planning/seal.ts';
import { bucketTarget, byKey, shardOf, tableTarget, targetListOf } from '../support/plans.ts';
import { expectRefusal } from '../support/refusals.ts';

const SEALED_AT = Date.parse('2026-11-20T12:10:00.000Z');
const table = tableTarget({ shards: 1 });
const users = tableTarget({ id: 'users', purpose: 'preserve', operations: [] });
const hidden = bucketTarget();
const finalised = bucketTarget({ id: 'cache', operations: ['finalise'], recovery: 'none' });
const both = bucketTarget({ id: 'both', operations: ['erase', 'finalise'] });

function seal(
  targets: readonly Target[],
  shards: readonly CountedShard[],
  more: Partial<TargetList> = {},
  sealedAtMs: number | null = SEALED_AT,
  recoveryPoints: ReadonlyMap<string, RecoveryPoint> = new Map(),
) {
  return sealPlan(targetListOf(targets, more), { shards, recoveryPoints }, sealedAtMs);
}

describe('what a plan counts', () => {
  it('is, for each target, its items with its pool and the maximum', () => {
    const plan = seal(
      [table, hidden, finalised, both, users],
      [
        shardOf(table, { items: 10_000, bytes: 3_000_000 }),
        shardOf(hidden, { items: 100, bytes: 5_000, versions: 120 }),
        shardOf(finalised, { items: 10, bytes: 900, versions: 30 }),
        shardOf(both, { items: 5, bytes: 50, versions: 8 }),
        shardOf(users, { items: 3, bytes: 30 }),
      ],
    );
    const shown = plan.targets.map(({ id, counted, pool, maximum }) => [
      id,
      counted?.items,
      counted?.versions,
      pool,
      maximum,
    ]);

    expect(shown).toEqual([
      ['items', 10_000, null, 100, 10_100],
      ['images', 100, 120, 25, 125],
      ['cache', 10, 30, 25, 55],
      // 5 objects are hidden first, then all 8 versions go.
      ['both', 5, 8, 25, 38],
      ['users', 3, null, 0, 0],
    ]);
    expect(plan.totals).toEqual({
      items: 10_000 + 100 + 30 + 5,
      bytes: 3_000_000 + 5_000 + 900 + 50,
      maximum: 10_100 + 125 + 55 + 38,
    });
  });

  it('leaves out what is missing or not in scope', () => {
    const missing = tableTarget({ id: 'gone', state: 'missing', facts: null, shards: 0 });
    const elsewhere = tableTarget({ id: 'elsewhere', state: 'notInScope', selectors: [], shards: 0 });
    const plan = seal([missing, elsewhere], []);

    expect(plan.targets.map(({ counted, pool, maximum }) => ({ counted, pool, maximum }))).toEqual([
      { counted: null, pool: 0, maximum: 0 },
      { counted: null, pool: 0, maximum: 0 },
    ]);
    expect(plan.totals).toEqual({ items: 0, bytes: 0, maximum: 0 });
  });

  it('has recovery points and warnings', () => {
    const point: RecoveryPoint = { type: 'backup', id: 'arn', restoreTo: null, until: null };
    const plan = seal(
      [table, hidden],
      [shardOf(table), shardOf(hidden)],
      { warnings: ['seen before'] },
      SEALED_AT,
      new Map([['items', point]]),
    );

    expect(plan.targets.map(({ recoveryPoint }) => recoveryPoint)).toEqual([point, null]);
    expect(plan.warnings).toEqual(['seen before']);
  });

  it('is nothing in a preview', () => {
    const plan = seal([table], [shardOf(table, { items: 10 })], { mode: 'preview' }, null);

    expect(plan).toMatchObject({ sealedAt: null, expiresAt: null, totals: { items: 0, bytes: 0, maximum: 0 } });
    expect(plan.targets[0]).toMatchObject({ counted: null, pool: 0, maximum: 0 });
  });

  it('is a document of the contract', () => {
    const plan = seal([table, hidden, users], [shardOf(table, { items: 3 }), shardOf(hidden), shardOf(users)]);

    expect(planBody.parse(plan)).toEqual(plan);
  });
});

describe('the limits of a plan', () => {
  const limits = { maxItems: 100, maxShare: 0.5, drift: 0, cooldownSeconds: 0, maxConcurrency: 1 };

  it('count what would be deleted, not what is preserved', () => {
    const counts = [shardOf(table, { items: 100 }), shardOf(users, { items: 1_000 })];

    expect(() => seal([table, users], counts, { limits })).not.toThrow();
    expectRefusal(() => seal([table], [shardOf(table, { items: 101 })], { limits }), 'Lethe.LimitExceeded', {
      received: 101,
    });
    expectRefusal(
      () => seal([finalised], [shardOf(finalised, { items: 1, versions: 101 })], { limits }),
      'Lethe.LimitExceeded',
      { received: 101 },
    );
  });

  it('know how much of a table goes, unless everything was asked for', () => {
    const counts = [shardOf(table, { items: 600 })];
    const wide = { ...limits, maxItems: 10_000 };

    expectRefusal(() => seal([table], counts, { limits: wide }), 'Lethe.LimitExceeded', { received: 0.6 });
    expect(() => seal([table], counts, { limits: wide, scope: [] })).not.toThrow();
  });

  it('warn where a share is unknown', () => {
    const unknown = tableTarget({ facts: { ...(tableTarget().facts as object), items: 0 } as Target['facts'] });

    expect(seal([unknown], [shardOf(unknown, { items: 5 })], { limits, warnings: ['first'] }).warnings).toEqual([
      'first',
      'items: its share is unknown, because AWS has not counted table items-table yet',
    ]);
  });
});

describe('the time of a plan', () => {
  it.each([
    [5, '2026-11-20T12:10:05.000Z'],
    [600, '2026-11-20T12:20:00.000Z'],
    [30 * 86_400, '2026-12-20T12:10:00.000Z'],
  ])('to approve it ends %i s after sealing', (expiresAfterSeconds, expiresAt) => {
    const approval = { approvers: ['a@x.org'], required: 1, expiresAfterSeconds };

    expect(seal([table], [shardOf(table)], { approval })).toMatchObject({
      sealedAt: '2026-11-20T12:10:00.000Z',
      expiresAt,
    });
  });

  it.each<[string, Partial<TargetList>]>([
    ['nobody is asked', { approval: { approvers: [], required: 0, expiresAfterSeconds: 600 } }],
    ['nothing will be erased', { mode: 'dry-run' }],
  ])('does not end where %s', (_, more) => {
    expect(seal([table], [shardOf(table)], more)).toMatchObject({
      sealedAt: '2026-11-20T12:10:00.000Z',
      expiresAt: null,
    });
  });
});

describe('whether a plan can be undone', () => {
  it.each<[string, Target[], number, boolean]>([
    ['all has a recovery point', [table, hidden], 604_800, true],
    ['there is no window', [table, hidden], 0, false],
    ['a table has no recovery', [tableTarget({ recovery: 'none' }), hidden], 604_800, false],
    ['a bucket is finalised', [table, finalised], 604_800, false],
    ['a bucket is hidden and finalised', [both], 604_800, false],
    ['a preserved table has no recovery', [table, { ...users, recovery: 'none' }], 604_800, true],
    [
      'a missing table has no recovery',
      [table, tableTarget({ id: 'gone', state: 'missing', recovery: 'none' })],
      604_800,
      true,
    ],
  ])('is said: %s', (_, targets, undoWindowSeconds, canBeUndone) => {
    const shards = targets.map((target) => shardOf(target));

    expect(seal(targets, shards, { undoWindowSeconds }).canBeUndone).toBe(canBeUndone);
  });
});

describe('what a plan costs', () => {
  it('reads the whole table for each selector that scans it for a few items', () => {
    const where = [{ name: 'owner', type: 'S' as const, equals: 'acme' }];
    const facts = table.facts?.kind === 'dynamodb' ? { ...table.facts, bytes: 1_024_000_000_000 } : null;
    const usd = (selectors: Target['selectors']) =>
      seal([{ ...table, selectors, facts }], [shardOf(table, { items: 0, bytes: 0 })], { mode: 'dry-run' }).cost.usd;
    const none = usd([byKey('id', 'acme')]);
    // A thousand gigabytes read twice at half a unit for 4 KB: 250 million units at 0.125 USD.
    expect(usd([{ by: 'table', where }]) - none).toBeCloseTo(31.25, 3);
    expect(
      usd([
        { by: 'table', where },
        { by: 'table', where },
      ]) - none,
    ).toBeCloseTo(62.5, 3);
  });

  it('counts backups where tables are backed up: on execute, with a recovery point', () => {
    const gigabytes = tableTarget({
      facts: { ...(tableTarget().facts as object), bytes: 100 * 2 ** 30 } as Target['facts'],
    });
    const usd = (target: Target, mode: TargetList['mode']) => seal([target], [shardOf(target)], { mode }).cost.usd;

    // 100 GB at 0.10 USD a GB and month
    expect(usd(gigabytes, 'execute') - usd(gigabytes, 'dry-run')).toBeCloseTo(10, 3);
    expect(usd({ ...gigabytes, recovery: 'none' }, 'execute')).toBeCloseTo(usd(gigabytes, 'dry-run'), 6);
  });
});

describe('the time that indexes need before a verification', () => {
  const indexed = (kind: 'global' | 'local', more: Partial<Target> = {}) => {
    const partition = [{ name: 'owner', type: 'S' as const }];
    const index = { name: 'by-owner', kind, status: 'ACTIVE', partition, sort: [], projected: null };
    const target = tableTarget({
      selectors: [byKey('id', 'acme'), byKey('owner', 'acme', { index: 'by-owner' })],
      ...more,
    });
    return target.facts?.kind === 'dynamodb' ? { ...target, facts: { ...target.facts, indexes: [index] } } : target;
  };

  it.each<[string, Target[], number]>([
    ['a minute with a global index', [table, indexed('global')], 60],
    ['none with a local index, which is read consistently', [table, indexed('local')], 0],
    ['none without an index', [table, hidden, finalised], 0],
    ['none where only what is preserved is read through it', [table, indexed('global', { purpose: 'preserve' })], 0],
    ['none where its table is missing', [table, { ...indexed('global'), state: 'missing', facts: null }], 0],
  ])('is %s', (_, targets, seconds) => {
    expect(settleSeconds(seal(targets, []))).toBe(seconds);
  });
});

describe('a plan that finds nothing', () => {
  it.each<[string, Target[], CountedShard[], boolean]>([
    ['no items', [table, hidden], [shardOf(table), shardOf(hidden)], true],
    ['preserved items only', [table, users], [shardOf(table), shardOf(users, { items: 9 })], true],
    ['an item', [table, hidden], [shardOf(table, { items: 1 }), shardOf(hidden)], false],
    ['hidden versions that stay', [hidden], [shardOf(hidden, { versions: 3 })], true],
    ['hidden versions that go at once', [finalised], [shardOf(finalised, { versions: 3 })], false],
    ['hidden versions that go afterwards', [both], [shardOf(both, { versions: 3 })], false],
    ['nothing to look at', [tableTarget({ state: 'missing', facts: null, shards: 0 })], [], true],
  ])('has %s: %s', (_, targets, shards, isNothing) => {
    expect(findsNothing(seal(targets, shards))).toBe(isNothing);
  });
});
