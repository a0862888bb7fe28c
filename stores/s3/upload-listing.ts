// Lists multipart uploads of one prefix that were begun before the run and never finished.
import { ListMultipartUploadsCommand, type ListMultipartUploadsCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import type { UploadsSelector } from '../../contracts/selector.ts';
import type { Listed, Listing, Page } from '../../core/erasing/ports.ts';
import { untilAnswered } from './attempts.ts';
import { compareKeys } from './key-order.ts';
import { decodeKey } from './url-encoded.ts';

export interface Upload {
  readonly key: string;
  readonly uploadId: string;
}

interface Found extends Upload {
  readonly initiatedMs: number;
}

/** By key, and of one key by upload id (S3 API reference, ListMultipartUploads). */
export function makeUploadListing(
  client: S3Client,
  bucket: string,
  selector: UploadsSelector,
  sleep: (ms: number) => Promise<void>,
): Listing<Upload> {
  const startedBeforeMs = Date.parse(selector.startedBefore);
  const isSelected = ({ key, initiatedMs }: Found) =>
    initiatedMs < startedBeforeMs &&
    key.startsWith(selector.prefix) &&
    !selector.except.some((preserved) => key.startsWith(preserved));

  function read(after: string | null): Promise<ListMultipartUploadsCommandOutput> {
    const last = after === null ? undefined : readPosition(after);
    return untilAnswered(
      () =>
        client.send(
          new ListMultipartUploadsCommand({
            Bucket: bucket,
            Prefix: selector.prefix,
            EncodingType: 'url',
            ...(last && { KeyMarker: last.key, UploadIdMarker: last.uploadId }),
          }),
        ),
      sleep,
    );
  }

  async function* pages(after: string | null): AsyncIterable<Page<Upload>> {
    for (let position = after, isLast = false; !isLast; ) {
      const page = await read(position);
      const found = (page.Uploads ?? []).map(({ Key = '', UploadId = '', Initiated }) => ({
        key: decodeKey(Key),
        uploadId: UploadId,
        initiatedMs: Initiated?.getTime() ?? Number.POSITIVE_INFINITY,
      }));
      const items = found.filter(isSelected).map(listed);
      const end = found.at(-1);
      isLast = page.IsTruncated !== true || end === undefined;
      position = end === undefined ? position : writePosition(end);
      yield { items, resume: position, isLast, tally: { items: items.length, bytes: 0, versions: 0 } };
    }
  }

  /** Uploads of one key come in the order of their ids, so that an end that is gone is still passed by. */
  async function countBetween(from: string | null, to: string, atMost: number): Promise<number> {
    const end = readPosition(to);
    let count = 0;
    for await (const { items } of pages(from)) {
      for (const { item } of items) {
        if (count >= atMost || isAfter(item, end)) return count;
        count++;
      }
    }
    return count;
  }

  return { pages, countBetween };
}

function isAfter(a: Upload, b: Upload): boolean {
  const order = compareKeys(a.key, b.key);
  return order > 0 || (order === 0 && a.uploadId > b.uploadId);
}

function listed({ key, uploadId }: Found): Listed<Upload> {
  const position = writePosition({ key, uploadId });
  return { item: { key, uploadId }, at: position, resume: position, bytes: 0 };
}

function writePosition({ key, uploadId }: Upload): string {
  return JSON.stringify([key, uploadId]);
}

function readPosition(position: string): Upload {
  const [key = '', uploadId = ''] = JSON.parse(position) as string[];
  return { key, uploadId };
}

/** Whether there is any such upload. */
export async function hasUploads(client: S3Client, bucket: string, selector: UploadsSelector): Promise<boolean> {
  const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
  for await (const { items } of makeUploadListing(client, bucket, selector, wait).pages(null)) {
    if (items.length > 0) return true;
  }
  return false;
}
