// On-demand backups of the embedded DynamoDB: the items of their moment, and their states.
import {
  CreateBackupCommand,
  DeleteBackupCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeBackupCommand,
  ListBackupsCommand,
  type ListBackupsCommandInput,
  RestoreTableFromBackupCommand,
  UpdateContinuousBackupsCommand,
} from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import {
  contentsOf,
  createTable,
  indexedTableInput,
  openWorld,
  putAll,
  refusalOf,
  tableInput,
  tableOf,
  untilActive,
  type World,
} from './dynamodb.fixture.ts';

const BACKUP_SECONDS = 60;
const ITEMS = ['1', '2', '3'].map((sk) => ({ pk: { S: 'a' }, sk: { S: sk }, owner: { S: 'x' } }));

async function createBackup({ client }: World, TableName: string, BackupName = 'before') {
  const { BackupDetails } = await client.send(new CreateBackupCommand({ TableName, BackupName }));
  const { BackupArn = '', BackupCreationDateTime: at = new Date(Number.NaN), BackupStatus } = BackupDetails ?? {};
  return { arn: BackupArn, at, status: BackupStatus };
}

async function restore({ client }: World, BackupArn: string, TargetTableName: string) {
  return client.send(new RestoreTableFromBackupCommand({ BackupArn, TargetTableName }));
}

async function statusOf({ client }: World, BackupArn: string) {
  const { BackupDescription } = await client.send(new DescribeBackupCommand({ BackupArn }));
  return BackupDescription?.BackupDetails?.BackupStatus;
}

test('a backup holds the items of the moment it was asked for, and restores them with their indexes', async () => {
  await using world = await openWorld({ backupSeconds: BACKUP_SECONDS });
  await createTable(world, indexedTableInput('photos'));
  await putAll(world, 'photos', ITEMS);
  const then = [await contentsOf(world, 'photos'), await contentsOf(world, 'photos', 'by-owner')];
  const release = world.clock.hold();
  const { arn } = await createBackup(world, 'photos');
  await world.client.send(new DeleteItemCommand({ TableName: 'photos', Key: { pk: { S: 'a' }, sk: { S: '1' } } }));
  await putAll(world, 'photos', [{ pk: { S: 'a' }, sk: { S: '2' }, owner: { S: 'changed' } }]);
  release();
  await world.clock.sleep(BACKUP_SECONDS * 1000);
  const { TableDescription } = await restore(world, arn, 'restored');
  expect(TableDescription).toMatchObject({
    TableStatus: 'CREATING',
    RestoreSummary: {
      SourceBackupArn: arn,
      SourceTableArn: (await tableOf(world, 'photos')).TableArn,
      RestoreInProgress: true,
    },
  });
  await untilActive(world, 'restored');
  expect([await contentsOf(world, 'restored'), await contentsOf(world, 'restored', 'by-owner')]).toEqual(then);
  const { KeySchema, AttributeDefinitions } = indexedTableInput('photos');
  expect(await tableOf(world, 'restored')).toMatchObject({
    KeySchema,
    AttributeDefinitions,
    ItemCount: 3,
    BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
    RestoreSummary: { RestoreInProgress: false },
    GlobalSecondaryIndexes: [{ IndexName: 'by-owner', ItemCount: 3 }],
  });
});

test('a restored table is written without touching the backup or its source', async () => {
  await using world = await openWorld({ backupSeconds: 0 });
  await createTable(world, indexedTableInput('photos'));
  await putAll(world, 'photos', ITEMS);
  const then = await contentsOf(world, 'photos');
  const { arn } = await createBackup(world, 'photos');
  await restore(world, arn, 'first');
  await untilActive(world, 'first');
  await world.client.send(new DeleteItemCommand({ TableName: 'first', Key: { pk: { S: 'a' }, sk: { S: '1' } } }));
  await restore(world, arn, 'second');
  await untilActive(world, 'second');
  expect(await contentsOf(world, 'photos')).toEqual(then);
  expect(await contentsOf(world, 'second')).toEqual(then);
  expect(await contentsOf(world, 'first')).toHaveLength(2);
});

test('while a backup is being made, its table takes no other, is not deleted, and it is neither restored nor deleted', async () => {
  await using world = await openWorld({ backupSeconds: BACKUP_SECONDS });
  await createTable(world, tableInput('photos'));
  const release = world.clock.hold();
  const { arn, status } = await createBackup(world, 'photos');
  expect([status, await statusOf(world, arn)]).toEqual(['CREATING', 'CREATING']);
  const second = world.client.send(new CreateBackupCommand({ TableName: 'photos', BackupName: 'second' }));
  expect((await refusalOf(second)).name).toBe('BackupInUseException');
  expect((await refusalOf(restore(world, arn, 'restored'))).name).toBe('BackupInUseException');
  const deletion = world.client.send(new DeleteBackupCommand({ BackupArn: arn }));
  expect((await refusalOf(deletion)).name).toBe('BackupInUseException');
  const drop = world.client.send(new DeleteTableCommand({ TableName: 'photos' }));
  expect((await refusalOf(drop)).name).toBe('ResourceInUseException');
  release();
  await world.clock.sleep(BACKUP_SECONDS * 1000);
  expect(await statusOf(world, arn)).toBe('AVAILABLE');
  expect((await createBackup(world, 'photos', 'second')).arn).not.toBe(arn);
});

test('a backup outlives its table and is described with its sizes', async () => {
  await using world = await openWorld({ backupSeconds: 0 });
  await createTable(world, indexedTableInput('photos'));
  await putAll(world, 'photos', ITEMS);
  const source = await tableOf(world, 'photos');
  const { arn } = await createBackup(world, 'photos');
  await world.client.send(new DeleteTableCommand({ TableName: 'photos' }));
  expect(arn).toMatch(/^arn:aws:dynamodb:eu-west-1:123456789012:table\/photos\/backup\/\d{14}-[0-9a-f]{8}$/);
  const { BackupDescription } = await world.client.send(new DescribeBackupCommand({ BackupArn: arn }));
  // Three items of pk 3, sk 3, owner 6 bytes.
  expect(BackupDescription).toMatchObject({
    BackupDetails: { BackupArn: arn, BackupName: 'before', BackupStatus: 'AVAILABLE', BackupSizeBytes: 36 },
    SourceTableDetails: { TableName: 'photos', TableId: source.TableId, ItemCount: 3, TableSizeBytes: 36 },
    SourceTableFeatureDetails: { GlobalSecondaryIndexes: [{ IndexName: 'by-owner' }] },
  });
  await restore(world, arn, 'photos');
  await untilActive(world, 'photos');
  expect(await contentsOf(world, 'photos')).toHaveLength(3);
});

test('a deleted backup is gone', async () => {
  await using world = await openWorld({ backupSeconds: 0 });
  await createTable(world, tableInput('photos'));
  const { arn } = await createBackup(world, 'photos');
  const { BackupDescription } = await world.client.send(new DeleteBackupCommand({ BackupArn: arn }));
  expect(BackupDescription?.BackupDetails?.BackupStatus).toBe('DELETED');
  expect((await refusalOf(statusOf(world, arn))).name).toBe('BackupNotFoundException');
  expect((await refusalOf(restore(world, arn, 'restored'))).name).toBe('BackupNotFoundException');
});

test('a restore needs a new table, and a backup an existing one', async () => {
  await using world = await openWorld({ backupSeconds: 0 });
  await createTable(world, tableInput('photos'));
  const { arn } = await createBackup(world, 'photos');
  const onto = restore(world, arn, 'photos');
  expect((await refusalOf(onto)).name).toBe('TableAlreadyExistsException');
  const missing = world.client.send(new CreateBackupCommand({ TableName: 'missing', BackupName: 'before' }));
  expect((await refusalOf(missing)).name).toBe('TableNotFoundException');
});

test('backups are listed by table, time and type, in pages', async () => {
  await using world = await openWorld({ backupSeconds: 0 });
  for (const name of ['photos', 'albums']) await createTable(world, tableInput(name));
  const times: Date[] = [];
  for (const [table, name] of [
    ['photos', 'one'],
    ['photos', 'two'],
    ['albums', 'three'],
  ] as const) {
    await world.clock.sleep(5000);
    times.push((await createBackup(world, table, name)).at);
  }
  const list = async (input: ListBackupsCommandInput) => {
    const { BackupSummaries = [], LastEvaluatedBackupArn } = await world.client.send(new ListBackupsCommand(input));
    return { names: BackupSummaries.map(({ BackupName }) => BackupName).sort(), LastEvaluatedBackupArn };
  };
  expect((await list({})).names).toEqual(['one', 'three', 'two']);
  expect((await list({ TableName: 'photos' })).names).toEqual(['one', 'two']);
  const [, TimeRangeLowerBound, TimeRangeUpperBound] = times;
  expect((await list({ TimeRangeLowerBound, TimeRangeUpperBound })).names).toEqual(['two']);
  const page = await list({ Limit: 2 });
  const rest = await list({ Limit: 2, ExclusiveStartBackupArn: page.LastEvaluatedBackupArn });
  expect([...page.names, ...rest.names].sort()).toEqual(['one', 'three', 'two']);
  expect(rest.LastEvaluatedBackupArn).toBeUndefined();
  expect((await list({ BackupType: 'SYSTEM' })).names).toEqual([]);
});

test('a table deleted with point-in-time recovery on leaves a system backup', async () => {
  await using world = await openWorld();
  await createTable(world, tableInput('photos'));
  await putAll(world, 'photos', ITEMS);
  await world.client.send(
    new UpdateContinuousBackupsCommand({
      TableName: 'photos',
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    }),
  );
  await world.client.send(new DeleteTableCommand({ TableName: 'photos' }));
  expect((await world.client.send(new ListBackupsCommand({}))).BackupSummaries).toEqual([]);
  const { BackupSummaries = [] } = await world.client.send(new ListBackupsCommand({ BackupType: 'ALL' }));
  expect(BackupSummaries).toMatchObject([
    { BackupName: 'photos$DeletedTableBackup', BackupType: 'SYSTEM', BackupStatus: 'AVAILABLE' },
  ]);
  await restore(world, BackupSummaries[0]?.BackupArn ?? '', 'photos');
  await untilActive(world, 'photos');
  expect(await contentsOf(world, 'photos')).toHaveLength(3);
});

test('a provisioned table is restored provisioned, unless the restore says otherwise', async () => {
  await using world = await openWorld({ backupSeconds: 0 });
  const ProvisionedThroughput = { ReadCapacityUnits: 5, WriteCapacityUnits: 7 };
  await createTable(world, tableInput('photos', { BillingMode: 'PROVISIONED', ProvisionedThroughput }));
  const { arn } = await createBackup(world, 'photos');
  await restore(world, arn, 'same');
  expect(await tableOf(world, 'same')).toMatchObject({ ProvisionedThroughput });
  const override = { BackupArn: arn, TargetTableName: 'other', BillingModeOverride: 'PAY_PER_REQUEST' as const };
  await world.client.send(new RestoreTableFromBackupCommand(override));
  expect(await tableOf(world, 'other')).toMatchObject({ BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' } });
});
