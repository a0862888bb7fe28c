// report.json, built from the tables alone: the same records make the same bytes.
import { describe, expect, it } from 'vitest';
import type { CountedTarget } from '../../contracts/plan.ts';
import { type Outcome, report as reportSchema } from '../../contracts/report.ts';
import { buildReport } from '../../core/evidence/build-report.ts';
import { canonicalJson } from '../../core/evidence/digest.ts';
import { residualOf } from '../../core/evidence/residual.ts';
import type { RunRecords } from '../../core/evidence/run-records.ts';
import { resultsOf } from '../../core/evidence/target-results.ts';
import { decisionOf } from '../support/approvals.ts';
import { bucketTarget, countedTarget, planOf, recordsOf, shardOf, tableTarget } from '../support/plans.ts';

const CLOSED_AT = '2026-11-20T13:00:00.000Z';
const table = countedTarget(tableTarget(), { items: 10, bytes: 1_000 });
const bucket = countedTarget(bucketTarget(), { items: 4, bytes: 40, bytesAre: 'exact', versions: 6 });
const finalised = countedTarget(bucketTarget({ id: 'cache', operations: ['finalise'], recovery: 'none' }), {
  items: 1,
  bytes: 9,
  bytesAre: 'exact',
  versions: 3,
});
const users = countedTarget(tableTarget({ id: 'users', purpose: 'preserve', operations: [] }), { items: 12 });

const DONE = {
  counted: [shardOf(users, { items: 12 }, 3)],
  erased: [
    [
      shardOf(table, { seen: 10, erased: 9, changed: 1, bytesErased: 900 }),
      shardOf(bucket, { seen: 4, erased: 4, bytesErased: 40 }, 1),
    ],
  ],
  verified: [[shardOf(table), shardOf(bucket, {}, 1), shardOf(users, { items: 12 }, 3)]],
  finalised: [shardOf(finalised, { seen: 3, erased: 2, failed: { AccessDenied: 1 }, bytesErased: 6 }, 2)],
  gone: [shardOf(finalised, { versions: 1 }, 2)],
};

function built(more: Partial<RunRecords> = {}, outcome: Outcome = 'erased', closedAt = CLOSED_AT) {
  const records = recordsOf({ plan: planOf([table, bucket, finalised, users]), ...DONE, ...more });
  return buildReport(records, resultsOf(records), { outcome, closedAt });
}

const withPlan = (targets: CountedTarget[], more: Parameters<typeof planOf>[1] = {}) => ({
  plan: planOf(targets, more),
});

describe('a report', () => {
  it('is a document of the contract, and the same bytes every time', () => {
    const one = built();

    expect(reportSchema.parse(one)).toEqual(one);
    expect(canonicalJson(built())).toBe(canonicalJson(one));
  });

  it('says who asked for what, as a claim', () => {
    const plan = planOf([table], {
      optIn: ['billing'],
      scope: [
        { name: 'tenant', id: 'acme' },
        { name: 'gallery', id: 'g1' },
      ],
    });

    expect(built({ plan, planDigest: plan.planDigest })).toMatchObject({
      version: 1,
      runId: 'run-1',
      account: '123456789012',
      region: 'eu-west-1',
      outcome: 'erased',
      mode: 'execute',
      catalog: plan.catalog,
      scope: { tenant: 'acme', gallery: 'g1' },
      optIn: ['billing'],
      reason: 'contract ended',
      requestedBy: { claimed: 'ops@example.com', identity: null },
      planDigest: plan.planDigest,
    });
    expect(built(withPlan([table], { scope: [] })).scope).toEqual({ everything: true });
    expect(built(withPlan([table], { requestedBy: null })).requestedBy).toBeNull();
  });

  it('has nulls where nothing is known', () => {
    const refused = built(
      { plan: null, planDigest: null, error: { name: 'Lethe.UnknownScope', details: { what: 'x' } } },
      'refused',
    );

    expect(reportSchema.parse(refused)).toMatchObject({
      outcome: 'refused',
      mode: null,
      catalog: null,
      scope: null,
      optIn: null,
      reason: null,
      requestedBy: null,
      planDigest: null,
      targets: [],
      preserved: [],
      residual: [],
      sideEffects: [],
      warnings: [],
      totals: { planned: 0, seen: 0, erased: 0, changed: 0, failed: 0, remaining: 0, bytesFreed: 0 },
      cooldownUntil: null,
      error: { name: 'Lethe.UnknownScope', details: { what: 'x' } },
    });
  });

  it('carries decisions, phases, side effects and errors as they were recorded', () => {
    const decision = decisionOf({ at: CLOSED_AT, planDigest: `sha256:${'0'.repeat(64)}` });
    const phase = { name: 'Plan run', startedAt: CLOSED_AT, endedAt: null };
    const one = built({
      ...withPlan([table], { sideEffects: ['a stream will see it'] }),
      decisions: [decision],
      phases: [phase],
    });

    expect(one).toMatchObject({
      decisions: [decision],
      phases: [phase],
      sideEffects: ['a stream will see it'],
      error: null,
    });
  });

  it('says the same again, whatever a function that outlived the run tells of itself', () => {
    const [before, later] = ['2026-11-20T12:59:00.000Z', '2026-11-20T13:00:00.001Z'];
    const first = built({ phases: [{ name: 'Plan run', startedAt: before, endedAt: null }] });
    const again = built({
      phases: [
        { name: 'Plan run', startedAt: before, endedAt: later },
        { name: 'Seal plan', startedAt: later, endedAt: null },
      ],
    });

    expect(again).toEqual(first);
    expect(again.phases).toEqual([{ name: 'Plan run', startedAt: before, endedAt: null }]);
  });
});

describe('the totals', () => {
  it('are the sums of the rows', () => {
    expect(built().totals).toEqual({
      planned: 10 + 4 + 3,
      seen: 10 + 4 + 3,
      erased: 9 + 4 + 2,
      changed: 1,
      failed: 1,
      remaining: 1,
      bytesFreed: 900 + 0 + 6,
    });
  });

  it.each<[string, CountedTarget, Partial<RunRecords>, number]>([
    [
      'of a table the share that was erased of an estimate',
      table,
      { erased: [[shardOf(table, { seen: 5, erased: 5 })]] },
      500,
    ],
    ['of a table never more than was there', table, { erased: [[shardOf(table, { seen: 20, erased: 20 })]] }, 1_000],
    [
      'of an empty table nothing',
      countedTarget(tableTarget(), { bytes: 7 }),
      { erased: [[shardOf(table, { erased: 3, seen: 3 })]] },
      0,
    ],
    ['of a table that was never counted nothing', { ...table, counted: null }, {}, 0],
    ['of hidden objects nothing', bucket, { erased: [[shardOf(bucket, { seen: 4, erased: 4, bytesErased: 40 })]] }, 0],
    [
      'of finalised objects what they weighed',
      finalised,
      { finalised: [shardOf(finalised, { seen: 3, erased: 3, bytesErased: 9 })] },
      9,
    ],
    [
      'whole bytes',
      countedTarget(tableTarget(), { items: 3, bytes: 100 }),
      { erased: [[shardOf(table, { seen: 1, erased: 1 })]] },
      33,
    ],
  ])('free bytes: %s', (_, target, more, bytesFreed) => {
    expect(built({ ...withPlan([target]), erased: [], finalised: [], ...more }).totals.bytesFreed).toBe(bytesFreed);
  });
});

describe('preserved stores', () => {
  it('are compared exactly where they have a selector', () => {
    expect(built().preserved).toEqual([{ store: 'users', basis: 'exact', before: 12, after: 12 }]);
    expect(built({ verified: [] }).preserved).toEqual([{ store: 'users', basis: 'exact', before: 12, after: null }]);
    expect(built({ counted: [] }).preserved).toEqual([{ store: 'users', basis: 'exact', before: null, after: 12 }]);
    expect(built({ counted: [shardOf(users, { items: 12, isDone: false }, 3)] }).preserved[0]?.before).toBeNull();
  });

  it('are estimated where they have none', () => {
    const whole = countedTarget(
      tableTarget({ id: 'whole', purpose: 'preserve', selectors: [], state: 'notInScope', shards: 0, operations: [] }),
    );
    const files = countedTarget(
      bucketTarget({
        id: 'files',
        purpose: 'preserve',
        selectors: [],
        state: 'notInScope',
        shards: 0,
        operations: [],
      }),
    );

    expect(built(withPlan([whole, files])).preserved).toEqual([
      { store: 'whole', basis: 'estimate', before: 1_000, after: null },
      { store: 'files', basis: 'estimate', before: null, after: null },
    ]);
  });

  it('are warned of when they changed', () => {
    const verified = [[shardOf(users, { items: 11 }, 3)]];

    expect(built({ verified }).warnings).toContain(
      'preserved store users counted 12 before and 11 after; Lethe cannot write to it',
    );
    expect(built().warnings.join()).not.toContain('preserved store');
    expect(built({ counted: [] }).warnings.join()).not.toContain('preserved store');
  });
});

describe('warnings', () => {
  it('begin with those of the plan', () => {
    expect(built(withPlan([table], { warnings: ['its share is unknown'] })).warnings).toEqual(['its share is unknown']);
  });

  it('tell what nobody acknowledged and no takeover found gone', () => {
    const erased = [[shardOf(table, { seen: 10, erased: 7, inFlightAtKills: 5, foundGone: 1 })]];

    expect(built({ ...withPlan([table]), erased }).warnings).toEqual([
      'items: 3 items are gone without an acknowledgement, takeovers found 1 gone: somebody else wrote meanwhile',
    ]);
    expect(
      built({
        ...withPlan([table]),
        erased: [[shardOf(table, { seen: 10, erased: 7, inFlightAtKills: 5, foundGone: 3 })]],
      }).warnings,
    ).toEqual([]);
  });

  it('tell when versioning was lost', () => {
    const erased = [[shardOf(bucket, { seen: 1, failed: { VersioningLost: 1 }, stoppedBy: 'versioning' })]];

    expect(built({ ...withPlan([bucket]), erased }).warnings).toEqual([
      'images: versioning of images-bucket was lost; the objects counted as failed cannot be recovered',
    ]);
  });

  it('say in capitals what cannot be undone, where something was to be erased', () => {
    const forGood = withPlan([table], { canBeUndone: false });

    expect(built(forGood).warnings).toEqual(['THIS CANNOT BE UNDONE for every target']);
    expect(built(withPlan([table], { canBeUndone: false, mode: 'dry-run' })).warnings).toEqual([]);
  });
});

describe('the cooldown', () => {
  const limits = (cooldownSeconds: number) => withPlan([table], { limits: { ...planOf([]).limits, cooldownSeconds } });

  it('begins when an erased run was closed', () => {
    expect(built(limits(3_600)).cooldownUntil).toBe('2026-11-20T14:00:00.000Z');
    expect(built(limits(36_500 * 86_400)).cooldownUntil).toBe('2126-10-27T13:00:00.000Z');
  });

  it.each([
    'counted',
    'incomplete',
    'aborted',
    'failed',
    'rejected',
    'expired',
  ] as const)('does not begin for %s', (outcome) => {
    expect(built(limits(3_600), outcome).cooldownUntil).toBeNull();
  });

  it('is none where the catalog says so', () => {
    expect(built(limits(0)).cooldownUntil).toBeNull();
  });
});

describe('what still exists elsewhere', () => {
  const rows = (target: CountedTarget, more: Partial<RunRecords> = {}) =>
    residualOf(recordsOf({ plan: planOf([target]), ...more })).map(({ what, until }) => [what, until]);
  const arn = 'arn:aws:dynamodb:eu-west-1:123456789012:table/items-table/backup/01';
  const point = { type: 'backup+pitr' as const, id: arn, restoreTo: null, until: '2026-12-25T00:00:00.000Z' };
  const backedUp = { backups: new Map([['items', arn]]), recoveryPoints: new Map([['items', point]]) };

  it.each<[string, CountedTarget, Partial<RunRecords>, unknown[]]>([
    [
      'of an erased table its backup and its window',
      table,
      backedUp,
      [
        ['on-demand backup', null],
        ['point-in-time recovery window', '2026-12-25T00:00:00.000Z'],
      ],
    ],
    ['of a table whose window is unknown', table, {}, [['point-in-time recovery window', null]]],
    [
      'of a run that never erased its backup alone',
      table,
      { ...backedUp, erasingAt: null },
      [['on-demand backup', null]],
    ],
    ['of a table without recovery nothing', countedTarget(tableTarget({ recovery: 'none' })), {}, []],
    ['of a hidden bucket its versions', bucket, {}, [['hidden versions', null]]],
    ['of a bucket that was never begun nothing', bucket, { erasingAt: null }, []],
    ['of a finalised bucket nothing', finalised, {}, []],
    ['of a preserved store nothing', users, { backups: new Map([['users', arn]]) }, []],
    ['of a missing store nothing', countedTarget(tableTarget({ state: 'missing' })), {}, []],
  ])('is listed: %s', (_, target, more, expected) => {
    expect(rows(target, more)).toEqual(expected);
  });

  it('has a command where there is one', () => {
    const commands = residualOf(recordsOf({ plan: planOf([table, bucket]), ...backedUp })).map(
      ({ removeWith }) => removeWith,
    );

    expect(commands).toEqual([
      `aws dynamodb delete-backup --backup-arn ${arn}`,
      null,
      `aws s3api delete-objects --bucket images-bucket --delete "$(aws s3api list-object-versions --bucket images-bucket --prefix=acme/ --no-paginate --query '{Objects: [Versions, DeleteMarkers][].{Key: Key, VersionId: VersionId}}' --output json)"`,
    ]);
  });
});
