// What a run costs and how long it takes, as far as counts tell: shown to the approver, never used to decide.
import type { Counts, StoreKind } from '../../contracts/plan.ts';

/** US dollars in us-east-1; other Regions differ by up to a third. */
const USD = {
  writeUnit: 0.625e-6,
  readUnit: 0.125e-6,
  listRequest: 5e-6,
  backupGigabyteMonth: 0.1,
  transition: 25e-6,
} as const;

/** 1 KB a write unit, 4 KB a read unit (half when eventually consistent). */
const WRITE_UNIT_BYTES = 1_024;
const READ_UNIT_BYTES = 4_096;
const KEYS_PER_REQUEST = 1_000;
const GIGABYTE = 2 ** 30;
/** Transitions of one shard through Count, Erase and Verify, and of the run itself. */
const TRANSITIONS_PER_SHARD = 12;
const TRANSITIONS_PER_RUN = 30;
/** Count and erase read eventually consistent, verify reads consistent, of what is then gone. */
const READ_PASSES = 2;

/** Write units a second one partition gives (DynamoDB), keys a second one prefix gives (S3). */
const ITEMS_PER_SECOND: Record<StoreKind, number> = { dynamodb: 1_000, s3: 3_500 };
const FIXED_SECONDS = 420; // recovery points become confirmable five minutes after the approval

export interface Costed {
  readonly kind: StoreKind;
  readonly counts: Counts;
  /** What one pass reads, which is more than it counts where a table is scanned for a few of its items. */
  readonly readBytes: number;
  readonly shards: number;
  readonly ratePerShard: number | null;
  /** Bytes of the whole table a backup will hold; null without a backup. */
  readonly backupBytes: number | null;
}

export function estimateCost(targets: readonly Costed[]): { readonly usd: number; readonly basis: string } {
  const usd = targets.reduce((sum, target) => sum + costOf(target), TRANSITIONS_PER_RUN * USD.transition);
  return {
    usd: Math.round(usd * 1e4) / 1e4,
    basis: 'list prices of us-east-1 without indexes and replicas; backups for one month',
  };
}

function costOf({ kind, counts: { items, bytes, versions }, readBytes, shards, backupBytes }: Costed): number {
  const transitions = shards * TRANSITIONS_PER_SHARD * USD.transition;
  if (kind === 's3') return transitions + 3 * Math.ceil((versions ?? items) / KEYS_PER_REQUEST) * USD.listRequest;
  const writes = items * Math.ceil(items === 0 ? 0 : bytes / items / WRITE_UNIT_BYTES) * USD.writeUnit;
  const reads = READ_PASSES * (readBytes / READ_UNIT_BYTES / 2) * USD.readUnit;
  const backup = ((backupBytes ?? 0) / GIGABYTE) * USD.backupGigabyteMonth;
  return transitions + writes + reads + backup;
}

/** Seconds of the slowest target at what one partition or prefix gives, after the fixed part. */
export function estimateSeconds(targets: readonly Costed[]): number {
  const slowest = targets.map(({ kind, counts, shards, ratePerShard }) => {
    const perSecond = Math.min(ITEMS_PER_SECOND[kind], ratePerShard ?? Number.POSITIVE_INFINITY) * Math.max(1, shards);
    return counts.items / perSecond;
  });
  return FIXED_SECONDS + Math.ceil(Math.max(0, ...slowest));
}
