// The laws of the fuzz suite, each with a run that keeps it and one that breaks it: a law that cannot fail proves nothing.
import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { describe, expect, it } from 'vitest';
import type { WrittenCatalog } from '../fuzz/model.ts';
import { judge } from '../fuzz/oracle/judge.ts';
import type { Observed, SeenReport, SeenTarget } from '../fuzz/oracle/observed.ts';
import { keyOf } from '../fuzz/world.ts';

const ERASING_MS = Date.parse('2026-11-20T12:00:00.000Z');
const catalog: WrittenCatalog = {
  version: 1,
  name: 'fuzz',
  environment: 'test',
  protected: { allowed: false },
  everything: { allowed: false },
  scopes: { tenant: { pattern: '^[a-z]{1,8}$' } },
  stores: {
    items: { table: 'items', select: { tenant: { attribute: { owner: '{tenant}' } } } },
    files: { bucket: 'files', select: { tenant: { prefix: '{tenant}/' } } },
    gone: { bucket: 'gone', recovery: 'none', select: { tenant: { prefix: '{tenant}/' } } },
  },
  protection: { versioning: 'refuse', reuseBackupWithin: '24h' },
  approval: { approvers: ['lead@example.com'], required: 1, expiresAfter: '15m' },
  limits: { maxItems: 1_000, drift: 0, cooldown: '0s', maxConcurrency: 1 },
  undo: { window: '7d' },
};

const LATER = '2026-11-20T13:00:00.000Z';
const item = (id: string, owner: string) => ({ id: { S: id }, owner: { S: owner } });
const knownItem = (id: string, owner: string, isDuring = false) =>
  [keyOf({ id: { S: id } }), { item: item(id, owner), isDuring }] as const;
const body = (versionId: string) => ({ versionId, etag: '"1"', isDuring: false });
const marker = (versionId: string) => ({ versionId, etag: null });

const row = (store: string, more: Partial<SeenTarget> = {}): SeenTarget => ({
  store,
  kind: store === 'items' ? 'dynamodb' : 's3',
  state: 'erased',
  planned: { items: 1 },
  seen: 1,
  erased: 1,
  changed: 0,
  failed: 0,
  remaining: 0,
  unacknowledged: 0,
  changedSincePlan: 0,
  ...more,
});
const ROWS = [row('items'), row('files'), row('gone')];

function reportOf(more: Partial<SeenReport> = {}): SeenReport {
  const targets = more.targets ?? ROWS;
  const sum = (of: (target: SeenTarget) => number | null) =>
    targets.reduce((all, target) => all + (of(target) ?? 0), 0);
  return {
    outcome: 'erased',
    planDigest: digestOf(PLAN),
    decisions: [{ decision: 'approve', by: 'lead@example.com' }],
    targets,
    phases: [],
    warnings: [],
    totals: {
      planned: sum(({ planned }) => planned?.items ?? 0),
      seen: sum(({ seen }) => seen),
      erased: sum(({ erased }) => erased),
      changed: sum(({ changed }) => changed),
      failed: sum(({ failed }) => failed),
      remaining: sum(({ remaining }) => remaining),
    },
    cooldownUntil: null,
    error: null,
    ...more,
  };
}

const PLAN = { targets: ['items', 'files', 'gone'].map((id) => ({ id, maximum: 26 })) };
const REQUEST = { scope: { tenant: 'acme' }, mode: 'execute', phrase: 'ERASE tenant acme from test' } as const;

function digestOf(plan: object): string {
  return `sha256:${createHash('sha256')
    .update(canonicalize(plan) ?? '')
    .digest('hex')}`;
}

function evidenceOf(report: SeenReport, plan: object = PLAN): Observed['evidence'] {
  const files = {
    'request.json': Buffer.from(JSON.stringify(REQUEST)),
    'plan.json': Buffer.from(JSON.stringify({ ...plan, planDigest: digestOf(plan) })),
    'decisions.jsonl': Buffer.from(report.decisions.map((one) => `${JSON.stringify(one)}\n`).join('')),
    'report.json': Buffer.from(JSON.stringify(report)),
    'report.html': Buffer.from('<p>'),
  };
  const lines = Object.entries(files).map(([name, bytes]) => {
    return `${createHash('sha256').update(bytes).digest('hex')}  ${name}\n`;
  });
  return { ...files, SHA256SUMS: Buffer.from(lines.join('')), 'SHA256SUMS.sig': null, 'signing-key.pem': null };
}

/** A run of acme that erased an item, hid an object and removed another, and left its neighbours alone. */
function run(more: Partial<Observed> = {}, report: Partial<SeenReport> = {}): Observed {
  return {
    catalog,
    shapes: {
      tables: [{ name: 'items', keys: [{ name: 'id', type: 'S' }], indexes: [] }],
      buckets: ['files', 'gone'].map((name) => ({ name, isVersioned: true })),
    },
    run: { request: REQUEST, ending: { kind: 'approve' }, intrusions: [], mustRefuse: null },
    runId: 'run',
    hasFaults: false,
    isInterrupted: false,
    hasIntruders: false,
    ended: { status: 'SUCCEEDED', output: '{"outcome":"erased"}', error: null, cause: null },
    known: {
      tables: new Map([['items', new Map([knownItem('1', 'acme'), knownItem('2', 'acm')])]]),
      buckets: new Map([
        [
          'files',
          new Map([
            ['acme/1', [body('a')]],
            ['acm/1', [body('b')]],
          ]),
        ],
        ['gone', new Map([['acme/2', [body('c')]]])],
      ]),
    },
    found: found(),
    evidence: evidenceOf(reportOf(report)),
    posted: [{ by: 'lead@example.com', decision: 'approve', status: 200 }],
    calls: [call('BatchWriteItem', 'items', 1)],
    erasingSinceMs: ERASING_MS,
    finalisingSinceMs: ERASING_MS,
    ...more,
  };
}

interface Left {
  readonly items?: readonly ReturnType<typeof item>[];
  readonly files?: Readonly<Record<string, readonly { versionId: string; etag: string | null }[]>>;
  readonly gone?: Readonly<Record<string, readonly { versionId: string; etag: string | null }[]>>;
}

function found(left: Left = {}): Observed['found'] {
  const items = left.items ?? [item('2', 'acm')];
  const files = left.files ?? { 'acme/1': [body('a'), marker('m')], 'acm/1': [body('b')] };
  return {
    tables: new Map([['items', new Map(items.map((one) => [keyOf({ id: one.id }), one]))]]),
    buckets: new Map([
      ['files', new Map(Object.entries(files))],
      ['gone', new Map(Object.entries(left.gone ?? {}))],
    ]),
  };
}

function call(operation: string, resource: string, secondsIn: number): Observed['calls'][number] {
  const at = new Date(ERASING_MS + secondsIn * 1_000).toISOString();
  const sizes = { items: 1, bytesIn: 1, bytesOut: 1, status: 200, fault: null };
  return {
    n: 1,
    at,
    service: operation.includes('Object') ? 's3' : 'dynamodb',
    operation,
    resource,
    by: 'work-shard',
    ...sizes,
  };
}

const asLooked = { run: { ...run().run, request: { ...REQUEST, mode: 'preview' } as const } };
const asCounted = { run: { ...run().run, request: { ...REQUEST, mode: 'dry-run' } as const } };

describe('the laws hold', () => {
  it('for a run that erased exactly what was asked', () => {
    expect(judge(run(), { cooldownUntil: null })).toEqual([]);
  });
});

describe('the laws notice', () => {
  const cases: [string, Observed, RegExp][] = [
    ['a hang', run({ ended: null }), /hangs/],
    [
      'an item that is left',
      run({ found: found({ items: [item('1', 'acme'), item('2', 'acm')] }) }),
      /1 of it are left/,
    ],
    ['a neighbour’s item that is gone', run({ found: found({ items: [] }) }), /does not select it/],
    [
      'a neighbour’s item that is changed',
      run({ found: found({ items: [{ ...item('2', 'acm'), x: { S: 'y' } }] as never }) }),
      /not as it was written last/,
    ],
    [
      'an item that came from nowhere',
      run({ found: found({ items: [item('2', 'acm'), item('3', 'acm')] }) }),
      /nobody wrote it/,
    ],
    [
      'an item that changed hands and is gone',
      run({
        hasIntruders: true,
        known: {
          ...run().known,
          tables: new Map([['items', new Map([knownItem('1', 'globex', true), knownItem('2', 'acm')])]]),
        },
      }),
      /does not select it/,
    ],
    [
      'an object that is not hidden',
      run({ found: found({ files: { 'acme/1': [body('a')], 'acm/1': [body('b')] } }) }),
      /1 of it are left/,
    ],
    [
      'a hidden object’s version that is lost',
      run({ found: found({ files: { 'acme/1': [marker('m')], 'acm/1': [body('b')] } }) }),
      /version a of .* is gone/,
    ],
    [
      'a neighbour’s object that is hidden',
      run({ found: found({ files: { 'acme/1': [body('a'), marker('m')], 'acm/1': [body('b'), marker('n')] } }) }),
      /hidden by a marker that nobody made/,
    ],
    [
      'a version that is left where none may be',
      run({ found: found({ gone: { 'acme/2': [body('c')] } }) }),
      /1 of it are left/,
    ],
    [
      'a row that does not add up',
      run({}, { targets: [row('items', { seen: 2 }), ...ROWS.slice(1)] }),
      /do not add up/,
    ],
    [
      'more acknowledged than seen',
      run({}, { targets: [row('items', { erased: 2, unacknowledged: -1 }), ...ROWS.slice(1)] }),
      /more came of it/,
    ],
    [
      'an acknowledgement that was dropped',
      run({}, { targets: [row('items', { erased: 0, unacknowledged: 1 }), ...ROWS.slice(1)] }),
      /nobody died, but 1 are unacknowledged/,
    ],
    ['totals that are not the sum', run({}, { totals: { ...reportOf().totals, erased: 2 } }), /total erased is 2/],
    [
      'a count that is not what was seeded',
      run({}, { targets: [row('items', { planned: { items: 2 }, changedSincePlan: -1 }), ...ROWS.slice(1)] }),
      /planned 2, but 1/,
    ],
    [
      'a change that nobody made',
      run({}, { targets: [row('items', { erased: 0, changed: 1 }), ...ROWS.slice(1)] }),
      /there were none/,
    ],
    [
      'remaining that is not what is left',
      run({}, { targets: [row('items', { remaining: 1, state: 'incomplete' }), ...ROWS.slice(1)] }),
      /remaining is reported as 1/,
    ],
    [
      'a failure in what is reported as erased',
      run({}, { targets: [row('items', { seen: 2, failed: 1, changedSincePlan: 1 }), ...ROWS.slice(1)] }),
      /but 1 failed/,
    ],
    [
      'a warning of others where there are none',
      run({}, { warnings: ['items: somebody else wrote meanwhile'] }),
      /nobody else wrote/,
    ],
    [
      'more gone than the maximum',
      run({
        evidence: evidenceOf(reportOf({ planDigest: digestOf({ targets: [{ id: 'items', maximum: 0 }] }) }), {
          targets: [{ id: 'items', maximum: 0 }],
        }),
      }),
      /more than its maximum 0/,
    ],
    [
      'a wrong outcome',
      run({ posted: [{ by: 'lead@example.com', decision: 'reject', status: 200 }] }),
      /expected rejected/,
    ],
    [
      'a refusal that must come and does not',
      run({ run: { ...run().run, mustRefuse: ['Lethe.PhraseMismatch'] } }),
      /expected refused/,
    ],
    [
      'an execution that says something else',
      run({ ended: { status: 'SUCCEEDED', output: '{"outcome":"counted"}', error: null, cause: null } }),
      /the execution says counted/,
    ],
    [
      'a status that does not fit',
      run({ ended: { status: 'FAILED', output: null, error: 'x', cause: null } }),
      /but its execution FAILED/,
    ],
    ['evidence that is missing', run({ evidence: { ...run().evidence, 'report.html': null } }), /lacks report.html/],
    [
      'evidence that was changed',
      run({ evidence: { ...run().evidence, 'report.html': Buffer.from('<b>') } }),
      /SHA256SUMS is not/,
    ],
    [
      'a plan that is not what its digest says',
      run({}, { planDigest: `sha256:${'0'.repeat(64)}` }),
      /the report names the plan/,
    ],
    ['a decision that was lost', run({}, { decisions: [] }), /recorded, but the report does not have it/],
    ['a decision that nobody made', run({ posted: [] }), /which nobody made/],
    ['a deletion before the erase phase', run({ calls: [call('DeleteObjects', 'files', -1)] }), /outside the phases/],
    ['a write into a store', run({ calls: [call('PutItem', 'items', 1)] }), /writes nothing into stores/],
    ['a preview that reads data', run({ ...asLooked, calls: [call('Query', 'items', -9)] }), /metadata alone/],
    ['a dry run that deletes', run({ ...asCounted, calls: [call('DeleteItem', 'items', -9)] }), /deletes nothing/],
    [
      'a dry run that protects',
      run({ ...asCounted, calls: [call('CreateBackup', 'items', -9)] }),
      /changes no protection/,
    ],
    ['erasing in a run that has not begun to', run({ erasingSinceMs: null }), /was not begun/],
  ];

  it.each(cases)('%s', (_, observed, problem) => {
    expect(judge(observed, { cooldownUntil: null }).join('\n')).toMatch(problem);
  });

  it.each([
    ['before the cooldown ends', LATER, /expected refused/],
    ['as the cooldown ends', '2026-11-20T11:50:00.500Z', /^$/],
    ['after it', '2026-11-20T11:00:00.000Z', /^$/],
  ])('erasing again %s', (_, cooldownUntil, problem) => {
    const phases = [{ name: 'Plan run', startedAt: '2026-11-20T11:50:00.000Z', endedAt: '2026-11-20T11:50:01.000Z' }];
    expect(judge(run({}, { phases }), { cooldownUntil }).join('\n')).toMatch(problem);
  });

  it('a scope that is still locked: only a cooldown may refuse it', () => {
    const ended = { status: 'FAILED', output: null, error: 'Lethe.ScopeLocked', cause: '{}' };
    const report = {
      outcome: 'refused',
      error: { name: 'Lethe.ScopeLocked' },
      targets: [],
      decisions: [],
      planDigest: null,
    };
    const locked = run({ ended, posted: [], calls: [] }, report);
    for (const cooldownUntil of [LATER, null]) {
      expect(judge(locked, { cooldownUntil }).join('\n')).toMatch(/refused/);
    }
  });
});
