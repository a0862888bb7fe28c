import { DescribeTableCommand, ListBackupsCommand, RestoreTableToPointInTimeCommand } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, GetBucketVersioningCommand, PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogOf, tenantTable } from '../support/catalogs.ts';
import { Lethe, type Row } from '../support/lethe.ts';

const request = (tenant: string) => ({ scope: { tenant }, phrase: `ERASE tenant ${tenant} from test` });
const rowsOf = (tenant: string): Row[] => [1, 2, 3].map((n) => ({ tenant, id: `i${n}` }));

describe('recovery points', () => {
  let lethe: Lethe;
  beforeAll(async () => {
    lethe = await Lethe.open({
      catalog: catalogOf({ limits: { cooldown: '0s' }, stores: { items: tenantTable('items') } }),
    });
    await lethe.table('items', ['tenant', 'id'], ['acme', 'gate', 'ready', 'held', 'holder'].flatMap(rowsOf));
  });
  afterAll(() => lethe.close());

  async function restored(
    report: { targets: { recoveryPoint: { restoreTo: string } }[] },
    into: string,
  ): Promise<Row[]> {
    const RestoreDateTime = new Date(report.targets[0]?.recoveryPoint.restoreTo ?? 0);
    await lethe.dynamodb.send(
      new RestoreTableToPointInTimeCommand({ SourceTableName: 'items', TargetTableName: into, RestoreDateTime }),
    );
    for (;;) {
      const { Table } = await lethe.dynamodb.send(new DescribeTableCommand({ TableName: into }));
      if (Table?.TableStatus === 'ACTIVE') return lethe.rows(into);
    }
  }

  it('hold an item that was written while the approval was awaited', async () => {
    const { run, mails } = await lethe.awaiting(request('acme'));
    await lethe.put('items', [{ tenant: 'acme', id: 'late' }]);
    await lethe.decide(mails[0]?.links.approve ?? '', { decision: 'approve', phrase: request('acme').phrase });
    expect(await lethe.end(run)).toMatchObject({ output: { outcome: 'erased', totals: { planned: 3, erased: 4 } } });
    const rows = await restored(await lethe.report(run), 'items-restored');
    expect(rows.filter((row) => row['tenant'] === 'acme').map((row) => row['id'])).toEqual(['i1', 'i2', 'i3', 'late']);
  });

  it('are ready, and the gate is open, before a worker erases anything', { tags: ['calls'] }, async () => {
    const { run, mails } = await lethe.awaiting(request('gate'));
    const plan = JSON.parse(await work(run, 'plan.json'));
    const payload = {
      runId: run,
      phase: 'Erase',
      pass: 1,
      digest: plan.planDigest,
      shard: { n: 0, target: 'items', range: { by: 'whole', selector: 0 } },
    };
    const { payload: answer } = await lethe.invoke('work-shard', payload);
    expect(answer).toMatchObject({ errorType: 'Lethe.GateClosed' });
    expect((await lethe.rows('items')).filter((row) => row['tenant'] === 'gate')).toHaveLength(3);
    await lethe.decide(mails[0]?.links.approve ?? '', { decision: 'approve', phrase: request('gate').phrase });
    await lethe.end(run);
    const states = await lethe.states(run);
    const order = [
      'Protect target',
      'Count shard',
      'Seal plan',
      'Wait for approval',
      'Check decision',
      'Confirm recovery',
      'Open erasing',
      'Erase shard',
    ];
    expect(states.filter((state) => order.includes(state))).toEqual(order);
  });

  it('are made before a worker deletes anything', { tags: ['calls'] }, async () => {
    const from = lethe.calls.length;
    expect((await lethe.approved(request('ready'))).output).toMatchObject({ outcome: 'erased' });
    const deletes = lethe.calls
      .slice(from)
      .filter(({ operation, resource }) => operation === 'BatchWriteItem' && resource === 'items');
    const created = lethe.calls.find(({ operation }) => operation === 'CreateBackup');
    expect(created?.n).toBeLessThan(deletes.filter(({ by }) => by !== 'caller')[0]?.n ?? 0);
  });

  it('that another run made and still holds stay when a run that shares them is rejected', async () => {
    const before = await backups();
    const { run, mails } = await lethe.awaiting(request('held'));
    await lethe.decide(mails[0]?.links.approve ?? '', { decision: 'reject', reason: 'no' });
    await lethe.end(run);
    expect(await backups()).toEqual(before);
    expect(before.length).toBeLessThanOrEqual(1);
  });

  async function backups(): Promise<string[]> {
    const { BackupSummaries = [] } = await lethe.dynamodb.send(new ListBackupsCommand({ TableName: 'items' }));
    return BackupSummaries.map(({ BackupArn = '' }) => BackupArn);
  }

  async function work(run: string, file: string): Promise<string> {
    return Buffer.from(lethe.local.s3.getObject(lethe.place.workBucket, `runs/${run}/${file}`)).toString();
  }
});

describe('without a recovery point', () => {
  it('objects are removed for good where the catalog says so, and the page says it cannot be undone', async () => {
    const select = { tenant: { prefix: '{tenant}/' } };
    const stores = {
      scratch: { bucket: 'scratch', recovery: 'none', select },
      items: tenantTable('items', { recovery: 'none' }),
    };
    const lethe = await Lethe.open({ catalog: catalogOf({ stores }) });
    try {
      await lethe.bucket('scratch', ['acme/a', 'acme/b', 'acme/a', 'globex/a']);
      await lethe.table('items', ['tenant', 'id'], rowsOf('acme'));
      const { run, mails } = await lethe.awaiting(request('acme'));
      const link = mails[0]?.links.approve ?? '';
      expect(await (await fetch(link)).text()).toContain('CANNOT BE UNDONE');
      await lethe.decide(link, { decision: 'approve', phrase: request('acme').phrase });
      expect(await lethe.end(run)).toMatchObject({
        output: { outcome: 'erased', totals: { planned: 6, erased: 6, remaining: 0 } },
      });
      expect(await lethe.objects('scratch')).toEqual({ current: ['globex/a'], versions: ['globex/a'] });
      const report = await lethe.report(run);
      expect(report.targets.map(({ verification }: { verification: { level: string } }) => verification.level)).toEqual(
        ['gone', 'consistent'],
      );
      expect(report.residual).toEqual([]);
      const { BackupSummaries } = await lethe.dynamodb.send(new ListBackupsCommand({ TableName: 'items' }));
      expect(BackupSummaries).toEqual([]);
    } finally {
      await lethe.close();
    }
  });

  it('of an undo window of 0s, objects are hidden, verified and then removed for good in the same run', async () => {
    const stores = {
      images: { bucket: 'images', select: { tenant: { prefix: '{tenant}/' } } },
      items: tenantTable('items'),
    };
    const lethe = await Lethe.open({ catalog: catalogOf({ stores, undo: { window: '0s' } }) });
    try {
      await lethe.bucket('images', ['acme/a', 'acme/b', 'acme/a', 'globex/a']);
      await lethe.table('items', ['tenant', 'id'], rowsOf('acme'));
      const ended = await lethe.approved(request('acme'));
      expect(ended.output).toMatchObject({ outcome: 'erased', totals: { erased: 5, remaining: 0 } });
      expect(await lethe.objects('images')).toEqual({ current: ['globex/a'], versions: ['globex/a'] });
      const states = await lethe.states(ended.name);
      expect(states.indexOf('Finalise shard')).toBeGreaterThan(states.indexOf('Verify shard'));
      const { BackupSummaries = [] } = await lethe.dynamodb.send(new ListBackupsCommand({ TableName: 'items' }));
      expect(BackupSummaries).toEqual([]);
    } finally {
      await lethe.close();
    }
  });
});

describe('a bucket without versioning', () => {
  it(
    'is refused by default, and erased once versioning has settled where the catalog enables it',
    {
      tags: ['clock'],
    },
    async () => {
      const stores = { images: { bucket: 'images', select: { tenant: { prefix: '{tenant}/' } } } };
      for (const versioning of ['refuse', 'enable']) {
        const lethe = await Lethe.open({ catalog: catalogOf({ stores, protection: { versioning } }) });
        try {
          await lethe.s3.send(new CreateBucketCommand({ Bucket: 'images' }));
          lethe.local.s3.putObject('images', 'acme/a', 'x');
          const asked = { mode: 'execute', reason: 'test', requestedBy: 'ops@example.com', ...request('acme') };
          if (versioning === 'refuse') {
            expect(await lethe.run(asked)).toMatchObject({ error: 'Lethe.StoreUnsupported' });
            const { Status } = await lethe.s3.send(new GetBucketVersioningCommand({ Bucket: 'images' }));
            expect(Status).toBeUndefined();
            continue;
          }
          expect(await lethe.approved(request('acme'))).toMatchObject({
            output: { outcome: 'erased', totals: { erased: 1 } },
          });
          expect(await lethe.objects('images')).toEqual({ current: [], versions: ['acme/a', 'acme/a!'] });
        } finally {
          await lethe.close();
        }
      }
    },
  );

  it('that loses it while approval is awaited is not erased', async () => {
    const stores = { images: { bucket: 'images', select: { tenant: { prefix: '{tenant}/' } } } };
    const lethe = await Lethe.open({ catalog: catalogOf({ stores }) });
    try {
      await lethe.bucket('images', ['acme/a', 'acme/b']);
      const { run, mails } = await lethe.awaiting(request('acme'));
      await lethe.s3.send(
        new PutBucketVersioningCommand({ Bucket: 'images', VersioningConfiguration: { Status: 'Suspended' } }),
      );
      await lethe.decide(mails[0]?.links.approve ?? '', { decision: 'approve', phrase: request('acme').phrase });
      expect(await lethe.end(run)).toMatchObject({ status: 'FAILED', error: 'Lethe.Failed' });
      expect((await lethe.objects('images')).current).toEqual(['acme/a', 'acme/b']);
      expect((await lethe.report(run)).error.name).toBe('Lethe.ProtectionFailed');
    } finally {
      await lethe.close();
    }
  });
});
