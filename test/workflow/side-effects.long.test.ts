// What else an erasure does or leaves behind is told before anybody approves; unfinished uploads are a row of their own.
import { CreateTableCommand, EnableKinesisStreamingDestinationCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  PutBucketLifecycleConfigurationCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { catalogOf, tenantTable } from '../support/catalogs.ts';
import { Lethe } from '../support/lethe.ts';

const ACME = { scope: { tenant: 'acme' }, phrase: 'ERASE tenant acme from test' };
const EXECUTE = { mode: 'execute', reason: 'test', requestedBy: 'ops@example.com' };
const images = { bucket: 'images', select: { tenant: { prefix: '{tenant}/' } } };

async function streamedTable(lethe: Lethe): Promise<void> {
  await lethe.dynamodb.send(
    new CreateTableCommand({
      TableName: 'items',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['tenant', 'id'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
      KeySchema: [
        { AttributeName: 'tenant', KeyType: 'HASH' },
        { AttributeName: 'id', KeyType: 'RANGE' },
      ],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
      SSESpecification: { Enabled: true, SSEType: 'KMS', KMSMasterKeyId: 'own-key' },
    }),
  );
  await lethe.put('items', [{ tenant: 'acme', id: 'a' }]);
}

describe('side effects', { tags: ['streams'] }, () => {
  it('stand in preview, page, mail and report, each with its store', async () => {
    const lethe = await Lethe.open({ catalog: catalogOf({ stores: { items: tenantTable('items'), images } }) });
    try {
      await streamedTable(lethe);
      await lethe.dynamodb.send(
        new EnableKinesisStreamingDestinationCommand({
          TableName: 'items',
          StreamArn: 'arn:aws:kinesis:eu-west-1:1:stream/s',
        }),
      );
      await lethe.bucket('images', ['acme/a']);
      await lethe.s3.send(
        new PutBucketLifecycleConfigurationCommand({
          Bucket: 'images',
          LifecycleConfiguration: {
            Rules: [
              {
                ID: 'tidy',
                Status: 'Enabled',
                Filter: { Prefix: 'acme/' },
                NoncurrentVersionExpiration: { NoncurrentDays: 30 },
              },
            ],
          },
        }),
      );
      const told = [
        'items: its stream shows every deletion to whoever reads it (NEW_AND_OLD_IMAGES)',
        'items: every deletion is sent to the Kinesis stream arn:aws:kinesis:eu-west-1:1:stream/s',
        expect.stringMatching(/^items: its recovery points can be read only as long as the key arn:.*own-key exists$/),
        'images: lifecycle rule tidy removes the hidden versions after 30 days',
      ];
      const preview = await lethe.run({ mode: 'preview', scope: { tenant: 'acme' } });
      expect((await lethe.report(preview.name)).sideEffects).toEqual(told);
      const { run, mails } = await lethe.awaiting(ACME);
      expect(mails[0]?.text).toContain('images: lifecycle rule tidy');
      const link = mails[0]?.links.approve ?? '';
      expect(await (await fetch(link)).text()).toContain('its stream shows every deletion');
      await lethe.decide(link, { decision: 'approve', phrase: ACME.phrase });
      expect((await lethe.end(run)).output).toMatchObject({ outcome: 'erased' });
      const report = await lethe.report(run);
      expect(report.sideEffects).toEqual(told);
      const bucket = report.targets.find(({ store }: { store: string }) => store === 'images');
      expect(bucket.recoveryPoint).toMatchObject({ type: 'versions', until: expect.any(String) });
    } finally {
      await lethe.close();
    }
  });

  it.each([
    ['own-key', 'planned'],
    ['another-key', 'refused'],
  ])('of a customer key are checked against the catalog’s kmsKey %s: %s', async (kmsKey, expected) => {
    const lethe = await Lethe.open({ catalog: catalogOf({ stores: { items: tenantTable('items', { kmsKey }) } }) });
    try {
      await streamedTable(lethe);
      const ended = await lethe.run({ scope: { tenant: 'acme' } });
      if (expected === 'planned') expect(ended.output).toMatchObject({ outcome: 'counted' });
      else
        expect(ended).toMatchObject({
          error: 'Lethe.StoreUnsupported',
          cause: { what: expect.stringContaining('another-key') },
        });
    } finally {
      await lethe.close();
    }
  });
});

describe('unfinished uploads', () => {
  async function begin(lethe: Lethe, ...keys: string[]): Promise<void> {
    for (const Key of keys) await lethe.s3.send(new CreateMultipartUploadCommand({ Bucket: 'images', Key }));
  }
  async function unfinished(lethe: Lethe): Promise<string[]> {
    const { Uploads = [] } = await lethe.s3.send(new ListMultipartUploadsCommand({ Bucket: 'images' }));
    return Uploads.map(({ Key = '' }) => Key);
  }

  it('begun before the plan are aborted, those begun later and those of others are not', async () => {
    const lethe = await Lethe.open({ catalog: catalogOf({ stores: { images } }) });
    try {
      await lethe.bucket('images', ['acme/a', 'globex/a']);
      await begin(lethe, 'acme/big', 'acme/big', 'acme/other', 'acme-2/big', 'globex/big');
      const dry = await lethe.run({ scope: { tenant: 'acme' } });
      expect(dry.output).toMatchObject({ outcome: 'counted', totals: { planned: 4 } });
      expect(await unfinished(lethe)).toHaveLength(5);
      const { run, mails } = await lethe.awaiting(ACME);
      await begin(lethe, 'acme/late');
      const link = mails[0]?.links.approve ?? '';
      expect(await (await fetch(link)).text()).toContain('images:uploads');
      await lethe.decide(link, { decision: 'approve', phrase: ACME.phrase });
      expect((await lethe.end(run)).output).toMatchObject({ outcome: 'erased', totals: { erased: 4, remaining: 0 } });
      expect((await unfinished(lethe)).sort()).toEqual(['acme-2/big', 'acme/late', 'globex/big']);
      const report = await lethe.report(run);
      expect(report.targets).toMatchObject([
        { store: 'images', planned: { items: 1 }, recoveryPoint: { type: 'versions' } },
        {
          store: 'images:uploads',
          state: 'erased',
          planned: { items: 3 },
          erased: 3,
          recoveryPoint: { type: 'none' },
          verification: { level: 'gone' },
        },
      ]);
      expect(report.residual.map(({ store }: { store: string }) => store)).toEqual(['images']);
      expect(report.warnings).toEqual([]);
    } finally {
      await lethe.close();
    }
  });

  it('alone are reason enough to ask', async () => {
    const lethe = await Lethe.open({ catalog: catalogOf({ stores: { images } }) });
    try {
      await lethe.bucket('images', []);
      await begin(lethe, 'acme/big');
      expect((await lethe.approved(ACME)).output).toMatchObject({ outcome: 'erased', totals: { erased: 1 } });
      expect(await unfinished(lethe)).toEqual([]);
      expect((await lethe.run({ ...EXECUTE, ...ACME })).error).toBe('Lethe.CooldownActive');
    } finally {
      await lethe.close();
    }
  });

  it('survive workers that are killed, and are counted once', { tags: ['faults'] }, async () => {
    const kill = {
      service: 'lambda',
      operation: 'work-shard',
      effect: 'kill',
      when: 'afterCall',
      n: 13,
      times: 3,
    } as const;
    const lethe = await Lethe.open({ catalog: catalogOf({ stores: { images } }), faults: { rules: [kill] } });
    try {
      await lethe.bucket('images', []);
      await begin(lethe, ...Array.from({ length: 60 }, (_, n) => `acme/${n}`), 'globex/1');
      const ended = await lethe.approved(ACME);
      expect(ended.output).toMatchObject({ outcome: 'erased', totals: { planned: 60, changed: 0, remaining: 0 } });
      expect(await unfinished(lethe)).toEqual(['globex/1']);
      expect((await lethe.report(ended.name)).warnings).toEqual([]);
      expect(lethe.local.faultCounts()['kill']).toBeGreaterThan(0);
    } finally {
      await lethe.close();
    }
  });
});
