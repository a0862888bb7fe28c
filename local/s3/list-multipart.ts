// ListMultipartUploads and ListParts: what was begun and never finished.
import { invalidArgument } from './errors.ts';
import { compareKeys } from './key-order.ts';
import { LONGEST_PAGE, readCount, readKeyEncoding } from './list-parameters.ts';
import { uploadOf } from './multipart.ts';
import { bucketOf, canonicalId, type Operation, type S3Call } from './operation.ts';
import { pageOf } from './page.ts';
import type { Part, Upload, Uploads } from './uploads.ts';
import { branch, leaf, xmlDocument, xmlInstant } from './xml.ts';

/** A delimiter is answered 501: pages that end on a group cannot be followed on AWS either. */
export const listMultipartUploads: Operation = {
  name: 'ListMultipartUploads',
  query: ['encoding-type', 'key-marker', 'max-uploads', 'prefix', 'upload-id-marker'],
  run(call) {
    const { query } = call.request;
    const { name, uploads } = bucketOf(call);
    const { type, encode } = readKeyEncoding(query);
    const limit = Math.min(readCount(query, 'max-uploads', LONGEST_PAGE), LONGEST_PAGE);
    const keyMarker = query.get('key-marker') ?? '';
    // Without a key it is ignored.
    const idMarker = keyMarker === '' ? '' : (query.get('upload-id-marker') ?? '');
    const shown = idMarker === '' ? Number.POSITIVE_INFINITY : sequenceOf(uploads, idMarker, keyMarker);
    const prefix = query.get('prefix') ?? '';
    const page = pageOf({
      prefix,
      delimiter: '',
      keys: uploads.keys,
      limit,
      isBefore: (key) => compareKeys(key, keyMarker) < 0,
      itemsOf: (key) => uploads.of(key).filter(({ sequence }) => key !== keyMarker || sequence > shown),
    });
    const found = page.entries.flatMap((entry) => (entry.kind === 'item' ? [entry.item] : []));
    const last = found.at(-1);
    const body = xmlDocument(
      'ListMultipartUploadsResult',
      leaf('Bucket', name),
      leaf('KeyMarker', encode(keyMarker)),
      leaf('UploadIdMarker', idMarker),
      leaf('NextKeyMarker', encode(last?.key ?? '')),
      leaf('NextUploadIdMarker', last?.id ?? ''),
      leaf('Prefix', prefix === '' ? undefined : encode(prefix)),
      leaf('MaxUploads', limit),
      leaf('EncodingType', type),
      leaf('IsTruncated', page.isTruncated),
      ...found.map((upload) =>
        branch('Upload', leaf('Key', encode(upload.key)), leaf('UploadId', upload.id), uploadFacts(upload, call)),
      ),
    );
    return { body, items: found.length };
  },
};

/** @throws InvalidArgument for an id that was never issued, or that is of an upload to another key */
function sequenceOf(uploads: Uploads, id: string, key: string): number {
  const sequence = uploads.sequenceOf(id, key);
  if (sequence === undefined) throw invalidArgument('Invalid uploadId marker', 'upload-id-marker', id);
  return sequence;
}

function people({ place }: S3Call): string {
  const id = leaf('ID', canonicalId(place));
  return branch('Initiator', id) + branch('Owner', id) + leaf('StorageClass', 'STANDARD');
}

function checksumFacts({ checksum }: Upload): string {
  return leaf('ChecksumAlgorithm', checksum?.algorithm) + leaf('ChecksumType', checksum?.type);
}

function uploadFacts(upload: Upload, call: S3Call): string {
  return people(call) + leaf('Initiated', xmlInstant(upload.initiatedMs)) + checksumFacts(upload);
}

export const listParts: Operation = {
  name: 'ListParts',
  query: ['max-parts', 'part-number-marker'],
  run(call) {
    const { query, bucketName } = call.request;
    const upload = uploadOf(call);
    const limit = Math.min(readCount(query, 'max-parts', LONGEST_PAGE), LONGEST_PAGE);
    const marker = readCount(query, 'part-number-marker', 0);
    const rest = [...upload.parts.values()].filter(({ number }) => number > marker).sort((a, b) => a.number - b.number);
    const page = rest.slice(0, limit);
    const body = xmlDocument(
      'ListPartsResult',
      leaf('Bucket', bucketName),
      leaf('Key', upload.key),
      leaf('UploadId', upload.id),
      people(call),
      leaf('PartNumberMarker', marker),
      leaf('NextPartNumberMarker', page.at(-1)?.number ?? 0),
      leaf('MaxParts', limit),
      leaf('IsTruncated', rest.length > page.length && limit > 0),
      checksumFacts(upload),
      ...page.map(writePart),
    );
    return { body, items: page.length };
  },
};

function writePart({ number, lastModifiedMs, etag, body, checksum }: Part): string {
  return branch(
    'Part',
    leaf('PartNumber', number),
    leaf('LastModified', xmlInstant(lastModifiedMs)),
    leaf('ETag', `"${etag}"`),
    leaf('Size', body.length),
    checksum ? leaf(`Checksum${checksum.algorithm}`, checksum.value) : '',
  );
}
