// CompleteMultipartUpload: the parts a client lists, checked one by one, become an object.
import { createHash } from 'node:crypto';
import { notImplemented } from '../kernel/aws-error.ts';
import { CHECKSUM_ALGORITHMS, type Checksum, type ChecksumAlgorithm, checksumOf, digest } from './checksums.ts';
import { invalidRequest, malformedXml, S3Error } from './errors.ts';
import { MOST_PARTS, uploadOf } from './multipart.ts';
import { bucketOf, type Operation } from './operation.ts';
import { writtenHeaders } from './put-object.ts';
import type { Part, Upload } from './uploads.ts';
import { leaf, xmlDocument } from './xml.ts';
import { readFields, readXml, type XmlElement } from './xml-reader.ts';

const SMALLEST_PART_BYTES = 5 * 1024 * 1024;
const SUM_FIELDS = CHECKSUM_ALGORITHMS.map((algorithm) => `Checksum${algorithm}` as const);

export const completeMultipartUpload: Operation = {
  name: 'CompleteMultipartUpload',
  run(call) {
    const { request, nowMs } = call;
    const bucket = bucketOf(call);
    const upload = uploadOf(call);
    const parts = readParts(readXml(request.body, 'CompleteMultipartUpload'), upload);
    const body = Buffer.concat(parts.map((part) => part.body));
    const checksum = checksumOfParts(upload, parts, body);
    const md5s = Buffer.concat(parts.map((part) => Buffer.from(part.etag, 'hex')));
    const etag = `${createHash('md5').update(md5s).digest('hex')}-${parts.length}`;
    const { headers, lock, initiatedMs } = upload;
    const content = { body, etag, headers, lock, ...(checksum && { checksum }) };
    // "For multipart uploads, the object creation date is the date of initiation of the multipart upload."
    const version = bucket.write(request.key, content, nowMs, initiatedMs);
    bucket.uploads.end(upload);
    return {
      headers: writtenHeaders(bucket, version, nowMs),
      body: xmlDocument(
        'CompleteMultipartUploadResult',
        leaf('Location', `/${bucket.name}/${encodeURIComponent(request.key)}`),
        leaf('Bucket', bucket.name),
        leaf('Key', request.key),
        leaf('ETag', `"${etag}"`),
        checksum ? leaf(`Checksum${checksum.algorithm}`, checksum.value) : '',
        leaf('ChecksumType', checksum?.type),
      ),
      items: 1,
    };
  },
};

/** @throws MalformedXML, InvalidPartOrder, InvalidPart, EntityTooSmall, InvalidRequest */
function readParts(root: XmlElement, upload: Upload): readonly Part[] {
  const parts = root.children.map((child) => {
    if (child.name !== 'Part') throw notImplemented(`S3 ${root.name} with ${child.name}`);
    return readPart(child, upload);
  });
  if (parts.length === 0 || parts.length > MOST_PARTS) throw malformedXml();
  const isInOrder = parts.every((part, index) => part.number > (parts[index - 1]?.number ?? 0));
  if (!isInOrder) {
    const message = 'The list of parts was not in ascending order. Parts must be ordered by part number.';
    throw new S3Error('InvalidPartOrder', message, 400);
  }
  const tooSmall = parts.slice(0, -1).find((part) => part.body.length < SMALLEST_PART_BYTES);
  if (tooSmall) throw entityTooSmall(tooSmall);
  return parts;
}

function readPart(element: XmlElement, { checksum, parts }: Upload): Part {
  const fields = readFields(element, ['PartNumber', 'ETag', ...SUM_FIELDS]);
  const { PartNumber: number, ETag: etag } = fields;
  if (number === undefined || etag === undefined) throw malformedXml();
  if (checksum?.type === 'COMPOSITE' && fields[`Checksum${checksum.algorithm}`] === undefined) {
    const algorithm = checksum.algorithm.toLowerCase();
    const missing = `It was missing for part ${number} in the request.`;
    throw invalidRequest(
      `The upload was created using a ${algorithm} checksum. The complete request must include the checksum for each part. ${missing}`,
    );
  }
  const part = parts.get(Number(number));
  const isSame = (algorithm: ChecksumAlgorithm) => {
    const sum = fields[`Checksum${algorithm}`];
    return sum === undefined || (part !== undefined && sum === checksumOf(algorithm, part.body).value);
  };
  if (part && part.etag === etag.replaceAll('"', '') && CHECKSUM_ALGORITHMS.every(isSame)) return part;
  const message =
    "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.";
  throw new S3Error('InvalidPart', message, 400, { PartNumber: number, ETag: etag });
}

function entityTooSmall({ number, etag, body }: Part): S3Error {
  return new S3Error('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', 400, {
    ProposedSize: String(body.length),
    MinSizeAllowed: String(SMALLEST_PART_BYTES),
    PartNumber: String(number),
    ETag: etag,
  });
}

/** A composite checksum is that of the parts' checksums, with their number. */
function checksumOfParts({ checksum }: Upload, parts: readonly Part[], body: Buffer): Checksum | undefined {
  if (!checksum) return undefined;
  const { algorithm, type } = checksum;
  if (type === 'FULL_OBJECT') return checksumOf(algorithm, body);
  const sums = Buffer.concat(parts.map((part) => Buffer.from(part.checksum?.value ?? '', 'base64')));
  return { algorithm, type, value: `${digest(algorithm, sums).toString('base64')}-${parts.length}` };
}
