// Versioning of a bucket: what protects it, in verbs.
import { GetBucketVersioningCommand, PutBucketVersioningCommand, type S3Client } from '@aws-sdk/client-s3';

/** After versioning is first enabled, puts and deletes may not be versioned yet (S3 user guide: wait 15 minutes). */
export const VERSIONING_SETTLES_MS = 900_000;

export async function isVersioningEnabled(client: S3Client, bucket: string): Promise<boolean> {
  const { Status } = await client.send(new GetBucketVersioningCommand({ Bucket: bucket }));
  return Status === 'Enabled';
}

export async function enableVersioning(client: S3Client, bucket: string): Promise<void> {
  await client.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: 'Enabled' } }));
}
