// What the configuration of a bucket says: versioning, and what makes it unsupported.
import {
  GetBucketVersioningCommand,
  GetObjectLockConfigurationCommand,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import type { Description } from '../../core/planning/check-facts.ts';

export async function describeBucket(client: S3Client, bucket: string): Promise<Description> {
  try {
    const { Status = 'Off', MFADelete } = await client.send(new GetBucketVersioningCommand({ Bucket: bucket }));
    const reasons = [
      ...(MFADelete === 'Enabled' ? ['MFA delete is on, which no automation can satisfy'] : []),
      ...((await hasObjectLock(client, bucket)) ? ['Object Lock is on, so that its versions cannot be removed'] : []),
    ];
    return { exists: true, facts: { kind: 's3', versioning: Status }, unsupported: reasons.join('; ') || null };
  } catch (error) {
    if (error instanceof S3ServiceException && error.name === 'NoSuchBucket') return { exists: false };
    throw error;
  }
}

async function hasObjectLock(client: S3Client, bucket: string): Promise<boolean> {
  try {
    const { ObjectLockConfiguration } = await client.send(new GetObjectLockConfigurationCommand({ Bucket: bucket }));
    return ObjectLockConfiguration?.ObjectLockEnabled === 'Enabled';
  } catch (error) {
    if (error instanceof S3ServiceException && error.name === 'ObjectLockConfigurationNotFoundError') return false;
    throw error;
  }
}
