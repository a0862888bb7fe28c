// Approving and rejecting as people do it, on the pages that the deployment serves.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogOf, tenantTable } from '../support/catalogs.ts';
import { Lethe, type Mail } from '../support/lethe.ts';
import { DESKTOP, expectReadable, keepScreen, launch, open, PHONE, SIZES, serve } from './browser.ts';

const MAX_BYTES = 40_000;
const phraseOf = (tenant: string) => `ERASE tenant ${tenant} with billing from test`;

describe('the approval page', () => {
  let browser: Browser;
  let lethe: Lethe;
  /** Of a run that nobody decides. */
  let shown: Mail;
  const tenants = ['shown', 'phone', 'keys', 'plain', 'wrong', 'reject'];
  beforeAll(async () => {
    browser = await launch();
    lethe = await Lethe.open({
      catalog: catalogOf({
        stores: {
          orders: tenantTable('shop-orders'),
          'order-lines': tenantTable('shop-order-lines'),
          invoices: tenantTable('shop-invoices', { optIn: 'billing' }),
          users: tenantTable('shop-users', { preserve: true }),
          files: { bucket: 'shop-files', select: { tenant: { prefix: '{tenant}/' } } },
        },
      }),
    });
    const rows = (count: number) =>
      tenants.flatMap((tenant) =>
        Array.from({ length: count }, (_, n) => ({ tenant, id: `i${n}`, text: 'x'.repeat(99) })),
      );
    await lethe.table('shop-orders', ['tenant', 'id'], rows(30));
    await lethe.table('shop-order-lines', ['tenant', 'id'], rows(90));
    await lethe.table('shop-invoices', ['tenant', 'id'], rows(12));
    await lethe.table('shop-users', ['tenant', 'id'], rows(3));
    await lethe.bucket(
      'shop-files',
      tenants.flatMap((tenant) => ['a', 'b', 'c'].map((name) => `${tenant}/${name}.pdf`)),
    );
    shown = await asked('shown');
  });
  afterAll(async () => {
    await browser.close();
    await lethe.close();
  });

  async function asked(tenant: string): Promise<Mail> {
    const request = {
      scope: { tenant },
      optIn: ['billing'],
      phrase: phraseOf(tenant),
      reason: 'contract ended, OPS-1234',
    };
    const { mails } = await lethe.awaiting(request);
    if (!mails[0]) throw new Error(`nobody was asked about ${tenant}`);
    return mails[0];
  }

  const linkOf = ({ links }: Mail) => links.approve ?? '';
  /** Without waiting for what follows: while others are asked, the clock keeps the wall's pace. */
  async function expectApproved(mail: Mail): Promise<void> {
    const other = await lethe.decide(linkOf(mail), { decision: 'reject', reason: 'only to see' });
    expect(other).toMatchObject({ status: 409, body: { status: 'already-decided', decision: 'approve' } });
  }

  const decisionsOf = async ({ runId }: Mail) => (await lethe.report((await lethe.end(runId)).name)).decisions;

  describe.each(Object.entries(SIZES))('on a %s screen', (size, options) => {
    it.each(['light', 'dark'] as const)('in %s colours is readable, and from nowhere else', async (colorScheme) => {
      const { page, requested, complaints } = await open(browser, linkOf(shown), { ...options, colorScheme });
      await expectReadable(page);
      await keepScreen(page, `approval-${size}-${colorScheme}`);
      expect(requested).toEqual([linkOf(shown)]);
      expect(complaints).toEqual([]);
    });
  });

  it('has what is decided and the controls within two heights of a phone, and is small', async () => {
    const { page } = await open(browser, linkOf(shown), PHONE);
    const bottom = await page
      .getByRole('button', { name: 'Reject' })
      .evaluate((node) => node.getBoundingClientRect().bottom);
    expect(bottom).toBeLessThanOrEqual(2 * PHONE.viewport.height);
    const size = Buffer.byteLength(await (await fetch(linkOf(shown))).text());
    expect(size).toBeLessThan(MAX_BYTES);
  });

  it('counts the time down with script', async () => {
    const { page } = await open(browser, linkOf(shown));
    const left = page.locator('[data-left]');
    const before = await left.textContent();
    await expect.poll(() => left.textContent(), { timeout: 5_000 }).not.toBe(before);
  });

  it('is approved by thumb', async () => {
    const mail = await asked('phone');
    const { page } = await open(browser, linkOf(mail), PHONE);
    await page.getByLabel('To approve, type').fill(phraseOf('phone'));
    await page.getByRole('button', { name: 'Approve the erasure' }).tap();
    await page.getByText('is recorded').waitFor();
    await expectReadable(page);
    await keepScreen(page, 'answer-phone');
    await expectApproved(mail);
  });

  it('is approved by keyboard alone', async () => {
    const mail = await asked('keys');
    const { page } = await open(browser, linkOf(mail));
    await tabTo(page, 'phrase');
    await page.keyboard.type(phraseOf('keys'));
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Approve the erasure');
    await page.keyboard.press('Enter');
    await page.getByText('is recorded').waitFor();
    await expectApproved(mail);
  });

  it('is approved without JavaScript', async () => {
    const mail = await asked('plain');
    const { page } = await open(browser, linkOf(mail), { ...PHONE, javaScriptEnabled: false });
    await page.getByLabel('To approve, type').fill(phraseOf('plain'));
    await page.getByRole('button', { name: 'Approve the erasure' }).tap();
    await page.getByText('is recorded').waitFor();
    await expectApproved(mail);
  });

  it('says what is wrong with a phrase, keeps it, and decides nothing', async () => {
    const mail = await asked('wrong');
    const { page } = await open(browser, linkOf(mail), PHONE);
    await page.getByLabel('To approve, type').fill('ERASE something');
    await page.getByRole('button', { name: 'Approve the erasure' }).tap();
    expect(await page.getByRole('alert').textContent()).toContain('Nothing was decided');
    expect(await page.getByLabel('To approve, type').inputValue()).toBe('ERASE something');
    await expectReadable(page);
    await page.getByLabel('To reject, say why').fill('only to see');
    await page.getByRole('button', { name: 'Reject' }).tap();
    await page.getByText('is recorded').waitFor();
    expect(await decisionsOf(mail)).toMatchObject([{ decision: 'reject', reason: 'only to see' }]);
  });

  it('asks for a reason before it sends a rejection, and tells everybody else what was decided', async () => {
    const mail = await asked('reject');
    const { page } = await open(browser, linkOf(mail));
    await page.getByRole('button', { name: 'Reject' }).click();
    expect(new URL(page.url()).href).toBe(linkOf(mail));
    expect(await page.evaluate('document.activeElement.id')).toBe('reason');
    await page.keyboard.type('wrong tenant');
    await page.getByRole('button', { name: 'Reject' }).click();
    await page.getByText('is recorded').waitFor();
    const later = await open(browser, linkOf(mail));
    expect(await later.page.locator('form').count()).toBe(0);
    await expectReadable(later.page);
    expect(await decisionsOf(mail)).toMatchObject([{ decision: 'reject', reason: 'wrong tenant' }]);
  });

  it.each(['phone', 'desktop'] as const)('is asked for by a mail that is readable on a %s', async (size) => {
    const served = await serve(`<!doctype html>${shown.html.replace(/^<!doctype html>/i, '')}`);
    try {
      // Mail is no page of ours: its styles stand in it, which the pages' policy would refuse.
      const { page, requested } = await open(browser, served.url, { ...SIZES[size], bypassCSP: true });
      await expectReadable(page);
      await keepScreen(page, `mail-${size}`);
      expect(requested).toEqual([served.url]);
      expect(await page.locator('img, script, link, style[src]').count()).toBe(0);
      expect(await page.locator('a').evaluateAll((links) => links.map((link) => link.getAttribute('href')))).toEqual([
        linkOf(shown),
      ]);
    } finally {
      served.close();
    }
  });
});

describe('the page of a run', () => {
  let browser: Browser;
  let lethe: Lethe;
  beforeAll(async () => {
    browser = await launch();
    lethe = await Lethe.open({
      catalog: catalogOf({ stores: { orders: tenantTable('shop-orders'), lines: tenantTable('shop-order-lines') } }),
    });
    const rows = Array.from({ length: 40 }, (_, n) => ({ tenant: 'watched', id: `i${n}` }));
    for (const table of ['shop-orders', 'shop-order-lines']) await lethe.table(table, ['tenant', 'id'], rows);
  });
  afterAll(async () => {
    await browser.close();
    await lethe.close();
  });

  it('is led to by the approval page, is followed to its end without a click, and leads to the report', async () => {
    const phrase = 'ERASE tenant watched from test';
    const { mails } = await lethe.awaiting({ scope: { tenant: 'watched' }, phrase });
    const link = mails[0]?.links.approve ?? '';
    const { page } = await open(browser, link, PHONE);
    await page.getByRole('link', { name: mails[0]?.runId ?? '' }).tap();
    await page.getByRole('status').filter({ hasText: 'Wait for approval' }).waitFor();
    await expectReadable(page);
    await keepScreen(page, 'run-phone');
    const runUrl = page.url();
    const plain = await open(browser, runUrl, { ...DESKTOP, javaScriptEnabled: false });
    await lethe.decide(link, { decision: 'approve', phrase: phrase });
    for (const one of [page, plain.page])
      await one.getByRole('status').filter({ hasText: 'Ended: erased' }).waitFor({ timeout: 40_000 });
    expect(page.url()).toBe(runUrl);
    await page.getByRole('link', { name: 'Read the report' }).tap();
    await page.waitForURL(/\/report$/);
    await expectReadable(page);
    await keepScreen(page, 'report-phone');
    const desktop = await open(browser, page.url());
    await expectReadable(desktop.page);
    await keepScreen(desktop.page, 'report-desktop');
    expect(desktop.requested).toEqual([page.url()]);
    await desktop.page.emulateMedia({ media: 'print' });
    await expectReadable(desktop.page);
  });
});

/** As somebody who has no mouse. */
async function tabTo(page: Page, id: string): Promise<void> {
  for (let presses = 0; presses < 40; presses++) {
    await page.keyboard.press('Tab');
    if ((await page.evaluate('document.activeElement.id')) === id) return;
  }
  throw new Error(`no tab leads to ${id}`);
}
