// What the metadata of a table says: keys, size estimate, point-in-time recovery, and what makes it unsupported.
import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceNotFoundException,
  type TableDescription,
} from '@aws-sdk/client-dynamodb';
import type { TableFacts } from '../../contracts/plan.ts';
import type { Description } from '../../core/planning/check-facts.ts';

export async function describeTable(client: DynamoDBClient, table: string): Promise<Description> {
  try {
    const { Table = {} } = await client.send(new DescribeTableCommand({ TableName: table }));
    const { ContinuousBackupsDescription: backups } = await client.send(
      new DescribeContinuousBackupsCommand({ TableName: table }),
    );
    const status = backups?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus;
    return { exists: true, facts: factsOf(Table, status === 'ENABLED'), unsupported: unsupportedBecause(Table) };
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return { exists: false };
    throw error;
  }
}

function factsOf(table: TableDescription, hasPointInTimeRecovery: boolean): TableFacts {
  const types = new Map((table.AttributeDefinitions ?? []).map((one) => [one.AttributeName, one.AttributeType]));
  // HASH comes first in every key schema (DynamoDB API reference, KeySchemaElement).
  const keySchema = (table.KeySchema ?? []).map(({ AttributeName: name = '' }) => ({
    name,
    type: types.get(name) ?? 'S',
  }));
  return {
    kind: 'dynamodb',
    arn: table.TableArn ?? '',
    keySchema,
    hasPointInTimeRecovery,
    items: table.ItemCount ?? 0,
    bytes: table.TableSizeBytes ?? 0,
  };
}

function unsupportedBecause(table: TableDescription): string | null {
  const regions = (table.Replicas ?? []).map((replica) => replica.RegionName).join(', ');
  return regions === '' ? null : `it has replicas in ${regions}, where the items would be deleted too`;
}
