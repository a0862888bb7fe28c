// One look at the protection of one target, and at most one change; the state machine waits and calls again.
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Clock } from '../../adapters/clock.ts';
import type { Aborts } from '../../adapters/control-table/aborts.ts';
import type { Backups } from '../../adapters/control-table/backups.ts';
import type { ProtectionRecord, Protections, StepRecord } from '../../adapters/control-table/protections.ts';
import type { Runs } from '../../adapters/control-table/runs.ts';
import type { Objects } from '../../adapters/objects.ts';
import { readTargets } from '../../adapters/run-files.ts';
import { Fault } from '../../contracts/errors.ts';
import { type ProtectedTarget, protectTargetEvent } from '../../contracts/events.ts';
import { failed, type Look, type Protecting, ready } from './look.ts';
import { confirmBucket, protectBucket } from './protect-bucket.ts';
import { confirmTable, protectTable } from './protect-table.ts';

export interface ProtectTargetDependencies {
  readonly dynamodb: DynamoDBClient;
  readonly s3: S3Client;
  readonly clock: Clock;
  readonly runs: Runs;
  readonly aborts: Aborts;
  readonly protections: Protections;
  readonly backups: Backups;
  readonly work: Objects;
}

const FIRST_WAIT_SECONDS = 5;
const MAX_WAIT_SECONDS = 60;

/**
 * Repeatable at any point: what was done is in the record or seen by describing, and nothing is done twice that a
 * second look would show; at worst a backup is made that nobody registered.
 * @throws Fault ProtectionFailed: no recovery point, no erasure
 */
export function makeProtectTarget(deps: ProtectTargetDependencies) {
  return async (event: unknown): Promise<ProtectedTarget> => {
    const { runId, step, target: id } = protectTargetEvent.parse(event);
    const { clock, protections, runs, work } = deps;
    // Nobody waits for it any more; sealing and opening look at the flag before they look at protection.
    if (await deps.aborts.get(runId)) return { isReady: true, waitSeconds: 0 };
    const run = await runs.get(runId);
    if (!run) throw new TypeError(`there is no run ${runId}`);
    const list = await readTargets(work, run);
    const target = list.targets.find((one) => one.id === id);
    if (!target) throw new TypeError(`run ${runId} has no target ${id}`);
    const record = await protections.get(runId, id);
    const before: StepRecord = record[step] ?? { startedAtMs: clock.nowMs(), calls: 0, readyAtMs: null, failure: null };
    if (before.readyAtMs !== null) return { isReady: true, waitSeconds: 0 };
    const look = await lookAt({ ...deps, list, target, record, step: before, runId }, step);
    const after: StepRecord = {
      ...before,
      calls: before.calls + 1,
      readyAtMs: look.is === 'ready' ? clock.nowMs() : null,
      failure: look.is === 'failed' ? look.why : null,
    };
    await protections.put(runId, { ...look.record, [step]: after });
    if (look.is === 'failed') throw protectionFailed(id, look.why);
    const waitSeconds = Math.min(MAX_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2 ** before.calls);
    return { isReady: look.is === 'ready', waitSeconds };
  };
}

async function lookAt(protecting: Protecting, step: 'protect' | 'confirm'): Promise<Look> {
  const { target, record } = protecting;
  if (target.recovery === 'none') return ready(withoutRecovery(record));
  if (target.facts?.kind === 'dynamodb') {
    return step === 'protect' ? protectTable(protecting) : confirmTable(protecting);
  }
  if (target.facts?.kind === 's3') return step === 'protect' ? protectBucket(protecting) : confirmBucket(protecting);
  return failed(record, `${target.resource} was not described`);
}

function withoutRecovery(record: ProtectionRecord): ProtectionRecord {
  return { ...record, recoveryPoint: { type: 'none', id: null, restoreTo: null, until: null } };
}

function protectionFailed(target: string, why: string): Fault {
  return new Fault('Lethe.ProtectionFailed', {
    what: `There is no recovery point for ${target}: ${why}.`,
    received: target,
    allowed: 'a confirmed recovery point for every target',
    next: 'Nothing was erased. Mend the cause and start a new execution.',
  });
}
