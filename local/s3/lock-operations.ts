// Retention and legal hold of single versions.
import { malformedXml } from './errors.ts';
import { findVersion } from './get-object.ts';
import { changeRetention, noLockOnObject, readBypass, readRetention, requireObjectLock } from './object-lock.ts';
import type { ObjectVersion } from './object-version.ts';
import { bucketOf, type Operation, PAYLOAD_HEADERS, type S3Call } from './operation.ts';
import { readProtectedPayload } from './payload.ts';
import { leaf, xmlDocument } from './xml.ts';
import { readFields, readXml } from './xml-reader.ts';

export const getObjectRetention: Operation = {
  name: 'GetObjectRetention',
  query: ['versionId'],
  run(call) {
    const { retention } = lockableVersion(call).lock;
    if (!retention) throw noLockOnObject(call.request.key);
    const until = leaf('RetainUntilDate', new Date(retention.untilMs).toISOString());
    return { body: xmlDocument('Retention', leaf('Mode', retention.mode), until) };
  },
};

export const putObjectRetention: Operation = {
  name: 'PutObjectRetention',
  query: ['versionId'],
  headers: [...PAYLOAD_HEADERS, 'x-amz-bypass-governance-retention'],
  run(call) {
    const { lock } = lockableVersion(call);
    const mayBypass = readBypass(bucketOf(call), call.request.headers);
    const fields = readFields(readXml(readProtectedPayload(call.request), 'Retention'), ['Mode', 'RetainUntilDate']);
    const isRemoval = fields.Mode === undefined && fields.RetainUntilDate === undefined;
    const retention = isRemoval ? undefined : readRetention(fields.Mode, fields.RetainUntilDate, call.nowMs);
    changeRetention(lock, retention, mayBypass, call.nowMs);
    return {};
  },
};

export const getObjectLegalHold: Operation = {
  name: 'GetObjectLegalHold',
  query: ['versionId'],
  run(call) {
    const { legalHold } = lockableVersion(call).lock;
    if (!legalHold) throw noLockOnObject(call.request.key);
    return { body: xmlDocument('LegalHold', leaf('Status', legalHold)) };
  },
};

export const putObjectLegalHold: Operation = {
  name: 'PutObjectLegalHold',
  query: ['versionId'],
  headers: PAYLOAD_HEADERS,
  run(call) {
    const { lock } = lockableVersion(call);
    const { Status: status } = readFields(readXml(readProtectedPayload(call.request), 'LegalHold'), ['Status']);
    if (status !== 'ON' && status !== 'OFF') throw malformedXml();
    lock.legalHold = status;
    return {};
  },
};

function lockableVersion(call: S3Call): ObjectVersion {
  requireObjectLock(bucketOf(call));
  return findVersion(call);
}
