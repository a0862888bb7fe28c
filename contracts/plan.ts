// The plan: first targets.json (what will be worked on), then plan.json (the same, counted, protected and sealed).
import * as z from 'zod';
import { ENVIRONMENTS } from './catalog.ts';
import { MODES } from './request.ts';
import { count, instant, planDigest, runId, sha256Hex } from './scalars.ts';
import { boundSelector, keyType } from './selector.ts';
import { strict } from './strict.ts';

/** Raised whenever a plan of an older release must not be carried out by a newer one. */
export const CONTRACT_VERSION = 2;

export const MAX_TARGETS = 200; // so that state and evidence stay small (design.md, section 5)

const STORE_KINDS = ['dynamodb', 's3'] as const;
export const storeKind = z.enum(STORE_KINDS);
export type StoreKind = z.output<typeof storeKind>;

const keyAttribute = strict({ name: z.string(), type: keyType });

const indexFacts = strict({
  name: z.string(),
  /** A local index can be read consistently, a global one cannot. */
  kind: z.enum(['global', 'local']),
  status: z.string(),
  /** AWS allows several attributes for each part of an index key. */
  partition: z.array(keyAttribute),
  sort: z.array(keyAttribute),
  /** Attributes that can be read through it; null: all. */
  projected: z.array(z.string()).nullable(),
});
export type IndexFacts = z.output<typeof indexFacts>;

const tableFacts = strict({
  kind: z.literal('dynamodb'),
  arn: z.string(),
  keySchema: z.array(keyAttribute).min(1).max(2),
  indexes: z.array(indexFacts),
  hasPointInTimeRecovery: z.boolean(),
  /** ItemCount and TableSizeBytes of the whole table; AWS refreshes them about every six hours. */
  items: count,
  bytes: count,
  /** Customer key it is encrypted with, as an ARN; null: none. */
  kmsKey: z.string().nullable(),
  /** Regions of its replicas. */
  replicas: z.array(z.string()),
  /** What its stream shows of each change; null: no stream. */
  stream: z.string().nullable(),
  /** ARNs of Kinesis streams that are told of each change. */
  kinesisStreams: z.array(z.string()),
});
export type TableFacts = z.output<typeof tableFacts>;

const bucketFacts = strict({
  kind: z.literal('s3'),
  versioning: z.enum(['Enabled', 'Suspended', 'Off']),
  kmsKey: z.string().nullable(),
  /** Rules that copy what is written below a prefix. */
  replications: z.array(
    strict({ rule: z.string(), prefix: z.string(), destination: z.string(), copiesMarkers: z.boolean() }),
  ),
  /** Lifecycle rules that remove versions some days after they were hidden. */
  expiries: z.array(
    strict({
      rule: z.string(),
      prefix: z.string(),
      days: count,
      /** For some of the objects only: by tags, by size, or all but the newest versions. */
      isPartial: z.boolean(),
    }),
  ),
  /** Who is told of changes: `Lambda`, `SQS` … */
  notifies: z.array(z.string()),
});
export type BucketFacts = z.output<typeof bucketFacts>;

/** What metadata says of a store that exists. */
export const facts = z.discriminatedUnion('kind', [tableFacts, bucketFacts]);
export type Facts = z.output<typeof facts>;

/** `erase` leaves a recovery point, `finalise` removes it too; a bucket without recovery is finalised only. */
const operations = z.array(z.enum(['erase', 'finalise'])).max(2);

export const target = strict({
  /** The store's name in the catalog; unique in a plan. */
  id: z.string(),
  kind: storeKind,
  /** Table or bucket name. */
  resource: z.string(),
  /** `preserve`: counted and compared, never written to. */
  purpose: z.enum(['erase', 'preserve']),
  state: z.enum(['planned', 'missing', 'notInScope']),
  /** Why it is not in scope, or what is odd about it. */
  note: z.string().nullable(),
  /** Together they find what is in scope, each item counted for the first that finds it; none: not in scope. */
  selectors: z.array(boundSelector),
  operations,
  recovery: z.enum(['point', 'none']),
  /** Items a second for each shard that may run at once. */
  ratePerShard: z.number().positive().nullable(),
  shards: count,
  facts: facts.nullable(),
});
export type Target = z.output<typeof target>;

/** Scope names with their ids, the outermost first; empty for everything. A list, because its order matters. */
export const scopeChain = z.array(strict({ name: z.string(), id: z.string() })).readonly();
export type ScopeChain = z.output<typeof scopeChain>;

const limits = strict({
  maxItems: count,
  maxShare: z.number(),
  drift: z.number(),
  cooldownSeconds: count,
  maxConcurrency: z.int().positive(),
});

const common = {
  version: z.literal(1),
  contract: z.int(),
  runId,
  executionArn: z.string(),
  startedAt: instant,
  account: z.string(),
  region: z.string(),
  catalog: strict({ name: z.string(), environment: z.enum(ENVIRONMENTS), sha256: sha256Hex }),
  mode: z.enum(MODES),
  scope: scopeChain,
  optIn: z.array(z.string()),
  reason: z.string().nullable(),
  requestedBy: z.string().nullable(),
  phrase: z.string(),
  approval: strict({
    approvers: z.array(z.string()),
    /** Where the catalog names any. */
    deputies: z.array(z.string()).optional(),
    required: count,
    expiresAfterSeconds: count,
  }),
  limits,
  protection: strict({
    pitr: z.enum(['enable', 'refuse']),
    versioning: z.enum(['enable', 'refuse']),
    reuseBackupWithinSeconds: count,
  }),
  undoWindowSeconds: count,
  shards: strict({ sha256: sha256Hex, count, versionId: z.string() }),
  warnings: z.array(z.string()),
} as const;

/** targets.json */
export const targetList = strict({ ...common, targets: z.array(target).max(MAX_TARGETS) });
export type TargetList = z.output<typeof targetList>;

export const counts = strict({
  /** Table items, or current objects. */
  items: count,
  bytes: count,
  bytesAre: z.enum(['exact', 'estimate']),
  /** Versions and delete markers, for buckets. */
  versions: count.nullable(),
});
export type Counts = z.output<typeof counts>;

export const recoveryPoint = strict({
  type: z.enum(['backup+pitr', 'backup', 'versions', 'none']),
  id: z.string().nullable(),
  restoreTo: instant.nullable(),
  until: instant.nullable(),
});
export type RecoveryPoint = z.output<typeof recoveryPoint>;

export const countedTarget = strict({
  ...target.shape,
  counted: counts.nullable(),
  /** What the run may delete of it at most: what it counted, and the pool for drift. */
  maximum: count,
  pool: count,
  recoveryPoint: recoveryPoint.nullable(),
});
export type CountedTarget = z.output<typeof countedTarget>;

/** plan.json without its digest. */
export const planBody = strict({
  ...common,
  targets: z.array(countedTarget).max(MAX_TARGETS),
  totals: strict({ items: count, bytes: count, maximum: count }),
  sideEffects: z.array(z.string()),
  cost: strict({ usd: z.number(), basis: z.string() }),
  estimatedSeconds: count,
  canBeUndone: z.boolean(),
  sealedAt: instant.nullable(),
  expiresAt: instant.nullable(),
});
export type PlanBody = z.output<typeof planBody>;

export const plan = strict({ ...planBody.shape, planDigest });
export type Plan = z.output<typeof plan>;
