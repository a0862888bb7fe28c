import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { ControlTable } from '../../adapters/control-table/control-table.ts';
import { Locks } from '../../adapters/control-table/locks.ts';
import type { ScopeChain } from '../../contracts/plan.ts';
import { lockKeys } from '../../core/request/lock-keys.ts';
import { on, refused, withFaults } from '../support/faulty-client.ts';
import { Life } from '../support/life.ts';
import { Stores } from '../support/stores.ts';
import { VirtualTime } from '../support/virtual-time.ts';

const aws = await Stores.open();
afterAll(() => aws.close());

const tenant = (id: string) => ({ name: 'tenant', id });
const gallery = (id: string) => ({ name: 'gallery', id });
const SCOPES: Readonly<Record<string, ScopeChain>> = {
  everything: [],
  acme: [tenant('acme')],
  'acme/g1': [tenant('acme'), gallery('g1')],
  'acme/g2': [tenant('acme'), gallery('g2')],
  'acme-2': [tenant('acme-2')],
  'g1 of globex': [tenant('globex'), gallery('g1')],
};
const NAMES = Object.keys(SCOPES);
const PAIRS = NAMES.flatMap((a) => NAMES.map((b) => [a, b] as const));

const keysOf = (name: string) => lockKeys(SCOPES[name] ?? []);
const tenantOf = (name: string) => SCOPES[name]?.[0]?.id;
/** Everything contains every tenant, a tenant all of its galleries; and there is one run for a tenant. */
const overlap = (a: string, b: string) =>
  tenantOf(a) === undefined || tenantOf(b) === undefined || tenantOf(a) === tenantOf(b);
const contains = (outer: string, inner: string) =>
  (SCOPES[outer] ?? []).every(({ name, id }, at) => SCOPES[inner]?.[at]?.name === name && SCOPES[inner][at].id === id);

const NOW_MS = 1_000_000;

async function newLocks(): Promise<{ readonly locks: Locks; readonly table: string }> {
  const table = await aws.controlTable();
  return { locks: new Locks(table), table: table.name };
}

const acquire = (locks: Locks, name: string, run: string, nowMs = NOW_MS) => locks.acquire(keysOf(name), run, nowMs);

describe('a lock', () => {
  it.each(
    PAIRS,
  )('on %s keeps out whoever wants %s where they overlap, and tells who holds it', async (held, wanted) => {
    const { locks } = await newLocks();
    expect(await acquire(locks, held, 'run-1')).toEqual({ is: 'acquired' });
    const second = await acquire(locks, wanted, 'run-2');
    expect(second).toEqual(overlap(held, wanted) ? { is: 'held', by: ['run-1'] } : { is: 'acquired' });
  });

  it.each(NAMES)('on %s may be taken again by the run that holds it, and is free once it lets go', async (name) => {
    const { locks } = await newLocks();
    await acquire(locks, name, 'run-1');
    expect(await acquire(locks, name, 'run-1')).toEqual({ is: 'acquired' });
    await locks.release(keysOf(name), 'run-1', null);
    await locks.release(keysOf(name), 'run-1', null);
    for (const other of NAMES.filter((one) => overlap(one, name)).slice(0, 1))
      expect(await acquire(locks, other, 'run-2')).toEqual({ is: 'acquired' });
  });

  it.each(['everything', 'acme', 'acme/g1'])('on %s goes to one of 20 runs that want it at once', async (name) => {
    const { locks } = await newLocks();
    const runs = Array.from({ length: 20 }, (_, n) => `run-${n}`);
    const results = await Promise.all(runs.map((run) => acquire(locks, name, run)));
    const winners = runs.filter((_, at) => results[at]?.is === 'acquired');
    expect(winners).toHaveLength(1);
    for (const result of results.filter(({ is }) => is !== 'acquired'))
      expect(result).toEqual({ is: 'held', by: winners });
  });

  it('goes to runs that do not overlap when many want many scopes at once', async () => {
    const { locks } = await newLocks();
    const wants = [...NAMES, ...NAMES, ...NAMES].map((name, n) => ({ name, run: `run-${n}` }));
    const results = await Promise.all(wants.map(({ name, run }) => acquire(locks, name, run)));
    const winners = wants.filter((_, at) => results[at]?.is === 'acquired');
    expect(winners).not.toEqual([]);
    for (const a of winners) for (const b of winners) if (a !== b) expect(overlap(a.name, b.name)).toBe(false);
  });

  it.each([
    'TransactionCanceledException',
    'ProvisionedThroughputExceededException',
  ])('that could not be asked for (%s) is a failure, not a refusal', async (name) => {
    const { table } = await newLocks();
    const fault = on('TransactWriteItems', 1, refused(400, name));
    const client = withFaults(aws.newDynamoDb(), { life: new Life(), time: new VirtualTime(), fault });
    const locks = new Locks(new ControlTable(client, table));
    await expect(acquire(locks, 'acme', 'run-1')).rejects.toMatchObject({ name });
    expect(await acquire(locks, 'acme', 'run-1')).toEqual({ is: 'acquired' });
  });

  it('is never held twice for overlapping scopes, whoever comes and goes', async () => {
    const move = fc.record({ name: fc.constantFrom(...NAMES), run: fc.nat(5), isLeaving: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(move, { maxLength: 25 }), async (moves) => {
        const { locks } = await newLocks();
        const holders = new Map<string, string>();
        for (const { name, run, isLeaving } of moves) {
          const runId = `run-${run}`;
          const own = holders.get(runId);
          if (isLeaving && own !== undefined) {
            await locks.release(keysOf(own), runId, null);
            holders.delete(runId);
          } else if (own === undefined) {
            const blocking = [...holders].filter(([, held]) => overlap(held, name)).map(([holder]) => holder);
            const result = await acquire(locks, name, runId);
            if (result.is === 'held') expect(result.by.toSorted()).toEqual(blocking.toSorted());
            else expect([result.is, blocking]).toEqual(['acquired', []]);
            if (result.is === 'acquired') holders.set(runId, name);
          }
        }
      }),
      { numRuns: 15 },
    );
  });

  it('on everything tells every tenant’s run in its way', async () => {
    const { locks } = await newLocks();
    await acquire(locks, 'acme/g1', 'run-1');
    await acquire(locks, 'acme-2', 'run-2');
    const result = await acquire(locks, 'everything', 'run-3');
    expect(result).toMatchObject({ is: 'held' });
    expect(result.is === 'held' && result.by.toSorted()).toEqual(['run-1', 'run-2']);
  });

  it.each(NAMES)('on %s is held by the run that took it, until that has freed all of it', async (name) => {
    const { locks } = await newLocks();
    await acquire(locks, name, 'run-1');
    const held = () => Promise.all(['run-1', 'run-2'].map((run) => locks.isHeldBy(keysOf(name), run)));
    expect(await held()).toEqual([true, false]);
    await locks.release(keysOf(name), 'run-1', null);
    expect(await held()).toEqual([false, false]);
  });

  it('is not released by a run that does not hold it', async () => {
    for (const name of ['everything', 'acme']) {
      const { locks } = await newLocks();
      await acquire(locks, name, 'run-1');
      await locks.release(keysOf(name), 'run-2', NOW_MS + 1_000);
      expect(await acquire(locks, name, 'run-3')).toEqual({ is: 'held', by: ['run-1'] });
    }
  });
});

describe('evicting a dead run', () => {
  it.each(PAIRS.filter(([held, wanted]) => overlap(held, wanted)))('from %s makes way for %s', async (held, wanted) => {
    const { locks } = await newLocks();
    await acquire(locks, held, 'dead');
    await locks.evict(keysOf(wanted), 'dead');
    expect(await acquire(locks, wanted, 'run-2')).toEqual({ is: 'acquired' });
  });

  it.each(NAMES)('of %s touches only what that run holds', async (name) => {
    const { locks } = await newLocks();
    await acquire(locks, name, 'alive');
    await locks.evict(keysOf(name), 'dead');
    await locks.evict(keysOf('everything'), 'dead');
    expect(await acquire(locks, name, 'run-2')).toEqual({ is: 'held', by: ['alive'] });
  });

  it('leaves the others who are inside everything', async () => {
    const { locks } = await newLocks();
    await acquire(locks, 'acme', 'dead');
    await acquire(locks, 'acme-2', 'alive');
    await locks.evict(keysOf('everything'), 'dead');
    expect(await acquire(locks, 'everything', 'run-2')).toEqual({ is: 'held', by: ['alive'] });
  });
});

describe('the cooldown', () => {
  const UNTIL_MS = NOW_MS + 86_400_000;

  it.each(PAIRS)('of %s bars %s if it lies in it, until it is over', async (cooling, wanted) => {
    const { locks } = await newLocks();
    await acquire(locks, cooling, 'run-1');
    await locks.release(keysOf(cooling), 'run-1', UNTIL_MS);
    const early = await acquire(locks, wanted, 'run-2', UNTIL_MS - 1);
    expect(early).toEqual(
      contains(cooling, wanted) ? { is: 'cooling', untilMs: UNTIL_MS, by: 'run-1' } : { is: 'acquired' },
    );
    if (early.is === 'cooling') expect(await acquire(locks, wanted, 'run-2', UNTIL_MS)).toEqual({ is: 'acquired' });
  });

  it('does not begin where nothing was erased', async () => {
    const { locks } = await newLocks();
    await acquire(locks, 'acme', 'run-1');
    await locks.release(keysOf('acme'), 'run-1', null);
    expect(await acquire(locks, 'acme', 'run-2')).toEqual({ is: 'acquired' });
  });

  it('is not begun, nor prolonged, by a run that holds nothing', async () => {
    const { locks } = await newLocks();
    await acquire(locks, 'acme/g1', 'run-1');
    await locks.release(keysOf('acme/g1'), 'run-1', UNTIL_MS);
    await locks.release(keysOf('acme/g1'), 'run-1', UNTIL_MS + 5_000);
    await locks.release(keysOf('acme'), 'run-2', UNTIL_MS);
    expect(await acquire(locks, 'acme/g1', 'run-3')).toEqual({ is: 'cooling', untilMs: UNTIL_MS, by: 'run-1' });
    expect(await acquire(locks, 'acme', 'run-3')).toEqual({ is: 'acquired' });
  });

  it.each([
    'everything',
    'acme',
    'acme/g1',
  ])('of %s is there before the lock is free, whatever moment the one who frees it dies at', async (name) => {
    for (let diesAtStep = 1, isKilled = true; isKilled; diesAtStep++) {
      const { locks, table } = await newLocks();
      await acquire(locks, name, 'run-1');
      const life = new Life(diesAtStep);
      const client = withFaults(aws.newDynamoDb(), { life, time: new VirtualTime() });
      const releasing = new Locks(new ControlTable(client, table)).release(keysOf(name), 'run-1', UNTIL_MS);
      isKilled = (await life.live(releasing)) === 'killed';
      const meanwhile = await acquire(locks, name, 'run-2');
      expect(meanwhile.is, `after a death at step ${diesAtStep}`).not.toBe('acquired');
      await locks.release(keysOf(name), 'run-1', UNTIL_MS);
      expect(await acquire(locks, name, 'run-2')).toEqual({ is: 'cooling', untilMs: UNTIL_MS, by: 'run-1' });
      expect(await acquire(locks, name, 'run-2', UNTIL_MS)).toEqual({ is: 'acquired' });
      client.destroy();
    }
  });
});
