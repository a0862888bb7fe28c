import { createHash } from 'node:crypto';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import canonicalize from 'canonicalize';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Approvals } from '../../adapters/control-table/approvals.ts';
import { ControlTable } from '../../adapters/control-table/control-table.ts';
import { Protections } from '../../adapters/control-table/protections.ts';
import { Runs } from '../../adapters/control-table/runs.ts';
import { Shards } from '../../adapters/control-table/shards.ts';
import { Objects } from '../../adapters/objects.ts';
import { type RunStatus, RunStatuses } from '../../adapters/run-status.ts';
import { NO_PROGRESS, type Phase, type Progress } from '../../contracts/shard.ts';
import { catalogOf, tenantTable } from '../support/catalogs.ts';
import { Lethe } from '../support/lethe.ts';
import { inProcess } from './command.ts';

const AT = '2026-11-20T00:00:00.000Z';
/** Shards are numbered target by target, one each here. */
const [ITEMS, NOTES, IMAGES, USERS] = [0, 1, 2, 3];
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const STORES = ['items', 'notes', 'images', 'users'];

/** Runs whose records a test writes itself, as the functions write them, over the plans of real runs. */
describe('where a run stands', () => {
  let lethe: Lethe;
  let table: ControlTable;
  let work: Objects;
  let made = 0;
  beforeAll(async () => {
    lethe = await Lethe.open({
      catalog: catalogOf({
        stores: {
          items: tenantTable('items'),
          notes: tenantTable('notes'),
          images: { bucket: 'images', select: { tenant: { prefix: '{tenant}/' } } },
          users: tenantTable('users', { preserve: true }),
        },
        undo: { window: '0s' },
        approval: { approvers: ['a@example.com', 'b@example.com'], required: 2, expiresAfter: '10m' },
      }),
    });
    const { controlTable, workBucket } = lethe.local.ready;
    table = new ControlTable(lethe.dynamodb, controlTable);
    work = new Objects(lethe.s3, workBucket);
    await lethe.table(
      'items',
      ['tenant', 'id'],
      [1, 2, 3, 4].map((n) => ({ tenant: 'acme', id: `${n}` })),
    );
    await lethe.table('notes', ['tenant', 'id'], [{ tenant: 'acme', id: '1' }]);
    await lethe.table('users', ['tenant'], [{ tenant: 'acme' }]);
    await lethe.bucket('images', ['acme/a', 'acme/b', 'acme/c']);
    await lethe.run({ scope: { tenant: 'acme' }, mode: 'preview' }, 'preview');
    await lethe.run({ scope: { tenant: 'acme' } }, 'dry-run');
    await lethe.awaiting({ scope: { tenant: 'acme' }, phrase: 'ERASE tenant acme from test' }, 2, 'execute');
  });
  afterAll(() => lethe.close());

  const statuses = () => new RunStatuses({ table, work });

  /** A run over the plan of a real one, of which nothing is written yet but what `till` says. */
  async function handRun(mode: 'preview' | 'dry-run' | 'execute', till: 'claimed' | 'planned' | 'sealed') {
    const runId = `hand-${++made}`;
    const runs = new Runs(table);
    const shards = new Shards(table);
    const approvals = new Approvals(table);
    await runs.claim({ runId, executionArn: lethe.arn(runId), startedAt: AT });
    if (till !== 'claimed') {
      const targets = await copy('targets.json');
      const targetsSha256 = sha256(targets.body);
      await runs.plan({ runId, mode, targetsSha256, targetsVersionId: targets.versionId, sampleSecret: 'secret' });
    }
    if (till === 'sealed') await seal();
    return { runId, runs, seal, open, record, ask, protections: new Protections(table), end };

    /** The file of the real run, as if it had been written for this one. */
    async function copy(file: string): Promise<{ body: string; versionId: string }> {
      const Bucket = work.bucket;
      const { Body } = await lethe.s3.send(new GetObjectCommand({ Bucket, Key: `runs/${mode}/${file}` }));
      const { planDigest, ...content } = { ...JSON.parse((await Body?.transformToString()) ?? '{}'), runId };
      const digest = `sha256:${sha256(canonicalize(content) ?? '')}`;
      const body = JSON.stringify(planDigest === undefined ? content : { ...content, planDigest: digest });
      const put = await lethe.s3.send(new PutObjectCommand({ Bucket, Key: `runs/${runId}/${file}`, Body: body }));
      return { body, versionId: put.VersionId ?? '' };
    }

    async function seal(): Promise<{ planDigest: string; expiresAt: string | null }> {
      const { body, versionId } = await copy('plan.json');
      const { planDigest, expiresAt } = JSON.parse(body);
      await runs.seal(runId, { planDigest, planVersionId: versionId, expiresAt });
      return { planDigest, expiresAt };
    }

    async function open(): Promise<void> {
      const planDigest = (await runs.get(runId))?.planDigest ?? '';
      await runs.approve(runId, planDigest, AT);
      await runs.open(runId, planDigest, AT, []);
    }

    async function ask(): Promise<void> {
      const { planDigest = '', expiresAt } = (await runs.get(runId)) ?? {};
      const approvers = ['a@example.com', 'b@example.com'];
      const asked = {
        version: 0,
        runId,
        planDigest,
        phrase: '',
        requestedBy: null,
        approvers,
        required: 2,
        decisions: [],
      };
      await approvals.ask({ ...asked, expiresAt: expiresAt ?? AT }, {}, 'token');
    }

    async function record(phase: Phase, pass: number, n: number, progress: Partial<Progress>): Promise<void> {
      const id = { runId, phase, pass, n };
      const claim = { target: STORES[n] ?? '', spentBefore: 0, nowMs: 0, endsAtMs: 0 };
      const { epoch } = await shards.claim(id, claim);
      if (epoch !== 'done') await shards.checkpoint(id, epoch, { ...NO_PROGRESS, ...progress }, 0);
    }

    async function end(outcome: 'erased' | 'aborted'): Promise<void> {
      await runs.close({ runId, executionArn: lethe.arn(runId), startedAt: AT }, outcome, AT);
    }
  }
  type Hand = Awaited<ReturnType<typeof handRun>>;

  async function look(runId: string, by = statuses()): Promise<RunStatus> {
    const status = await by.read(runId, 0);
    if (!status) throw new Error(`there is no run ${runId}`);
    return status;
  }

  const numbers = ({ targets }: RunStatus, store: string) => targets.find((target) => target.store === store);
  const ready = { startedAtMs: 0, calls: 1, readyAtMs: 1, failure: null };
  const failed = { startedAtMs: 0, calls: 1, readyAtMs: null, failure: 'no backup' };

  async function protect({ runId, protections }: Hand, steps: Readonly<Record<string, typeof ready | typeof failed>>) {
    for (const [target, step] of Object.entries(steps)) await protections.put(runId, { target, protect: step });
  }

  it('is unknown where nothing is written of the run', async () => {
    expect(await statuses().read('nobody', 0)).toBeUndefined();
  });

  it('is Plan run before there is a plan', async () => {
    const { runId } = await handRun('execute', 'claimed');
    expect(await look(runId)).toEqual({
      runId,
      phase: 'Plan run',
      outcome: null,
      approval: null,
      targets: [],
      itemsPerSecond: null,
      secondsLeft: null,
    });
  });

  it.each(['preview', 'dry-run'] as const)('is Report after the last step of a %s', async (mode) => {
    const { runId } = await handRun(mode, mode === 'preview' ? 'planned' : 'sealed');
    expect((await look(runId)).phase).toBe('Report');
  });

  it('is Protect target until every target has its recovery point or never will', async () => {
    const hand = await handRun('execute', 'planned');
    expect((await look(hand.runId)).phase).toBe('Protect target');
    await protect(hand, { items: ready, notes: ready });
    expect((await look(hand.runId)).phase).toBe('Protect target');
    await protect(hand, { images: failed });
    expect((await look(hand.runId)).phase).toBe('Count shard');
  });

  it('is Count shard once counting has begun, whatever became of the protection', async () => {
    const hand = await handRun('execute', 'planned');
    await protect(hand, { items: ready });
    await hand.record('Count', 1, ITEMS, { items: 3 });
    expect((await look(hand.runId)).phase).toBe('Count shard');
  });

  it('tells in Count shard what is counted so far, and nothing of what is planned', async () => {
    const hand = await handRun('dry-run', 'planned');
    await hand.record('Count', 1, ITEMS, { items: 3 });
    await hand.record('Count', 1, IMAGES, { items: 2, versions: 5, isDone: true });
    const status = await look(hand.runId);
    expect(status.phase).toBe('Count shard');
    expect(numbers(status, 'items')).toMatchObject({
      state: 'planned',
      planned: null,
      counted: 3,
      shards: { total: 1, done: 0 },
    });
    expect(numbers(status, 'images')).toMatchObject({ planned: null, counted: 2, shards: { total: 1, done: 1 } });
    expect(numbers(status, 'users')).toBeUndefined();
  });

  it('is Seal plan from when sealing begins until the plan is sealed', async () => {
    const hand = await handRun('dry-run', 'planned');
    const by = statuses();
    await hand.record('Count', 1, ITEMS, { items: 1 });
    await by.read(hand.runId, 0);
    await hand.record('Count', 1, ITEMS, { items: 4, isDone: true });
    expect(await by.read(hand.runId, 2_000)).toMatchObject({
      phase: 'Count shard',
      itemsPerSecond: 1.5,
      secondsLeft: null,
    });
    await hand.runs.beginPhase(hand.runId, 'Seal plan', AT);
    expect(await by.read(hand.runId, 4_000)).toMatchObject({ phase: 'Seal plan', itemsPerSecond: null });
    await hand.seal();
    expect((await look(hand.runId)).phase).toBe('Report');
  });

  it('is Wait for approval of a sealed plan, by two reads, none of them of shards', async () => {
    const hand = await handRun('execute', 'sealed');
    const by = statuses();
    expect(await look(hand.runId, by)).toMatchObject({ phase: 'Wait for approval', approval: null });
    await hand.ask();
    const from = lethe.calls.length;
    const status = await look(hand.runId, by);
    const { expiresAt } = (await hand.runs.get(hand.runId)) ?? {};
    expect(status.approval).toEqual({
      required: 2,
      approved: 0,
      approvers: ['a@example.com', 'b@example.com'],
      expiresAt,
    });
    expect(numbers(status, 'items')).toMatchObject({
      state: 'planned',
      planned: 4,
      counted: 4,
      shards: { total: 1, done: 1 },
    });
    const reads = lethe.calls.slice(from).map(({ operation }) => operation);
    expect(reads.slice(0, 2)).toEqual(['GetItem', 'GetItem']); // the third is this test's own
    expect(reads).toHaveLength(3);
  });

  it.each([
    'rejected',
    'expired',
    'aborted',
    'nothing-found',
  ] as const)('is Report after the verdict %s', async (verdict) => {
    const hand = await handRun('execute', 'sealed');
    await hand.runs.judge(hand.runId, verdict, AT);
    expect((await look(hand.runId)).phase).toBe('Report');
  });

  it('follows an erasure pass by pass, to an instance that kept up as to a new one', async () => {
    const { runId, runs, open, record, end } = await handRun('execute', 'sealed');
    const kept = statuses();
    const both = async (expected: Record<string, unknown>, stores: Record<string, unknown> = {}) => {
      const status = await look(runId, kept);
      expect({ ...(await look(runId)), itemsPerSecond: null, secondsLeft: null }).toEqual({
        ...status,
        itemsPerSecond: null,
        secondsLeft: null,
      });
      expect(status).toMatchObject(expected);
      for (const [store, numbersOf] of Object.entries(stores))
        expect(numbers(status, store)).toMatchObject(numbersOf as object);
    };
    await runs.approve(runId, (await runs.get(runId))?.planDigest ?? '', AT);
    await both({ phase: 'Confirm recovery' }, { items: { state: 'planned' } });
    await open();
    await both(
      { phase: 'Erase shard' },
      { items: { state: 'erasing', planned: 4, erased: 0, shards: { total: 1, done: 0 } } },
    );

    await record('Erase', 1, ITEMS, { seen: 3, erased: 2, failed: { AccessDenied: 1 } });
    await both(
      { phase: 'Erase shard' },
      { items: { erased: 2, failed: 1, remaining: null, shards: { total: 1, done: 0 } } },
    );

    await record('Erase', 1, ITEMS, { seen: 4, erased: 3, failed: { AccessDenied: 1 }, isDone: true });
    await record('Erase', 1, NOTES, { seen: 1, changed: 1, isDone: true });
    await record('Erase', 1, IMAGES, { seen: 1, erased: 1 });
    await both(
      { phase: 'Erase shard' },
      { notes: { changed: 1, shards: { total: 1, done: 1 } }, images: { erased: 1, shards: { total: 1, done: 0 } } },
    );

    // The worker of images died for good: its shard stays undone, and the run goes on without it.
    await record('Verify', 1, ITEMS, { items: 1, isDone: true });
    await both(
      { phase: 'Verify shard' },
      { items: { remaining: 1, shards: { total: 1, done: 1 } }, notes: { shards: { total: 1, done: 0 } } },
    );

    await record('Verify', 1, NOTES, { isDone: true });
    await record('Verify', 1, IMAGES, { items: 2, isDone: true });
    await record('Verify', 1, USERS, { items: 1, isDone: true });
    await both(
      { phase: 'Erase shard' },
      {
        notes: { state: 'erased', remaining: 0, shards: { total: 1, done: 1 } },
        items: { state: 'erasing', shards: { total: 1, done: 0 } },
      },
    );

    await record('Erase', 2, ITEMS, { seen: 1, erased: 1, isDone: true });
    await record('Erase', 2, IMAGES, { seen: 2, erased: 2, isDone: true });
    await both({ phase: 'Verify shard' }, { items: { erased: 4, failed: 0 }, images: { erased: 3 } });

    for (const n of [ITEMS, NOTES, IMAGES]) await record('Verify', 2, n, { isDone: true });
    await record('Verify', 2, USERS, { items: 1, isDone: true });
    await both(
      { phase: 'Finalise shard' },
      { items: { state: 'erased', remaining: 0 }, images: { shards: { total: 1, done: 0 } } },
    );

    await record('Finalise', 1, IMAGES, { seen: 6, erased: 6, isDone: true });
    await both({ phase: 'Finalise shard' }, { images: { remaining: null, shards: { total: 1, done: 0 } } });
    await record('Gone', 1, IMAGES, { isDone: true });
    await both({ phase: 'Report', outcome: null }, { images: { remaining: 0, shards: { total: 1, done: 1 } } });

    await end('erased');
    await both({ phase: 'Ended', outcome: 'erased' }, { items: { state: 'erased', planned: 4, erased: 4 } });
    const from = lethe.calls.length;
    await look(runId, kept);
    expect(lethe.calls.slice(from)).toEqual([]);
  });

  it('goes on to the next erasing pass when a verification was given up', async () => {
    const { runId, open, record } = await handRun('execute', 'sealed');
    await open();
    for (const n of [ITEMS, NOTES, IMAGES]) await record('Erase', 1, n, { isDone: true });
    await record('Verify', 1, ITEMS, { items: 4 });
    expect((await look(runId)).phase).toBe('Verify shard');
    await record('Erase', 2, ITEMS, { seen: 2, erased: 2 });
    expect((await look(runId)).phase).toBe('Erase shard');
  });

  it('is Report after the third verification, with what is left', async () => {
    const { runId, open, record } = await handRun('execute', 'sealed');
    await open();
    for (const pass of [1, 2, 3]) {
      for (const n of [ITEMS, NOTES, IMAGES]) await record('Erase', pass, n, { isDone: true });
      for (const n of [ITEMS, NOTES, IMAGES, USERS]) await record('Verify', pass, n, { items: 2, isDone: true });
    }
    const status = await look(runId);
    expect(status.phase).toBe('Report');
    expect(numbers(status, 'items')).toMatchObject({ state: 'erasing', remaining: 2 });
  });

  it('after an abort in the middle is Ended with what was erased until then', async () => {
    const { runId, open, record, end } = await handRun('execute', 'sealed');
    await open();
    await record('Erase', 1, ITEMS, { seen: 2, erased: 2 });
    await end('aborted');
    const status = await look(runId);
    expect(status).toMatchObject({ phase: 'Ended', outcome: 'aborted', itemsPerSecond: null });
    expect(numbers(status, 'items')).toMatchObject({
      state: 'incomplete',
      planned: 4,
      erased: 2,
      shards: { total: 1, done: 0 },
    });
    expect(numbers(status, 'notes')).toMatchObject({ state: 'incomplete', erased: 0 });
  });

  it('has a rate and a time left from its second reading on, which begin anew with each pass', async () => {
    const { runId, open, record } = await handRun('execute', 'sealed');
    const by = statuses();
    const pace = async (nowMs: number) => {
      const { itemsPerSecond, secondsLeft } = (await by.read(runId, nowMs)) ?? {};
      return { itemsPerSecond, secondsLeft };
    };
    await open();
    await record('Erase', 1, ITEMS, { seen: 1, erased: 1 });
    expect(await pace(0)).toEqual({ itemsPerSecond: null, secondsLeft: null });
    await record('Erase', 1, ITEMS, { seen: 3, erased: 2, changed: 1 });
    // 2 more in 4 s; of 8 planned items 3 are dealt with.
    expect(await pace(4_000)).toEqual({ itemsPerSecond: 0.5, secondsLeft: 10 });
    for (const n of [ITEMS, NOTES, IMAGES]) await record('Erase', 1, n, { isDone: true });
    expect(await pace(5_000)).toEqual({ itemsPerSecond: null, secondsLeft: null });
    await record('Verify', 1, NOTES, { isDone: true });
    await record('Verify', 1, USERS, { isDone: true });
    for (const n of [ITEMS, IMAGES]) await record('Verify', 1, n, { items: 3, isDone: true });
    expect(await pace(6_000)).toEqual({ itemsPerSecond: null, secondsLeft: null });
    await record('Erase', 2, ITEMS, { seen: 3, erased: 3 });
    expect(await pace(8_000)).toEqual({ itemsPerSecond: 1.5, secondsLeft: 2 });
  });

  it('is read twice by the status command while a counter moves, so that it can tell a rate', async () => {
    const { runId, open, record } = await handRun('execute', 'sealed');
    await open();
    await record('Erase', 1, ITEMS, { seen: 1, erased: 1 });
    let nowMs = 0;
    const sleep = async (ms: number) => {
      nowMs += ms;
      await record('Erase', 1, ITEMS, { seen: 3, erased: 3 });
    };
    const { endpoint, region } = lethe.local.ready;
    const at = ['--endpoint-url', endpoint, '--region', region];
    const clock = { nowMs: () => nowMs, nowIso: () => AT, sleep };
    const { code, stdout } = await inProcess(['status', runId, ...at], { clock });
    expect(code).toBe(0);
    // 8 items and objects are planned; 2 more were erased in the 2 s between the readings.
    expect(stdout).toMatch(/^Phase +Erase shard: 3 of 8 items \(37 %\), 1 item\/s, about 5 s left$/m);
  });

  it('of a real run passes through its phases in order, and ends with the numbers of its report', async () => {
    const order = ['Plan run', 'Protect target', 'Count shard', 'Seal plan', 'Report', 'Ended'];
    const run = await lethe.start({ scope: { tenant: 'acme' } }, 'watched');
    const by = statuses();
    const seen: string[] = [];
    for (let status: RunStatus | undefined; status?.phase !== 'Ended'; ) {
      status = await by.read(run, lethe.local.clock.nowMs());
      if (status && status.phase !== seen.at(-1)) seen.push(status.phase);
    }
    await lethe.end(run);
    expect(seen).toEqual(order.filter((phase) => seen.includes(phase)));
    const { targets } = (await by.read(run, 0)) as RunStatus;
    const report = await lethe.report(run);
    for (const target of targets) {
      const row = report.targets.find(({ store }: { store: string }) => store === target.store);
      expect(row).toMatchObject({ state: target.state, erased: target.erased, remaining: target.remaining });
      expect(row.planned.items).toBe(target.planned);
    }
  });
});
