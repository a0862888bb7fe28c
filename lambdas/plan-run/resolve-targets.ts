// Looks at every store of the catalog that the run is about, and makes a target of each.
import { Refusal } from '../../contracts/errors.ts';
import { MAX_TARGETS, type Target, type TargetList } from '../../contracts/plan.ts';
import { durationSeconds } from '../../contracts/scalars.ts';
import type { UploadsSelector } from '../../contracts/selector.ts';
import type { OpenCatalog } from '../../core/catalog/check-catalog.ts';
import { checkFacts } from '../../core/planning/check-facts.ts';
import { type DraftTarget, draftTargets } from '../../core/planning/draft-targets.ts';
import { sessionPolicy } from '../../core/planning/session-policy.ts';
import type { GuardedRequest } from '../../core/request/guard.ts';
import type { BucketStore } from '../../stores/s3/s3-store.ts';
import type { Store } from '../../stores/store.ts';

/** A target whose shards are not cut yet. */
export type UncutTarget = Omit<Target, 'shards' | 'ratePerShard'> & { readonly rate: number | null };

export interface ResolvedTargets {
  readonly targets: readonly UncutTarget[];
  readonly protection: TargetList['protection'];
  readonly warnings: readonly string[];
}

/** Descriptions asked for at once: DescribeContinuousBackups takes ten calls a second (DynamoDB API reference). */
const AT_ONCE = 8;

interface Dependencies {
  readonly stores: { readonly dynamodb: Store; readonly s3: BucketStore };
  readonly controlTable: string;
  readonly work: { readonly bucket: string };
  readonly evidenceBucket: string;
}

/** @throws Refusal PreservedStore, InvalidCatalog, StoreUnsupported */
export async function resolveTargets(
  open: OpenCatalog,
  guarded: GuardedRequest,
  startedAt: string,
  deps: Dependencies,
): Promise<ResolvedTargets> {
  const { catalog } = open;
  const drafts = draftTargets(open, guarded.scope, guarded.optIn);
  refuseTooMany(drafts);
  refuseOwn(drafts, deps);
  const protection = {
    pitr: catalog.protection.pitr,
    versioning: catalog.protection.versioning,
    reuseBackupWithinSeconds: durationSeconds(catalog.protection.reuseBackupWithin),
  };
  const isFinalised = durationSeconds(catalog.undo.window) === 0;
  const warnings: string[] = [];
  const targets: UncutTarget[] = [];
  for (let at = 0; at < drafts.length; at += AT_ONCE) {
    targets.push(...(await Promise.all(drafts.slice(at, at + AT_ONCE).map(resolve))).flat());
  }
  refuseTooMany(targets);
  return { targets, protection, warnings };

  async function resolve(draft: DraftTarget): Promise<UncutTarget[]> {
    const { store, kind, resource, purpose, selectors, note, rate } = draft;
    const recovery = draft.isUnrecoverable ? ('none' as const) : ('point' as const);
    const operations = operationsOf(draft, isFinalised);
    const target = { id: store, kind, resource, purpose, selectors, note, operations, recovery, rate };
    const isInScope = selectors.length > 0;
    const isLeftAlone = !isInScope && purpose === 'erase';
    if (isLeftAlone) return [{ ...target, state: 'notInScope', facts: null }];
    const description = await deps.stores[kind].describe(resource);
    if (!description.exists) return [{ ...target, state: 'missing', note: `${resource} does not exist`, facts: null }];
    warnings.push(...checkFacts(draft, description, protection, guarded.request.mode === 'execute'));
    const planned = {
      ...target,
      state: isInScope ? ('planned' as const) : ('notInScope' as const),
      facts: description.facts,
    };
    const resolved = [planned, ...(await uploadsOf(planned))];
    for (const one of resolved) requirePolicies(one);
    return resolved;
  }

  /** Unfinished uploads are a target of their own: they never were objects, and have no recovery point. */
  async function uploadsOf(target: UncutTarget): Promise<UncutTarget[]> {
    if (target.kind !== 's3' || target.purpose === 'preserve' || target.state !== 'planned') return [];
    // A preview looks at metadata alone.
    if (guarded.request.mode === 'preview') return [];
    const selectors = target.selectors.flatMap((selector): UploadsSelector[] =>
      selector.by === 'prefix' ? [{ ...selector, by: 'uploads', startedBefore: startedAt }] : [],
    );
    const found = await Promise.all(selectors.map((one) => deps.stores.s3.hasUploads(target.resource, one)));
    const own = selectors.filter((_, at) => found[at]);
    if (own.length === 0) return [];
    const note = 'unfinished uploads: they have no recovery point';
    return [{ ...target, id: `${target.id}:uploads`, selectors: own, operations: ['erase'], recovery: 'none', note }];
  }
}

/** @throws Refusal LimitExceeded where a session's policy would be too long */
function requirePolicies(target: UncutTarget): void {
  for (const at of target.selectors.keys()) {
    for (const operation of ['count' as const, ...target.operations])
      sessionPolicy({ ...target, shards: 0, ratePerShard: null }, at, operation);
  }
}

/** Tables are erased; buckets are hidden, finalised, or one after the other. */
function operationsOf({ kind, purpose, isUnrecoverable }: DraftTarget, isFinalised: boolean): ('erase' | 'finalise')[] {
  if (purpose === 'preserve') return [];
  if (kind === 'dynamodb') return ['erase'];
  if (isUnrecoverable) return ['finalise'];
  return isFinalised ? ['erase', 'finalise'] : ['erase'];
}

function refuseTooMany(targets: readonly unknown[]): void {
  if (targets.length <= MAX_TARGETS) return;
  throw new Refusal('Lethe.InvalidCatalog', {
    what: 'The catalog has more stores than one plan can hold.',
    received: targets.length,
    allowed: MAX_TARGETS,
    next: 'Split the catalog into several deployments.',
  });
}

function refuseOwn(drafts: readonly DraftTarget[], { controlTable, work, evidenceBucket }: Dependencies): void {
  const own = { dynamodb: [controlTable], s3: [work.bucket, evidenceBucket] };
  const found = drafts.find(({ kind, resource }) => own[kind].includes(resource));
  if (!found) return;
  throw new Refusal('Lethe.InvalidCatalog', {
    what: `Store ${found.store} is Lethe's own ${found.kind === 's3' ? 'bucket' : 'table'}.`,
    received: found.resource,
    allowed: "the application's tables and buckets",
    next: 'Take it out of the catalog and deploy it; nothing was touched.',
  });
}
