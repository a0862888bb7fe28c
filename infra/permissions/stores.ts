// Permissions on the application's tables and buckets: for planning, protecting, erasing and reporting.
import { type Conditions, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Catalog } from '../../contracts/catalog.ts';
import { KEY_USES } from '../../contracts/permissions.ts';
import type { BucketReach, Reach, TableReach } from './catalog-reach.ts';

/** ARNs of what the catalog names; the account and Region of the stack. */
export interface StoreArns {
  table(name: string): string;
  bucket(name: string): string;
  /** Of an id, or the ARN as it is. */
  key(name: string): string;
}

const isTable = (reach: Reach): reach is TableReach => reach.kind === 'dynamodb';
const isBucket = (reach: Reach): reach is BucketReach => reach.kind === 's3';

/** What a table is, and who is told of its changes. */
const TABLE_SETTINGS = [
  'dynamodb:DescribeTable',
  'dynamodb:DescribeContinuousBackups',
  'dynamodb:DescribeKinesisStreamingDestination',
];
const BUCKET_SETTINGS = [
  's3:GetBucketVersioning',
  's3:GetBucketObjectLockConfiguration',
  's3:GetEncryptionConfiguration',
  's3:GetReplicationConfiguration',
  's3:GetLifecycleConfiguration',
  's3:GetBucketNotification',
];

/** Metadata of every store, and keys below the catalogued prefixes; never an item or a body. */
export function planningStatements(reach: readonly Reach[], arns: StoreArns): PolicyStatement[] {
  const tables = reach.filter(isTable).map(({ resource }) => arns.table(resource));
  const buckets = reach.filter(isBucket);
  return [
    ...allow(TABLE_SETTINGS, tables),
    ...allow(
      BUCKET_SETTINGS,
      buckets.map(({ resource }) => arns.bucket(resource)),
    ),
    ...buckets.flatMap((bucket) => listing(bucket, ['s3:ListBucketVersions'], arns)),
    // Listing uploads knows no condition on the prefix (S3 service authorization reference).
    ...allow(
      ['s3:ListBucketMultipartUploads'],
      buckets.filter(({ isErased }) => isErased).map(({ resource }) => arns.bucket(resource)),
    ),
  ];
}

/** Recovery points of what is erased; of nothing else. */
export function protectingStatements(
  reach: readonly Reach[],
  { protection }: Catalog,
  arns: StoreArns,
): PolicyStatement[] {
  const tables = reach
    .filter(isTable)
    .filter(({ isProtected }) => isProtected)
    .map(({ resource }) => arns.table(resource));
  const buckets = reach
    .filter(isBucket)
    .filter(({ isProtected }) => isProtected)
    .map(({ resource }) => arns.bucket(resource));
  return [
    ...allow(
      [
        'dynamodb:DescribeContinuousBackups',
        'dynamodb:CreateBackup',
        ...(protection.pitr === 'enable' ? ['dynamodb:UpdateContinuousBackups'] : []),
      ],
      tables,
    ),
    ...allow(['dynamodb:DescribeBackup'], tables.map(backupsOf)),
    ...usingKeys(
      reach.filter(isTable).filter(({ isProtected }) => isProtected),
      arns,
    ),
    ...allow(
      ['s3:GetBucketVersioning', ...(protection.versioning === 'enable' ? ['s3:PutBucketVersioning'] : [])],
      buckets,
    ),
  ];
}

/** Backups that no run holds any more are deleted again. */
export function reportingStatements(reach: readonly Reach[], arns: StoreArns): PolicyStatement[] {
  const tables = reach
    .filter(isTable)
    .filter(({ isProtected }) => isProtected)
    .map(({ resource }) => arns.table(resource));
  return allow(['dynamodb:DeleteBackup'], tables.map(backupsOf));
}

/** What all sessions of the eraser role together may do; each is narrowed to one shard by its session policy. */
export function erasingStatements(reach: readonly Reach[], arns: StoreArns): PolicyStatement[] {
  const tables = reach.filter(isTable);
  const arnsOf = (chosen: (table: TableReach) => boolean) =>
    tables.filter(chosen).map(({ resource }) => arns.table(resource));
  const indexes = tables.flatMap(({ resource, indexes }) =>
    indexes.map((index) => `${arns.table(resource)}/index/${index}`),
  );
  return [
    ...allow(['dynamodb:Query'], [...arnsOf(({ isQueried }) => isQueried), ...indexes]),
    ...allow(
      ['dynamodb:Scan'],
      arnsOf(({ isScanned }) => isScanned),
    ),
    ...allow(
      ['dynamodb:BatchWriteItem'],
      arnsOf(({ isDeletedInBatches }) => isDeletedInBatches),
    ),
    ...allow(
      ['dynamodb:DeleteItem'],
      arnsOf(({ isDeletedByCondition }) => isDeletedByCondition),
    ),
    ...usingKeys(tables, arns),
    ...reach.filter(isBucket).flatMap((bucket) => [
      // What is hidden is listed as it stands, all else by its versions.
      ...listing(bucket, [...(bucket.hidden.length > 0 ? ['s3:ListBucket'] : []), 's3:ListBucketVersions'], arns),
      ...allow(
        ['s3:GetBucketVersioning', 's3:ListBucketMultipartUploads'],
        bucket.isErased ? [arns.bucket(bucket.resource)] : [],
      ),
      ...allow(['s3:AbortMultipartUpload'], objects(bucket, bucket.erased, arns)),
      ...allow(['s3:DeleteObject'], objects(bucket, bucket.hidden, arns)),
      ...allow(['s3:DeleteObjectVersion'], objects(bucket, bucket.finalised, arns)),
    ]),
  ];
}

/**
 * DynamoDB uses a customer's key with the permissions of whoever calls (developer guide, encryption at rest): for that,
 * and for nothing else, they are given. S3 needs the key neither to list nor to delete.
 */
function usingKeys(tables: readonly TableReach[], arns: StoreArns): PolicyStatement[] {
  const keys = [...new Set(tables.flatMap(({ keys }) => keys))];
  return allow(
    KEY_USES,
    keys.map((key) => arns.key(key)),
    { StringLike: { 'kms:ViaService': 'dynamodb.*.amazonaws.com' } },
  );
}

const TABLE_READS = [...TABLE_SETTINGS, 'dynamodb:Query', 'dynamodb:Scan'];
const BUCKET_READS = [...BUCKET_SETTINGS, 's3:ListBucket', 's3:ListBucketVersions', 's3:ListBucketMultipartUploads'];

/** Whatever else a role is given: of what is preserved it may know and count, and do nothing. */
export function preservingStatements(reach: readonly Reach[], arns: StoreArns): PolicyStatement[] {
  const tables = reach
    .filter(isTable)
    .filter(({ isErased }) => !isErased)
    .map(({ resource }) => arns.table(resource));
  const buckets = reach.filter(isBucket);
  const whole = buckets.filter(({ isErased }) => !isErased).map(({ resource }) => arns.bucket(resource));
  const parts = buckets.filter(({ isErased }) => isErased).flatMap((bucket) => objects(bucket, bucket.kept, arns));
  return [
    ...deny(
      TABLE_READS,
      tables.flatMap((arn) => [arn, `${arn}/*`]),
    ),
    ...deny(BUCKET_READS, [...whole.flatMap((arn) => [arn, `${arn}/*`]), ...parts]),
  ];
}

function listing(bucket: BucketReach, actions: string[], arns: StoreArns): PolicyStatement[] {
  if (bucket.listed.length === 0) return [];
  return [
    new PolicyStatement({
      actions,
      resources: [arns.bucket(bucket.resource)],
      conditions: { StringLike: { 's3:prefix': bucket.listed.map((prefix) => `${prefix}*`) } },
    }),
  ];
}

function objects(bucket: BucketReach, prefixes: readonly string[], arns: StoreArns): string[] {
  return prefixes.map((prefix) => `${arns.bucket(bucket.resource)}/${prefix}*`);
}

function backupsOf(tableArn: string): string {
  return `${tableArn}/backup/*`;
}

function allow(actions: readonly string[], resources: string[], conditions: Conditions = {}): PolicyStatement[] {
  return chunks(resources).map((some) => new PolicyStatement({ actions: [...actions], resources: some, conditions }));
}

function deny(notActions: string[], resources: string[]): PolicyStatement[] {
  return chunks(resources).map((some) => new PolicyStatement({ effect: Effect.DENY, notActions, resources: some }));
}

/** So many ARNs to a statement that statements can be spread over the policies of a role (IAM quotas). */
const CHUNK = 13;

function chunks(resources: readonly string[]): string[][] {
  const count = Math.ceil(resources.length / CHUNK);
  return Array.from({ length: count }, (_, at) => resources.slice(at * CHUNK, (at + 1) * CHUNK));
}
