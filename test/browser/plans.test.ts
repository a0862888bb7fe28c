// Plans as they seldom are: very large, very long, from right to left, and hostile.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApprovalState } from '../../contracts/approval.ts';
import type { Plan } from '../../contracts/plan.ts';
import { buildReport } from '../../core/evidence/build-report.ts';
import { resultsOf } from '../../core/evidence/target-results.ts';
import { approvalPage } from '../../pages/approval-page.ts';
import { reportPage } from '../../pages/report-page.ts';
import { runPage } from '../../pages/run-page.ts';
import { decisionOf } from '../support/approvals.ts';
import { countedTarget, planOf, recordsOf, tableTarget } from '../support/plans.ts';
import { expectReadable, keepScreen, launch, open, PHONE, SIZES, serve } from './browser.ts';

const NOW = '2026-11-20T12:11:00.000Z';
const LONG = 'a-table-with-a-name-of-many-many-words-and-no-place-to-break-it-'.repeat(3);
const HOSTILE = '</code><script>document.title="taken"</script><img src=x onerror=alert(1)>"\'';
const ARABIC = 'حذف بيانات العميل بعد انتهاء العقد';

const target = (id: string, items: number, resource = id) =>
  countedTarget(tableTarget({ id, resource }), { items, bytes: items * 300 });

const PLANS: readonly (readonly [string, Plan])[] = [
  [
    'of a hundred stores',
    planOf(
      Array.from({ length: 100 }, (_, n) => target(`store-${n}`, n ** 3, `platform-production-store-${n}`)),
      { totals: { items: 24_502_500, bytes: 7_350_750_000, maximum: 24_747_525 } },
    ),
  ],
  [
    'with very long names',
    planOf([target(LONG, 5), target('short', 7, LONG)], { reason: LONG, requestedBy: `${LONG}@x.example` }),
  ],
  ['from right to left', planOf([target('طلبات', 5, 'orders')], { reason: ARABIC })],
  [
    'full of markup',
    planOf([target(HOSTILE, 5, HOSTILE)], {
      reason: HOSTILE,
      requestedBy: HOSTILE,
      phrase: HOSTILE,
      sideEffects: [HOSTILE],
      warnings: [HOSTILE],
    }),
  ],
  ['that cannot be undone', planOf([target('items', 5)], { canBeUndone: false })],
];

describe('the approval page', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser.close());

  describe.each(PLANS)('of a plan %s', (name, plan) => {
    it.each(Object.entries(SIZES))('is readable on a %s screen', async (size, options) => {
      const served = await serve(pageOf(plan));
      try {
        const { page, requested, complaints } = await open(browser, served.url, options);
        await expectReadable(page);
        if (name === 'of a hundred stores') await keepScreen(page, `approval-large-${size}`, false);
        expect(requested).toEqual([served.url]);
        expect(complaints).toEqual([]);
        expect(await page.title()).not.toBe('taken');
      } finally {
        served.close();
      }
    });

    it('is under 40 KB, with the controls within two heights of a phone', async () => {
      const served = await serve(pageOf(plan));
      try {
        const { page } = await open(browser, served.url, PHONE);
        const reject = page.getByRole('button', { name: 'Reject' });
        const bottom = await reject.evaluate((node) => node.getBoundingClientRect().bottom);
        if (!name.includes('names')) expect(bottom).toBeLessThanOrEqual(2 * PHONE.viewport.height);
        expect(Buffer.byteLength(await (await fetch(served.url)).text())).toBeLessThan(40_000);
      } finally {
        served.close();
      }
    });
  });

  it.each(Object.entries(SIZES))('of a run with a hundred stores is readable on a %s screen', async (_, options) => {
    const targets = Array.from({ length: 100 }, (__, n) => ({
      store: `store-${n}`,
      kind: 'dynamodb' as const,
      resource: `platform-production-store-${n}`,
      state: 'erasing' as const,
      planned: 1_000_000,
      counted: 1_000_000,
      erased: n * 10_000,
      failed: 0,
      changed: 0,
      remaining: null,
      shards: { done: n, total: 100 },
    }));
    const run = {
      runId: LONG,
      phase: 'Erase',
      outcome: null,
      approval: null,
      targets,
      itemsPerSecond: 4_321,
      secondsLeft: 999,
    };
    const served = await serve(
      runPage({
        run,
        scope: [{ name: 'tenant', id: LONG }],
        environment: 'production',
        phases: [{ name: 'Plan', startedAt: NOW, endedAt: null }],
        error: HOSTILE,
        reportUrl: null,
        nowIso: NOW,
      }),
    );
    try {
      const { page, complaints } = await open(browser, served.url, options);
      await expectReadable(page);
      expect(complaints).toEqual([]);
    } finally {
      served.close();
    }
  });
});

describe('where an approver was replaced', () => {
  const [LEAD, DEPUTY] = [`lead+${LONG.slice(0, 40)}@example.com`, 'deputy@example.com'];
  const revoked = [{ approver: LEAD, replacedBy: DEPUTY, by: HOSTILE, reason: `${ARABIC} ${LONG}`, at: NOW }];
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser.close());

  it.each(Object.entries(SIZES))('the deputy reads in whose place he decides on a %s screen', async (size, options) => {
    const served = await serve(pageOf(planOf([target('items', 5)]), { approvers: [DEPUTY], revoked }, DEPUTY));
    try {
      const { page, complaints } = await open(browser, served.url, options);
      await expectReadable(page);
      expect(await page.getByRole('row', { name: 'You decide for' }).innerText()).toContain(LEAD);
      await keepScreen(page, `approval-deputy-${size}`);
      expect(complaints).toEqual([]);
      expect(await page.title()).not.toBe('taken');
    } finally {
      served.close();
    }
  });

  it.each(
    Object.entries(SIZES),
  )('the report says so, and needs no scrolling aside on a %s screen', async (size, options) => {
    const plan = planOf([target('items', 5), target(LONG, 7)]);
    const decisions = [decisionOf({ by: DEPUTY, decision: 'reject', reason: HOSTILE })];
    const records = recordsOf({
      plan,
      planDigest: plan.planDigest,
      verdict: 'rejected',
      erasingAt: null,
      decisions,
      revoked,
    });
    const report = buildReport(records, resultsOf(records), { outcome: 'rejected', closedAt: NOW });
    const served = await serve(reportPage(report, plan));
    try {
      const { page, complaints } = await open(browser, served.url, options);
      await expectReadable(page);
      await keepScreen(page, `report-deputy-${size}`);
      const text = await page.locator('body').innerText();
      for (const part of [LEAD, DEPUTY, ARABIC]) expect(text).toContain(part);
      if (size !== 'desktop') {
        const widest =
          "Math.max(...[...document.querySelectorAll('.scroll')].map((one) => one.scrollWidth - one.clientWidth))";
        expect(await page.evaluate<number>(widest)).toBeLessThanOrEqual(0);
      }
      expect(complaints).toEqual([]);
    } finally {
      served.close();
    }
  });
});

function pageOf(plan: Plan, more: Partial<ApprovalState> = {}, approver = 'lead@example.com') {
  const { planDigest, phrase, requestedBy, expiresAt, runId } = plan;
  const state = {
    version: 0,
    runId,
    planDigest,
    phrase: phrase ?? '',
    requestedBy,
    approvers: [approver],
    required: 1,
    expiresAt: expiresAt ?? '',
    decisions: [],
    ...more,
  };
  return approvalPage({ plan, state, approver, runUrl: '/r/x', nowIso: NOW });
}
