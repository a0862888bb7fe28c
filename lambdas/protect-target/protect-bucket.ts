// Protects a bucket: versioning on, and long enough that deletions really leave versions behind.
import type { ProtectionRecord } from '../../adapters/control-table/protections.ts';
import { hiddenDaysOf } from '../../core/planning/side-effects.ts';
import { enableVersioning, isVersioningEnabled, VERSIONING_SETTLES_MS } from '../../stores/s3/recovery.ts';
import { failed, type Look, type Protecting, ready, waitOrFail } from './look.ts';

const DAY_MS = 86_400_000;

export async function protectBucket(protecting: Protecting): Promise<Look> {
  const { s3, target, record, clock, list } = protecting;
  const enabledNow = () => ({ ...record, versioningEnabledAtMs: clock.nowMs() });
  if (!(await isVersioningEnabled(s3, target.resource))) {
    if (list.protection.versioning === 'refuse') return failed(record, 'bucket versioning was switched off');
    await enableVersioning(s3, target.resource);
    return waitOrFail(protecting, enabledNow(), 'versioning');
  }
  const wasEnabled = target.facts?.kind === 's3' && target.facts.versioning === 'Enabled';
  const isAgeKnown = wasEnabled || record.versioningEnabledAtMs !== undefined;
  // Enabled since the plan, by a call of this function that died or by somebody else: it may be as young as can be.
  return awaitSettled(isAgeKnown ? protecting : { ...protecting, record: enabledNow() });
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
