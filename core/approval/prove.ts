// Proves a decision from the tables: what woke the execution counts for nothing.
import type { ApprovalState, Decision } from '../../contracts/approval.ts';
import { CONTRACT_VERSION, type Plan } from '../../contracts/plan.ts';
import { distinct } from './decide.ts';
import { standingApprovers } from './replace.ts';
import { samePerson } from './same-person.ts';

export type Proven = 'approved' | 'rejected' | 'expired' | 'aborted' | 'unproven';

export interface Evidence {
  readonly plan: Plan;
  /** Absent where nobody was asked. */
  readonly approval: ApprovalState | undefined;
  readonly isAborted: boolean;
  /** SHA-256 of the catalog that is deployed now. */
  readonly catalogSha256: string;
  readonly nowMs: number;
  /** Off for the second look before erasing: confirming recovery takes its time after a timely approval. */
  readonly checksExpiry: boolean;
}

/** No run erases on an approval that is delivered later than this after it expired. */
const LATEST_DELIVERY_MS = 15 * 60_000;

export function proveDecision(evidence: Evidence): Proven {
  const { plan, approval, isAborted, catalogSha256, nowMs, checksExpiry } = evidence;
  if (isAborted) return 'aborted';
  if (plan.contract !== CONTRACT_VERSION || plan.catalog.sha256 !== catalogSha256) return 'expired';
  if (plan.approval.required === 0) return plan.expiresAt === null ? 'approved' : 'unproven';
  const expiresAt = plan.expiresAt ?? '';
  const standing = standingApprovers(plan, approval?.revoked ?? []);
  const valid = (approval?.decisions ?? []).filter((decision) => counts(decision, standing, plan, expiresAt));
  if (valid.some(({ decision }) => decision === 'reject')) return 'rejected';
  const isApproved = distinct(valid.map(({ by }) => by)).length >= plan.approval.required;
  const isTooLate = checksExpiry && nowMs > Date.parse(expiresAt) + LATEST_DELIVERY_MS;
  if (isApproved) return isTooLate ? 'expired' : 'approved';
  return nowMs > Date.parse(expiresAt) ? 'expired' : 'unproven';
}

/** By somebody who may decide, for this plan, in time. */
function counts({ by, planDigest, at }: Decision, standing: readonly string[], plan: Plan, expiresAt: string): boolean {
  return planDigest === plan.planDigest && at <= expiresAt && standing.some((approver) => samePerson(approver, by));
}
