// Every operation that is implemented, by the requests that ask for it. All others are answered 501.
import { createBucket, deleteBucket, getBucketLocation, headBucket, listBuckets } from './bucket-operations.ts';
import {
  deleteBucketLifecycle,
  getBucketEncryption,
  getBucketLifecycle,
  getBucketVersioning,
  getObjectLockConfiguration,
  notification,
  putBucketEncryption,
  putBucketLifecycle,
  putBucketVersioning,
  replication,
} from './bucket-settings.ts';
import { completeMultipartUpload } from './complete-multipart.ts';
import { copyObject } from './copy-object.ts';
import { deleteObject, deleteObjects } from './delete-objects.ts';
import { getObject, headObject } from './get-object.ts';
import { listMultipartUploads, listParts } from './list-multipart.ts';
import { listObjectsV2 } from './list-objects.ts';
import { listObjectVersions } from './list-versions.ts';
import { getObjectLegalHold, getObjectRetention, putObjectLegalHold, putObjectRetention } from './lock-operations.ts';
import { abortMultipartUpload, createMultipartUpload, uploadPart } from './multipart.ts';
import type { Operation } from './operation.ts';
import { putObject } from './put-object.ts';

/** By method, level of the path, and the query parameter that selects it. */
export const OPERATIONS: ReadonlyMap<string, Operation> = new Map([
  ['GET service', listBuckets],
  ['PUT bucket', createBucket],
  ['HEAD bucket', headBucket],
  ['DELETE bucket', deleteBucket],
  ['GET bucket ?location', getBucketLocation],
  ['GET bucket ?versioning', getBucketVersioning],
  ['PUT bucket ?versioning', putBucketVersioning],
  ['GET bucket ?lifecycle', getBucketLifecycle],
  ['PUT bucket ?lifecycle', putBucketLifecycle],
  ['DELETE bucket ?lifecycle', deleteBucketLifecycle],
  ['GET bucket ?object-lock', getObjectLockConfiguration],
  ['GET bucket ?replication', replication.get],
  ['PUT bucket ?replication', replication.put],
  ['GET bucket ?notification', notification.get],
  ['PUT bucket ?notification', notification.put],
  ['GET bucket ?encryption', getBucketEncryption],
  ['PUT bucket ?encryption', putBucketEncryption],
  ['GET bucket ?list-type', listObjectsV2],
  ['GET bucket ?versions', listObjectVersions],
  ['POST bucket ?delete', deleteObjects],
  ['GET bucket ?uploads', listMultipartUploads],
  ['PUT object', putObject],
  ['PUT object copied', copyObject],
  ['GET object', getObject],
  ['HEAD object', headObject],
  ['DELETE object', deleteObject],
  ['GET object ?retention', getObjectRetention],
  ['PUT object ?retention', putObjectRetention],
  ['GET object ?legal-hold', getObjectLegalHold],
  ['PUT object ?legal-hold', putObjectLegalHold],
  ['POST object ?uploads', createMultipartUpload],
  ['PUT object ?uploadId', uploadPart],
  ['GET object ?uploadId', listParts],
  ['POST object ?uploadId', completeMultipartUpload],
  ['DELETE object ?uploadId', abortMultipartUpload],
]);

/** What the API calls those requests for which S3 has an operation of its own, but not here. */
export const UNSUPPORTED: ReadonlyMap<string, string> = new Map([
  ['GET bucket', 'ListObjects'],
  ['POST bucket', 'PostObject'],
]);
