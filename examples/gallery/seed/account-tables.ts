// Who may do what and did what: accounts, sessions, notification preferences, the audit log.
import type { TableData } from '../dataset.ts';
import { PREFERENCE_TOPICS } from './layout.ts';
import { daysAgoMs, isoDay, isoTime, momentMs } from './times.ts';
import { BROWSERS, ipAddress } from './words.ts';
import { clientOf, numbered, ownerOf, perStudio, table, type World } from './world.ts';

const SESSION_SECONDS = 30 * 86_400;

const TOPICS = ['favorites', 'feedback', 'downloads', 'invoices', 'security', 'expiry', 'tips', 'weekly-report'];

/** Photographers and their customers; the photographers' ids are the tenants. */
export function usersTable(world: World): TableData {
  return table('galerly-users', { partition: 'id' }, function* () {
    yield* perStudio(world, 'users', (studio, _n, dice) => ({
      id: studio.tenant,
      role: 'photographer',
      name: ownerOf(world, studio).name,
      email: `hello@${studio.tenant}.example`,
      joined_on: isoDay(daysAgoMs(dice.between(700, 1500))),
    }));
    yield* numbered(world, 'user', world.layout.clients, (n, dice) => {
      const { id, person, email } = clientOf(world, n);
      return { id, role: 'client', name: person.name, email, joined_on: isoDay(daysAgoMs(dice.between(1, 700))) };
    });
  });
}

export function sessionsTable(world: World): TableData {
  return table('galerly-sessions', { partition: 'user_id', sort: 'session_id' }, () =>
    perStudio(world, 'sessions', (studio, n, dice) => {
      const startedAtMs = momentMs(n, studio.records.sessions, 60, dice);
      return {
        user_id: studio.tenant,
        session_id: `ses_${dice.hex(16)}${n.toString(36)}`,
        started_at: isoTime(startedAtMs),
        expires_at: Math.floor(startedAtMs / 1000) + SESSION_SECONDS,
        ip: ipAddress(dice),
        browser: dice.pick(BROWSERS),
      };
    }),
  );
}

export function preferencesTable(world: World): TableData {
  return table('galerly-notification-preferences', { partition: 'user_id', sort: 'topic' }, () =>
    perStudio(world, 'preferences', (studio, n, dice) => ({
      user_id: studio.tenant,
      topic: TOPICS[n % PREFERENCE_TOPICS],
      email: dice.isOneIn(2),
      push: dice.isOneIn(3),
    })),
  );
}

export function auditLogTable(world: World): TableData {
  const keys = { partition: 'tenant_id', sort: 'occurred_at_ms', sortType: 'N' } as const;
  return table('galerly-audit-log', keys, () =>
    perStudio(world, 'auditEntries', (studio, n, dice) => ({
      tenant_id: studio.tenant,
      occurred_at_ms: momentMs(n, studio.records.auditEntries, 700, dice),
      actor: dice.isOneIn(5) ? 'support@galerly.example' : `hello@${studio.tenant}.example`,
      action: dice.pick(['login', 'gallery.publish', 'gallery.share', 'photo.delete', 'settings.change']),
      ip: ipAddress(dice),
      result: dice.isOneIn(20) ? 'denied' : 'ok',
    })),
  );
}
