import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { inProcess, lethe } from './command.ts';

const GALLERY = 'examples/gallery/catalog.yaml';
const HEAD = `version: 1
name: app
environment: staging
scopes: { tenant: { pattern: "^[a-z]{1,9}$" }, room: { within: tenant, pattern: "^[a-z]{1,9}$" } }
approval: { approvers: [a@example.com, b@example.com], required: 2 }
stores:
`;

describe('lethe catalog check', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lethe-catalogs-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function check(yaml: string, ...flags: string[]) {
    const file = join(await mkdtemp(join(folder, 'c-')), 'catalog.yaml');
    await writeFile(file, yaml);
    return { file, ...(await inProcess(['catalog', 'check', file, ...flags])) };
  }

  it('shows of a good catalog what is erased by default, by opt-in and never, in which scopes, and the phrases', async () => {
    const { code, stdout, stderr } = await lethe(['catalog', 'check', GALLERY]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const rows = stdout.split('\n').map((line) => line.split(/ {2,}/));
    expect(rows).toContainEqual(['photos', 'dynamodb', 'galerly-photos', 'by default', 'tenant, gallery']);
    expect(rows).toContainEqual(['refunds', 'dynamodb', 'galerly-refunds', 'opt-in billing', 'tenant, invoice']);
    expect(rows).toContainEqual(['users', 'dynamodb', 'galerly-users', 'preserved', 'tenant']);
    expect(rows).toContainEqual(['contact', 'dynamodb', 'galerly-contact', 'preserved', '-']);
    expect(stdout).toContain('ERASE gallery <gallery> of tenant <tenant> from demo');
    expect(stdout).toContain('with audit,billing from demo');
  });

  it('names deputies, and refuses one who is an approver by another spelling', async () => {
    const store = '  items: { table: items, select: { tenant: { key: { tenant: "{tenant}" } } } }\n';
    const yaml = (deputy: string) => `${HEAD.replace('], required', `], deputies: [${deputy}], required`)}${store}`;
    const { stdout } = await check(yaml('c@example.com'));
    expect(stdout).toMatch(/^Approval +2 of a@example.com, b@example.com\nDeputies +c@example.com$/m);
    const json = await check(yaml('c@example.com'), '--json');
    expect(JSON.parse(json.stdout).approval.deputies).toEqual(['c@example.com']);
    const twin = await check(yaml('B+away@Example.com'));
    expect(twin.code).toBe(2);
    expect(twin.stdout).toContain('B+away@Example.com is the same person as b@example.com; each approver counts once');
  });

  it('tells the SHA-256 of what is shipped: the file as JSON, in its own order', async () => {
    const { code, stdout } = await inProcess(['catalog', 'check', GALLERY, '--json']);
    const shipped = JSON.stringify(parse(await readFile(GALLERY, 'utf8')));
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      name: 'gallery',
      environment: 'demo',
      executes: true,
      sha256: createHash('sha256').update(shipped).digest('hex'),
      optIns: ['audit', 'billing'],
      approval: { required: 1, approvers: ['lead@galerly.example', 'dpo@galerly.example'] },
    });
  });

  it('says where execute is refused, and what cannot be undone, and what everything takes', async () => {
    const yaml = `${HEAD}  events: { table: events, recovery: none, select: { tenant: { key: { t: "{tenant}" } } } }
  kept: { table: kept, preserve: true }
everything: { allowed: true }
`;
    const { code, stdout } = await check(yaml);
    expect(code).toBe(0);
    expect(stdout).toContain('staging; execute is refused here');
    expect(stdout).toMatch(/events {2}dynamodb {2}events +by default {2}CANNOT BE UNDONE {2}tenant, everything/);
    expect(stdout).toMatch(/kept +dynamodb {2}kept +preserved +-/);
    expect(stdout).toContain('ERASE everything from staging');
  });

  it('says which tables are read whole for the items of one scope', async () => {
    const yaml = `${HEAD}  events: { table: events, select: { tenant: { attribute: { owner: "{tenant}" } }, room: { key: { r: "{room}" }, where: { t: "{tenant}" } } } }
  works: { table: works, select: { tenant: [{ key: { t: "{tenant}" } }, { attribute: { author: "{tenant}" } }] } }
  photos: { table: photos, select: { tenant: { index: by-owner, key: { owner: "{tenant}" } } } }
`;
    const text = await check(yaml);
    const json = await check(yaml, '--json');
    expect(text.stdout).toContain('Read whole, because an attribute selects: events (tenant), works (tenant)\n');
    expect(JSON.parse(json.stdout).stores.map(({ scans }: { scans: string[] }) => scans)).toEqual([
      ['tenant'],
      ['tenant'],
      [],
    ]);
  });

  it('names every problem with its file, line, path and refusal, and exits 2', async () => {
    const yaml = `${HEAD}  photos:
    table: photos
    select:
      room: { key: { room: "{room}" } }
  logs:
    bucket: logs
    allowReplicas: true
`;
    const { code, stdout, stderr, file } = await check(yaml);
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
    const [first, second, last] = stdout.split('\n');
    expect(first).toMatch(
      new RegExp(
        `^${file}:10: stores\\.photos\\.select\\.room does not mention \\{tenant\\}.*\\(Lethe\\.SelectorNotBound\\)$`,
      ),
    );
    expect(second).toMatch(new RegExp(`^${file}:13: stores\\.logs\\.allowReplicas .* \\(Lethe\\.InvalidCatalog\\)$`));
    expect(last).toContain('2 problems');
  });

  it('prints the problems as one JSON object with --json', async () => {
    const { code, stdout, file } = await check(`${HEAD}  photos: { tabel: photos }\n`, '--json');
    expect(code).toBe(2);
    const { problems, ...rest } = JSON.parse(stdout);
    expect(rest).toEqual({ ok: false, file });
    expect(problems).toContainEqual(
      expect.objectContaining({ line: 7, path: ['stores', 'photos', 'tabel'], error: 'Lethe.InvalidCatalog' }),
    );
  });

  it('names the line at which a file is no YAML', async () => {
    const { code, stdout, file } = await check(`${HEAD}  photos: { table: photos\n  logs: }\n`);
    expect(code).toBe(2);
    expect(stdout).toMatch(new RegExp(`^${file}:\\d+: the catalog is no valid YAML`));
  });

  it('refuses a file that cannot be read', async () => {
    const { code, stdout, stderr } = await inProcess(['catalog', 'check', join(folder, 'absent.yaml')]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('The catalog cannot be read: ENOENT');
  });
});
