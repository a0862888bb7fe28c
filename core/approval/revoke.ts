// Links taken back while an approval is awaited.
import type { ApprovalState, Revocation } from '../../contracts/approval.ts';
import { isRevoked, settle } from './decide.ts';
import { samePerson } from './same-person.ts';

/**
 * Pure: the caller writes it on the condition that the version is still the one it read. A decision under way then loses
 * the race, reads the new state, and finds its link taken back. A decision that stands is kept.
 * It is by person: a mail that is repeated must not give back what was taken.
 * @returns the same state where the links were taken back before; undefined where nothing is awaited any more
 */
export function revoke(state: ApprovalState, revocation: Revocation): ApprovalState | undefined {
  if (settle(state) !== 'open' || revocation.at > state.expiresAt) return undefined;
  if (isRevoked(state, revocation.approver)) return state;
  return { ...state, version: state.version + 1, revoked: [...(state.revoked ?? []), revocation] };
}

/** Who has decided, or still could. */
export function peopleLeft(state: ApprovalState): string[] {
  return state.approvers.filter(
    (person) => state.decisions.some(({ by }) => samePerson(by, person)) || !isRevoked(state, person),
  );
}
