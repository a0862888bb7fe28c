import { createHmac } from 'node:crypto';
import { STSClient } from '@aws-sdk/client-sts';
import { afterAll, describe, expect, it } from 'vitest';
import type { Clock } from '../../adapters/clock.ts';
import { Aborts } from '../../adapters/control-table/aborts.ts';
import { ControlTable } from '../../adapters/control-table/control-table.ts';
import { Pools } from '../../adapters/control-table/pools.ts';
import { Runs } from '../../adapters/control-table/runs.ts';
import { type ShardRecord, Shards } from '../../adapters/control-table/shards.ts';
import { Objects } from '../../adapters/objects.ts';
import { Sessions } from '../../adapters/sessions.ts';
import type { WorkedShard } from '../../contracts/events.ts';
import type { Target } from '../../contracts/plan.ts';
import type { Phase } from '../../contracts/shard.ts';
import { canonicalJson, sha256Hex } from '../../core/evidence/digest.ts';
import { makeWorkShard } from '../../lambdas/work-shard/handler.ts';
import { makeSts } from '../../local/sts/sts.ts';
import { makeDynamoDbStore } from '../../stores/dynamodb/dynamodb-store.ts';
import { makeS3Store } from '../../stores/s3/s3-store.ts';
import { type Call, type Fault, on, RESET_AFTER, refused, withFaults } from '../support/faulty-client.ts';
import { Life } from '../support/life.ts';
import { byKey, countedTarget, planOf, targetListOf } from '../support/plans.ts';
import { type Item, PLACE, prefixTarget, Stores } from '../support/stores.ts';
import { VirtualTime } from '../support/virtual-time.ts';

const ROLE = `arn:aws:iam::${PLACE.account}:role/lethe-eraser`;
const aws = await Stores.open({ more: (parts) => [makeSts({ ...parts, roles: [ROLE] })] });
const sts = new STSClient(aws.configuration);
afterAll(async () => {
  sts.destroy();
  await aws.close();
});

const SECRET = 'the secret of this run';
const TIMEOUT_MS = 900_000;

interface Summons {
  /** @default 1 */
  readonly pass?: number;
  readonly fault?: (call: Call) => Fault | undefined;
  readonly diesAtStep?: number;
  readonly time?: VirtualTime;
  readonly digest?: string;
}

/** A run of one target with one shard, on a control table and in a work bucket of its own. */
class Run {
  readonly #table: ControlTable;
  readonly #target: Target;
  readonly work = new Objects(aws.s3, aws.bucket());
  readonly #list: ReturnType<typeof targetListOf>;
  #planDigest = '';

  private constructor(table: ControlTable, target: Target) {
    this.#table = table;
    this.#target = target;
    this.#list = targetListOf([target]);
  }

  get shards(): Shards {
    return new Shards(this.#table);
  }

  get #runs(): Runs {
    return new Runs(this.#table);
  }

  /** Planned: it may be counted. */
  static async plan(target: Target): Promise<Run> {
    const run = new Run(await aws.controlTable(), target);
    const { runId, executionArn, startedAt } = run.#list;
    await run.#runs.claim({ runId, executionArn, startedAt });
    const body = canonicalJson(run.#list);
    const written = await run.work.writeOnce(`runs/${runId}/targets.json`, body, 'application/json');
    const targetsVersionId = 'versionId' in written ? written.versionId : '';
    const targetsSha256 = sha256Hex(body);
    await run.#runs.plan({ runId, mode: 'execute', targetsSha256, targetsVersionId, sampleSecret: SECRET });
    return run;
  }

  /** Counted, sealed with such a pool, approved and opened. */
  static async open(target: Target, { pool = 0, closedPools = [] as string[] } = {}): Promise<Run> {
    const run = await Run.plan(target);
    await run.call('Count');
    const { runId } = run.#list;
    const items = (await run.record('Count'))?.progress.items ?? 0;
    const plan = planOf([{ ...countedTarget(target, { items }), pool, maximum: items + pool }]);
    const written = await run.work.writeOnce(`runs/${runId}/plan.json`, canonicalJson(plan), 'application/json');
    const planVersionId = 'versionId' in written ? written.versionId : '';
    const { planDigest, expiresAt } = plan;
    if (pool > 0) await new Pools(run.#table).create(runId, target.id, pool);
    await run.#runs.seal(runId, { planDigest, planVersionId, expiresAt });
    await run.#runs.approve(runId, planDigest, '2031-05-06T08:00:00.000Z');
    await run.#runs.open(runId, planDigest, '2031-05-06T09:00:00.000Z', closedPools);
    run.#planDigest = planDigest;
    return run;
  }

  async abort(): Promise<void> {
    const flag = { why: 'asked', by: 'ops', reason: 'wrong', at: 'now' } as const;
    await new Aborts(this.#table).request(this.#list.runId, flag);
  }

  async close(): Promise<void> {
    const { runId, executionArn, startedAt } = this.#list;
    await this.#runs.close({ runId, executionArn, startedAt }, 'failed', '2031-05-06T10:00:00.000Z');
  }

  /** One invocation of the worker, in a life of its own. */
  async call(phase: Phase, summons: Summons = {}): Promise<WorkedShard | 'killed'> {
    const { time = new VirtualTime(), pass = 1, fault } = summons;
    const life = new Life(summons.diesAtStep);
    const surroundings = { life, time, ...(fault && { fault }) };
    const own = withFaults(aws.newDynamoDb(), { life, time });
    const table = new ControlTable(own, this.#table.name);
    const clock: Clock = {
      nowMs: () => Math.floor(time.nowMs()),
      nowIso: () => new Date(time.nowMs()).toISOString(),
      sleep: (ms) => life.wait(time.sleep(ms)),
    };
    const handler = makeWorkShard({
      clock,
      runs: new Runs(table),
      aborts: new Aborts(table),
      shards: new Shards(table),
      pools: new Pools(table),
      work: this.work,
      sessions: new Sessions(sts, ROLE),
      openStore: {
        dynamodb: (credentials) => {
          const client = withFaults(aws.newDynamoDb({ credentials }), surroundings);
          return { store: makeDynamoDbStore(client), close: () => client.destroy() };
        },
        s3: (credentials) => {
          const client = withFaults(aws.newS3({ credentials }), surroundings);
          return { store: makeS3Store(client), close: () => client.destroy() };
        },
      },
    });
    const digest = summons.digest ?? (phase === 'Count' ? sha256Hex(canonicalJson(this.#list)) : this.#planDigest);
    const shard = { n: 0, target: this.#target.id, range: { by: 'whole', selector: 0 } };
    const context = { awsRequestId: 'r', getRemainingTimeInMillis: () => TIMEOUT_MS };
    const working = handler({ runId: this.#list.runId, phase, pass, digest, shard }, context);
    return life.live(working).finally(() => own.destroy());
  }

  record(phase: Phase, pass = 1): Promise<ShardRecord | undefined> {
    return this.shards.get({ runId: this.#list.runId, phase, pass, n: 0 });
  }
}

const row = (tenant: string, n: number): Item => ({
  pk: { S: tenant },
  sk: { S: `key-${String(n).padStart(4, '0')}` },
});

async function partitionOf(count: number, more: Partial<Target> = {}): Promise<Target> {
  const keys = [
    ['pk', 'S'],
    ['sk', 'S'],
  ] as const;
  const items = Array.from({ length: count }, (_, n) => row('acme', n));
  const table = await aws.table(keys, [...items, row('acme-2', 1)]);
  return aws.tableTarget(table, byKey('pk', 'acme'), more);
}

const leftOf = async ({ resource }: Target) => (await aws.items(resource)).length - 1;
const sends = (target: Target) =>
  aws.callsTo(target.resource, 'BatchWriteItem').filter(({ by }) => by !== 'in-process');

describe('a worker', () => {
  it('counts, erases and verifies a shard, each with a session for this shard alone', async () => {
    const target = await partitionOf(60);
    const run = await Run.open(target);
    expect(await run.call('Erase')).toEqual({ isDone: true });
    expect(await run.call('Verify')).toEqual({ isDone: true });
    expect((await run.record('Count'))?.progress).toMatchObject({ isDone: true, items: 60 });
    expect(await run.record('Erase')).toMatchObject({
      progress: { isDone: true, seen: 60, erased: 60, inFlight: null },
      releasedAtMs: expect.any(Number),
    });
    expect((await run.record('Verify'))?.progress).toMatchObject({ isDone: true, items: 0 });
    expect(await leftOf(target)).toBe(0);
    const callers = aws.callsTo(target.resource).map(({ operation, by }) => `${operation} ${by}`);
    expect(callers.filter((call) => !call.startsWith('Describe'))).toEqual([
      'Query lethe-eraser/run-1.Count.0',
      'Query lethe-eraser/run-1.Erase.0',
      ...Array(3).fill('BatchWriteItem lethe-eraser/run-1.Erase.0'),
      'Query lethe-eraser/run-1.Verify.0',
    ]);
  });

  it('called again for a shard that is done does nothing', async () => {
    const target = await partitionOf(30);
    const run = await Run.open(target);
    await run.call('Erase');
    const [before, from] = [await run.record('Erase'), aws.callsTo(target.resource).length];
    expect(await run.call('Erase')).toEqual({ isDone: true });
    expect(await run.record('Erase')).toEqual(before);
    expect(aws.callsTo(target.resource)).toHaveLength(from);
  });

  it('killed at any moment leaves behind what the next one finishes, by the records in the table', async () => {
    for (let diesAtStep = 1, end: unknown = 'killed'; end === 'killed'; diesAtStep++) {
      const target = await partitionOf(30);
      const run = await Run.open(target);
      end = await run.call('Erase', { diesAtStep });
      await run.call('Erase');
      const progress = (await run.record('Erase'))?.progress;
      expect(await leftOf(target), `after a death at step ${diesAtStep}`).toBe(0);
      expect(progress).toMatchObject({ isDone: true, seen: 30, inFlight: null });
      expect((progress?.erased ?? 0) + (progress?.foundGone ?? 0)).toBe(30);
    }
  });
});

describe('the gate', () => {
  it.each([
    'Erase',
    'Verify',
    'Finalise',
    'Gone',
  ] as const)('is closed for %s until the run is erasing', async (phase) => {
    const target = await partitionOf(5);
    const run = await Run.plan(target);
    const digest = `sha256:${'0'.repeat(64)}`;
    await expect(run.call(phase, { digest })).rejects.toMatchObject({ name: 'Lethe.GateClosed', retryable: false });
    expect(await leftOf(target)).toBe(5);
  });

  it('is closed again once the run is closed', async () => {
    const target = await partitionOf(5);
    const run = await Run.open(target);
    await run.close();
    for (const phase of ['Count', 'Erase'] as const)
      await expect(run.call(phase)).rejects.toMatchObject({ name: 'Lethe.GateClosed' });
    expect(await leftOf(target)).toBe(5);
  });

  it('lets nobody through with another digest than the plan’s', async () => {
    const target = await partitionOf(5);
    const [planned, opened] = [await Run.plan(target), await Run.open(target)];
    const wrong = { name: 'Lethe.PlanMismatch', retryable: false };
    await expect(planned.call('Count', { digest: '0'.repeat(64) })).rejects.toMatchObject(wrong);
    await expect(opened.call('Erase', { digest: `sha256:${'0'.repeat(64)}` })).rejects.toMatchObject(wrong);
    expect(await leftOf(target)).toBe(5);
  });

  it('lets nobody work after an abort, nor on a target that was stopped', async () => {
    const target = await partitionOf(5);
    const [aborted, stopped] = [await Run.open(target), await Run.open(target)];
    await aborted.abort();
    await stopped.shards.stopTarget('run-1', target.id);
    const from = aws.callsTo(target.resource).length;
    expect([await aborted.call('Erase'), await stopped.call('Erase')]).toEqual([{ isDone: true }, { isDone: true }]);
    expect(aws.callsTo(target.resource)).toHaveLength(from);
  });

  it.each([
    ['an abort', (run: Run) => run.abort()],
    ['the end of the run', (run: Run) => run.close()],
    ['the stop of its target', (run: Run, target: Target) => run.shards.stopTarget('run-1', target.id)],
  ])('is looked at while erasing: %s stops a worker within two seconds, at the next batch', async (_, stop) => {
    // Ten items a second: a batch each two and a half seconds, in bursts of two.
    const target = await partitionOf(200, { ratePerShard: 10 });
    const run = await Run.open(target);
    const stopping: Fault = {
      async onCall({ input }, send) {
        await stop(run, target);
        return send(input);
      },
    };
    expect(await run.call('Erase', { fault: on('BatchWriteItem', 3, stopping) })).toEqual({ isDone: true });
    expect(sends(target)).toHaveLength(3);
    expect(await leftOf(target)).toBe(200 - 75);
    expect(await run.record('Erase')).toMatchObject({
      progress: { isDone: false, seen: 75, erased: 75, inFlight: null },
      releasedAtMs: expect.any(Number),
    });
  });
});

describe('what a worker could not delete', () => {
  it('is counted by code; the evidence gets keyed hashes, and the keys lie in the work bucket', async () => {
    const target = await partitionOf(60);
    const run = await Run.open(target);
    await run.call('Erase', { fault: on('BatchWriteItem', 2, refused(400, 'AccessDeniedException')) });
    const progress = (await run.record('Erase'))?.progress;
    const [samples = []] = Object.values(progress?.samples ?? {});
    const left = (await aws.items(target.resource)).filter(({ pk }) => pk && 'S' in pk && pk.S === 'acme');
    // A key as DynamoDB JSON, its attributes in alphabetical order.
    const hashes = left.map(({ pk, sk }) => {
      const key = JSON.stringify({ pk, sk });
      return `hmac-sha256:${createHmac('sha256', SECRET).update(key).digest('hex')}`;
    });
    expect(progress).toMatchObject({ erased: 35, failed: { AccessDeniedException: 25 } });
    expect(samples).toHaveLength(3);
    for (const sample of samples) {
      expect(hashes).toContain(sample);
      const file = await run.work.read(`runs/run-1/samples/${sample.replace(':', '-')}.json`);
      const { key, ...told } = JSON.parse(file?.body ?? '');
      expect(told).toEqual({ target: target.id, operation: 'erase', code: 'AccessDeniedException' });
      expect(left.map(({ pk, sk }) => ({ pk, sk }))).toContainEqual(JSON.parse(key));
    }
    expect(JSON.stringify(progress)).not.toMatch(/key-00(2[5-9]|3\d|4\d)"/);
  });

  it('is told for objects by key', async () => {
    const bucket = aws.bucket(['acme/1', 'acme/2', 'acme/3']);
    const run = await Run.open(prefixTarget(bucket, 'acme/'));
    await run.call('Erase', { fault: on('DeleteObjects', 2, refused(403, 'AccessDenied')) });
    const progress = (await run.record('Erase'))?.progress;
    const hash = (key: string) => `hmac-sha256:${createHmac('sha256', SECRET).update(key).digest('hex')}`;
    expect(progress).toMatchObject({ seen: 3, erased: 1, failed: { AccessDenied: 2 } });
    expect(progress?.samples).toEqual({ AccessDenied: [hash('acme/2'), hash('acme/3')] });
  });
});

describe('the cap of a shard', () => {
  const add = (target: Target, count: number) =>
    aws.put(
      target.resource,
      Array.from({ length: count }, (_, n) => row('acme', 5_000 + n)),
    );

  it('is what was counted: an item that came later stays when there is no pool', async () => {
    const target = await partitionOf(40);
    const run = await Run.open(target);
    await add(target, 1);
    expect(await run.call('Erase')).toEqual({ isDone: true });
    expect((await run.record('Erase'))?.progress).toMatchObject({ erased: 40, stoppedBy: 'cap', leased: 0 });
    expect(await leftOf(target)).toBe(1);
  });

  it.each([
    [10, 10, 0, null],
    [11, 10, 1, 'cap'],
  ])('is extended for %i more items by a pool of %i', async (more, pool, left, stoppedBy) => {
    const target = await partitionOf(40);
    const run = await Run.open(target, { pool });
    await add(target, more);
    await run.call('Erase');
    expect((await run.record('Erase'))?.progress).toMatchObject({ erased: 40 + pool, leased: pool, stoppedBy });
    expect(await leftOf(target)).toBe(left);
  });

  it('is not extended for a target whose recovery point is of one moment', async () => {
    const target = await partitionOf(40);
    const run = await Run.open(target, { pool: 10, closedPools: [target.id] });
    await add(target, 5);
    await run.call('Erase');
    expect((await run.record('Erase'))?.progress).toMatchObject({ erased: 40, stoppedBy: 'cap', leased: 0 });
    expect(await leftOf(target)).toBe(5);
  });

  it('of finalising covers the markers that hiding left, also where answers were lost', async () => {
    const bucket = aws.bucket(Array.from({ length: 20 }, (_, n) => `acme/${n % 15}`));
    const run = await Run.open(prefixTarget(bucket, 'acme/', { operations: ['erase', 'finalise'] }));
    await run.call('Erase', { fault: on('DeleteObjects', [2, 3], RESET_AFTER) });
    await run.call('Verify');
    await run.call('Finalise');
    await run.call('Gone');
    const progress = async (phase: Phase) => (await run.record(phase))?.progress;
    expect(await progress('Erase')).toMatchObject({ seen: 15, erased: 15 });
    expect(await progress('Finalise')).toMatchObject({ seen: 20 + 15, erased: 20 + 15, stoppedBy: null });
    expect(await progress('Gone')).toMatchObject({ isDone: true, items: 0, versions: 0 });
    expect((await aws.objects(bucket)).versions).toEqual([]);
  });

  it('holds for all passes together', async () => {
    const target = await partitionOf(40);
    const run = await Run.open(target);
    const denied = on('BatchWriteItem', 1, refused(400, 'AccessDeniedException'));
    await run.call('Erase', { fault: denied });
    await add(target, 30);
    await run.call('Verify');
    await run.call('Erase', { pass: 2 });
    // 15 of 40 went in the first pass, so 25 may go in the second, of the 55 that are there.
    expect((await run.record('Erase'))?.progress).toMatchObject({ erased: 15, failed: { AccessDeniedException: 25 } });
    expect(await run.record('Erase', 2)).toMatchObject({ spentBefore: 15, progress: { erased: 25, stoppedBy: 'cap' } });
    expect(await leftOf(target)).toBe(30);
  });

  it('holds though a pass between did nothing, because the shard was found empty', async () => {
    const target = await partitionOf(40);
    const run = await Run.open(target);
    await run.call('Erase');
    await run.call('Verify');
    await run.call('Erase', { pass: 2 });
    await add(target, 30);
    await run.call('Verify', { pass: 2 });
    await run.call('Erase', { pass: 3 });
    expect(await run.record('Erase', 2)).toBeUndefined();
    expect(await run.record('Erase', 3)).toMatchObject({ spentBefore: 40, progress: { erased: 0, stoppedBy: 'cap' } });
    expect(await leftOf(target)).toBe(30);
  });
});
