// An approver replaced by a deputy while an approval is awaited.
import type { ApprovalState, Revocation } from '../../contracts/approval.ts';
import type { Plan } from '../../contracts/plan.ts';
import { eligibleApprovers } from '../request/guard.ts';
import { isRevoked, settle } from './decide.ts';
import { samePerson } from './same-person.ts';

export type Replacement = Revocation & { readonly replacedBy: string };

/** Why nobody is replaced. */
export type NotReplaced = 'not-awaited' | 'not-asked' | 'has-decided' | 'no-deputy';

type People = Pick<Plan, 'approval' | 'requestedBy'>;

/**
 * Who may decide: the plan's approvers, each replaced by the deputy who was put in his place. Only deputies whom the sealed
 * plan names count, so that nobody becomes an approver by what is written while a run waits.
 */
export function standingApprovers(plan: People, revoked: readonly Revocation[]): string[] {
  const deputies = eligibleApprovers(plan.approval.deputies ?? [], plan.requestedBy);
  const find = (people: readonly string[], person: string) => people.findIndex((other) => samePerson(other, person));
  return revoked.reduce(
    (standing, { approver, replacedBy }) => {
      const deputy = replacedBy === undefined ? undefined : deputies[find(deputies, replacedBy)];
      const at = find(standing, approver);
      return deputy === undefined || at < 0 || find(standing, deputy) >= 0 ? standing : standing.with(at, deputy);
    },
    eligibleApprovers(plan.approval.approvers, plan.requestedBy),
  );
}

/** Deputies who can still be put in somebody's place. */
export function freeDeputies(plan: People, state: ApprovalState): string[] {
  return eligibleApprovers(plan.approval.deputies ?? [], plan.requestedBy).filter(
    (deputy) => !state.approvers.some((person) => samePerson(person, deputy)) && !isRevoked(state, deputy),
  );
}

/**
 * Pure: the caller writes it on the condition that the version is still the one it read. Whoever has decided is not replaced:
 * what he decided stands.
 * @returns the same state where he was replaced by this deputy before
 */
export function replace(plan: People, state: ApprovalState, replacement: Replacement): ApprovalState | NotReplaced {
  const { approver, replacedBy, at } = replacement;
  if (settle(state) !== 'open' || at > state.expiresAt) return 'not-awaited';
  const place = placeOf(state, replacedBy);
  if (place && samePerson(place.approver, approver)) return state;
  if (!state.approvers.some((person) => samePerson(person, approver))) return 'not-asked';
  if (state.decisions.some(({ by }) => samePerson(by, approver))) return 'has-decided';
  if (!freeDeputies(plan, state).some((deputy) => samePerson(deputy, replacedBy))) return 'no-deputy';
  const revoked = [...(state.revoked ?? []), replacement];
  return { ...state, version: state.version + 1, approvers: standingApprovers(plan, revoked), revoked };
}

/** In whose place somebody was put; undefined for those who were asked first. */
export function placeOf({ revoked = [] }: Pick<ApprovalState, 'revoked'>, person: string): Revocation | undefined {
  return revoked.findLast(({ replacedBy }) => replacedBy !== undefined && samePerson(replacedBy, person));
}
