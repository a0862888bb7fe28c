// What the configuration of a bucket says: versioning, what makes it unsupported, and what else a deletion sets off.
import {
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketNotificationConfigurationCommand,
  GetBucketReplicationCommand,
  GetBucketVersioningCommand,
  GetObjectLockConfigurationCommand,
  type LifecycleRule,
  type ReplicationRule,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import type { BucketFacts } from '../../contracts/plan.ts';
import type { Description } from '../../core/planning/check-facts.ts';

export async function describeBucket(client: S3Client, bucket: string): Promise<Description> {
  const at = { Bucket: bucket };
  try {
    const { Status = 'Off', MFADelete } = await client.send(new GetBucketVersioningCommand(at));
    const lock = await orNone(
      'ObjectLockConfigurationNotFoundError',
      client.send(new GetObjectLockConfigurationCommand(at)),
    );
    const encryption = await orNone(
      'ServerSideEncryptionConfigurationNotFoundError',
      client.send(new GetBucketEncryptionCommand(at)),
    );
    const replication = await orNone(
      'ReplicationConfigurationNotFoundError',
      client.send(new GetBucketReplicationCommand(at)),
    );
    const lifecycle = await orNone(
      'NoSuchLifecycleConfiguration',
      client.send(new GetBucketLifecycleConfigurationCommand(at)),
    );
    const notifications = await client.send(new GetBucketNotificationConfigurationCommand(at));
    const [encrypted] = encryption?.ServerSideEncryptionConfiguration?.Rules ?? [];
    const hasLock = lock?.ObjectLockConfiguration?.ObjectLockEnabled === 'Enabled';
    const reasons = [
      ...(MFADelete === 'Enabled' ? ['MFA delete is on, which no automation can satisfy'] : []),
      ...(hasLock ? ['Object Lock is on, so that versions under retention or legal hold cannot be removed'] : []),
    ];
    const facts: BucketFacts = {
      kind: 's3',
      versioning: Status,
      kmsKey: encrypted?.ApplyServerSideEncryptionByDefault?.KMSMasterKeyID ?? null,
      replications: (replication?.ReplicationConfiguration?.Rules ?? []).flatMap(replicationOf),
      expiries: (lifecycle?.Rules ?? []).flatMap(expiryOf),
      notifies: [
        ...(notifications.LambdaFunctionConfigurations?.length ? ['Lambda'] : []),
        ...(notifications.QueueConfigurations?.length ? ['SQS'] : []),
        ...(notifications.TopicConfigurations?.length ? ['SNS'] : []),
        ...(notifications.EventBridgeConfiguration ? ['EventBridge'] : []),
      ],
    };
    return { exists: true, facts, unsupported: reasons.join('; ') || null };
  } catch (error) {
    if (error instanceof S3ServiceException && error.name === 'NoSuchBucket') return { exists: false };
    throw error;
  }
}

/** S3 tells by an error that nothing is configured; any other failure, a missing permission too, is one. */
async function orNone<T>(nothing: string, reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof S3ServiceException && error.name === nothing) return undefined;
    throw error;
  }
}

function replicationOf(rule: ReplicationRule): BucketFacts['replications'] {
  if (rule.Status !== 'Enabled') return [];
  const prefix = rule.Filter?.Prefix ?? rule.Filter?.And?.Prefix ?? rule.Prefix ?? '';
  const destination = (rule.Destination?.Bucket ?? '').replace(/^arn:[^:]*:s3:::/, '');
  // Rules of the first version of replication have no filter, and copy markers.
  const copiesMarkers = rule.Filter === undefined || rule.DeleteMarkerReplication?.Status === 'Enabled';
  return [{ rule: rule.ID ?? '', prefix, destination, copiesMarkers }];
}

function expiryOf({
  ID = '',
  Status,
  Filter,
  Prefix,
  NoncurrentVersionExpiration,
}: LifecycleRule): BucketFacts['expiries'] {
  const days = NoncurrentVersionExpiration?.NoncurrentDays;
  if (Status !== 'Enabled' || days === undefined) return [];
  const narrowing = { ...Filter, ...Filter?.And };
  const isPartial =
    narrowing.Tag !== undefined ||
    (Filter?.And?.Tags?.length ?? 0) > 0 ||
    narrowing.ObjectSizeGreaterThan !== undefined ||
    narrowing.ObjectSizeLessThan !== undefined ||
    (NoncurrentVersionExpiration?.NewerNoncurrentVersions ?? 0) > 0;
  return [{ rule: ID, prefix: narrowing.Prefix ?? Prefix ?? '', days, isPartial }];
}
