// Links taken back while an approval is awaited.
import type { ApprovalState } from '../../contracts/approval.ts';
import { isRevoked, settle } from './decide.ts';
import { samePerson } from './same-person.ts';

export interface Revocation {
  /** Whose links. */
  readonly approver: string;
  /** Their digests. */
  readonly links: readonly string[];
  readonly by: string;
  readonly reason: string;
  readonly at: string;
}

/**
 * Pure: the caller writes it on the condition that the version is still the one it read. A decision under way then loses
 * the race, reads the new state, and finds its link taken back. A decision that stands is kept.
 * @returns undefined where nothing is awaited any more
 */
export function revoke(state: ApprovalState, { approver, links, ...how }: Revocation): ApprovalState | undefined {
  if (settle(state) !== 'open' || how.at > state.expiresAt) return undefined;
  const added = links.filter((link) => !isRevoked(state, link)).map((link) => ({ link, approver, ...how }));
  return { ...state, version: state.version + 1, revoked: [...(state.revoked ?? []), ...added] };
}

/** Who could still decide by one of these links. */
export function peopleLeft(
  state: ApprovalState,
  links: readonly { readonly approver: string; readonly digest: string }[],
): string[] {
  return state.approvers.filter(
    (person) =>
      state.decisions.some(({ by }) => samePerson(by, person)) ||
      links.some(({ approver, digest }) => samePerson(approver, person) && !isRevoked(state, digest)),
  );
}
