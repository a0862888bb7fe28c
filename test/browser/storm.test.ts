// What scanners of mail do, ten thousand times: they follow every link, in every way but the one that decides.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { address, catalogOf, tenantTable } from '../support/catalogs.ts';
import { Lethe, type Mail } from '../support/lethe.ts';
import { launch } from './browser.ts';

const REQUESTS = 10_000;
const CLIENTS = 50;
/** Of the clients, those that are browsers and run the scripts of what they open. */
const BROWSERS = 5;
const OPENINGS = 40;
const PHRASE = 'ERASE tenant acme from test';
const METHODS = ['GET', 'HEAD', 'OPTIONS', 'GET'] as const;
/** Plain, as browsers prefetch, as scanners name themselves. */
const HEADERS = [
  {},
  { purpose: 'prefetch', 'sec-purpose': 'prefetch;prerender' },
  { 'user-agent': 'Mozilla/5.0 (compatible; mail scanner)', accept: 'application/json' },
];

describe('a storm of scanners', () => {
  let browser: Browser;
  let lethe: Lethe;
  beforeAll(async () => {
    browser = await launch();
    const approval = { approvers: [address('lead')], required: 1, expiresAfter: '12h' };
    lethe = await Lethe.open({ catalog: catalogOf({ approval, stores: { items: tenantTable('items') } }) });
    await lethe.table('items', ['tenant', 'id'], [{ tenant: 'acme', id: 'a' }]);
  });
  afterAll(async () => {
    await browser.close();
    await lethe.close();
  });

  /** Everything that the mail and the page behind it lead to. */
  async function linksOf({ text, html }: Mail): Promise<string[]> {
    const mailed = [...`${text} ${html}`.matchAll(/https?:\/\/[^\s"<>]+/g)].map(([link]) => link);
    const linked = await Promise.all(
      [...new Set(mailed)].map(async (link) => {
        const page = await (await fetch(link)).text();
        return [...page.matchAll(/(?:href|action|src)="([^"#][^"]*)"/g)].map(
          ([, path]) => new URL(path ?? '', link).href,
        );
      }),
    );
    return [...new Set([...mailed, ...linked.flat()])];
  }

  it('decides nothing, and the approver decides afterwards', { timeout: 1_800_000 }, async () => {
    const { run, mails } = await lethe.awaiting({ scope: { tenant: 'acme' }, phrase: PHRASE });
    const [mail] = mails;
    if (!mail) throw new Error('nobody was asked');
    const links = await linksOf(mail);
    expect(links.some((link) => link.includes('/a/'))).toBe(true);
    expect(links.some((link) => link.includes('/r/'))).toBe(true);

    const statuses = new Map<string, number>();
    let next = 0;
    async function client(): Promise<void> {
      for (let n = next++; n < REQUESTS - BROWSERS * OPENINGS; n = next++) {
        const link = links[n % links.length] ?? '';
        const method = METHODS[Math.floor(n / links.length) % METHODS.length] ?? 'GET';
        const headers = HEADERS[Math.floor(n / links.length / METHODS.length) % HEADERS.length] ?? {};
        const answer = await fetch(link, { method, headers });
        await answer.arrayBuffer();
        const key = `${method} ${answer.status}`;
        statuses.set(key, (statuses.get(key) ?? 0) + 1);
      }
    }
    let opened = 0;
    async function scanningBrowser(): Promise<void> {
      const context = await browser.newContext();
      for (let n = 0; n < OPENINGS; n++) {
        const page = await context.newPage();
        const answer = await page.goto(links[n % links.length] ?? '', { waitUntil: 'networkidle' });
        // As scanners do that look for what a page does by itself: to its end, every field touched, no button pressed.
        await page.evaluate(
          "scrollTo(0, document.body.scrollHeight); for (const field of document.querySelectorAll('input, textarea')) field.focus()",
        );
        opened += answer?.status() === 200 ? 1 : 0;
        await page.close();
      }
      await context.close();
    }
    await Promise.all([
      ...Array.from({ length: CLIENTS - BROWSERS }, client),
      ...Array.from({ length: BROWSERS }, scanningBrowser),
    ]);

    const sum = [...statuses.values()].reduce((total, count) => total + count, 0);
    expect(sum + BROWSERS * OPENINGS).toBe(REQUESTS);
    expect([...statuses.keys()].sort()).toEqual(['GET 200', 'HEAD 200', 'OPTIONS 404', 'OPTIONS 405']);
    expect(opened).toBe(BROWSERS * OPENINGS);
    expect(await lethe.rows('items')).toHaveLength(1);
    const decided = await lethe.decide(mail.links.approve ?? '', { decision: 'approve', phrase: PHRASE });
    expect(decided).toMatchObject({ status: 200, body: { status: 'recorded' } });
    expect(await lethe.end(run)).toMatchObject({ output: { outcome: 'erased' } });
    expect((await lethe.report(run)).decisions).toHaveLength(1);
  });
});
