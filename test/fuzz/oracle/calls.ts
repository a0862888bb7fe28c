// Laws of the call record: what only looks deletes nothing, and nothing is deleted outside the phases that erase.
import type { Observed } from './observed.ts';

const DELETIONS =
  /^(BatchWriteItem|DeleteItem|DeleteObjects?|TransactWriteItems|ExecuteStatement|DeleteTable|DeleteBucket)$/;
const WRITES = /^(PutItem|UpdateItem|PutObject|CopyObject|CreateMultipartUpload|UploadPart|CompleteMultipartUpload)$/;
const METADATA = /^(Describe|GetBucket|GetObjectLock|ListTagsOfResource|GetLifecycle)/;
const PROTECTION = /^(UpdateContinuousBackups|CreateBackup|DeleteBackup|PutBucketVersioning)$/;

export function checkCalls({ catalog, run, calls, erasingSinceMs, finalisingSinceMs }: Observed): string[] {
  const stores = new Set(Object.values(catalog.stores).flatMap(({ table, bucket }) => table ?? bucket ?? []));
  const own = calls.filter(({ resource, service }) => stores.has(resource ?? '') && service !== 'lambda');
  const { mode } = run.request;
  const since = Math.min(erasingSinceMs ?? Number.POSITIVE_INFINITY, finalisingSinceMs ?? Number.POSITIVE_INFINITY);
  return own.flatMap(({ operation, resource, at, n }) => {
    const what = `call ${n}, ${operation} of ${resource}`;
    if (WRITES.test(operation)) return [`${what}: Lethe writes nothing into stores`];
    if (mode === 'preview' && !METADATA.test(operation)) return [`${what}: a preview looks at metadata alone`];
    if (mode !== 'execute' && PROTECTION.test(operation)) return [`${what}: a ${mode} changes no protection`];
    if (!DELETIONS.test(operation)) return [];
    if (mode !== 'execute') return [`${what}: a ${mode} deletes nothing`];
    return Date.parse(at) >= since ? [] : [`${what}: it is outside the phases that erase`];
  });
}
