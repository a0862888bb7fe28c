// One attempt at a decision against the state of an approval: what it is answered, and what is recorded.
import type { ApprovalState, Decision, DecisionStatus } from '../../contracts/approval.ts';
import { line } from '../../contracts/scalars.ts';
import { isSamePhrase } from '../request/phrase.ts';
import { samePerson } from './same-person.ts';

/** What came with a POST, and whose link it came by. */
export interface Attempt {
  readonly decision: 'approve' | 'reject';
  readonly by: string;
  readonly digest: string;
  readonly phrase: string;
  readonly reason: string;
  readonly ip: string | null;
  readonly userAgent: string | null;
  /** `sha256:` of the link's id. */
  readonly link: string;
}

export interface Answer {
  readonly status: DecisionStatus;
  /** The decision that stands, where one does. */
  readonly decision: Decision['decision'] | null;
  readonly at: string | null;
  /** The state to write, where this attempt adds to it. */
  readonly next?: ApprovalState;
}

export type Settlement = 'open' | 'approved' | 'rejected';

const MAX_REASON = 500;
const MAX_USER_AGENT = 300;

/** The first rejection ends it; else enough distinct approvers do. */
export function settle({ decisions, required }: Pick<ApprovalState, 'decisions' | 'required'>): Settlement {
  if (decisions.some(({ decision }) => decision === 'reject')) return 'rejected';
  return distinct(decisions.map(({ by }) => by)).length >= required ? 'approved' : 'open';
}

/** Whether somebody's links were taken back. */
export function isRevoked({ revoked }: Pick<ApprovalState, 'revoked'>, person: string): boolean {
  return revoked?.some(({ approver }) => samePerson(approver, person)) ?? false;
}

export function distinct(people: readonly string[]): string[] {
  return people.filter((person, at) => !people.slice(0, at).some((other) => samePerson(other, person)));
}

/** Pure: the caller writes `next` on the condition that the version is still the one it read, and else decides anew. */
export function decide(state: ApprovalState, attempt: Attempt, nowIso: string): Answer {
  if (isRevoked(state, attempt.by)) return nothing('unknown');
  const own = state.decisions.find(({ by }) => samePerson(by, attempt.by));
  if (own) return own.decision === attempt.decision ? standing('recorded', own) : standing('already-decided', own);
  const last = state.decisions.at(-1);
  if (last && settle(state) !== 'open') return standing('already-decided', last);
  if (!mayApprove(state, attempt.by)) return nothing('not-allowed');
  if (nowIso > state.expiresAt) return nothing('expired');
  if (attempt.digest !== state.planDigest) return nothing('stale-plan');
  const reason = attempt.reason.replace(/\s+/gu, ' ').trim();
  if (attempt.decision === 'approve' && !isSamePhrase(attempt.phrase, state.phrase)) return nothing('wrong-phrase');
  if (attempt.decision === 'reject' && !line(1, MAX_REASON).safeParse(reason).success) return nothing('wrong-phrase');
  const decision: Decision = {
    decision: attempt.decision,
    by: attempt.by,
    at: nowIso,
    planDigest: state.planDigest,
    ip: attempt.ip,
    userAgent: attempt.userAgent?.slice(0, MAX_USER_AGENT) ?? null,
    link: attempt.link,
    identity: 'mailed link',
    reason: attempt.decision === 'reject' ? reason : null,
  };
  const next = { ...state, version: state.version + 1, decisions: [...state.decisions, decision] };
  return { ...standing('recorded', decision), next };
}

/** Four eyes: an approver equal to the requester may not approve, nor reject in the name of the approvers. */
function mayApprove({ approvers, requestedBy }: ApprovalState, person: string): boolean {
  const isApprover = approvers.some((approver) => samePerson(approver, person));
  return isApprover && !(requestedBy !== null && samePerson(requestedBy, person));
}

function standing(status: DecisionStatus, { decision, at }: Decision): Answer {
  return { status, decision, at };
}

function nothing(status: DecisionStatus): Answer {
  return { status, decision: null, at: null };
}
