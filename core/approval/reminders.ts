// When those who were asked are reminded, and who.
import type { ApprovalState } from '../../contracts/approval.ts';
import { isRevoked, settle } from './decide.ts';
import { samePerson } from './same-person.ts';

/** Shares of the wait; the last leaves time to decide. */
const SHARES = [0.5, 0.9];
/** A second reminder within minutes of the first helps nobody. */
const SHORT_WAIT_MS = 60 * 60_000;

/** ISO 8601, in order; one only for a wait of less than an hour. */
export function reminderTimes(askedAtMs: number, expiresAt: string): string[] {
  const waitMs = Date.parse(expiresAt) - askedAtMs;
  if (waitMs <= 0) return [];
  const shares = waitMs < SHORT_WAIT_MS ? SHARES.slice(0, 1) : SHARES;
  return shares.map((share) => new Date(askedAtMs + share * waitMs).toISOString());
}

/** Who could still decide and has not; nobody where nothing is awaited any more. */
export function peopleToRemind(state: ApprovalState, nowIso: string): string[] {
  if (settle(state) !== 'open' || nowIso > state.expiresAt) return [];
  const hasDecided = (person: string) => state.decisions.some(({ by }) => samePerson(by, person));
  return state.approvers.filter((person) => !hasDecided(person) && !isRevoked(state, person));
}
