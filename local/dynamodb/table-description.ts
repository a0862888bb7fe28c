// A table as DescribeTable shows it.
import type { Json } from '../kernel/json-service.ts';
import type { Billing, IndexSchema, Table, Throughput } from './table.ts';

/**
 * ItemCount, TableSizeBytes and IndexSizeBytes are exact and of this moment; AWS refreshes them about every six hours.
 *
 * @param status of a change that here takes no time, such as `DELETING`
 */
export function describeTable(table: Table, status: string = table.status): Json {
  const { schema, billing, contents, origin } = table;
  return {
    ...describeSchema(table),
    TableStatus: status,
    CreationDateTime: table.createdAtMs / 1000,
    ProvisionedThroughput: describeThroughput(billing.throughput),
    TableSizeBytes: contents.items.bytes,
    ItemCount: contents.items.count,
    TableArn: table.arn,
    TableId: table.id,
    BillingModeSummary: describeBilling(billing),
    LocalSecondaryIndexes: schema.LocalSecondaryIndexes?.map((index) => describeIndex(table, index)),
    GlobalSecondaryIndexes: schema.GlobalSecondaryIndexes?.map((index) => ({
      ...describeIndex(table, index),
      IndexStatus: status,
      ProvisionedThroughput: describeThroughput(indexThroughput(index, billing)),
    })),
    DeletionProtectionEnabled: table.isProtected,
    StreamSpecification: table.streamView && { StreamEnabled: true, StreamViewType: table.streamView },
    LatestStreamArn:
      table.streamView && `${table.arn}/stream/${new Date(table.createdAtMs).toISOString().slice(0, -1)}`,
    SSEDescription: table.kmsKey && { Status: 'ENABLED', SSEType: 'KMS', KMSMasterKeyArn: table.kmsKey },
    RestoreSummary: origin && {
      SourceBackupArn: origin.sourceBackupArn,
      SourceTableArn: origin.sourceTableArn,
      RestoreDateTime: origin.restoredToMs / 1000,
      RestoreInProgress: table.status === 'CREATING',
    },
  };
}

export function indexThroughput({ ProvisionedThroughput }: IndexSchema, { mode, throughput }: Billing): Throughput {
  return mode === 'PROVISIONED' ? (ProvisionedThroughput ?? throughput) : throughput;
}

function describeSchema({ schema }: Table): Json {
  const { TableName, AttributeDefinitions, KeySchema } = schema;
  return { TableName, AttributeDefinitions, KeySchema };
}

function describeIndex({ arn, contents }: Table, { IndexName, KeySchema, Projection }: IndexSchema): Json {
  const { count, bytes } = contents.collection(IndexName);
  return {
    IndexName,
    KeySchema,
    Projection,
    IndexSizeBytes: bytes,
    ItemCount: count,
    IndexArn: `${arn}/index/${IndexName}`,
  };
}

/** Throughput cannot be changed here, hence the zero. */
function describeThroughput(throughput: Throughput): Json {
  return { ...throughput, NumberOfDecreasesToday: 0 };
}

/** AWS leaves it out for a table that has always been provisioned. */
function describeBilling({ mode, onDemandSinceMs }: Billing): Json {
  if (onDemandSinceMs === undefined) return undefined;
  return { BillingMode: mode, LastUpdateToPayPerRequestDateTime: onDemandSinceMs / 1000 };
}
