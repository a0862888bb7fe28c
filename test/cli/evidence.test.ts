import { execFile } from 'node:child_process';
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyEvidence } from '../../core/evidence/verify-evidence.ts';
import { catalogOf, tenantTable } from '../support/catalogs.ts';
import { Lethe } from '../support/lethe.ts';
import { inProcess, lethe as run } from './command.ts';

/** interfaces.md, section 4. */
const FILES = ['request.json', 'plan.json', 'decisions.jsonl', 'report.json', 'report.html', 'SHA256SUMS'];
/** Beside them. */
const SIGNATURE = ['SHA256SUMS.sig', 'signing-key.pem'];
const FORGED = `sha256:${'0'.repeat(64)}`;
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe('the evidence of an erasure', () => {
  let lethe: Lethe;
  let folder: string;
  let at: string[];
  /** What `report --out` wrote; tests work on copies. */
  let original: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lethe-evidence-'));
    original = join(folder, 'deep', 'original');
    lethe = await Lethe.open({
      catalog: catalogOf({ stores: { items: tenantTable('items'), users: tenantTable('users', { preserve: true }) } }),
    });
    at = ['--endpoint-url', lethe.local.ready.endpoint, '--region', lethe.local.ready.region];
    await lethe.table(
      'items',
      ['tenant', 'id'],
      [
        { tenant: 'acme', id: 'i1' },
        { tenant: 'acme', id: 'i2' },
      ],
    );
    await lethe.table('users', ['tenant'], [{ tenant: 'acme' }]);
    await lethe.approved({ scope: { tenant: 'acme' }, phrase: 'ERASE tenant acme from test' }, 'run-1');
    await lethe.run({ scope: { tenant: 'acme' }, mode: 'preview' }, 'look-1');
    await lethe.run({ scope: { tenant: 'acme' }, mode: 'wrong' }, 'refused-1');
    await inProcess(['report', 'run-1', '--out', original, ...at]);
  });
  afterAll(async () => {
    await lethe.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function copy(): Promise<string> {
    const to = join(await mkdtemp(join(folder, 'copy-')), 'evidence');
    await cp(original, to, { recursive: true });
    return to;
  }

  /** Changes a file and, as a forger would, its sum; the signature goes, because it cannot be forged. */
  async function forge(to: string, file: string, change: (text: string) => string): Promise<void> {
    const before = await readFile(join(to, file), 'utf8');
    const after = change(before);
    expect(after).not.toBe(before);
    await writeFile(join(to, file), after);
    const sums = await readFile(join(to, 'SHA256SUMS'), 'utf8');
    await writeFile(join(to, 'SHA256SUMS'), sums.replace(sha256(before), sha256(after)));
    for (const name of SIGNATURE) await rm(join(to, name), { force: true });
  }

  async function verify(of: string) {
    const { code, stdout, stderr } = await inProcess(['evidence', 'verify', of, '--json']);
    return { code, stderr, ...JSON.parse(stdout) };
  }

  it('is written whole by report --out, and holds for lethe and for sha256sum', async () => {
    const out = join(folder, 'held');
    const reported = await run(['report', 'run-1', '--out', out, ...at]);
    expect(reported).toMatchObject({ code: 0 });
    expect(reported.stderr).toContain(`8 files of evidence in ${out}; the evidence holds.`);
    expect((await readdir(out)).sort()).toEqual([...FILES, ...SIGNATURE].sort());
    for (const file of FILES) expect(await readFile(join(out, file), 'utf8')).toBe(await lethe.evidence('run-1', file));
    const verified = await run(['evidence', 'verify', out]);
    expect(verified).toMatchObject({ code: 0, stderr: '' });
    expect(verified.stdout).toContain('The evidence of run run-1 holds');
    await promisify(execFile)('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: out });
  });

  it('is a readable report: what was erased, kept, decided, and what is left elsewhere', async () => {
    const { code, stdout, stderr } = await inProcess(['report', 'run-1', ...at]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^tenant acme from test: erased$/m);
    expect(stdout).toMatch(/^Requested by +ops@example.com \(a claim, not proven\)$/m);
    expect(stdout).toMatch(/^ {2}items +items +erased +2 +\S+ \S+ +2 +0 +0 +0 +consistent, 1 pass$/m);
    expect(stdout).toMatch(/^ {2}users +exact +1 +1$/m);
    expect(stdout).toMatch(/^ {2}approve +lead@example.com +\d{4}-/m);
    expect(stdout).toContain('aws dynamodb delete-backup --backup-arn arn:aws:dynamodb:');
  });

  it('is report.json with --json, and nothing else on stdout', async () => {
    const { code, stdout } = await inProcess(['report', 'run-1', '--json', '--out', join(folder, 'json'), ...at]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual(await lethe.report('run-1'));
  });

  it.each([
    ['look-1', 'previewed'],
    ['refused-1', 'refused'],
  ])('of a run that was never sealed holds too: %s', async (runId, outcome) => {
    const out = join(folder, runId);
    expect(await inProcess(['report', runId, '--out', out, ...at])).toMatchObject({ code: 0 });
    expect(await verify(out)).toMatchObject({ code: 0, ok: true, runId, outcome, planDigest: null, findings: [] });
  });

  describe('is signed, which', () => {
    const key = (to: string) => join(to, 'signing-key.pem');
    const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });

    it('an auditor checks with nothing of Lethe’s', async () => {
      const check = ['dgst', '-sha256', '-verify', key(original), '-signature', 'SHA256SUMS.sig', 'SHA256SUMS'];
      const { stdout } = await promisify(execFile)('openssl', check, { cwd: original });
      expect(stdout).toBe('Verified OK\n');
    });

    it('is said with the key, and with whether that is the one to trust', async () => {
      const { signedBy } = await verify(original);
      expect(signedBy).toMatch(/^[0-9a-f]{64}$/);
      const loose = await inProcess(['evidence', 'verify', original]);
      expect(loose.stdout).toContain(`Signed by a key with SHA-256 ${signedBy}; compare it`);
      const trusted = await inProcess(['evidence', 'verify', original, '--public-key', key(original)]);
      expect(trusted).toMatchObject({ code: 0 });
      expect(trusted.stdout).toContain(`Signed by the key to trust, SHA-256 ${signedBy}.`);
    });

    it('is one key for all runs of a deployment', async () => {
      const out = join(folder, 'look-1-signed');
      await inProcess(['report', 'look-1', '--out', out, ...at]);
      expect(await readFile(key(out), 'utf8')).toBe(await readFile(key(original), 'utf8'));
    });

    it('a forger cannot do: mended sums are found out', async () => {
      const to = await copy();
      const sums = await readFile(join(to, 'SHA256SUMS'), 'utf8');
      const mended = sums.replace(sha256(await readFile(join(to, 'report.html'), 'utf8')), sha256('mine'));
      await writeFile(join(to, 'report.html'), 'mine');
      await writeFile(join(to, 'SHA256SUMS'), mended);
      expect(await verify(to)).toMatchObject({
        code: 1,
        signedBy: null,
        findings: [{ file: 'SHA256SUMS.sig', what: 'is no signature of SHA256SUMS by signing-key.pem' }],
      });
    });

    it('a forger can do with a key of his own, unless the key to trust is known', async () => {
      const to = await copy();
      const sums = await readFile(join(to, 'SHA256SUMS'));
      await writeFile(key(to), stranger.publicKey.export({ type: 'spki', format: 'pem' }));
      await writeFile(join(to, 'SHA256SUMS.sig'), sign('sha256', sums, stranger.privateKey));
      expect(await verify(to)).toMatchObject({ code: 0 });
      const { code, stdout } = await inProcess(['evidence', 'verify', to, '--public-key', key(original)]);
      expect(code).toBe(1);
      expect(stdout).toContain('signing-key.pem is another key (SHA-256');
    });

    it('may be missing, which is said, and is refused where a key is to be trusted', async () => {
      const to = await copy();
      for (const name of SIGNATURE) await rm(join(to, name));
      const loose = await inProcess(['evidence', 'verify', to]);
      expect(loose).toMatchObject({ code: 0, stdout: expect.stringContaining('It is not signed') });
      const strict = await inProcess(['evidence', 'verify', to, '--public-key', key(original)]);
      expect(strict).toMatchObject({ code: 1, stdout: expect.stringContaining('SHA256SUMS.sig is missing') });
    });

    it.each(SIGNATURE)('does not hold without %s alone', async (name) => {
      const to = await copy();
      await rm(join(to, name));
      expect(await verify(to)).toMatchObject({ code: 1, findings: [{ file: name, what: 'is missing' }] });
    });

    it('needs a key as PEM where one is given', async () => {
      const { code, stderr } = await inProcess([
        'evidence',
        'verify',
        original,
        '--public-key',
        join(original, 'plan.json'),
      ]);
      expect(code).toBe(2);
      expect(stderr).toContain('The file holds no public key.');
    });
  });

  it('is written twice into one folder, but never over other bytes', async () => {
    const to = await copy();
    expect(await inProcess(['report', 'run-1', '--out', to, ...at])).toMatchObject({ code: 0 });
    await writeFile(join(to, 'report.html'), 'mine');
    await unlink(join(to, 'plan.json'));
    const { code, stdout, stderr } = await inProcess(['report', 'run-1', '--out', to, ...at]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('report.html stands in the folder with other bytes');
    expect(await readFile(join(to, 'report.html'), 'utf8')).toBe('mine');
    expect(await readdir(to)).not.toContain('plan.json');
  });

  it('is not written where there is no folder to be', async () => {
    const file = join(await copy(), 'report.json');
    const { code, stdout, stderr } = await inProcess(['report', 'run-1', '--out', file, ...at]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('The evidence cannot be written: EEXIST');
  });

  it('does not hold in the bucket either once somebody wrote over it', async () => {
    await lethe.run({ scope: { tenant: 'acme' }, mode: 'preview' }, 'look-2');
    const text = await lethe.evidence('look-2', 'report.json');
    const Key = 'runs/look-2/report.json';
    const Body = text.replace('previewed', 'erased');
    await lethe.s3.send(new PutObjectCommand({ Bucket: lethe.local.ready.evidenceBucket, Key, Body }));
    const { code, stderr } = await inProcess(['report', 'look-2', ...at]);
    expect(code).toBe(1);
    expect(stderr).toContain('report.json has SHA-256');
  });

  it.each(FILES)('does not hold with one byte of %s flipped', async (file) => {
    const to = await copy();
    const bytes = await readFile(join(to, file));
    const middle = bytes.length >> 1;
    bytes[middle] = (bytes[middle] ?? 0) ^ 1;
    await writeFile(join(to, file), bytes);
    const { code, ok, findings } = await verify(to);
    expect({ code, ok }).toEqual({ code: 1, ok: false });
    // A changed sum shows at the file it is of.
    expect(findings.length).toBeGreaterThan(0);
    if (file !== 'SHA256SUMS') expect(findings.map((finding: { file: string }) => finding.file)).toContain(file);
  });

  it('does not hold with any byte of any file changed', async () => {
    const files = new Map<string, Uint8Array>();
    for (const file of [...FILES, ...SIGNATURE]) files.set(file, await readFile(join(original, file)));
    expect(verifyEvidence(files).findings).toEqual([]);
    const signed = [...FILES, 'SHA256SUMS.sig'];
    const change = fc.record({
      file: fc.constantFrom(...signed),
      at: fc.nat(),
      mask: fc.integer({ min: 1, max: 255 }),
    });
    fc.assert(
      fc.property(change, ({ file, at: where, mask }) => {
        const bytes = Uint8Array.from(files.get(file) ?? []);
        const position = where % bytes.length;
        bytes[position] = (bytes[position] ?? 0) ^ mask;
        expect(verifyEvidence(new Map(files).set(file, bytes)).findings).not.toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it.each(FILES)('does not hold without %s', async (file) => {
    const to = await copy();
    await unlink(join(to, file));
    expect(await verify(to)).toMatchObject({
      code: 1,
      ok: false,
      findings: expect.arrayContaining([{ file, what: 'is missing' }]),
    });
  });

  it('does not hold when a file is not listed any more', async () => {
    const to = await copy();
    const sums = await readFile(join(to, 'SHA256SUMS'), 'utf8');
    await writeFile(join(to, 'SHA256SUMS'), sums.replace(/^.*plan\.json\n/m, ''));
    const { code, findings, extra } = await verify(to);
    expect(code).toBe(1);
    expect(findings).toContainEqual({ file: 'SHA256SUMS', what: 'does not list plan.json' });
    expect(extra).toEqual(['plan.json']);
  });

  describe('does not hold when a forger mended the sums, but', () => {
    const other = (text: string) => text.replaceAll('lead@example.com', 'boss@example.com');
    const digest = (text: string) =>
      text.replaceAll(/"planDigest": ?"sha256:[0-9a-f]{64}"/g, `"planDigest":"${FORGED}"`);
    it.each([
      [
        'the plan has another digest than its content',
        'plan.json',
        digest,
        /^has planDigest sha256:0+, but its content has sha256:/,
      ],
      [
        'the plan says something else',
        'plan.json',
        (text: string) => text.replace('"reason":"test"', '"reason":"none"'),
        /^has planDigest sha256:[0-9a-f]+, but its content/,
      ],
      ['the plan is null', 'plan.json', () => 'null\n', /^is null, but report.json has planDigest/],
      [
        'the plan has a member more',
        'plan.json',
        (text: string) => text.replace('{', '{"more":1,'),
        /^is no plan: more is an unknown key/,
      ],
      [
        'the report is for another plan',
        'report.json',
        (text: string) => text.replace(/"planDigest": "[^"]*"/, `"planDigest": "${FORGED}"`),
        /^has planDigest sha256:0+, but plan.json has/,
      ],
      [
        'the report knows of no plan',
        'report.json',
        (text: string) => text.replace(/"planDigest": "[^"]*"/, '"planDigest": null'),
        /^has planDigest null, but plan.json has/,
      ],
      [
        'the report is of another run',
        'report.json',
        (text: string) => text.replace('"run-1"', '"run-2"'),
        /^is of runId run-2, plan.json of run-1/,
      ],
      [
        'the report misses a member',
        'report.json',
        (text: string) => text.replace(/"warnings": \[\],/, ''),
        /^is no report: warnings is missing/,
      ],
      ['the report is no JSON', 'report.json', (text: string) => text.slice(1), /^is no JSON/],
      ['the decisions are of others', 'decisions.jsonl', other, /^has other decisions than report.json/],
      [
        'the decisions are for another plan',
        'decisions.jsonl',
        digest,
        /^line 1 is for plan sha256:0+, but the run's is/,
      ],
      ['there are no decisions', 'decisions.jsonl', () => '', /^has other decisions than report.json/],
      ['a decision is something else', 'decisions.jsonl', () => '{"decision":"maybe"}\n', /^has no decision in line 1/],
      ['the request is no JSON', 'request.json', () => 'please', /^is no JSON/],
    ])('%s', async (_, file, change, what) => {
      const to = await copy();
      await forge(to, file, change);
      const { code, findings } = await verify(to);
      expect(code).toBe(1);
      expect(findings).toContainEqual({ file, what: expect.stringMatching(what) });
    });
  });

  it('has the digest that RFC 8785 and SHA-256 give the plan', async () => {
    const { planDigest, ...rest } = JSON.parse(await readFile(join(original, 'plan.json'), 'utf8'));
    expect(planDigest).toBe(`sha256:${sha256(canonicalize(rest) ?? '')}`);
    expect(await verify(original)).toMatchObject({ code: 0, planDigest });
  });

  it('holds with files beside it, which are named as proving nothing', async () => {
    const to = await copy();
    await writeFile(join(to, 'notes.txt'), 'mine');
    await mkdir(join(to, 'more'));
    const { code, stdout, stderr } = await inProcess(['evidence', 'verify', to]);
    expect(code).toBe(0);
    expect(stdout).toContain('holds');
    expect(stderr).toContain('more is not listed in SHA256SUMS: it proves nothing\nnotes.txt is not listed');
  });

  it('says each finding on a line of its own', async () => {
    const to = await copy();
    await unlink(join(to, 'report.html'));
    await forge(to, 'decisions.jsonl', () => '');
    const { code, stdout } = await inProcess(['evidence', 'verify', to]);
    expect(code).toBe(1);
    expect(stdout.split('\n').slice(0, 3)).toEqual([
      'report.html is missing',
      'decisions.jsonl has other decisions than report.json',
      'The evidence does not hold: 2 findings.',
    ]);
  });

  it('is refused where there is no folder, and missing in an empty one', async () => {
    expect(await inProcess(['evidence', 'verify', join(folder, 'absent')])).toMatchObject({ code: 2, stdout: '' });
    const empty = await mkdtemp(join(folder, 'empty-'));
    expect(await verify(empty)).toMatchObject({ code: 1, runId: null, outcome: null });
  });
});
