// Targets, plans and the records of shards, made of what a test says of them.
import { CONTRACT_VERSION, type CountedTarget, type Plan, type Target, type TargetList } from '../../contracts/plan.ts';
import type { KeySelector, TableTargetSelector } from '../../contracts/selector.ts';
import { NO_PROGRESS, type Progress } from '../../contracts/shard.ts';
import { planDigestOf } from '../../core/evidence/digest.ts';
import type { RunRecords } from '../../core/evidence/run-records.ts';
import type { CountedShard } from '../../core/planning/count-targets.ts';

export const SHA256 = '0123456789abcdef'.repeat(4);
export const STARTED_AT = '2026-11-20T12:00:00.000Z';

/** Items of one partition of a table. */
export function byKey(name: string, equals: string, more: Partial<KeySelector> = {}): KeySelector {
  return { by: 'key', index: null, partition: { name, type: 'S', equals }, sort: null, where: [], ...more };
}

export const WHOLE: TableTargetSelector = { by: 'table', where: [] };

/** A deletion sets nothing off. */
export const NO_TABLE_EFFECTS = { kmsKey: null, replicas: [], stream: null, kinesisStreams: [] };
export const NO_BUCKET_EFFECTS = { kmsKey: null, replications: [], expiries: [], notifies: [] };

/** A table whose partition `acme` is erased. */
export function tableTarget(more: Partial<Target> = {}): Target {
  return {
    id: 'items',
    kind: 'dynamodb',
    resource: 'items-table',
    purpose: 'erase',
    state: 'planned',
    note: null,
    selectors: [byKey('id', 'acme')],
    operations: ['erase'],
    recovery: 'point',
    ratePerShard: null,
    shards: 1,
    facts: {
      kind: 'dynamodb',
      arn: 'arn:aws:dynamodb:eu-west-1:123456789012:table/items-table',
      keySchema: [{ name: 'id', type: 'S' }],
      indexes: [],
      hasPointInTimeRecovery: true,
      items: 1_000,
      bytes: 300_000,
      ...NO_TABLE_EFFECTS,
    },
    ...more,
  };
}

/** A bucket whose objects below `acme/` are hidden. */
export function bucketTarget(more: Partial<Target> = {}): Target {
  return {
    ...tableTarget(),
    id: 'images',
    kind: 's3',
    resource: 'images-bucket',
    selectors: [{ by: 'prefix', prefix: 'acme/', except: [] }],
    facts: { kind: 's3', versioning: 'Enabled', ...NO_BUCKET_EFFECTS },
    ...more,
  };
}

export function targetListOf(targets: readonly Target[], more: Partial<TargetList> = {}): TargetList {
  return {
    version: 1,
    contract: CONTRACT_VERSION,
    runId: 'run-1',
    executionArn: 'arn:aws:states:eu-west-1:123456789012:execution:lethe-erase:run-1',
    startedAt: STARTED_AT,
    account: '123456789012',
    region: 'eu-west-1',
    catalog: { name: 'test', environment: 'test', sha256: SHA256 },
    mode: 'execute',
    scope: [{ name: 'tenant', id: 'acme' }],
    optIn: [],
    reason: 'contract ended',
    requestedBy: 'ops@example.com',
    phrase: 'ERASE tenant acme from test',
    approval: { approvers: ['lead@example.com', 'dpo@example.com'], required: 1, expiresAfterSeconds: 600 },
    limits: { maxItems: 5_000_000, maxShare: 1, drift: 0.01, cooldownSeconds: 86_400, maxConcurrency: 40 },
    protection: { pitr: 'enable', versioning: 'refuse', reuseBackupWithinSeconds: 86_400 },
    undoWindowSeconds: 604_800,
    shards: { sha256: SHA256, count: targets.reduce((sum, { shards }) => sum + shards, 0), versionId: 'v1' },
    warnings: [],
    targets: [...targets],
    ...more,
  };
}

/** A target that was counted, with a small pool. */
export function countedTarget(
  target: Target,
  counted: Partial<NonNullable<CountedTarget['counted']>> = {},
): CountedTarget {
  const counts = { items: 0, bytes: 0, bytesAre: 'estimate' as const, versions: null, ...counted };
  return { ...target, counted: counts, maximum: counts.items + 25, pool: 25, recoveryPoint: null };
}

export function planOf(targets: readonly CountedTarget[], more: Partial<Plan> = {}): Plan {
  const body = {
    ...targetListOf(targets),
    targets: [...targets],
    totals: { items: 0, bytes: 0, maximum: 0 },
    sideEffects: [],
    cost: { usd: 0, basis: 'none' },
    estimatedSeconds: 0,
    canBeUndone: true,
    sealedAt: '2026-11-20T12:10:00.000Z',
    expiresAt: '2026-11-20T12:20:00.000Z',
    ...more,
  };
  return { ...body, planDigest: planDigestOf(body) };
}

/** The record of one shard that came to its end. */
export function shardOf(target: Pick<Target, 'id'>, progress: Partial<Progress> = {}, n = 0): CountedShard {
  return { n, target: target.id, progress: { ...NO_PROGRESS, isDone: true, ...progress } };
}

/** Records of a run that was opened for erasing, with nothing in them yet. */
export function recordsOf(more: Partial<RunRecords> = {}): RunRecords {
  return {
    runId: 'run-1',
    executionArn: 'arn:aws:states:eu-west-1:123456789012:execution:lethe-erase:run-1',
    account: '123456789012',
    region: 'eu-west-1',
    request: { scope: { tenant: 'acme' } },
    plan: null,
    planDigest: null,
    verdict: 'approved',
    erasingAt: '2026-11-20T12:15:00.000Z',
    isAborted: false,
    error: null,
    decisions: [],
    revoked: [],
    phases: [],
    counted: [],
    erased: [],
    verified: [],
    finalised: [],
    gone: [],
    recoveryPoints: new Map(),
    backups: new Map(),
    ...more,
  };
}
