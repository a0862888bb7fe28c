// What the metadata of a table says: keys, indexes, size estimate, point-in-time recovery, and what makes it unsupported.
import {
  DescribeContinuousBackupsCommand,
  DescribeKinesisStreamingDestinationCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  type GlobalSecondaryIndexDescription,
  type KeySchemaElement,
  type KeyType,
  ResourceNotFoundException,
  type TableDescription,
} from '@aws-sdk/client-dynamodb';
import type { IndexFacts, TableFacts } from '../../contracts/plan.ts';
import type { Description } from '../../core/planning/check-facts.ts';

export async function describeTable(client: DynamoDBClient, table: string): Promise<Description> {
  try {
    const { Table = {} } = await client.send(new DescribeTableCommand({ TableName: table }));
    const { ContinuousBackupsDescription: backups } = await client.send(
      new DescribeContinuousBackupsCommand({ TableName: table }),
    );
    const status = backups?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus;
    const streaming = await client.send(new DescribeKinesisStreamingDestinationCommand({ TableName: table }));
    const kinesisStreams = (streaming.KinesisDataStreamDestinations ?? [])
      .filter(({ DestinationStatus }) => DestinationStatus === 'ACTIVE' || DestinationStatus === 'ENABLING')
      .map(({ StreamArn = '' }) => StreamArn);
    const facts = { ...factsOf(Table, status === 'ENABLED'), kinesisStreams };
    return { exists: true, facts, unsupported: unsupportedBecause(Table) };
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return { exists: false };
    throw error;
  }
}

function factsOf(table: TableDescription, hasPointInTimeRecovery: boolean): Omit<TableFacts, 'kinesisStreams'> {
  const types = new Map((table.AttributeDefinitions ?? []).map((one) => [one.AttributeName, one.AttributeType]));
  const keysOf = (schema: readonly KeySchemaElement[] | undefined, part?: KeyType) =>
    (schema ?? [])
      .filter(({ KeyType: is }) => part === undefined || is === part)
      .map(({ AttributeName: name = '' }) => ({ name, type: types.get(name) ?? 'S' }));
  const indexOf = (index: GlobalSecondaryIndexDescription, kind: IndexFacts['kind']): IndexFacts => {
    const keys = [...keysOf(table.KeySchema), ...keysOf(index.KeySchema)].map(({ name }) => name);
    return {
      name: index.IndexName ?? '',
      kind,
      // A local index comes and goes with its table, and has no status.
      status: kind === 'local' ? 'ACTIVE' : (index.IndexStatus ?? 'unknown'),
      partition: keysOf(index.KeySchema, 'HASH'),
      sort: keysOf(index.KeySchema, 'RANGE'),
      projected:
        index.Projection?.ProjectionType === 'ALL'
          ? null
          : [...new Set([...keys, ...(index.Projection?.NonKeyAttributes ?? [])])],
    };
  };
  return {
    kind: 'dynamodb',
    arn: table.TableArn ?? '',
    // HASH comes first in every key schema (DynamoDB API reference, KeySchemaElement).
    keySchema: keysOf(table.KeySchema),
    indexes: [
      ...(table.GlobalSecondaryIndexes ?? []).map((index) => indexOf(index, 'global')),
      ...(table.LocalSecondaryIndexes ?? []).map((index) => indexOf(index, 'local')),
    ],
    hasPointInTimeRecovery,
    items: table.ItemCount ?? 0,
    bytes: table.TableSizeBytes ?? 0,
    kmsKey: table.SSEDescription?.KMSMasterKeyArn ?? null,
    replicas: (table.Replicas ?? []).map(({ RegionName = '' }) => RegionName),
    stream: table.StreamSpecification?.StreamEnabled ? (table.StreamSpecification.StreamViewType ?? 'enabled') : null,
  };
}

function unsupportedBecause({ TableStatus }: TableDescription): string | null {
  const isUsable = TableStatus === 'ACTIVE' || TableStatus === 'UPDATING';
  return isUsable ? null : `it is ${TableStatus}, neither ACTIVE nor UPDATING`;
}
