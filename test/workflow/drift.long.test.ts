// Writers that go on while a run erases: the maximum the approver saw holds, over passes, takeovers and shards side by side.
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { catalogOf, tenantTable } from '../support/catalogs.ts';
import { Lethe, type OpenOptions, type Row } from '../support/lethe.ts';

const ACME = { scope: { tenant: 'acme' }, phrase: 'ERASE tenant acme from test' };
const LANES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const PARTITIONS = LANES.map((lane) => `acme/${lane}`);

/** One store whose eight partitions of a tenant are eight shards with one pool. */
const lanes = {
  table: 'items',
  rate: 400,
  select: { tenant: LANES.map((lane) => ({ key: { tenant: `{tenant}/${lane}` } })) },
};
const everything = { table: 'items', select: { tenant: { key: { tenant: '{tenant}' } } } };

const rowsOf = (tenant: string, count: number, prefix = 'i'): Row[] =>
  Array.from({ length: count }, (_, n) => ({ tenant, id: `${prefix}${String(n).padStart(5, '0')}` }));

interface Drifted {
  readonly lethe: Lethe;
  readonly name: string;
  readonly maximum: number;
  readonly added: number;
  readonly left: number;
  readonly deleted: number;
}

interface Drift extends Omit<OpenOptions, 'catalog'> {
  readonly catalog: Record<string, unknown>;
  readonly rows: readonly Row[];
  readonly request?: { readonly phrase: string } & Record<string, unknown>;
  /** Who writes, and when. */
  readonly writer: (lethe: Lethe, write: Write) => void;
}

/** Puts new items into a partition, half of them before what is being erased and half behind. */
type Write = (tenant: string, count: number) => void;

/** New items in each partition whenever a batch was deleted. */
const atEveryDelete = (partitions: readonly string[], count: number) => (lethe: Lethe, write: Write) => {
  lethe.local.calls.listen(({ operation, resource }) => {
    if (operation !== 'BatchWriteItem' || resource !== 'items') return;
    for (const tenant of partitions) write(tenant, count);
  });
};

/** Runs execute while somebody writes; nobody but Lethe deletes, so what is gone is what Lethe erased. */
async function drift(
  { catalog, rows, request = ACME, writer, ...more }: Drift,
  assess: (drifted: Drifted) => Promise<void>,
): Promise<void> {
  const lethe = await Lethe.open({ catalog, ...more });
  try {
    await lethe.table('items', ['tenant', 'id'], rows);
    const writes: Promise<unknown>[] = [];
    writer(lethe, (tenant, count) => {
      for (let n = 0; n < count; n++) {
        const id = `${writes.length % 2 === 0 ? 'a' : 'z'}${writes.length}`;
        const put = new PutItemCommand({ TableName: 'items', Item: { tenant: { S: tenant }, id: { S: id } } });
        writes.push(lethe.dynamodb.send(put));
      }
    });
    const { name } = await lethe.approved(request);
    await Promise.all(writes);
    const { totals } = JSON.parse(await lethe.evidence(name, 'plan.json'));
    const left = (await lethe.rows('items')).length;
    const added = writes.length;
    expect(added).toBeGreaterThan(0);
    await assess({ lethe, name, maximum: totals.maximum, added, left, deleted: rows.length + added - left });
  } finally {
    await lethe.close();
  }
}

/** What every drifting run must keep to. */
async function expectHonest({ lethe, name, maximum, deleted, left }: Drifted): Promise<void> {
  const report = await lethe.report(name);
  expect(deleted).toBeLessThanOrEqual(maximum);
  expect(report.totals.erased + report.targets[0].unacknowledged).toBe(deleted);
  expect(report.outcome).toBe(left === 0 ? 'erased' : 'incomplete');
}

describe('items that come while a run erases', { tags: ['moments'] }, () => {
  it('are erased as far as the pool goes, in batches that lease before they delete', async () => {
    const catalog = catalogOf({ limits: { drift: 0.1 }, stores: { items: tenantTable('items', { rate: 400 }) } });
    const rows = rowsOf('acme', 500);
    await drift({ catalog, rows, writer: atEveryDelete(['acme'], 4) }, async (drifted) => {
      expect(drifted.maximum).toBe(550);
      expect(drifted.added).toBeGreaterThan(50);
      await expectHonest(drifted);
      // All of the maximum is used: what is left could not be erased within it.
      expect(drifted.deleted).toBe(550);
    });
  });

  it('come to eight shards side by side, which share one pool', async () => {
    const catalog = catalogOf({ limits: { drift: 0, maxConcurrency: 8 }, stores: { items: lanes } });
    const rows = PARTITIONS.flatMap((partition) => rowsOf(partition, 60));
    await drift({ catalog, rows, writer: atEveryDelete(PARTITIONS, 1) }, async (drifted) => {
      expect(drifted.maximum).toBe(480 + 25);
      expect(drifted.added).toBeGreaterThan(25);
      await expectHonest(drifted);
      expect(drifted.deleted).toBeGreaterThan(480);
    });
  });

  it('come before each verification: a third pass has no more than the first two left it', async () => {
    const catalog = catalogOf({ limits: { drift: 0 }, stores: { items: { table: 'items', select: lanes.select } } });
    const rows = PARTITIONS.flatMap((partition) => rowsOf(partition, 20));
    // The first verification finds partition b empty, so that the second pass skips it; the second finds it full.
    const writer = (lethe: Lethe, write: Write) => {
      const turns = [() => write('acme/a', 5), () => write('acme/b', 30)];
      lethe.local.states.listen(({ type, state }) => {
        if (type === 'StateEntered' && state === 'Verify shard') turns.shift()?.();
      });
    };
    // Reading takes its time, so that what is written as a verification begins is there when it looks.
    const rule = { service: 'dynamodb', operation: 'Query', effect: 'slow' as const, match: { table: 'items' } };
    await drift({ catalog, rows, writer, faults: { rules: [rule] } }, async (drifted) => {
      expect(drifted.maximum).toBe(160 + 25);
      await expectHonest(drifted);
      expect(drifted.deleted).toBe(185);
      const report = await drifted.lethe.report(drifted.name);
      expect(report.targets[0]).toMatchObject({ remaining: 10, verification: { passes: 3 } });
    });
  });

  it('do not make room for more when workers die, lose their results and are taken over', async () => {
    const catalog = catalogOf({ limits: { drift: 0 }, stores: { items: lanes } });
    const rows = PARTITIONS.flatMap((partition) => rowsOf(partition, 30));
    const faults = {
      seed: 11,
      rules: [
        { service: 'lambda', operation: 'work-shard', effect: 'kill' as const, n: 9, rate: 0.4, times: 4 },
        { service: 'lambda', operation: 'work-shard', effect: 'loseResult' as const, rate: 0.3, times: 2 },
      ],
    };
    await drift({ catalog, rows, writer: atEveryDelete(PARTITIONS, 1), faults }, async (drifted) => {
      const counts = Object.values(drifted.lethe.local.faultCounts());
      expect(counts).toHaveLength(2);
      for (const count of counts) expect(count).toBeGreaterThan(0);
      expect(drifted.deleted).toBeLessThanOrEqual(drifted.maximum);
      expect((await drifted.lethe.report(drifted.name)).totals.erased).toBeLessThanOrEqual(drifted.deleted);
    });
  });

  it('count against the maximum of everything too, which has no other limit', async () => {
    const limits = { drift: 0, maxItems: 10, maxShare: 0.1 };
    const catalog = catalogOf({ everything: { allowed: true }, limits, stores: { items: everything } });
    const rows = ['acme', 'globex'].flatMap((tenant) => rowsOf(tenant, 200));
    const request = { scope: { everything: true }, phrase: 'ERASE everything from test' };
    await drift({ catalog, rows, request, writer: atEveryDelete(['new'], 3) }, async (drifted) => {
      expect(drifted.maximum).toBe(400 + 25);
      await expectHonest(drifted);
    });
  });
});
