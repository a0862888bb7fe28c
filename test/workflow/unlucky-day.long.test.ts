// Whole runs while the embedded AWS throttles, fails, cuts and kills: the oracle is what the test seeded.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogOf, tenantTable } from '../support/catalogs.ts';
import { type FaultsInput, Lethe, type Row } from '../support/lethe.ts';

const ITEMS = 120;
const OBJECTS = 30;
const request = { scope: { tenant: 'acme' }, phrase: 'ERASE tenant acme from test' };
const rowsOf = (tenant: string, count = ITEMS): Row[] =>
  Array.from({ length: count }, (_, n) => ({ tenant, owner: tenant, id: `${tenant}-${String(n).padStart(5, '0')}` }));
const keysOf = (tenant: string): string[] => Array.from({ length: OBJECTS }, (_, n) => `${tenant}/${n}.jpg`);

/** A table by key, one by attribute, and a bucket. */
const STORES = {
  items: tenantTable('items'),
  notes: { table: 'notes', select: { tenant: { attribute: { owner: '{tenant}' } } } },
  images: { bucket: 'images', select: { tenant: { prefix: '{tenant}/' } } },
};

async function open(faults: FaultsInput, stores: Record<string, unknown> = STORES): Promise<Lethe> {
  const lethe = await Lethe.open({ catalog: catalogOf({ limits: { cooldown: '0s' }, stores }), faults });
  await lethe.table('items', ['tenant', 'id'], [...rowsOf('acme'), ...rowsOf('acme-2')]);
  await lethe.table('notes', ['id'], [...rowsOf('acme'), ...rowsOf('acme-2')]);
  await lethe.bucket('images', [...keysOf('acme'), ...keysOf('acme-2')]);
  return lethe;
}

/** Nothing of acme is left, and nothing of its neighbour is missing. */
async function expectErased(lethe: Lethe): Promise<void> {
  const neighbours = rowsOf('acme-2').map(({ id }) => id);
  expect((await lethe.rows('items')).map(({ id }) => id).sort()).toEqual(neighbours);
  expect((await lethe.rows('notes')).map(({ id }) => id).sort()).toEqual(neighbours);
  expect((await lethe.objects('images')).current.sort()).toEqual(keysOf('acme-2').sort());
}

describe('a run of an unlucky day', { tags: ['faults'] }, () => {
  const dynamodb = { service: 'dynamodb' };
  const s3 = { service: 's3' };
  const worker = { service: 'lambda', operation: 'work-shard' };
  const cases: [string, FaultsInput['rules']][] = [
    [
      'throttles',
      [
        { ...dynamodb, operation: 'BatchWriteItem', effect: 'throttle', rate: 0.5 },
        { ...dynamodb, operation: 'DeleteItem', effect: 'throttle', rate: 0.2 },
        { ...dynamodb, operation: 'Query', effect: 'throttle', rate: 0.3, match: { table: 'items' } },
        { ...s3, operation: 'DeleteObjects', effect: 'throttle', rate: 0.5 },
        { ...worker, effect: 'throttle', rate: 0.3 },
      ],
    ],
    ['unprocessed items', [{ ...dynamodb, operation: 'BatchWriteItem', effect: 'unprocessed', share: 0.6 }]],
    [
      'failures after the effect',
      [
        { ...dynamodb, operation: 'BatchWriteItem', effect: 'http500', when: 'afterCall', rate: 0.5 },
        { ...dynamodb, operation: 'DeleteItem', effect: 'http500', when: 'afterCall', rate: 0.3 },
        { ...s3, operation: 'DeleteObjects', effect: 'http500', when: 'afterCall', rate: 0.5 },
      ],
    ],
    [
      'connections that break after the effect',
      [
        { ...dynamodb, operation: 'BatchWriteItem', effect: 'reset', when: 'afterCall', rate: 0.5 },
        { ...dynamodb, operation: 'DeleteItem', effect: 'reset', when: 'afterCall', rate: 0.3 },
        { ...s3, operation: 'DeleteObjects', effect: 'reset', when: 'afterCall', rate: 0.5 },
      ],
    ],
    [
      'answers cut short',
      [
        { ...dynamodb, operation: 'Query', effect: 'truncate', rate: 0.5, match: { table: 'items' } },
        { ...dynamodb, operation: 'Scan', effect: 'truncate', rate: 0.5, match: { table: 'notes' } },
        { ...dynamodb, operation: 'BatchWriteItem', effect: 'truncate', rate: 0.5 },
        { ...s3, operation: 'ListObjectsV2', effect: 'truncate', rate: 0.5 },
        { ...s3, operation: 'DeleteObjects', effect: 'truncate', rate: 0.5 },
      ],
    ],
    ['slow answers', [{ ...dynamodb, effect: 'slow', rate: 0.2, delayMs: 40 }]],
    ['results that are lost', [{ ...worker, effect: 'loseResult', rate: 0.5 }]],
    [
      'failures of single keys that pass',
      [{ ...s3, operation: 'DeleteObjects', effect: 'keyError', code: 'InternalError' }],
    ],
  ];

  it.each(cases)('of %s still erases exactly what it planned', async (_, rules) => {
    const lethe = await open({ seed: 11, rules });
    try {
      const ended = await lethe.approved(request);
      expect(ended).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'erased' } });
      expect(ended.output.totals).toMatchObject({ planned: 2 * ITEMS + OBJECTS, remaining: 0, failed: 0, changed: 0 });
      await expectErased(lethe);
      const { targets } = await lethe.report(ended.name);
      for (const { unacknowledged } of targets) expect(unacknowledged).toBe(0);
      const kinds = new Set(rules.map(({ effect }) => effect));
      for (const kind of kinds) expect(lethe.local.faultCounts()[kind]).toBeGreaterThan(0);
    } finally {
      await lethe.close();
    }
  });
});

describe('workers that are killed', { tags: ['faults'] }, () => {
  // Early in an invocation: its claim, its session, its listing, its checkpoint, its batches. No more than three times:
  // the state machine calls a killed worker's shard three times again.
  const moments = [4, 6, 10, 13, 14, 15].flatMap((n) =>
    (['beforeCall', 'afterCall'] as const).map((when) => [n, when] as const),
  );

  let afterEffect = 0;
  afterAll(() => expect(afterEffect, 'runs with a kill between an effect and its acknowledgement').toBeGreaterThan(0));

  it.each(moments)('at call %i, %s, lose nothing, and the sums say what nobody acknowledged', async (n, when) => {
    const worker = { service: 'lambda', operation: 'work-shard' };
    const lethe = await open({ seed: 100 + n, rules: [{ ...worker, effect: 'kill', n, when, times: 3 }] });
    try {
      const ended = await lethe.approved(request);
      expect(ended).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'erased' } });
      await expectErased(lethe);
      expect(lethe.local.faultCounts()['kill']).toBeGreaterThan(0);
      const report = await lethe.report(ended.name);
      // Where the takeovers found gone exactly what was not acknowledged, there is nothing to warn of.
      expect(report.warnings.filter((warning: string) => warning.includes('acknowledgement'))).toEqual([]);
      for (const { seen, erased, changed, failed, unacknowledged } of report.targets) {
        expect(unacknowledged).toBe(seen - erased - changed - failed);
        expect(unacknowledged).toBeGreaterThanOrEqual(0);
      }
      const gone = lethe.calls.filter(({ fault, items }) => fault === 'kill' && items > 0);
      if (gone.some(({ operation }) => /^(BatchWriteItem|DeleteItem|DeleteObjects)$/.test(operation))) {
        afterEffect++;
        const unacknowledged = report.targets.reduce(
          (sum: number, row: { unacknowledged: number }) => sum + row.unacknowledged,
          0,
        );
        expect(unacknowledged).toBeGreaterThan(0);
      }
    } finally {
      await lethe.close();
    }
  });
});

describe('a target that cannot be erased', { tags: ['faults'] }, () => {
  let lethe: Lethe;
  let ended: Awaited<ReturnType<Lethe['approved']>>;
  beforeAll(async () => {
    const refused = { effect: 'keyError', share: 1, code: 'AccessDeniedException', match: { table: 'items' } } as const;
    lethe = await open({ rules: [{ service: 'dynamodb', operation: 'BatchWriteItem', ...refused }] });
    ended = await lethe.approved(request);
  });
  afterAll(() => lethe.close());

  it('leaves the others erased, and the run incomplete', async () => {
    expect(ended).toMatchObject({ status: 'FAILED', error: 'Lethe.Incomplete', cause: { outcome: 'incomplete' } });
    const report = await lethe.report(ended.name);
    expect(report.targets).toMatchObject([
      { store: 'items', state: 'incomplete', seen: ITEMS, erased: 0, failed: ITEMS, remaining: ITEMS },
      { store: 'notes', state: 'erased', erased: ITEMS, remaining: 0 },
      { store: 'images', state: 'erased', erased: OBJECTS, remaining: 0 },
    ]);
  });

  it('is tried in three passes, and listed with its errors by code, its keys as hashes', async () => {
    const report = await lethe.report(ended.name);
    const [{ errors, verification }] = report.targets;
    expect(errors).toEqual([
      {
        code: 'AccessDeniedException',
        count: ITEMS,
        samples: expect.arrayContaining([expect.stringMatching(/^hmac-sha256:/)]),
      },
    ]);
    expect(verification.passes).toBe(3);
    const states = await lethe.states(ended.name);
    expect(states.filter((state) => state === 'Erase shard')).toHaveLength(3);
    for (const file of ['report.json', 'report.html', 'plan.json', 'request.json']) {
      expect(await lethe.evidence(ended.name, file)).not.toContain('acme-0000');
    }
  });

  it('is finished by another run once the cause is mended', async () => {
    const mended = await open({ rules: [] });
    try {
      expect((await mended.approved(request)).output).toMatchObject({ outcome: 'erased' });
    } finally {
      await mended.close();
    }
  });
});

describe('leftovers of a first pass', { tags: ['faults'] }, () => {
  it('are erased by the second', async () => {
    const refused = { effect: 'keyError', share: 1, code: 'AccessDeniedException' } as const;
    const lethe = await open({ rules: [{ service: 'dynamodb', operation: 'BatchWriteItem', ...refused, times: 3 }] });
    try {
      const ended = await lethe.approved(request);
      expect(ended.output).toMatchObject({ outcome: 'erased', totals: { failed: 0, remaining: 0 } });
      const [items] = (await lethe.report(ended.name)).targets;
      expect(items).toMatchObject({ erased: ITEMS, failed: 0, errors: [], verification: { passes: 2 } });
      await expectErased(lethe);
    } finally {
      await lethe.close();
    }
  });
});
