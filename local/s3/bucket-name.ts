// Which names a general purpose bucket may have (S3 user guide, "Bucket naming rules").
import { notImplemented } from '../kernel/aws-error.ts';
import { S3Error } from './errors.ts';

const FORM = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const IPV4 = /^\d+\.\d+\.\d+\.\d+$/;
const RESERVED_STARTS = ['xn--', 'sthree-', 'amzn-s3-demo-'];
const RESERVED_ENDS = ['-s3alias', '--ol-s3', '.mrap', '--table-s3'];
const DIRECTORY_BUCKET_END = '--x-s3';

/** Directory buckets list, version and delete otherwise than all others: nothing here is right for them. */
export function refuseDirectoryBucket(name: string): void {
  if (name.endsWith(DIRECTORY_BUCKET_END)) throw notImplemented(`S3 directory bucket ${name}`);
}

/** @throws InvalidBucketName */
export function checkBucketName(name: string): void {
  refuseDirectoryBucket(name);
  const isReserved =
    RESERVED_STARTS.some((start) => name.startsWith(start)) || RESERVED_ENDS.some((end) => name.endsWith(end));
  if (FORM.test(name) && !name.includes('..') && !IPV4.test(name) && !isReserved) return;
  throw new S3Error('InvalidBucketName', 'The specified bucket is not valid.', 400, { BucketName: name });
}
