// The row of each target in the report: what was planned, what became of it, how that was verified.
import { describe, expect, it } from 'vitest';
import type { CountedTarget } from '../../contracts/plan.ts';
import type { RunRecords } from '../../core/evidence/run-records.ts';
import { resultsOf } from '../../core/evidence/target-results.ts';
import { bucketTarget, byKey, countedTarget, planOf, recordsOf, shardOf, tableTarget } from '../support/plans.ts';

const table = countedTarget(tableTarget({ shards: 2 }), { items: 10, bytes: 1_000 });
const hidden = countedTarget(bucketTarget(), { items: 4, bytes: 40, bytesAre: 'exact', versions: 6 });
const finalised = countedTarget(bucketTarget({ operations: ['finalise'], recovery: 'none' }), {
  items: 4,
  bytes: 40,
  bytesAre: 'exact',
  versions: 6,
});
const both = countedTarget(bucketTarget({ operations: ['erase', 'finalise'] }), {
  items: 4,
  bytes: 40,
  bytesAre: 'exact',
  versions: 6,
});

function result(target: CountedTarget, more: Partial<RunRecords>) {
  const [only] = resultsOf(recordsOf({ plan: planOf([target]), ...more }));
  if (!only) throw new Error('no row');
  return only;
}

const row = (target: CountedTarget, more: Partial<RunRecords>) => result(target, more).row;

const TABLE_DONE = {
  erased: [[shardOf(table, { seen: 6, erased: 6 }, 0), shardOf(table, { seen: 5, erased: 4, changed: 1 }, 1)]],
  verified: [[shardOf(table, {}, 0), shardOf(table, {}, 1)]],
};

describe('a table that was erased', () => {
  it('has all its numbers', () => {
    const point = { type: 'backup+pitr' as const, id: 'arn', restoreTo: '2026-11-20T12:14:00.000Z', until: null };
    const records = { ...TABLE_DONE, recoveryPoints: new Map([['items', point]]) };

    expect(result(table, records)).toMatchObject({
      isComplete: true,
      row: {
        store: 'items',
        kind: 'dynamodb',
        resource: 'items-table',
        state: 'erased',
        planned: { items: 10, bytes: 1_000, bytesAre: 'estimate' },
        seen: 11,
        erased: 10,
        changed: 1,
        failed: 0,
        remaining: 0,
        unacknowledged: 0,
        changedSincePlan: 1,
        errors: [],
        recoveryPoint: point,
        verification: { level: 'consistent', passes: 1 },
      },
    });
  });

  it('through a global index is verified eventually', () => {
    const index = {
      name: 'by-owner',
      kind: 'global' as const,
      status: 'ACTIVE',
      partition: [{ name: 'owner', type: 'S' as const }],
      sort: [],
      projected: null,
    };
    const facts = table.facts?.kind === 'dynamodb' ? { ...table.facts, indexes: [index] } : null;
    const selectors = [byKey('id', 'acme'), byKey('owner', 'acme', { index: 'by-owner' })];
    const levelOf = (more: Partial<CountedTarget>) => row({ ...table, facts, ...more }, TABLE_DONE).verification?.level;

    expect(levelOf({ selectors })).toBe('eventual');
    expect(levelOf({})).toBe('consistent');
  });

  it('counts its passes, and none that did nothing', () => {
    const again = [shardOf(table, { seen: 1, erased: 1 }, 0)];

    expect(row(table, { ...TABLE_DONE, erased: [...TABLE_DONE.erased, again] }).verification?.passes).toBe(2);
    expect(row(table, { ...TABLE_DONE, erased: [...TABLE_DONE.erased, [], []] }).verification?.passes).toBe(1);
    expect(row(table, { ...TABLE_DONE, erased: [...TABLE_DONE.erased, [shardOf(hidden)]] }).verification?.passes).toBe(
      1,
    );
  });

  it('is judged by the last verification', () => {
    const dirty = [shardOf(table, { items: 3 }, 0), shardOf(table, {}, 1)];
    const clean = TABLE_DONE.verified[0] ?? [];

    expect(row(table, { ...TABLE_DONE, verified: [dirty, clean] })).toMatchObject({ state: 'erased', remaining: 0 });
    expect(row(table, { ...TABLE_DONE, verified: [clean, dirty] })).toMatchObject({
      state: 'incomplete',
      remaining: 3,
    });
  });

  it('tells failures by code, with their samples', () => {
    const erased = [
      [
        shardOf(
          table,
          { seen: 6, erased: 4, failed: { AccessDenied: 2 }, samples: { AccessDenied: ['hmac-sha256:aa'] } },
          0,
        ),
        shardOf(table, {}, 1),
      ],
    ];

    expect(row(table, { ...TABLE_DONE, erased })).toMatchObject({
      failed: 2,
      errors: [{ code: 'AccessDenied', count: 2, samples: ['hmac-sha256:aa'] }],
    });
  });
});

describe('a target is incomplete', () => {
  const [first, second] = TABLE_DONE.erased[0] ?? [];
  it.each<[string, Partial<RunRecords>, Record<string, unknown>]>([
    ['when items remain', { verified: [[shardOf(table, { items: 1 }, 0), shardOf(table, {}, 1)]] }, { remaining: 1 }],
    ['when it was never verified', { verified: [] }, { remaining: null }],
    ['when a shard was not verified', { verified: [[shardOf(table, {}, 0)]] }, { remaining: null }],
    [
      'when a verification did not come to its end',
      { verified: [[shardOf(table, { isDone: false }, 0), shardOf(table, {}, 1)]] },
      { remaining: null },
    ],
    ['when a shard has no record', { erased: [[first ?? shardOf(table)]] }, { seen: 6 }],
    ['when a shard was capped', { erased: [[first ?? shardOf(table), shardOf(table, { stoppedBy: 'cap' }, 1)]] }, {}],
    [
      'when it does not add up',
      { erased: [[first ?? shardOf(table), shardOf(table, { seen: 5, erased: 4 }, 1)]] },
      { unacknowledged: 1 },
    ],
    [
      'when more was acknowledged than seen',
      { erased: [[first ?? shardOf(table), shardOf(table, { seen: 5, erased: 6 }, 1)]] },
      { unacknowledged: -1 },
    ],
    ['when nothing was begun', { erased: [] }, { seen: 0, verification: { level: 'consistent', passes: 0 } }],
  ])('%s', (_, more, shown) => {
    const { isComplete, row } = result(table, { ...TABLE_DONE, ...more });

    expect(isComplete).toBe(false);
    expect(row).toMatchObject({ state: 'incomplete', ...shown });
  });

  it('is not one whose worker died, as long as that explains what is gone', () => {
    const erased = [
      [first ?? shardOf(table), shardOf(table, { seen: 5, erased: 3, inFlightAtKills: 25, foundGone: 2 }, 1)],
    ];

    expect(second).toBeDefined();
    expect(result(table, { ...TABLE_DONE, erased })).toMatchObject({
      isComplete: true,
      row: { unacknowledged: 2, state: 'erased' },
    });
  });
});

describe('a bucket', () => {
  const erased = [[shardOf(hidden, { seen: 4, erased: 4, bytesErased: 40 })]];
  const verified = [[shardOf(hidden, { items: 0, versions: 10 })]];

  it('that was hidden keeps its versions', () => {
    expect(row(hidden, { erased, verified })).toMatchObject({
      state: 'erased',
      planned: { items: 4, bytes: 40, bytesAre: 'exact' },
      erased: 4,
      remaining: 0,
      verification: { level: 'hidden', passes: 1 },
    });
  });

  it('that was finalised has no version left, and counts versions', () => {
    const records = { finalised: [shardOf(finalised, { seen: 6, erased: 6 })], gone: [shardOf(finalised)] };

    expect(row(finalised, records)).toMatchObject({
      state: 'erased',
      planned: { items: 6 },
      seen: 6,
      changedSincePlan: 0,
      remaining: 0,
      verification: { level: 'gone', passes: 1 },
    });
  });

  it.each<[string, Partial<RunRecords>, number | null]>([
    ['a version is left', { gone: [shardOf(finalised, { versions: 1 })] }, 1],
    ['nobody looked', { gone: [] }, null],
    [
      'finalising did not come to its end',
      { finalised: [shardOf(finalised, { seen: 6, erased: 6, isDone: false })], gone: [shardOf(finalised)] },
      0,
    ],
  ])('that was finalised is incomplete when %s', (_, more, remaining) => {
    const records = { finalised: [shardOf(finalised, { seen: 6, erased: 6 })], ...more };

    expect(row(finalised, records)).toMatchObject({ state: 'incomplete', remaining });
  });

  it('that was hidden and finalised tells of hiding, and is judged by what is gone', () => {
    const records = { erased, verified, finalised: [shardOf(both, { seen: 10, erased: 10 })], gone: [shardOf(both)] };

    expect(row(both, records)).toMatchObject({
      state: 'erased',
      planned: { items: 4 },
      seen: 4,
      erased: 4,
      remaining: 0,
      verification: { level: 'gone' },
    });
    expect(row(both, { ...records, finalised: [] }).state).toBe('incomplete');
    expect(row(both, { ...records, gone: [shardOf(both, { versions: 2 })] })).toMatchObject({
      state: 'incomplete',
      remaining: 2,
    });
    expect(row(both, { ...records, erased: [[shardOf(both, { stoppedBy: 'versioning' })]] }).state).toBe('incomplete');
  });
});

describe('a target that was not begun', () => {
  it('is not started, and has neither verification nor recovery point', () => {
    const point = { type: 'backup' as const, id: 'arn', restoreTo: null, until: null };

    expect(result(table, { erasingAt: null, recoveryPoints: new Map([['items', point]]) })).toMatchObject({
      isComplete: false,
      row: {
        state: 'notStarted',
        planned: { items: 10 },
        seen: 0,
        erased: 0,
        remaining: null,
        changedSincePlan: null,
        recoveryPoint: null,
        verification: null,
      },
    });
  });

  it('is erased where there was nothing', () => {
    expect(row(countedTarget(tableTarget()), { erasingAt: null, verdict: 'nothing-found' })).toMatchObject({
      state: 'erased',
      remaining: 0,
      verification: null,
    });
  });

  it.each(['missing', 'notInScope'] as const)('is %s', (state) => {
    const target = { ...countedTarget(tableTarget({ state, shards: 0, facts: null })), counted: null };
    const expected = {
      state,
      planned: null,
      remaining: null,
      changedSincePlan: null,
      verification: null,
      recoveryPoint: null,
    };

    expect(row(target, {})).toMatchObject(expected);
    expect(row(target, { erasingAt: null, verdict: 'nothing-found' })).toMatchObject(expected);
  });

  it('is none that is preserved', () => {
    const kept = countedTarget(tableTarget({ purpose: 'preserve', operations: [] }));

    expect(resultsOf(recordsOf({ plan: planOf([kept]) }))).toEqual([]);
    expect(resultsOf(recordsOf({ plan: null }))).toEqual([]);
  });
});

describe('a run that erased nothing', () => {
  it('does not say that nothing is left, not even of a target without shards', () => {
    const previewed = { ...both, shards: 0, counted: null };
    const records = { erasingAt: null, verdict: null, erased: [], verified: [], finalised: [], gone: [] };
    expect(row(previewed, records)).toMatchObject({ state: 'notStarted', remaining: null });
    expect(row({ ...previewed, operations: ['finalise'] }, records)).toMatchObject({ remaining: null });
  });
});
