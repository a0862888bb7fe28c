// What photographers pay the platform: invoices, subscriptions, refunds.
import type { TableData } from '../dataset.ts';
import type { Dice } from './dice.ts';
import type { Studio } from './layout.ts';
import { DAY_MS, daysAgoMs, isoDay, momentMs } from './times.ts';
import { perStudio, table, type World } from './world.ts';

const PLANS = [
  { name: 'starter', cents: 1200 },
  { name: 'pro', cents: 2900 },
  { name: 'studio', cents: 7900 },
] as const;

export function billingTable(world: World): TableData {
  return table('galerly-billing', { partition: 'account_id', sort: 'invoice_no', sortType: 'N' }, () =>
    perStudio(world, 'invoices', (studio, n, dice) => {
      const plan = dice.pick(PLANS);
      const storageCents = dice.between(0, 40) * 25;
      const issuedAtMs = momentMs(n, studio.records.invoices, 700, dice);
      return {
        account_id: studio.tenant,
        invoice_no: invoiceNo(n),
        issued_on: isoDay(issuedAtMs),
        paid_on: dice.isOneIn(12) ? null : isoDay(issuedAtMs + dice.between(0, 14) * DAY_MS),
        currency: 'EUR',
        total_cents: plan.cents + storageCents,
        lines: [
          { text: `Plan ${plan.name}, one month`, cents: plan.cents },
          { text: 'Storage beyond the plan', cents: storageCents },
        ],
        bill_to: `accounts@${studio.tenant}.example`,
      };
    }),
  );
}

/** One a photographer: a table with a partition key alone. */
export function subscriptionsTable(world: World): TableData {
  return table('galerly-subscriptions', { partition: 'account_id' }, () =>
    perStudio(world, 'subscriptions', (studio, _n, dice) => {
      const plan = dice.pick(PLANS);
      return {
        account_id: studio.tenant,
        plan: plan.name,
        monthly_cents: plan.cents,
        since: isoDay(daysAgoMs(dice.between(700, 1500))),
        renews: true,
        seats: dice.between(1, 6),
      };
    }),
  );
}

export function refundsTable(world: World): TableData {
  return table('galerly-refunds', { partition: 'account_id', sort: 'refund_id' }, () =>
    perStudio(world, 'refunds', (studio, n, dice) => ({
      account_id: studio.tenant,
      refund_id: `re_${n.toString(36)}${dice.hex(6)}`,
      invoice_no: anyInvoiceNo(studio, dice),
      cents: dice.between(1, 79) * 100,
      reason: dice.pick(['charged twice', 'cancelled in time', 'goodwill']),
      refunded_on: isoDay(momentMs(n, studio.records.refunds, 365, dice)),
    })),
  );
}

function anyInvoiceNo(studio: Studio, dice: Dice): number {
  return invoiceNo(dice.below(Math.max(1, studio.records.invoices)));
}

/** Counted for each photographer: two of them have invoices of one number. */
function invoiceNo(n: number): number {
  return n + 1;
}
