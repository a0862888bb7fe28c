// What Lethe remembers. Retained: removing a stack removes neither evidence nor the record of what ran.
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, type BucketProps, ObjectLockRetention } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';

export interface LetheStateProps {
  /**
   * Days for which nobody, the account's root included, can delete or replace evidence (Object Lock, compliance mode).
   * @default 0, versions keep what is replaced, and no lock
   */
  readonly evidenceLockDays?: number;
}

/** Plans and map results; what counts afterwards is the evidence. */
const WORK_DAYS = 30;

export class LetheState extends Construct {
  readonly controlTable: Table;
  readonly workBucket: Bucket;
  readonly evidenceBucket: Bucket;
  /** Signs evidence; retained, because what it signed must be checkable. */
  readonly signingKey: Key;

  constructor(scope: Construct, id: string, { evidenceLockDays = 0 }: LetheStateProps = {}) {
    super(scope, id);
    this.controlTable = new Table(this, 'ControlTable', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.workBucket = new Bucket(this, 'WorkBucket', {
      ...PRIVATE,
      lifecycleRules: [
        {
          id: 'runs',
          prefix: 'runs/',
          expiration: Duration.days(WORK_DAYS),
          noncurrentVersionExpiration: Duration.days(1),
          abortIncompleteMultipartUploadAfter: Duration.days(1),
        },
      ],
    });
    this.evidenceBucket = new Bucket(this, 'EvidenceBucket', {
      ...PRIVATE,
      ...(evidenceLockDays > 0 && {
        objectLockEnabled: true,
        objectLockDefaultRetention: ObjectLockRetention.compliance(Duration.days(evidenceLockDays)),
      }),
    });
    this.signingKey = new Key(this, 'SigningKey', {
      description: 'Signs the evidence of Lethe',
      keySpec: KeySpec.ECC_NIST_P256,
      keyUsage: KeyUsage.SIGN_VERIFY,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    for (const bucket of [this.workBucket, this.evidenceBucket]) {
      acknowledge(
        bucket,
        'S1',
        'Who read or wrote it is in CloudTrail data events, where the account wants them; a log bucket would be one more store of addresses.',
      );
    }
  }
}

const PRIVATE: BucketProps = {
  versioned: true,
  encryption: BucketEncryption.S3_MANAGED,
  blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
  enforceSSL: true,
  minimumTLSVersion: 1.2,
  removalPolicy: RemovalPolicy.RETAIN,
};
