// Plans a run: request and catalog in, guards, targets, lock; shards.jsonl and targets.json out.
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../adapters/clock.ts';
import type { Aborts } from '../../adapters/control-table/aborts.ts';
import type { Locks } from '../../adapters/control-table/locks.ts';
import type { Requests } from '../../adapters/control-table/requests.ts';
import type { Runs } from '../../adapters/control-table/runs.ts';
import type { Shards } from '../../adapters/control-table/shards.ts';
import type { Executions } from '../../adapters/executions.ts';
import type { Objects } from '../../adapters/objects.ts';
import { type PlannedRun, planRunEvent } from '../../contracts/events.ts';
import { parseExecutionArn } from '../../contracts/execution-arn.ts';
import { requireOpenCatalog } from '../../core/catalog/open-catalog.ts';
import { guardRequest } from '../../core/request/guard.ts';
import { lockKeys } from '../../core/request/lock-keys.ts';
import { checkExecutionName, readRequest } from '../../core/request/read-request.ts';
import type { BucketStore } from '../../stores/s3/s3-store.ts';
import type { Store } from '../../stores/store.ts';
import { resolveTargets } from './resolve-targets.ts';
import { takeLock } from './take-lock.ts';
import { usedName, writeTargets } from './write-targets.ts';

export interface PlanRunDependencies {
  readonly catalog: { readonly value: unknown; readonly sha256: string };
  readonly clock: Clock;
  readonly stores: { readonly dynamodb: Store; readonly s3: BucketStore };
  readonly runs: Runs;
  readonly locks: Locks;
  readonly requests: Requests;
  readonly aborts: Aborts;
  readonly shards: Shards;
  readonly executions: Executions;
  readonly work: Objects;
  readonly evidenceBucket: string;
  readonly controlTable: string;
}

/**
 * Repeatable: a retry finds its own request id and lock, and writes the same files or finds them written by itself.
 * @throws Refusal any but LimitExceeded, before any data is read
 */
export function makePlanRun(deps: PlanRunDependencies) {
  return async (event: unknown): Promise<PlannedRun> => {
    const { runId, executionArn, startedAt, request: input } = planRunEvent.parse(event);
    const { clock, runs } = deps;
    checkExecutionName(runId);
    if (!(await runs.claim({ runId, executionArn, startedAt }))) throw usedName(runId);
    await runs.beginPhase(runId, 'Plan run', clock.nowIso());
    const request = readRequest(input);
    const open = requireOpenCatalog(deps.catalog.value);
    const place = parseExecutionArn(executionArn);
    const guarded = guardRequest(open, request, place);
    const { requestId } = request;
    const duplicateOf =
      requestId === undefined ? undefined : await deps.requests.claim(requestId, runId, clock.nowMs());
    if (duplicateOf !== undefined) {
      await runs.close({ runId, executionArn, startedAt }, 'duplicate', clock.nowIso());
      return { runId, duplicateOf };
    }
    const resolved = await resolveTargets(open, guarded, startedAt, deps);
    if (request.mode === 'execute') {
      const locks = lockKeys(guarded.scope.chain);
      await runs.noteLocks(runId, locks);
      await takeLock(locks, { runId, executionArn }, deps);
    }
    const written = await writeTargets(
      { open, guarded, resolved, run: { runId, executionArn, startedAt }, place },
      deps,
    );
    const { targetsSha256, targetsVersionId, ...files } = written;
    const sampleSecret = randomBytes(32).toString('base64url');
    await runs.plan({ runId, mode: request.mode, targetsSha256, targetsVersionId, sampleSecret });
    await runs.endPhase(runId, 'Plan run', clock.nowIso());
    const { maxConcurrency } = open.catalog.limits;
    return { runId, duplicateOf: null, mode: request.mode, targetsSha256, ...files, maxConcurrency };
  };
}
