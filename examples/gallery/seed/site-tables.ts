// What the platform's own site collects, keyed by nobody's tenant: newsletters, contact messages, visits.
import type { TableData } from '../dataset.ts';
import { DAY_MS, daysAgoMs, isoDay, isoTime, momentMs } from './times.ts';
import { BROWSERS, COUNTRIES, person } from './words.ts';
import { numbered, table, type World } from './world.ts';

const VISITS_PER_VISITOR = 5;

export function newslettersTable(world: World): TableData {
  return table('galerly-newsletters', { partition: 'email' }, () =>
    numbered(world, 'subscriber', world.layout.subscribers, (n, dice) => {
      const { name, mailbox } = person(dice);
      return {
        email: `${mailbox}.${n}@example.net`,
        name,
        subscribed_on: isoDay(daysAgoMs(dice.between(1, 900))),
        confirmed: !dice.isOneIn(8),
      };
    }),
  );
}

export function contactTable(world: World): TableData {
  return table('galerly-contact', { partition: 'message_id' }, () =>
    numbered(world, 'message', world.layout.messages, (n, dice) => {
      const { name, mailbox } = person(dice);
      return {
        message_id: `msg-${String(n + 1).padStart(6, '0')}`,
        received_at: isoTime(momentMs(n, world.layout.messages, 700, dice)),
        name,
        email: `${mailbox}@example.com`,
        subject: dice.pick(['Invoice question', 'Moving from another platform', 'Lost password', 'Partnership']),
        text: dice.pick(['Could you call me back?', 'How many photos fit the starter plan?', 'Großartig, danke!']),
      };
    }),
  );
}

export function visitorTrackingTable(world: World): TableData {
  const { visits } = world.layout;
  return table('galerly-visitor-tracking', { partition: 'visitor_id', sort: 'visited_at' }, () =>
    numbered(world, 'visit', visits, (n, dice) => ({
      visitor_id: `v_${Math.floor(n / VISITS_PER_VISITOR)
        .toString(36)
        .padStart(6, '0')}`,
      visited_at: isoTime(daysAgoMs(90) + (n % VISITS_PER_VISITOR) * 15 * DAY_MS + dice.below(15 * DAY_MS)),
      page: dice.pick(['/', '/pricing', '/tour', '/blog/light-in-winter', '/signup']),
      referrer: dice.pick(['search', 'newsletter', 'none']),
      country: dice.pick(COUNTRIES),
      browser: dice.pick(BROWSERS),
    })),
  );
}
