// Point-in-time recovery of the embedded DynamoDB: its window, and restoring any second in it.
import {
  DeleteItemCommand,
  DescribeContinuousBackupsCommand,
  type PointInTimeRecoveryDescription,
  type PointInTimeRecoverySpecification,
  PutItemCommand,
  RestoreTableToPointInTimeCommand,
  TransactWriteItemsCommand,
  UpdateContinuousBackupsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
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

const LAG_MS = 300_000;
const DAY_MS = 24 * 3600 * 1000;

async function setRecovery({ client }: World, TableName: string, to: Partial<PointInTimeRecoverySpecification> = {}) {
  const { ContinuousBackupsDescription } = await client.send(
    new UpdateContinuousBackupsCommand({
      TableName,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true, ...to },
    }),
  );
  return inMs(ContinuousBackupsDescription?.PointInTimeRecoveryDescription);
}

async function recoveryOf({ client }: World, TableName: string) {
  const { ContinuousBackupsDescription } = await client.send(new DescribeContinuousBackupsCommand({ TableName }));
  return inMs(ContinuousBackupsDescription?.PointInTimeRecoveryDescription);
}

function inMs(description: PointInTimeRecoveryDescription | undefined) {
  return {
    status: description?.PointInTimeRecoveryStatus,
    days: description?.RecoveryPeriodInDays,
    earliest: description?.EarliestRestorableDateTime?.getTime() ?? Number.NaN,
    latest: description?.LatestRestorableDateTime?.getTime() ?? Number.NaN,
  };
}

async function restoreTo({ client }: World, TargetTableName: string, second: number, SourceTableName = 'photos') {
  const RestoreDateTime = new Date(second * 1000);
  return client.send(new RestoreTableToPointInTimeCommand({ SourceTableName, TargetTableName, RestoreDateTime }));
}

/** Lets at least a second end, and tells which. */
async function nextSecond({ clock }: World): Promise<number> {
  await clock.sleep(2000);
  return Math.floor(clock.nowMs() / 1000) - 1;
}

test('recovery is off on a new table, and ENABLED at once with an empty window', async () => {
  await using world = await openWorld();
  await createTable(world, tableInput('photos'));
  expect((await recoveryOf(world, 'photos')).status).toBe('DISABLED');
  const release = world.clock.hold();
  const before = world.clock.nowMs();
  const { status, days, earliest, latest } = await setRecovery(world, 'photos');
  expect({ status, days }).toEqual({ status: 'ENABLED', days: 35 });
  expect(earliest).toBeGreaterThanOrEqual(before);
  expect(earliest).toBeLessThanOrEqual(world.clock.nowMs());
  expect(latest).toBe(earliest);
  release();
});

test('the window ends five minutes ago, and begins when recovery was turned on last', async () => {
  await using world = await openWorld();
  await createTable(world, tableInput('photos'));
  const { earliest } = await setRecovery(world, 'photos');
  await world.clock.sleep(2 * LAG_MS);
  const from = world.clock.nowMs();
  const later = await recoveryOf(world, 'photos');
  expect(later.earliest).toBe(earliest);
  expect(later.latest).toBeGreaterThanOrEqual(from - LAG_MS);
  expect(later.latest).toBeLessThanOrEqual(world.clock.nowMs() - LAG_MS);
  expect((await setRecovery(world, 'photos')).earliest).toBe(earliest);
  await setRecovery(world, 'photos', { PointInTimeRecoveryEnabled: false });
  const again = await setRecovery(world, 'photos');
  expect(again.earliest).toBeGreaterThan(later.latest);
});

test('the window reaches back as many days as asked for, and a longer period brings nothing back', async () => {
  await using world = await openWorld({ clockSpeed: 1e9 });
  await createTable(world, tableInput('photos'));
  await setRecovery(world, 'photos', { RecoveryPeriodInDays: 7 });
  await world.clock.sleep(20 * DAY_MS);
  const from = world.clock.nowMs();
  const week = await recoveryOf(world, 'photos');
  expect(week.days).toBe(7);
  expect(week.earliest).toBeGreaterThanOrEqual(from - 7 * DAY_MS);
  expect(week.earliest).toBeLessThanOrEqual(world.clock.nowMs() - 7 * DAY_MS);
  const month = await setRecovery(world, 'photos', { RecoveryPeriodInDays: 30 });
  expect(month.days).toBe(30);
  expect(month.earliest).toBeGreaterThanOrEqual(week.earliest);
});

test.each([0, 36])('a period of %i days is refused', async (RecoveryPeriodInDays) => {
  await using world = await openWorld();
  await createTable(world, tableInput('photos'));
  expect((await refusalOf(setRecovery(world, 'photos', { RecoveryPeriodInDays }))).name).toBe('ValidationException');
});

test('a restore to any second has the items and index entries of that second', async () => {
  await using world = await openWorld();
  await createTable(world, indexedTableInput('photos'));
  await putAll(world, 'photos', [{ pk: { S: 'a' }, sk: { S: 'before' }, owner: { S: 'x' } }]);
  await setRecovery(world, 'photos');
  const key = (sk: string) => ({ pk: { S: 'a' }, sk: { S: sk } });
  const { client } = world;
  const TableName = 'photos';
  const steps: (() => Promise<unknown>)[] = [
    () => client.send(new PutItemCommand({ TableName, Item: { ...key('1'), owner: { S: 'x' } } })),
    () => putAll(world, TableName, [{ ...key('2'), owner: { S: 'y' } }, key('3'), { ...key('1'), owner: { S: 'z' } }]),
    () => client.send(new DeleteItemCommand({ TableName, Key: key('before') })),
    () =>
      client.send(
        new UpdateItemCommand({
          TableName,
          Key: key('3'),
          UpdateExpression: 'SET #o = :o',
          ExpressionAttributeNames: { '#o': 'owner' },
          ExpressionAttributeValues: { ':o': { S: 'x' } },
        }),
      ),
    () =>
      client.send(
        new TransactWriteItemsCommand({
          TransactItems: [
            { Delete: { TableName, Key: key('1') } },
            { Put: { TableName, Item: { ...key('before'), owner: { S: 'back' } } } },
          ],
        }),
      ),
    () => client.send(new DeleteItemCommand({ TableName, Key: key('2') })),
  ];
  const moments: { second: number; items: string[]; entries: string[] }[] = [];
  const remember = async () => {
    const items = await contentsOf(world, TableName);
    const entries = await contentsOf(world, TableName, 'by-owner');
    moments.push({ second: await nextSecond(world), items, entries });
  };
  await remember();
  for (const step of steps) {
    await step();
    await remember();
  }
  await world.clock.sleep(LAG_MS);
  for (const [n, { second, items, entries }] of moments.entries()) {
    const target = `restored-${n}`;
    await restoreTo(world, target, second);
    await untilActive(world, target);
    expect(await contentsOf(world, target)).toEqual(items);
    expect(await contentsOf(world, target, 'by-owner')).toEqual(entries);
    expect(await tableOf(world, target)).toMatchObject({
      ItemCount: items.length,
      GlobalSecondaryIndexes: [{ ItemCount: entries.length }],
      RestoreSummary: { RestoreDateTime: new Date(second * 1000), RestoreInProgress: false },
    });
  }
  expect(await contentsOf(world, TableName)).toEqual(moments.at(-1)?.items);
});

test('whatever is written, each second restores to what was there', async () => {
  await using world = await openWorld();
  const write = fc.record({ sk: fc.constantFrom('1', '2', '3', '4'), owner: fc.option(fc.constantFrom('x', 'y')) });
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(write, { maxLength: 4 }), { minLength: 1, maxLength: 6 }), async (batches) => {
      const source = `source-${++run}`;
      await createTable(world, indexedTableInput(source, 'KEYS_ONLY'));
      await setRecovery(world, source);
      const held = new Map<string, string>();
      const moments: { second: number; held: [string, string][] }[] = [];
      for (const batch of batches) {
        for (const { sk, owner } of batch) {
          const Key = { pk: { S: 'a' }, sk: { S: sk } };
          if (owner === null) await world.dynamoDb.execute('DeleteItem', { TableName: source, Key });
          else await world.dynamoDb.execute('PutItem', { TableName: source, Item: { ...Key, owner: { S: owner } } });
          if (owner === null) held.delete(sk);
          else held.set(sk, owner);
        }
        moments.push({ second: await nextSecond(world), held: [...held].sort() });
      }
      await world.clock.sleep(LAG_MS);
      for (const [n, moment] of moments.entries()) {
        const target = `${source}-to-${n}`;
        await restoreTo(world, target, moment.second, source);
        await untilActive(world, target);
        const { Items } = await world.dynamoDb.execute('Scan', { TableName: target, IndexName: 'by-owner' });
        const found = Items.map((item: { sk: { S: string }; owner: { S: string } }) => [item.sk.S, item.owner.S]);
        expect(found.sort()).toEqual(moment.held);
      }
    }),
    { numRuns: 8 },
  );
});

test('the latest restorable time leaves out the last five minutes', async () => {
  await using world = await openWorld();
  await createTable(world, tableInput('photos'));
  await setRecovery(world, 'photos');
  await putAll(world, 'photos', [{ pk: { S: 'a' }, sk: { S: 'old' } }]);
  await world.clock.sleep(2 * LAG_MS);
  const release = world.clock.hold();
  await putAll(world, 'photos', [{ pk: { S: 'a' }, sk: { S: 'new' } }]);
  await world.client.send(
    new RestoreTableToPointInTimeCommand({
      SourceTableName: 'photos',
      TargetTableName: 'restored',
      UseLatestRestorableTime: true,
    }),
  );
  release();
  await untilActive(world, 'restored');
  expect(await contentsOf(world, 'restored')).toEqual(['[["pk",{"S":"a"}],["sk",{"S":"old"}]]']);
});

test('a restore outside of the window is refused on both sides', async () => {
  await using world = await openWorld();
  await createTable(world, tableInput('photos'));
  await setRecovery(world, 'photos');
  await world.clock.sleep(2 * LAG_MS);
  const release = world.clock.hold();
  const { earliest, latest } = await recoveryOf(world, 'photos');
  for (const second of [Math.floor(earliest / 1000) - 1, Math.ceil(latest / 1000) + 30])
    expect((await refusalOf(restoreTo(world, 'restored', second))).name).toBe('InvalidRestoreTimeException');
  await restoreTo(world, 'first', Math.ceil(earliest / 1000));
  await restoreTo(world, 'last', Math.floor(latest / 1000));
  release();
});

test('a restore needs recovery to be on, a source and a new table', async () => {
  await using world = await openWorld();
  await createTable(world, tableInput('photos'));
  await createTable(world, tableInput('taken'));
  const now = Math.floor(world.clock.nowMs() / 1000);
  expect((await refusalOf(restoreTo(world, 'restored', now))).name).toBe('PointInTimeRecoveryUnavailableException');
  expect((await refusalOf(restoreTo(world, 'restored', now, 'missing'))).name).toBe('TableNotFoundException');
  const { earliest } = await setRecovery(world, 'photos');
  await world.clock.sleep(2 * LAG_MS);
  expect((await refusalOf(restoreTo(world, 'taken', Math.ceil(earliest / 1000)))).name).toBe(
    'TableAlreadyExistsException',
  );
  expect((await refusalOf(setRecovery(world, 'missing'))).name).toBe('TableNotFoundException');
});

test('a restored table is CREATING until it is loaded, takes no writes before, and has recovery off', async () => {
  await using world = await openWorld();
  await createTable(world, tableInput('photos'));
  const { earliest } = await setRecovery(world, 'photos');
  await world.clock.sleep(2 * LAG_MS);
  const restoring = world.dynamoDb.execute('RestoreTableToPointInTime', {
    SourceTableName: 'photos',
    TargetTableName: 'restored',
    RestoreDateTime: Math.ceil(earliest / 1000),
  });
  const early = world.dynamoDb.execute('PutItem', {
    TableName: 'restored',
    Item: { pk: { S: 'a' }, sk: { S: '1' } },
  });
  expect((await refusalOf(early)).name).toBe('ResourceNotFoundException');
  expect((await restoring).TableDescription).toMatchObject({
    TableStatus: 'CREATING',
    RestoreSummary: { RestoreInProgress: true },
  });
  await untilActive(world, 'restored');
  expect((await recoveryOf(world, 'restored')).status).toBe('DISABLED');
});
