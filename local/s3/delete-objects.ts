// DeleteObject and DeleteObjects: what a delete leaves behind, and how each of the two tells it.
import { AwsError, notImplemented } from '../kernel/aws-error.ts';
import type { Bucket } from './bucket.ts';
import { invalidVersionId, malformedXml, noSuchVersion, S3Error } from './errors.ts';
import { allowDelete, readBypass } from './object-lock.ts';
import { bucketOf, type Operation, PAYLOAD_HEADERS } from './operation.ts';
import { readProtectedPayload } from './payload.ts';
import { checkedKey } from './request.ts';
import { branch, leaf, xmlDocument } from './xml.ts';
import { readFields, readXml, type XmlElement } from './xml-reader.ts';

const DELETE_HEADERS = ['x-amz-bypass-governance-retention', 'x-amz-mfa'];
const MOST_KEYS = 1000;

interface Target {
  readonly key: string;
  readonly versionId?: string | undefined;
}

interface Deleted {
  /** Of the marker that was made, or that was removed by its id. */
  readonly markerId?: string | undefined;
}

export const deleteObject: Operation = {
  name: 'DeleteObject',
  query: ['versionId'],
  headers: DELETE_HEADERS,
  run(call) {
    const { key, query, headers } = call.request;
    const bucket = bucketOf(call);
    const versionId = query.get('versionId');
    const mayBypass = readBypass(bucket, headers);
    bucket.versioning.allowDelete(versionId !== undefined, headers.get('x-amz-mfa'));
    if (versionId !== undefined && !bucket.isVersionId(versionId)) throw invalidVersionId(versionId);
    const { markerId } = remove(bucket, { key, versionId }, mayBypass, call.nowMs);
    const id = versionId ?? markerId;
    return {
      status: 204,
      headers: {
        ...(id !== undefined && { 'x-amz-version-id': id }),
        ...(markerId !== undefined && { 'x-amz-delete-marker': 'true' }),
      },
      items: 1,
    };
  },
};

export const deleteObjects: Operation = {
  name: 'DeleteObjects',
  headers: [...PAYLOAD_HEADERS, ...DELETE_HEADERS],
  run(call) {
    const bucket = bucketOf(call);
    const { targets, isQuiet } = readTargets(readXml(readProtectedPayload(call.request), 'Delete'));
    const mayBypass = readBypass(bucket, call.request.headers);
    // One version among the keys, and the whole request fails without a code.
    const isPermanent = targets.some(({ versionId }) => versionId !== undefined);
    bucket.versioning.allowDelete(isPermanent, call.request.headers.get('x-amz-mfa'));
    let deletedCount = 0;
    const entries = targets.map((target) => {
      try {
        const code = call.keyError?.(target.key);
        if (code !== undefined)
          throw new AwsError(code, code === 'AccessDenied' ? 'Access Denied' : `${code} (injected)`, 403);
        const deleted = removeOne(bucket, target, mayBypass, call.nowMs);
        deletedCount++;
        return isQuiet ? '' : writeDeleted(target, deleted);
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        return writeError(target, error);
      }
    });
    return { body: xmlDocument('DeleteResult', ...entries), items: deletedCount };
  },
};

/** A version or marker that is not there counts as deleted, as on AWS. @throws AccessDenied for a locked version */
function remove(bucket: Bucket, { key, versionId }: Target, mayBypass: boolean, nowMs: number): Deleted {
  if (versionId === undefined) return { markerId: bucket.hide(key, nowMs)?.id };
  const version = bucket.find(key, versionId);
  if (!version) return {};
  allowDelete(version, mayBypass, nowMs);
  bucket.remove(key, versionId);
  return { markerId: version.isMarker ? version.id : undefined };
}

function removeOne(bucket: Bucket, target: Target, mayBypass: boolean, nowMs: number): Deleted {
  const { key, versionId } = target;
  if (key === '') throw new S3Error('UserKeyMustBeSpecified', 'The request must contain a key.', 400);
  checkedKey(key);
  // What DeleteObject calls an invalid argument is a version that does not exist here.
  if (versionId !== undefined && !bucket.isVersionId(versionId)) throw noSuchVersion(key, versionId);
  return remove(bucket, target, mayBypass, nowMs);
}

/** @throws MalformedXML for no keys or more than 1,000 */
function readTargets(root: XmlElement): { readonly targets: readonly Target[]; readonly isQuiet: boolean } {
  const targets: Target[] = [];
  let isQuiet = false;
  for (const child of root.children) {
    if (child.name === 'Object') targets.push(readTarget(child));
    else if (child.name === 'Quiet') isQuiet = child.text.toLowerCase() === 'true';
    else throw notImplemented(`S3 Delete with ${child.name}`);
  }
  if (targets.length === 0 || targets.length > MOST_KEYS) throw malformedXml();
  return { targets, isQuiet };
}

/** Conditions on a delete (ETag, LastModifiedTime, Size) are among the fields that are answered 501. */
function readTarget(element: XmlElement): Target {
  const { Key: key, VersionId: versionId } = readFields(element, ['Key', 'VersionId']);
  if (key === undefined) throw malformedXml();
  return { key, versionId: versionId || undefined };
}

function writeDeleted({ key, versionId }: Target, { markerId }: Deleted): string {
  const marker = markerId === undefined ? '' : leaf('DeleteMarker', true) + leaf('DeleteMarkerVersionId', markerId);
  return branch('Deleted', leaf('Key', key), leaf('VersionId', versionId), marker);
}

function writeError({ key, versionId }: Target, { name, message }: AwsError): string {
  return branch('Error', leaf('Key', key), leaf('VersionId', versionId), leaf('Code', name), leaf('Message', message));
}
