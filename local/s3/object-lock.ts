// Object Lock: what keeps a version from being deleted, and who may weaken it.
import type { Bucket } from './bucket.ts';
import { accessDenied, invalidArgument, invalidRequest, malformedXml, S3Error } from './errors.ts';
import type { ObjectLock, Retention, Version } from './object-version.ts';

const PROTECTED = 'Access Denied because object protected by object lock.';

/** @throws InvalidRequest for a bucket that was not created with Object Lock */
export function requireObjectLock(bucket: Bucket): void {
  if (!bucket.hasObjectLock) throw invalidRequest('Bucket is missing Object Lock Configuration');
}

/** @throws InvalidArgument where there is nothing that could be bypassed */
export function readBypass(bucket: Bucket, headers: ReadonlyMap<string, string>): boolean {
  const header = 'x-amz-bypass-governance-retention';
  const value = headers.get(header);
  if (value !== undefined && !bucket.hasObjectLock) {
    const message = `${header} is only applicable to Object Lock enabled buckets.`;
    throw invalidArgument(message, header);
  }
  return value?.toLowerCase() === 'true';
}

/** @throws AccessDenied */
export function allowDelete(version: Version, mayBypass: boolean, nowMs: number): void {
  if (version.isMarker) return;
  const { legalHold, retention } = version.lock;
  if (legalHold === 'ON' || (retention && isHeld(retention, mayBypass, nowMs))) throw accessDenied(PROTECTED);
}

function isHeld(retention: Retention, mayBypass: boolean, nowMs: number): boolean {
  return nowMs < retention.untilMs && !(mayBypass && retention.mode === 'GOVERNANCE');
}

/** Longer is always allowed; another mode is a change like a shorter time, from GOVERNANCE to COMPLIANCE too. @throws AccessDenied */
export function changeRetention(lock: ObjectLock, to: Retention | undefined, mayBypass: boolean, nowMs: number): void {
  const { retention: from } = lock;
  const isLonger = from && to && to.mode === from.mode && to.untilMs >= from.untilMs;
  if (from && !isLonger && isHeld(from, mayBypass, nowMs)) throw accessDenied(PROTECTED);
  lock.retention = to;
}

/** @throws MalformedXML for another mode, InvalidArgument for a date that is not in the future */
export function readRetention(mode: string | undefined, until: string | undefined, nowMs: number): Retention {
  const untilMs = Date.parse(until ?? '');
  if ((mode !== 'GOVERNANCE' && mode !== 'COMPLIANCE') || Number.isNaN(untilMs)) throw malformedXml();
  if (untilMs <= nowMs) {
    throw invalidArgument('The retain until date must be in the future!', 'RetainUntilDate', until);
  }
  return { mode, untilMs };
}

/** What a PUT says of the lock of the version it makes. @throws InvalidArgument, InvalidRequest */
export function readLockHeaders(bucket: Bucket, headers: ReadonlyMap<string, string>, nowMs: number): ObjectLock {
  const mode = headers.get('x-amz-object-lock-mode');
  const until = headers.get('x-amz-object-lock-retain-until-date');
  const legalHold = headers.get('x-amz-object-lock-legal-hold');
  if (mode === undefined && until === undefined && legalHold === undefined) return {};
  requireObjectLock(bucket);
  if ((mode === undefined) !== (until === undefined)) {
    const message = 'x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied';
    throw invalidArgument(message, 'x-amz-object-lock-mode', mode);
  }
  if (mode !== undefined && mode !== 'GOVERNANCE' && mode !== 'COMPLIANCE') {
    throw invalidArgument('Unknown wormMode directive.', 'x-amz-object-lock-mode', mode);
  }
  if (legalHold !== undefined && legalHold !== 'ON' && legalHold !== 'OFF') {
    const message = 'Legal Hold must be either of "ON" or "OFF"';
    throw invalidArgument(message, 'x-amz-object-lock-legal-hold', legalHold);
  }
  return { ...(mode && { retention: readRetention(mode, until, nowMs) }), ...(legalHold && { legalHold }) };
}

export const LOCK_HEADERS: readonly string[] = [
  'x-amz-object-lock-legal-hold',
  'x-amz-object-lock-mode',
  'x-amz-object-lock-retain-until-date',
];

export function lockHeaders({ retention, legalHold }: ObjectLock): Record<string, string> {
  return {
    ...(retention && {
      'x-amz-object-lock-mode': retention.mode,
      'x-amz-object-lock-retain-until-date': new Date(retention.untilMs).toISOString(),
    }),
    ...(legalHold && { 'x-amz-object-lock-legal-hold': legalHold }),
  };
}

export function noLockOnObject(key: string): S3Error {
  const message = 'The specified object does not have a ObjectLock configuration';
  return new S3Error('NoSuchObjectLockConfiguration', message, 404, { Key: key });
}
