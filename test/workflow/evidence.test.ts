import { createHash } from 'node:crypto';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import canonicalize from 'canonicalize';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogOf, tenantTable } from '../support/catalogs.ts';
import { Lethe } from '../support/lethe.ts';

const FILES = ['request.json', 'plan.json', 'decisions.jsonl', 'report.json', 'report.html'];
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe('the evidence of a run', () => {
  let lethe: Lethe;
  const canary = 'SECRET-ITEM-KEY';
  const request = { scope: { tenant: 'acme' }, phrase: 'ERASE tenant acme from test' };
  beforeAll(async () => {
    lethe = await Lethe.open({
      catalog: catalogOf({ limits: { cooldown: '0s' }, stores: { items: tenantTable('items') } }),
    });
    await lethe.table(
      'items',
      ['tenant', 'id'],
      [
        { tenant: 'acme', id: canary, text: canary },
        { tenant: 'globex', id: 'a' },
        { tenant: 'hostile', id: 'a' },
      ],
    );
  });
  afterAll(() => lethe.close());

  it('is complete, adds up by its own sums, and binds the decision to the plan by its digest', async () => {
    const { name } = await lethe.approved(request);
    const sums = await lethe.evidence(name, 'SHA256SUMS');
    const texts = await Promise.all(FILES.map((file) => lethe.evidence(name, file)));
    expect(sums).toBe(FILES.map((file, at) => `${sha256(texts[at] ?? '')}  ${file}\n`).join(''));
    const { planDigest, ...body } = JSON.parse(texts[1] ?? '');
    expect(planDigest).toBe(`sha256:${sha256(canonicalize(body) ?? '')}`);
    const report = JSON.parse(texts[3] ?? '');
    expect(report).toMatchObject({ planDigest, decisions: [{ planDigest, decision: 'approve' }], outcome: 'erased' });
    expect(JSON.parse(texts[2] ?? '')).toEqual(report.decisions[0]);
    expect(JSON.parse(texts[0] ?? '')).toMatchObject(request);
    expect(report.phases.map(({ name: phase }: { name: string }) => phase)).toEqual([
      'Plan run',
      'Protect target',
      'Count shard',
      'Seal plan',
      'Wait for approval',
      'Confirm recovery',
      'Erase shard',
      'Verify shard',
    ]);
    expect(texts.join()).not.toContain(canary);
  });

  it('of a preview and of a dry run holds the plan too', async () => {
    for (const mode of ['preview', 'dry-run']) {
      const { name } = await lethe.run({ mode, scope: { tenant: 'globex' } });
      const { planDigest, ...body } = JSON.parse(await lethe.evidence(name, 'plan.json'));
      expect(planDigest).toBe(`sha256:${sha256(canonicalize(body) ?? '')}`);
      expect(body.mode).toBe(mode);
    }
  });

  it('is never written over: a run whose files stand with other bytes fails instead', async () => {
    const { evidenceBucket } = lethe.place;
    const name = 'taken';
    await lethe.s3.send(new PutObjectCommand({ Bucket: evidenceBucket, Key: `runs/${name}/report.json`, Body: '{}' }));
    expect(await lethe.run({ scope: { tenant: 'globex' } }, name)).toMatchObject({
      status: 'FAILED',
      error: 'Lethe.Failed',
    });
    expect(await lethe.evidence(name, 'report.json')).toBe('{}');
  });

  it('page shows hostile text as text', async () => {
    const { run, mails } = await lethe.awaiting({
      scope: { tenant: 'hostile' },
      phrase: 'ERASE tenant hostile from test',
      reason: '<script>alert(1)</script>',
      requestedBy: '"><img src=x>',
    });
    const link = mails[0]?.links.approve ?? '';
    const page = await (await fetch(link)).text();
    expect(page).not.toMatch(/<script>alert|<img/);
    await lethe.decide(link, { decision: 'reject', reason: '<b>no</b>' });
    await lethe.end(run);
    const html = await lethe.evidence(run, 'report.html');
    expect(html).not.toMatch(/<script|<img|<b>no/);
    expect(html).toContain('&lt;b&gt;no');
  });
});
