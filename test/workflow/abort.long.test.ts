// An abort while a run erases, verifies or finalises, with writers that go on: after it has stopped nothing is deleted.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { inProcess } from '../cli/command.ts';
import { catalogOf, tenantTable } from '../support/catalogs.ts';
import { Lethe, type Row } from '../support/lethe.ts';

const request = (tenant: string) => ({ scope: { tenant }, phrase: `ERASE tenant ${tenant} from test` });
const rowsOf = (tenant: string): Row[] => Array.from({ length: 300 }, (_, n) => ({ tenant, id: `i${1_000 + n}` }));
const objectsOf = (tenant: string) => Array.from({ length: 12 }, (_, n) => `${tenant}/${n}.jpg`);
const images = { bucket: 'images', select: { tenant: { prefix: '{tenant}/' } } };

const wallClock = {
  nowMs: () => Date.now(),
  nowIso: () => new Date().toISOString(),
  sleep: () => new Promise<void>((resolve) => setTimeout(resolve, 20)),
};

describe('an abort', () => {
  let lethe: Lethe;
  let folder = '';
  const writers: (() => Promise<void>)[] = [];
  const tenants = ['erasing', 'verifying', 'weighing', 'finalising', 'reporting'];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lethe-aborted-'));
    const stores = { items: tenantTable('items', { rate: 200 }), images };
    const limits = { cooldown: '0s', drift: 1 };
    lethe = await Lethe.open({ catalog: catalogOf({ limits, undo: { window: '0s' }, stores }) });
    await lethe.table('items', ['tenant', 'id'], tenants.flatMap(rowsOf));
    await lethe.bucket('images', tenants.flatMap(objectsOf));
  });
  afterAll(async () => {
    await lethe.close();
    await rm(folder, { recursive: true });
  });

  const run = (...args: string[]) =>
    inProcess([...args, ...lethe.flags], { clock: wallClock, environment: process.env });

  /** How many of those that were there from the beginning. */
  async function seededOf(tenant: string): Promise<number> {
    const rows = (await lethe.rows('items')).filter((row) => row['tenant'] === tenant);
    return rows.filter(({ id }) => String(id).startsWith('i')).length;
  }

  /** Somebody who uses the tenant as if nothing were going on, until told to stop. */
  function writer(tenant: string): () => Promise<void> {
    let isWriting = true;
    const writing = (async () => {
      for (let n = 0; isWriting; n++) {
        const item = { tenant: { S: tenant }, id: { S: `late-${n}` } };
        await lethe.dynamodb.send(new PutItemCommand({ TableName: 'items', Item: item }));
        await lethe.s3.send(new PutObjectCommand({ Bucket: 'images', Key: `${tenant}/late-${n % 5}.jpg`, Body: 'x' }));
      }
    })();
    const stop = () => {
      isWriting = false;
      return writing;
    };
    writers.push(stop);
    return stop;
  }
  /** Also where a test fails half-way. */
  afterEach(() => Promise.all(writers.splice(0).map((stop) => stop())));

  it.each([
    ['Erase shard', 'erasing'],
    ['Verify shard', 'verifying'],
    ['Weigh pass', 'weighing'],
    ['Finalise shard', 'finalising'],
    ['Report', 'reporting'],
  ])('in state %s stops it for good, with evidence, and frees the scope', async (state, tenant) => {
    const { run: name, mails } = await lethe.awaiting(request(tenant), 1, `aborted-${tenant}`);
    const entered = lethe.entered(name, state);
    // Finalising is for a scope that was found empty: the writer comes in its way, not before it.
    const early = state === 'Finalise shard' || state === 'Report' ? undefined : writer(tenant);
    await lethe.decide(mails[0]?.links.approve ?? '', { decision: 'approve', phrase: request(tenant).phrase });
    await entered;
    const stopWriting = early ?? writer(tenant);
    const { code, stdout } = await run('abort', name, '--by', 'ops@example.com', '--reason', 'stop it', '--json');
    // By then the run had deleted.
    if (state !== 'Erase shard') expect(await seededOf(tenant)).toBeLessThan(300);
    expect(await lethe.lateWrites()).toEqual([]);
    await stopWriting();

    const { status } = await lethe.end(name);
    const report = await lethe.report(name);
    const { outcome, totals } = report;
    if (code === 2) expect([state, outcome]).toEqual(['Report', 'erased']);
    else expect([code, JSON.parse(stdout).outcome]).toEqual([outcome === 'erased' ? 0 : 5, outcome]);
    expect(status).toBe(outcome === 'erased' || totals.erased === 0 ? 'SUCCEEDED' : 'FAILED');
    if (outcome === 'aborted') expect(report.error.details).toMatchObject({ by: 'ops@example.com', reason: 'stop it' });
    expect(state === 'Report' ? ['erased', 'aborted'] : ['aborted']).toContain(outcome);
    for (const { unacknowledged } of report.targets) expect(unacknowledged).toBe(0);

    const out = join(folder, tenant);
    expect((await run('report', name, '--out', out)).code).toBe(0);
    expect(await run('evidence', 'verify', out)).toMatchObject({ code: 0 });
    const next = await lethe.awaiting(request(tenant));
    await lethe.decide(next.mails[0]?.links.approve ?? '', { decision: 'reject', reason: 'only to see' });
    expect((await lethe.end(next.run)).output).toMatchObject({ outcome: 'rejected' });
  });
});
