// Aborts multipart uploads, one call each; their parts are gone for good.
import { AbortMultipartUploadCommand, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import type { BatchResult, Remover } from '../../core/erasing/ports.ts';
import { isThrottle, isUnanswered } from './attempts.ts';
import type { Upload } from './upload-listing.ts';

const BATCH = 10;
const BATCHES_PER_BURST = 10;
const CONCURRENCY = 2;

type Fate = 'erased' | 'changed' | 'throttled' | 'unknown' | { readonly code: string };

export function makeUploadRemover(client: S3Client, bucket: string): Remover<Upload> {
  return {
    batchSize: BATCH,
    batchesPerBurst: BATCHES_PER_BURST,
    concurrency: CONCURRENCY,
    triesOneFirst: false,
    keyOf: ({ key, uploadId }) => `${key}?uploadId=${uploadId}`,
    async remove(batch, mayBeGone) {
      const fates = await Promise.all(batch.map((upload) => abort(client, bucket, upload, mayBeGone)));
      return resultOf(batch, fates);
    },
  };
}

/** An upload that is gone was completed or aborted by somebody else, unless a request of ours may have done it. */
async function abort(client: S3Client, bucket: string, { key, uploadId }: Upload, mayBeGone: boolean): Promise<Fate> {
  try {
    await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId: uploadId }));
    return 'erased';
  } catch (error) {
    if (error instanceof S3ServiceException && error.name === 'NoSuchUpload') return mayBeGone ? 'erased' : 'changed';
    if (isThrottle(error)) return 'throttled';
    if (isUnanswered(error)) return 'unknown';
    return { code: error instanceof Error ? error.name : 'Unknown' };
  }
}

function resultOf(batch: readonly Upload[], fates: readonly Fate[]): BatchResult<Upload> {
  const of = (fate: Fate) => batch.filter((_, at) => fates[at] === fate);
  const retry = [...of('throttled'), ...of('unknown')];
  return {
    erased: of('erased').length,
    changed: of('changed').length,
    failed: batch.flatMap((item, at) => {
      const fate = fates[at];
      return typeof fate === 'object' ? [{ item, code: fate.code }] : [];
    }),
    retry,
    because: retry.length === 0 ? null : of('unknown').length > 0 ? 'unknown' : 'throttled',
    isVersioningLost: false,
  };
}
