import {
  CreateBackupCommand,
  DeleteBackupCommand,
  DescribeBackupCommand,
  DescribeContinuousBackupsCommand,
  ListBackupsCommand,
  RestoreTableFromBackupCommand,
  RestoreTableToPointInTimeCommand,
  UpdateContinuousBackupsCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Target } from '../../contracts/plan.ts';
import { CLOCK_SPEED, Protecting } from '../support/protecting.ts';
import { type Item, PLACE, Stores } from '../support/stores.ts';

const BACKUP_SECONDS = 30;
const aws = await Stores.open({ clockSpeed: CLOCK_SPEED, backupSeconds: BACKUP_SECONDS });
afterAll(() => aws.close());

let world: Protecting;
beforeEach(async () => {
  world = await Protecting.open(aws);
});
afterEach(() => world.close());

const row = (pk: string): Item => ({ pk: { S: pk } });

/** A table with two items, planned by run-1. */
async function tableOfRun(
  protection: Parameters<Protecting['plan']>[2] = {},
  more: Partial<Target> = {},
): Promise<{ readonly table: string; readonly target: Target }> {
  const table = await aws.table([['pk', 'S']], [row('acme'), row('globex')]);
  const target = await aws.tableTarget(table, { by: 'table', where: [] }, more);
  await world.plan('run-1', [target], protection);
  return { table, target };
}

const setRecovery = (TableName: string, PointInTimeRecoveryEnabled: boolean, RecoveryPeriodInDays?: number) =>
  aws.dynamodb.send(
    new UpdateContinuousBackupsCommand({
      TableName,
      PointInTimeRecoverySpecification: {
        PointInTimeRecoveryEnabled,
        ...(RecoveryPeriodInDays && { RecoveryPeriodInDays }),
      },
    }),
  );

async function recoveryOf(TableName: string) {
  const { ContinuousBackupsDescription } = await aws.dynamodb.send(new DescribeContinuousBackupsCommand({ TableName }));
  return ContinuousBackupsDescription?.PointInTimeRecoveryDescription;
}

async function backupsOf(TableName: string) {
  const { BackupSummaries = [] } = await aws.dynamodb.send(new ListBackupsCommand({ TableName }));
  return BackupSummaries.map(({ BackupArn = '', BackupName = '', BackupStatus, BackupCreationDateTime }) => ({
    BackupArn,
    BackupName,
    BackupStatus,
    createdAtMs: BackupCreationDateTime?.getTime() ?? 0,
  }));
}

const backUp = (TableName: string) => aws.dynamodb.send(new CreateBackupCommand({ TableName, BackupName: 'by-hand' }));

const looksAt = (table: string) => aws.callsTo(table).filter(({ operation }) => !operation.startsWith('Describe'));

const arnOf = (table: string) => `arn:aws:dynamodb:${PLACE.region}:${PLACE.account}:table/${table}`;

const FAILED = { name: 'Lethe.ProtectionFailed', retryable: false };

describe('protecting a table', () => {
  it('turns point-in-time recovery on where it is off, and makes a backup that is available', async () => {
    const { table } = await tableOfRun();
    await world.untilReady('run-1', 'protect', table);
    const [backup, ...others] = await backupsOf(table);
    expect(others).toEqual([]);
    expect(backup).toMatchObject({ BackupName: 'lethe-run-1', BackupStatus: 'AVAILABLE' });
    expect(await recoveryOf(table)).toMatchObject({ PointInTimeRecoveryStatus: 'ENABLED' });
    expect(await world.record('run-1', table)).toMatchObject({
      pitrEnabledAtMs: expect.any(Number),
      recoveryPoint: { type: 'backup+pitr', id: backup?.BackupArn, restoreTo: null },
    });
    expect(await world.registered(arnOf(table))).toMatchObject([{ backupArn: backup?.BackupArn, holders: ['run-1'] }]);
  });

  it('waits 5 seconds, and twice as long each time, up to a minute', async () => {
    const { table } = await tableOfRun();
    const waits: number[] = [];
    for (let look = 0; look < 7; look++) {
      // Somebody else's backup is always in the way.
      if (look > 0) await backUp(table);
      const looked = await world.look('run-1', 'protect', table);
      waits.push(looked === 'killed' ? 0 : looked.waitSeconds);
      await world.pass(BACKUP_SECONDS + 1);
    }
    expect(waits).toEqual([5, 10, 20, 40, 60, 60, 60]);
  });

  it('changes nothing where recovery is off and must not be turned on', async () => {
    const { table } = await tableOfRun({ pitr: 'refuse' });
    await expect(world.look('run-1', 'protect', table)).rejects.toMatchObject({
      ...FAILED,
      details: { what: expect.stringMatching(/point-in-time recovery/), received: table },
    });
    expect(await recoveryOf(table)).toMatchObject({ PointInTimeRecoveryStatus: 'DISABLED' });
    expect(looksAt(table)).toEqual([]);
    expect((await world.record('run-1', table)).protect?.failure).toMatch(/switched off/);
  });

  it('never touches a recovery period that exists', async () => {
    const { table } = await tableOfRun();
    await setRecovery(table, true, 7);
    await world.untilReady('run-1', 'protect', table);
    expect(await recoveryOf(table)).toMatchObject({ RecoveryPeriodInDays: 7 });
    expect(aws.callsTo(table, 'UpdateContinuousBackups')).toHaveLength(1);
  });

  it('is done once: called again it looks at nothing', async () => {
    const { table } = await tableOfRun();
    await world.untilReady('run-1', 'protect', table);
    const from = aws.callsTo(table).length;
    expect(await world.look('run-1', 'protect', table)).toEqual({ isReady: true, waitSeconds: 0 });
    expect(aws.callsTo(table)).toHaveLength(from);
  });

  it('does nothing where the catalog wants no recovery', async () => {
    const { table } = await tableOfRun({}, { recovery: 'none' });
    const from = aws.callsTo(table).length;
    expect(await world.untilReady('run-1', 'protect', table)).toEqual([]);
    expect(await world.untilReady('run-1', 'confirm', table)).toEqual([]);
    expect(aws.callsTo(table)).toHaveLength(from);
    expect((await world.record('run-1', table)).recoveryPoint).toMatchObject({ type: 'none', id: null });
  });

  it('waits for the end of somebody else’s backup, then makes its own', async () => {
    const { table } = await tableOfRun();
    await backUp(table);
    expect((await world.untilReady('run-1', 'protect', table)).length).toBeGreaterThan(2);
    expect((await backupsOf(table)).map(({ BackupName }) => BackupName).toSorted()).toEqual(['by-hand', 'lethe-run-1']);
    expect((await world.record('run-1', table)).recoveryPoint?.id).toBe((await backupsOf(table)).at(-1)?.BackupArn);
  });

  it('fails after an hour of waiting', async () => {
    const { table } = await tableOfRun();
    await setRecovery(table, true);
    await backUp(table);
    await world.look('run-1', 'protect', table);
    await world.pass(3_000);
    await backUp(table);
    expect(await world.look('run-1', 'protect', table)).toMatchObject({ isReady: false });
    await world.pass(601);
    await backUp(table);
    await expect(world.look('run-1', 'protect', table)).rejects.toMatchObject({
      ...FAILED,
      details: { what: expect.stringMatching(/another backup did not come within \d\d minutes/) },
    });
  });

  it('makes another backup when somebody deletes the first before it is noted', async () => {
    const { table } = await tableOfRun();
    await setRecovery(table, true);
    await world.look('run-1', 'protect', table);
    await world.pass(BACKUP_SECONDS + 1);
    const [first] = await backupsOf(table);
    await aws.dynamodb.send(new DeleteBackupCommand({ BackupArn: first?.BackupArn }));
    await world.untilReady('run-1', 'protect', table);
    const backups = await backupsOf(table);
    expect(backups).toHaveLength(1);
    expect(backups[0]?.BackupArn).not.toBe(first?.BackupArn);
    expect((await world.record('run-1', table)).recoveryPoint?.id).toBe(backups[0]?.BackupArn);
    expect(await world.registered(arnOf(table))).toContainEqual(
      expect.objectContaining({ backupArn: backups[0]?.BackupArn }),
    );
  });

  it('killed at any step, the next call finds what was done, and no backup is held that nobody knows of', async () => {
    for (let diesAtStep = 1, end: unknown = 'killed'; end === 'killed'; diesAtStep++) {
      // The first look turns recovery on, the second makes the backup, the third finds it.
      const { table } = await tableOfRun({ reuseBackupWithinSeconds: 0 });
      for (const isAvailable of [false, true]) {
        end = await world.look('run-1', 'protect', table, diesAtStep);
        if (isAvailable) await world.pass(BACKUP_SECONDS + 1);
      }
      await world.untilReady('run-1', 'protect', table);
      const { backupArn, recoveryPoint } = await world.record('run-1', table);
      const held = (await world.registered(arnOf(table))).filter(({ holders }) => holders.includes('run-1'));
      expect(
        held.map((one) => one.backupArn),
        `after deaths at step ${diesAtStep}`,
      ).toEqual([backupArn]);
      expect(recoveryPoint?.id).toBe(backupArn);
      expect(await recoveryOf(table)).toMatchObject({ PointInTimeRecoveryStatus: 'ENABLED' });
      world.close();
      world = await Protecting.open(aws);
    }
  });
});

describe('a backup of Lethe’s', () => {
  async function secondRun(target: Target, protection: Parameters<Protecting['plan']>[2] = {}): Promise<void> {
    await world.plan('run-2', [target], protection);
  }

  it('is used again by a run that comes within the window, which holds it too', async () => {
    const { table, target } = await tableOfRun();
    await world.untilReady('run-1', 'protect', table);
    await secondRun(target);
    expect(await world.untilReady('run-2', 'protect', table)).toEqual([]);
    const backups = await backupsOf(table);
    expect(backups).toHaveLength(1);
    expect((await world.record('run-2', table)).recoveryPoint?.id).toBe(backups[0]?.BackupArn);
    const [registered] = await world.registered(arnOf(table));
    expect(registered?.holders.toSorted()).toEqual(['run-1', 'run-2']);
  });

  it('is used by two runs that come while it is being made', async () => {
    const { table, target } = await tableOfRun();
    await secondRun(target);
    await world.look('run-1', 'protect', table);
    await world.look('run-1', 'protect', table);
    await world.untilReady('run-2', 'protect', table);
    await world.untilReady('run-1', 'protect', table);
    expect(await backupsOf(table)).toHaveLength(1);
    expect((await world.registered(arnOf(table)))[0]?.holders.toSorted()).toEqual(['run-1', 'run-2']);
  });

  it.each([
    ['is older than the window', 600, 601],
    ['may not be used again at all', 0, 1],
  ])('is not used again when it %s', async (_, reuseBackupWithinSeconds, seconds) => {
    const { table, target } = await tableOfRun();
    await world.untilReady('run-1', 'protect', table);
    await world.pass(seconds);
    await secondRun(target, { reuseBackupWithinSeconds });
    await world.untilReady('run-2', 'protect', table);
    const names = (await backupsOf(table)).map(({ BackupName }) => BackupName);
    expect(names.toSorted()).toEqual(['lethe-run-1', 'lethe-run-2']);
  });

  it('is not used again when it is gone, though it is registered', async () => {
    const { table, target } = await tableOfRun();
    await world.untilReady('run-1', 'protect', table);
    const [first] = await backupsOf(table);
    await aws.dynamodb.send(new DeleteBackupCommand({ BackupArn: first?.BackupArn }));
    await secondRun(target);
    await world.untilReady('run-2', 'protect', table);
    expect((await backupsOf(table)).map(({ BackupName }) => BackupName)).toEqual(['lethe-run-2']);
  });

  it('that somebody made by hand is not used', async () => {
    const { table } = await tableOfRun();
    await backUp(table);
    await world.pass(BACKUP_SECONDS + 1);
    await world.untilReady('run-1', 'protect', table);
    expect((await world.record('run-1', table)).backupArn).not.toBe((await backupsOf(table))[0]?.BackupArn);
  });
});

describe('confirming a table’s recovery', () => {
  async function itemsOf(TableName: string): Promise<Item[]> {
    await waitUntilTableExists({ client: aws.dynamodb, maxWaitTime: 20, minDelay: 1, maxDelay: 1 }, { TableName });
    return aws.items(TableName);
  }

  it('waits until every item written before it can be restored, and says to which second', async () => {
    const { table } = await tableOfRun();
    await setRecovery(table, true, 7);
    await world.untilReady('run-1', 'protect', table);
    await world.pass(600);
    await aws.put(table, [row('written while approval was awaited')]);
    const startedMs = aws.clock.nowMs();
    await world.untilReady('run-1', 'confirm', table);
    const readyMs = aws.clock.nowMs();
    const { recoveryPoint } = await world.record('run-1', table);
    const restoreTo = new Date(recoveryPoint?.restoreTo ?? '');
    const before = await aws.items(table);
    await aws.deleteItem(table, row('acme'));
    const TargetTableName = aws.newName();
    await aws.dynamodb.send(
      new RestoreTableToPointInTimeCommand({ SourceTableName: table, TargetTableName, RestoreDateTime: restoreTo }),
    );
    expect(recoveryPoint).toMatchObject({ type: 'backup+pitr', id: (await backupsOf(table))[0]?.BackupArn });
    expect(restoreTo.getTime()).toBeGreaterThanOrEqual(startedMs);
    expect(restoreTo.getTime()).toBeLessThan(startedMs + 5_000);
    expect(recoveryPoint?.until).toBe(new Date(restoreTo.getTime() + 7 * 86_400_000).toISOString());
    expect(await itemsOf(TargetTableName)).toEqual(before);
    // The restorable time trails by five minutes.
    expect(readyMs - restoreTo.getTime()).toBeGreaterThanOrEqual(300_000);
  });

  it('fails for a table that was never backed up', async () => {
    const { table } = await tableOfRun();
    await expect(world.look('run-1', 'confirm', table)).rejects.toMatchObject(FAILED);
  });

  const LOST: [string, (table: string) => Promise<unknown>][] = [
    ['recovery was turned off', (table) => setRecovery(table, false)],
    [
      'somebody deleted the backup',
      async (table) => {
        const [backup] = await backupsOf(table);
        await aws.dynamodb.send(new DeleteBackupCommand({ BackupArn: backup?.BackupArn }));
      },
    ],
  ];

  it.each(
    LOST,
  )('takes a new backup instead after 15 minutes when %s, of all that was written before', async (_, lose) => {
    const { table } = await tableOfRun();
    await world.untilReady('run-1', 'protect', table);
    const [first] = await backupsOf(table);
    await lose(table);
    await aws.put(table, [row('written while approval was awaited')]);
    const startedMs = aws.clock.nowMs();
    await world.untilReady('run-1', 'confirm', table);
    const record = await world.record('run-1', table);
    const [late, ...others] = (await backupsOf(table)).filter(({ BackupArn }) => BackupArn !== first?.BackupArn);
    expect(others).toEqual([]);
    expect(late?.BackupStatus).toBe('AVAILABLE');
    expect((late?.createdAtMs ?? 0) - startedMs).toBeGreaterThanOrEqual(900_000);
    expect(record).toMatchObject({
      hasLateBackup: true,
      recoveryPoint: { type: 'backup', id: late?.BackupArn, restoreTo: null, until: null },
    });
    const TargetTableName = aws.newName();
    await aws.dynamodb.send(new RestoreTableFromBackupCommand({ BackupArn: late?.BackupArn, TargetTableName }));
    expect(await itemsOf(TargetTableName)).toEqual(await aws.items(table));
    // The first one protects nothing any more: this run does not hold it, and nobody else did.
    const held = (await world.registered(arnOf(table))).filter(({ holders }) => holders.includes('run-1'));
    expect(held.map(({ backupArn }) => backupArn)).toEqual([late?.BackupArn]);
    expect((await backupsOf(table)).map(({ BackupArn }) => BackupArn)).toEqual([late?.BackupArn]);
  });

  it('leaves the first backup to the run that still holds it', async () => {
    const { table, target } = await tableOfRun();
    await world.plan('run-2', [target]);
    await world.untilReady('run-1', 'protect', table);
    await world.untilReady('run-2', 'protect', table);
    const [first] = await backupsOf(table);
    await setRecovery(table, false);
    await world.look('run-1', 'confirm', table);
    await world.pass(901);
    await world.untilReady('run-1', 'confirm', table);
    const described = await aws.dynamodb.send(new DescribeBackupCommand({ BackupArn: first?.BackupArn }));
    expect(described.BackupDescription?.BackupDetails?.BackupStatus).toBe('AVAILABLE');
    expect((await world.record('run-2', table)).backupArn).toBe(first?.BackupArn);
  });

  it('waits for the end of somebody else’s backup when it has to make a new one', async () => {
    const { table } = await tableOfRun();
    await world.untilReady('run-1', 'protect', table);
    await setRecovery(table, false);
    await world.look('run-1', 'confirm', table);
    await world.pass(901);
    await backUp(table);
    expect(await world.look('run-1', 'confirm', table)).toMatchObject({ isReady: false });
    await world.untilReady('run-1', 'confirm', table);
    expect((await world.record('run-1', table)).recoveryPoint).toMatchObject({ type: 'backup' });
  });

  it('goes on with recovery that comes back in time', async () => {
    const { table } = await tableOfRun();
    await setRecovery(table, true);
    await world.untilReady('run-1', 'protect', table);
    await setRecovery(table, false);
    await setRecovery(table, true);
    await world.untilReady('run-1', 'confirm', table);
    const { recoveryPoint, hasLateBackup } = await world.record('run-1', table);
    const from = (await recoveryOf(table))?.EarliestRestorableDateTime?.getTime() ?? 0;
    expect(hasLateBackup).toBeUndefined();
    expect(recoveryPoint).toMatchObject({ type: 'backup+pitr' });
    expect(Date.parse(recoveryPoint?.restoreTo ?? '')).toBeGreaterThanOrEqual(from);
  });

  it('killed at any step of making a new backup holds one at the end', async () => {
    // A run for each step: they wait together.
    const runs = Array.from({ length: 32 }, (_, at) => ({ runId: `run-${at + 1}`, diesAtStep: at + 1 }));
    const tables = new Map<string, string>();
    for (const { runId } of runs) {
      const table = await aws.table([['pk', 'S']], [row('acme')]);
      await world.plan(runId, [await aws.tableTarget(table)]);
      tables.set(runId, table);
    }
    await world.allReady('protect', tables);
    for (const [runId, table] of tables) {
      await setRecovery(table, false);
      await world.look(runId, 'confirm', table);
    }
    await world.pass(901);
    const ends: unknown[] = [];
    for (const { runId, diesAtStep } of runs)
      ends.push(await world.look(runId, 'confirm', tables.get(runId) ?? '', diesAtStep));
    await world.allReady('confirm', tables);
    expect([ends[0], ends.at(-1)]).toEqual(['killed', expect.objectContaining({ isReady: false })]);
    for (const [runId, table] of tables) {
      const { backupArn, recoveryPoint } = await world.record(runId, table);
      const held = (await world.registered(arnOf(table))).filter(({ holders }) => holders.includes(runId));
      expect(
        held.map((one) => one.backupArn),
        `after the death of ${runId}`,
      ).toEqual([backupArn]);
      expect(recoveryPoint).toMatchObject({ type: 'backup', id: backupArn });
    }
  });
});
