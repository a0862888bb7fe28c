// Cuts the targets into shards and writes shards.jsonl, protect.jsonl and targets.json, each once.
import { JSON_LINES_TYPE, JSON_TYPE, type Objects, type StoredFile } from '../../adapters/objects.ts';
import { requiredApprovals } from '../../contracts/catalog.ts';
import { Refusal } from '../../contracts/errors.ts';
import type { ExecutionPlace } from '../../contracts/execution-arn.ts';
import { protectKey, shardsKey, targetsKey } from '../../contracts/files.ts';
import { CONTRACT_VERSION, type StoreKind, type Target, type TargetList, targetList } from '../../contracts/plan.ts';
import { durationSeconds } from '../../contracts/scalars.ts';
import { type Shard, shard } from '../../contracts/shard.ts';
import type { OpenCatalog } from '../../core/catalog/check-catalog.ts';
import { canonicalJson, sha256Hex } from '../../core/evidence/digest.ts';
import type { GuardedRequest } from '../../core/request/guard.ts';
import type { Store } from '../../stores/store.ts';
import type { ResolvedTargets } from './resolve-targets.ts';

export interface Planning {
  readonly open: OpenCatalog;
  readonly guarded: GuardedRequest;
  readonly resolved: ResolvedTargets;
  readonly run: { readonly runId: string; readonly executionArn: string; readonly startedAt: string };
  readonly place: ExecutionPlace;
}

export interface WrittenTargets {
  readonly targetsSha256: string;
  readonly targetsVersionId: string;
  readonly shardsVersionId: string;
  readonly protectVersionId: string;
  readonly shards: number;
  readonly toProtect: number;
}

interface Dependencies {
  readonly stores: Readonly<Record<StoreKind, Store>>;
  readonly work: Objects;
  readonly catalog: { readonly sha256: string };
}

/** @throws Refusal InvalidRequest when another execution has used the run id */
export async function writeTargets(planning: Planning, deps: Dependencies): Promise<WrittenTargets> {
  const { run, resolved, guarded } = planning;
  const isExecute = guarded.request.mode === 'execute';
  const toProtect = resolved.targets.filter(
    ({ purpose, state }) => isExecute && purpose === 'erase' && state === 'planned',
  );
  const shards = await once(shardsKey(run.runId), lines(await cut(planning, deps)), JSON_LINES_TYPE);
  const protect = await once(
    protectKey(run.runId),
    lines(toProtect.map(({ id }) => ({ target: id }))),
    JSON_LINES_TYPE,
  );
  const targets = await once(targetsKey(run.runId), canonicalJson(describe(planning, deps, shards)), JSON_TYPE);
  const standing = targetList.parse(JSON.parse(targets.body));
  if (standing.executionArn !== run.executionArn || standing.startedAt !== run.startedAt) throw usedName(run.runId);
  return {
    targetsSha256: sha256Hex(targets.body),
    targetsVersionId: targets.versionId,
    shardsVersionId: standing.shards.versionId,
    protectVersionId: protect.versionId,
    shards: standing.shards.count,
    toProtect: toProtect.length,
  };

  /** What stands wins: a retry of this execution goes on with the files of its first attempt. */
  async function once(key: string, body: string, type: string): Promise<StoredFile> {
    if (body === '') return { body, versionId: 'none' }; // no map reads it
    const written = await deps.work.writeOnce(key, body, type);
    return 'standing' in written ? written.standing : { body, versionId: written.versionId };
  }
}

export function usedName(runId: string): Refusal {
  return new Refusal('Lethe.InvalidRequest', {
    what: 'Another execution has used this name before.',
    received: runId,
    allowed: 'a name that was never used',
    next: 'Start a new execution under another name, or without a name.',
  });
}

/** A preview looks at metadata only: its targets have no shards. */
async function cut({ guarded, resolved }: Planning, { stores }: Dependencies): Promise<Shard[]> {
  const shards: Shard[] = [];
  if (guarded.request.mode === 'preview') return shards;
  for (const { rate: _, ...uncut } of resolved.targets) {
    if (uncut.state !== 'planned') continue;
    for await (const range of stores[uncut.kind].shards({ ...uncut, shards: 0, ratePerShard: null })) {
      shards.push({ n: shards.length, target: uncut.id, range });
    }
  }
  return shards;
}

/** A target's rate is shared equally by the shards that may run at once. */
function atOnce(shards: number, { catalog }: OpenCatalog): number {
  return Math.max(1, Math.min(shards, catalog.limits.maxConcurrency));
}

function describe(
  { open, guarded, resolved, run, place }: Planning,
  { catalog: { sha256 } }: Dependencies,
  shardsFile: StoredFile,
): TargetList {
  const { catalog } = open;
  const shards = shardsFile.body
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => shard.parse(JSON.parse(line)));
  const targets = resolved.targets.map(({ rate, ...uncut }): Target => {
    const own = shards.filter(({ target }) => target === uncut.id).length;
    return { ...uncut, shards: own, ratePerShard: rate === null ? null : rate / atOnce(own, open) };
  });
  const { request } = guarded;
  return {
    version: 1,
    contract: CONTRACT_VERSION,
    ...run,
    ...place,
    catalog: { name: catalog.name, environment: catalog.environment, sha256 },
    mode: request.mode,
    scope: [...guarded.scope.chain],
    optIn: [...guarded.optIn],
    reason: request.reason ?? null,
    requestedBy: request.requestedBy ?? null,
    phrase: guarded.phrase,
    approval: {
      approvers: catalog.approval.approvers,
      ...(catalog.approval.deputies && { deputies: catalog.approval.deputies }),
      required: requiredApprovals(catalog),
      expiresAfterSeconds: durationSeconds(catalog.approval.expiresAfter),
    },
    limits: {
      maxItems: catalog.limits.maxItems,
      maxShare: catalog.limits.maxShare,
      drift: catalog.limits.drift,
      cooldownSeconds: durationSeconds(catalog.limits.cooldown),
      maxConcurrency: catalog.limits.maxConcurrency,
    },
    protection: resolved.protection,
    undoWindowSeconds: durationSeconds(catalog.undo.window),
    shards: { sha256: sha256Hex(shardsFile.body), count: shards.length, versionId: shardsFile.versionId },
    warnings: [...resolved.warnings],
    targets,
  };
}

function lines(values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('');
}
