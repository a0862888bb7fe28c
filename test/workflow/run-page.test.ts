import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogOf, tenantTable } from '../support/catalogs.ts';
import { Lethe } from '../support/lethe.ts';

const phraseOf = (tenant: string) => `ERASE tenant ${tenant} from test`;
const request = (tenant: string) => ({ scope: { tenant }, phrase: phraseOf(tenant) });

async function open(tenant: string): Promise<Lethe> {
  const lethe = await Lethe.open({ catalog: catalogOf({ stores: { items: tenantTable('items') } }) });
  await lethe.table(
    'items',
    ['tenant', 'id'],
    [1, 2, 3].map((n) => ({ tenant, id: `i${n}` })),
  );
  return lethe;
}

describe('the page of a run', () => {
  let lethe: Lethe;
  let run: string;
  let link: string;
  let page: string;
  beforeAll(async () => {
    lethe = await open('acme');
    const waiting = await lethe.awaiting(request('acme'));
    run = waiting.run;
    link = waiting.mails[0]?.links.approve ?? '';
    page = await lethe.runUrl(link);
  });
  afterAll(() => lethe.close());

  it('tells how far it is while approval is awaited, to people and to machines', async () => {
    const shown = await fetch(page);
    expect(shown.status).toBe(200);
    const text = await shown.text();
    expect(text).toContain('Wait for approval');
    expect(text).toContain('0 of 1');
    expect(text).toContain('<noscript><meta http-equiv="refresh"');
    expect(await (await fetch(`${page}.json`)).json()).toMatchObject({
      runId: run,
      phase: 'Wait for approval',
      targets: [{ store: 'items', planned: 3, erased: 0 }],
      itemsPerSecond: null,
      secondsLeft: null,
    });
  });

  it('has no report before the run has ended', async () => {
    expect((await fetch(`${page}/report`)).status).toBe(404);
    expect(await (await fetch(page)).text()).not.toContain('/report');
  });

  it('decides nothing, and its link is no approval link, nor the other way round', async () => {
    const id = page.slice(page.lastIndexOf('/') + 1);
    const asApproval = new URL(`/a/${id}`, page).href;
    const body = new URLSearchParams({ decision: 'approve', phrase: phraseOf('acme') });
    expect((await fetch(asApproval)).status).toBe(404);
    expect((await fetch(asApproval, { method: 'POST', body })).status).toBe(404);
    expect((await fetch(page, { method: 'POST', body })).status).toBe(404);
    expect((await fetch(link.replace('/a/', '/r/'))).status).toBe(404);
    expect((await fetch(`${page.slice(0, -1)}${page.endsWith('A') ? 'B' : 'A'}`)).status).toBe(404);
    expect(await lethe.states(run)).not.toContain('Check decision');
  });

  it('is never kept, embedded, followed or loaded from elsewhere', async () => {
    for (const url of [page, `${page}.json`, `${page}/report`]) {
      const { headers } = await fetch(url);
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('x-robots-tag')).toContain('noindex');
      expect(headers.get('content-security-policy')).toMatch(/^default-src 'none';.*frame-ancestors 'none'/);
    }
  });
});

describe('the page of a run that has ended', () => {
  it('tells what came of it and leads to the report once it has ended', async () => {
    const lethe = await open('globex');
    const waiting = await lethe.awaiting(request('globex'));
    const own = waiting.mails[0]?.links.approve ?? '';
    const page = await lethe.runUrl(own);
    await lethe.decide(own, { decision: 'approve', phrase: phraseOf('globex') });
    await lethe.end(waiting.run);
    const text = await (await fetch(page)).text();
    expect(text).toContain('Ended: <b>erased</b>');
    expect(text).toContain('3 of 3');
    expect(text).not.toContain('http-equiv="refresh"');
    const [, report = ''] = /href="([^"]+\/report)"/.exec(text) ?? [];
    const shown = await fetch(new URL(report, page));
    expect(shown.status).toBe(200);
    expect(await shown.text()).toBe(await lethe.evidence(waiting.run, 'report.html'));
    expect(await (await fetch(`${page}.json`)).json()).toMatchObject({ phase: 'Ended', outcome: 'erased' });
    await lethe.close();
  });
});
