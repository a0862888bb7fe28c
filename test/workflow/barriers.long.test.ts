// Barriers that hold when everything before them has failed: through the front doors, one at a time.

import { PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import { GetExecutionHistoryCommand } from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import { catalogOf, tenantTable } from '../support/catalogs.ts';
import { Lethe } from '../support/lethe.ts';

const ACME = { scope: { tenant: 'acme' }, phrase: 'ERASE tenant acme from test' };
const images = { bucket: 'images', select: { tenant: { prefix: '{tenant}/' } } };

describe('a bucket that loses its versioning after recovery was confirmed', { tags: ['moments'] }, () => {
  it('hides nothing, says what is left, and lets the other targets finish', async () => {
    const lethe = await Lethe.open({ catalog: catalogOf({ stores: { images, items: tenantTable('items') } }) });
    try {
      await lethe.table('items', ['tenant', 'id'], [{ tenant: 'acme', id: 'a' }]);
      await lethe.bucket('images', ['acme/a', 'acme/b', 'globex/a']);
      const suspend = new PutBucketVersioningCommand({
        Bucket: 'images',
        VersioningConfiguration: { Status: 'Suspended' },
      });
      let suspended: Promise<unknown> | undefined;
      let checks = 0;
      // The second check opens the gate, recovery being confirmed by then; the workers come after it.
      lethe.local.calls.listen(({ operation, resource }) => {
        if (operation === 'Invoke' && resource === 'check-decision') checks++;
        if (checks === 2) suspended ??= lethe.s3.send(suspend);
      });
      const ended = await lethe.approved(ACME);
      await suspended;
      expect(ended).toMatchObject({ status: 'FAILED', error: 'Lethe.Incomplete' });
      expect((await lethe.objects('images')).current).toEqual(['acme/a', 'acme/b', 'globex/a']);
      const report = await lethe.report(ended.name);
      const [bucket, table] = report.targets;
      expect(bucket).toMatchObject({ store: 'images', state: 'incomplete', erased: 0, remaining: 2 });
      expect(table).toMatchObject({ store: 'items', state: 'erased', erased: 1, remaining: 0 });
    } finally {
      await lethe.close();
    }
  });
});

describe('a worker that is called by somebody else', () => {
  it('after the run has ended, with the right digest, erases nothing', async () => {
    const lethe = await Lethe.open({
      catalog: catalogOf({ limits: { cooldown: '0s' }, stores: { items: tenantTable('items') } }),
    });
    try {
      await lethe.table('items', ['tenant', 'id'], [{ tenant: 'acme', id: 'a' }]);
      const { name, output } = await lethe.approved(ACME);
      await lethe.put('items', [{ tenant: 'acme', id: 'later' }]);
      for (const phase of ['Erase', 'Finalise']) {
        const order = { runId: name, phase, pass: 1, digest: output.planDigest, shard: { n: 0, target: 'items' } };
        const payload = { ...order, shard: { ...order.shard, range: { by: 'whole', selector: 0 } } };
        const answer = await lethe.invoke('work-shard', payload);
        expect(answer.payload).toMatchObject({ errorType: 'Lethe.GateClosed' });
      }
      expect(await lethe.rows('items')).toEqual([{ id: 'later', tenant: 'acme' }]);
    } finally {
      await lethe.close();
    }
  });
});

describe('the state of an execution', () => {
  it('holds pointers: no key of an item or object, in no event of its history', async () => {
    const lethe = await Lethe.open({ catalog: catalogOf({ stores: { images, items: tenantTable('items') } }) });
    try {
      await lethe.table('items', ['tenant', 'id'], [{ tenant: 'acme', id: 'canary-item', note: 'canary-note' }]);
      await lethe.bucket('images', ['acme/canary-object']);
      const { name, output } = await lethe.approved(ACME);
      expect(output).toMatchObject({ outcome: 'erased', totals: { erased: 2 } });
      const { events = [] } = await lethe.sfn.send(
        new GetExecutionHistoryCommand({ executionArn: lethe.arn(name), maxResults: 1_000 }),
      );
      expect(events.length).toBeGreaterThan(30);
      expect(JSON.stringify(events)).not.toContain('canary');
    } finally {
      await lethe.close();
    }
  });
});
