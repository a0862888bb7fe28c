// Approvals and attempts at decisions, made of what a test says of them.
import type { ApprovalState, Decision } from '../../contracts/approval.ts';
import type { Attempt } from '../../core/approval/decide.ts';

export const PLAN_DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;
export const LINK = `sha256:${'fedcba9876543210'.repeat(4)}`;
export const EXPIRES_AT = '2026-11-20T12:20:00.000Z';
export const IN_TIME = '2026-11-20T12:15:00.000Z';

/** An approval that waits for two of three approvers. */
export function approvalOf(more: Partial<ApprovalState> = {}): ApprovalState {
  return {
    version: 0,
    runId: 'run-1',
    planDigest: PLAN_DIGEST,
    phrase: 'ERASE tenant acme from test',
    requestedBy: 'ops@example.com',
    approvers: ['lead@example.com', 'dpo@example.com', 'cto@example.com'],
    required: 2,
    expiresAt: EXPIRES_AT,
    decisions: [],
    ...more,
  };
}

/** The lead approves with the right phrase and digest; a reason is there for those who reject. */
export function attemptOf(more: Partial<Attempt> = {}): Attempt {
  return {
    decision: 'approve',
    by: 'lead@example.com',
    digest: PLAN_DIGEST,
    phrase: 'ERASE tenant acme from test',
    reason: 'not this one',
    ip: '192.0.2.1',
    userAgent: 'a browser',
    link: LINK,
    ...more,
  };
}

export function decisionOf(more: Partial<Decision> = {}): Decision {
  return {
    decision: 'approve',
    by: 'lead@example.com',
    at: IN_TIME,
    planDigest: PLAN_DIGEST,
    ip: null,
    userAgent: null,
    link: LINK,
    identity: 'mailed link',
    reason: null,
    ...more,
  };
}
