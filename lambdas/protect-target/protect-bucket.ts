// Protects a bucket: versioning on, and long enough that deletions really leave versions behind.
import type { ProtectionRecord } from '../../adapters/control-table/protections.ts';
import { FUNCTIONS } from '../../contracts/functions.ts';
import { hiddenDaysOf } from '../../core/planning/side-effects.ts';
import { enableVersioning, isVersioningEnabled, VERSIONING_SETTLES_MS } from '../../stores/s3/recovery.ts';
import { failed, type Look, type Protecting, ready, waitOrFail } from './look.ts';

const DAY_MS = 86_400_000;

/** How long a call of this function takes at most: it may be killed right after it switched versioning on. */
const CALL_MS = FUNCTIONS['protect-target'].timeoutSeconds * 1_000;

export async function protectBucket(protecting: Protecting): Promise<Look> {
  const { s3, target, record, clock, list, backups } = protecting;
  const bucketArn = `arn:aws:s3:::${target.resource}`;
  const enabledAt = (ms: number) => ({ ...record, versioningEnabledAtMs: ms });
  if (!(await isVersioningEnabled(s3, target.resource))) {
    if (list.protection.versioning === 'refuse') return failed(record, 'bucket versioning was switched off');
    await backups.noteVersioning(bucketArn, clock.nowMs() + CALL_MS);
    await enableVersioning(s3, target.resource);
    return waitOrFail(protecting, enabledAt(clock.nowMs()), 'versioning');
  }
  if (record.versioningEnabledAtMs !== undefined) return awaitSettled(protecting);
  const wasEnabled = target.facts?.kind === 's3' && target.facts.versioning === 'Enabled';
  // On before the plan: another run may have switched it on a moment ago, and have been stopped.
  // Since the plan: by a call of this function that died or by somebody else, so it may be as young as can be.
  const sinceMs = wasEnabled ? await backups.versionedSince(bucketArn) : clock.nowMs();
  return awaitSettled(sinceMs === undefined ? protecting : { ...protecting, record: enabledAt(sinceMs) });
}

export async function confirmBucket(protecting: Protecting): Promise<Look> {
  const { s3, target, record } = protecting;
  if (!(await isVersioningEnabled(s3, target.resource))) return failed(record, 'bucket versioning was switched off');
  return awaitSettled(protecting);
}

/** What was on before the plan counts as old enough. */
function awaitSettled(protecting: Protecting): Look {
  const { record, clock } = protecting;
  const sinceMs = record.versioningEnabledAtMs;
  const isSettled = sinceMs === undefined || clock.nowMs() - sinceMs >= VERSIONING_SETTLES_MS;
  return isSettled ? ready(withVersions(protecting)) : waitOrFail(protecting, record, 'versioning to settle');
}

/** Versions hidden from now on stay at least so long as the bucket's own rules let them. */
function withVersions({ record, target, clock }: Protecting): ProtectionRecord {
  const days = hiddenDaysOf(target);
  const until = days === null ? null : new Date(clock.nowMs() + days * DAY_MS).toISOString();
  return { ...record, recoveryPoint: { type: 'versions', id: null, restoreTo: null, until } };
}
