import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const MINUTE_MS = 60_000;

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lethe-demo-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The command as `npm run demo` runs it, without npm's start-up. */
function demo(...flags: string[]): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(ROOT, 'bin/demo.mjs'), '--out', join(folder, 'out'), ...flags], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (chunk) => stdout.push(chunk));
    child.stderr.on('data', (chunk) => stderr.push(chunk));
    child.on('error', reject);
    child.on('close', (code) =>
      resolve({ code, stdout: String(Buffer.concat(stdout)), stderr: String(Buffer.concat(stderr)) }),
    );
  });
}

describe('the demo', () => {
  it(
    'erases acme of the gallery, proves it, and stays within its requests and memory',
    async () => {
      const dump = join(folder, 'dump');
      const ran = await demo('--yes', '--json', '--items', '2000', '--objects', '300', '--dump', dump);
      expect([ran.code, ran.stderr.slice(-400)]).toEqual([0, expect.stringContaining('peak memory')]);
      expect(ran.stdout.trim().split('\n')).toHaveLength(1);
      const result = JSON.parse(ran.stdout);
      expect(result).toMatchObject({
        version: 1,
        ok: true,
        outcome: 'erased',
        runs: [
          { mode: 'preview', outcome: 'previewed' },
          { mode: 'dry-run', outcome: 'counted' },
          { mode: 'execute', outcome: 'erased' },
        ],
        proof: { selectedLeft: 0, neighboursChanged: 0, preservedChanged: 0, restored: { targets: 9, different: 0 } },
      });
      const tables = result.report.targets.filter(
        (target: { kind: string; planned: unknown }) => target.kind === 'dynamodb' && target.planned,
      );
      // Through an index or by an attribute each item is a request of its own, with its condition; else 25 are one.
      const isConditional = (store: string) => ['photos', 'client-feedback'].includes(store);
      const deletes = tables.reduce(
        (sum: number, { erased, store }: { erased: number; store: string }) =>
          sum + (isConditional(store) ? erased : Math.ceil(erased / 25)),
        0,
      );
      expect(result.requests.dynamodbErase).toBeLessThanOrEqual(deletes + 2 * (tables.length + 1));
      expect(result.requests.s3Erase).toBeLessThanOrEqual(2 * Math.ceil(300 / 1_000) + 4);
      expect(result.peakRssBytes).toBeLessThan(900e6);
      const photos = (moment: string) => readFile(join(dump, moment, 'tables/galerly-photos.jsonl'), 'utf8');
      const [before, after] = [await photos('before'), await photos('after')];
      const isOther = (line: string) => line !== '' && !line.includes('"user_id":{"S":"acme"}');
      expect(after.split('\n').filter(Boolean)).toEqual(before.split('\n').filter(isOther));
      expect(await readFile(join(result.evidence, 'demo.json'), 'utf8')).toContain(result.report.planDigest);
    },
    MINUTE_MS,
  );

  it(
    'works with anybody’s data, catalog and request, and ends 3 when it is rejected',
    async () => {
      const data = join(folder, 'data');
      await mkdir(join(data, 'tables'), { recursive: true });
      await mkdir(join(data, 'buckets'), { recursive: true });
      const create = {
        TableName: 'orders',
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'customer', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'customer', KeyType: 'HASH' }],
      };
      await writeFile(join(data, 'tables/orders.create.json'), JSON.stringify(create));
      const rows = ['acme', 'acme-2', 'ACME'].map((customer) =>
        JSON.stringify({ customer: { S: customer }, n: { N: '1.50' } }),
      );
      await writeFile(join(data, 'tables/orders.jsonl'), `${rows.join('\n')}\n`);
      const objects = [
        { key: 'acme/a', size: 10 },
        { key: 'acme-2/a', body: 'x' },
        { key: 'acme/a', body: 'second' },
        { key: 'acme/b', deleteMarker: true },
      ];
      await writeFile(
        join(data, 'buckets/files-of-orders.jsonl'),
        objects.map((object) => `${JSON.stringify(object)}\n`).join(''),
      );
      await writeFile(
        join(folder, 'catalog.yaml'),
        `version: 1
name: orders
environment: test
scopes: { customer: { pattern: "^[A-Za-z0-9-]{1,20}$" } }
stores:
  orders: { table: orders, select: { customer: { key: { customer: "{customer}" } } } }
  files: { bucket: files-of-orders, recovery: none, select: { customer: { prefix: "{customer}/" } } }
approval: { approvers: [a@example.com], required: 1, expiresAfter: 10m }
`,
      );
      const request = {
        mode: 'execute',
        scope: { customer: 'acme' },
        reason: 'r',
        requestedBy: 'ops@example.com',
        phrase: 'ERASE customer acme from test',
      };
      await writeFile(join(folder, 'request.json'), JSON.stringify(request));
      const flags = [
        '--json',
        '--data',
        data,
        '--catalog',
        join(folder, 'catalog.yaml'),
        '--request',
        join(folder, 'request.json'),
      ];
      const [erased, rejected] = await Promise.all([
        demo('--yes', ...flags),
        demo('--reject', 'wrong customer', ...flags),
      ]);
      expect([erased.code, rejected.code]).toEqual([0, 3]);
      expect(JSON.parse(erased.stdout)).toMatchObject({
        ok: true,
        outcome: 'erased',
        report: { totals: { planned: 4, erased: 4, remaining: 0 } },
      });
      expect(JSON.parse(rejected.stdout)).toMatchObject({
        ok: true,
        outcome: 'rejected',
        report: { decisions: [{ decision: 'reject', reason: 'wrong customer' }] },
        proof: { neighboursChanged: 0 },
      });
    },
    MINUTE_MS,
  );

  it(
    'ends 2 with a sentence when it cannot be used as asked',
    async () => {
      await writeFile(join(folder, 'broken.yaml'), 'version: 1\nname: [\n');
      await writeFile(
        join(folder, 'wrong-faults.json'),
        JSON.stringify({ rules: [{ service: 's3', effect: 'explode' }] }),
      );
      await writeFile(join(folder, 'refused.json'), JSON.stringify({ mode: 'execute', scope: { tenant: '*' } }));
      const cases: [string[], RegExp][] = [
        [['--itmes', '5'], /unknown option '--itmes'/],
        [['--items', '-1'], /whole number from 0/],
        [['--yes', '--reject', 'x'], /exclude each other/],
        [['--faults', join(folder, 'nowhere.json')], /ENOENT/],
        [['--faults', join(folder, 'wrong-faults.json')], /rules\[0\]\.effect: /],
        [['--catalog', join(folder, 'nowhere.yaml')], /ENOENT/],
        [['--catalog', join(folder, 'broken.yaml')], /broken\.yaml:\d+: /],
        [['--data', join(folder, 'nowhere')], /is not a folder/],
      ];
      const ran = await Promise.all(cases.map(([flags]) => demo(...flags)));
      for (const [at, { code, stdout, stderr }] of ran.entries()) {
        expect([code, stdout]).toEqual([2, '']);
        expect(stderr).toMatch(cases[at]?.[1] ?? /never/);
      }
      const refused = await demo(
        '--json',
        '--yes',
        '--items',
        '60',
        '--objects',
        '0',
        '--request',
        join(folder, 'refused.json'),
      );
      expect(refused.code).toBe(2);
      expect(JSON.parse(refused.stdout)).toMatchObject({
        ok: false,
        outcome: 'refused',
        runs: [{ mode: 'preview', outcome: 'refused' }],
      });
    },
    MINUTE_MS,
  );
});
