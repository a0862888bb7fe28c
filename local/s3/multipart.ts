// Multipart uploads: begun, given parts, aborted.
import { notImplemented } from '../kernel/aws-error.ts';
import { algorithmNamed, type Checksum, type ChecksumAlgorithm, checksumHeaders, checksumOf } from './checksums.ts';
import { invalidArgument, invalidRequest } from './errors.ts';
import { readLockHeaders } from './object-lock.ts';
import { bucketOf, type Operation, PAYLOAD_HEADERS, type S3Call } from './operation.ts';
import { readPayload } from './payload.ts';
import { md5, OBJECT_HEADERS, readObjectHeaders } from './put-object.ts';
import type { Upload, UploadPlan } from './uploads.ts';
import { leaf, xmlDocument } from './xml.ts';

export const MOST_PARTS = 10_000;

export const createMultipartUpload: Operation = {
  name: 'CreateMultipartUpload',
  headers: [...OBJECT_HEADERS, 'x-amz-checksum-algorithm', 'x-amz-checksum-type'],
  run(call) {
    const { request, nowMs } = call;
    const bucket = bucketOf(call);
    const checksum = readChecksumPlan(request.headers);
    const upload = bucket.uploads.begin({
      key: request.key,
      initiatedMs: nowMs,
      headers: readObjectHeaders(request.headers),
      lock: readLockHeaders(bucket, request.headers, nowMs),
      ...(checksum && { checksum }),
    });
    return {
      headers: {
        'x-amz-server-side-encryption': 'AES256',
        ...(checksum && {
          'x-amz-checksum-algorithm': checksum.algorithm,
          'x-amz-checksum-type': checksum.type,
        }),
      },
      body: xmlDocument(
        'InitiateMultipartUploadResult',
        leaf('Bucket', bucket.name),
        leaf('Key', upload.key),
        leaf('UploadId', upload.id),
      ),
    };
  },
};

/** @throws NotImplemented for an algorithm that cannot be verified here, InvalidRequest for a type it does not have */
function readChecksumPlan(headers: ReadonlyMap<string, string>): UploadPlan['checksum'] {
  const name = headers.get('x-amz-checksum-algorithm');
  const type = headers.get('x-amz-checksum-type') ?? 'COMPOSITE';
  if (name === undefined) {
    if (headers.has('x-amz-checksum-type')) throw notImplemented('S3 x-amz-checksum-type without an algorithm');
    return undefined;
  }
  const algorithm = algorithmNamed(name);
  if (!algorithm) throw notImplemented(`S3 x-amz-checksum-algorithm: ${name}`);
  if (type === 'COMPOSITE') return { algorithm, type };
  if (type === 'FULL_OBJECT' && algorithm.startsWith('CRC')) return { algorithm, type };
  throw invalidRequest(
    `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
  );
}

export const uploadPart: Operation = {
  name: 'UploadPart',
  query: ['partNumber'],
  headers: PAYLOAD_HEADERS,
  run(call) {
    const { request, nowMs } = call;
    const upload = uploadOf(call);
    const number = Number(request.query.get('partNumber'));
    if (!Number.isInteger(number) || number < 1 || number > MOST_PARTS) {
      const message = `Part number must be an integer between 1 and ${MOST_PARTS}, inclusive`;
      throw invalidArgument(message, 'partNumber', request.query.get('partNumber'));
    }
    const { bytes: body, checksum: given } = readPayload(request);
    const checksum = partChecksum(upload.checksum?.algorithm, given, body);
    const etag = md5(body);
    upload.parts.set(number, { number, body, etag, lastModifiedMs: nowMs, ...(checksum && { checksum }) });
    const headers = { etag: `"${etag}"`, 'x-amz-server-side-encryption': 'AES256', ...checksumHeaders(given) };
    return { headers, items: 1 };
  },
};

/** Kept only where the object is to have one. @throws InvalidRequest for another algorithm than the object's */
function partChecksum(wanted: ChecksumAlgorithm | undefined, given: Checksum | undefined, body: Buffer) {
  if (wanted === undefined) return undefined;
  if (!given) return checksumOf(wanted, body);
  if (given.algorithm === wanted) return given;
  const types = `expected checksum Type: ${wanted.toLowerCase()}, actual checksum Type: ${given.algorithm.toLowerCase()}`;
  throw invalidRequest(`Checksum Type mismatch occurred, ${types}`);
}

export const abortMultipartUpload: Operation = {
  name: 'AbortMultipartUpload',
  run(call) {
    bucketOf(call).uploads.end(uploadOf(call));
    return { status: 204, items: 1 };
  },
};

/** @throws NoSuchUpload */
export function uploadOf(call: S3Call): Upload {
  const { key, query } = call.request;
  return bucketOf(call).uploads.get(key, query.get('uploadId') ?? '');
}
