// Proving a decision from the tables: what woke the execution counts for nothing.
import { describe, expect, it } from 'vitest';
import type { ApprovalState } from '../../contracts/approval.ts';
import type { Plan } from '../../contracts/plan.ts';
import { type Evidence, proveDecision } from '../../core/approval/prove.ts';
import { approvalOf, decisionOf, EXPIRES_AT } from '../support/approvals.ts';
import { planOf, SHA256 } from '../support/plans.ts';

const APPROVERS = ['lead@example.com', 'dpo@example.com', 'cto@example.com'];
const MINUTE = 60_000;
const EXPIRES = Date.parse(EXPIRES_AT);
const plan = planOf([], {
  approval: { approvers: APPROVERS, required: 2, expiresAfterSeconds: 600 },
  expiresAt: EXPIRES_AT,
});
const approve = (by: string) => decisionOf({ by, planDigest: plan.planDigest });
const reject = (by: string) => decisionOf({ by, planDigest: plan.planDigest, decision: 'reject', reason: 'no' });
const TWO = [approve('lead@example.com'), approve('dpo@example.com')];

function proven(decisions: ApprovalState['decisions'], more: Partial<Evidence> = {}) {
  const approval = approvalOf({ planDigest: plan.planDigest, decisions });
  const nowMs = EXPIRES - MINUTE;
  return proveDecision({ plan, approval, isAborted: false, catalogSha256: SHA256, nowMs, checksExpiry: true, ...more });
}

describe('enough approvals', () => {
  it('prove it', () => {
    expect(proven(TWO)).toBe('approved');
    expect(proven([...TWO, approve('cto@example.com')])).toBe('approved');
  });

  it.each<[string, ApprovalState['decisions']]>([
    ['one is missing', [approve('lead@example.com')]],
    ['nobody decided', []],
    ['one person decided twice', [approve('lead@example.com'), approve('Lead+two@example.com')]],
    ['one was no approver', [approve('lead@example.com'), approve('mallory@example.com')]],
    ['one was the requester', [approve('lead@example.com'), approve('ops@example.com')]],
    [
      'one was for another plan',
      [approve('lead@example.com'), { ...approve('dpo@example.com'), planDigest: `sha256:${'f'.repeat(64)}` }],
    ],
    [
      'one came too late',
      [approve('lead@example.com'), { ...approve('dpo@example.com'), at: '2026-11-20T12:20:00.001Z' }],
    ],
  ])('are not there when %s', (_, decisions) => {
    expect(proven(decisions)).toBe('unproven');
  });

  it('count of a deputy only in the place of one who was replaced, and then not of both', () => {
    const approval = { ...plan.approval, deputies: ['deputy@example.com'] };
    const withDeputy = { ...plan, approval };
    const decisions = [approve('dpo@example.com'), approve('deputy@example.com')];
    const place = { approver: 'lead@example.com', by: 'ops', reason: 'on leave', at: EXPIRES_AT };
    const of = (all: ApprovalState['decisions'], replacedBy?: string) =>
      proven(all, {
        plan: withDeputy,
        approval: approvalOf({
          planDigest: plan.planDigest,
          decisions: all,
          revoked: [{ ...place, ...(replacedBy && { replacedBy }) }],
        }),
      });
    expect(of(decisions, 'deputy@example.com')).toBe('approved');
    expect(of(decisions)).toBe('unproven');
    expect(of([approve('lead@example.com'), approve('deputy@example.com')], 'deputy@example.com')).toBe('unproven');
    expect(of([approve('dpo@example.com'), approve('mallory@example.com')], 'mallory@example.com')).toBe('unproven');
  });

  it('may come to the millisecond', () => {
    expect(proven(TWO.map((decision) => ({ ...decision, at: EXPIRES_AT })))).toBe('approved');
  });

  it('do not count that of a requester who is an approver', () => {
    const own = { ...plan, requestedBy: 'Lead@Example.com' };

    expect(proven(TWO, { plan: own })).toBe('unproven');
    expect(proven([approve('dpo@example.com'), approve('cto@example.com')], { plan: own })).toBe('approved');
  });

  it('are believed of the plan, not of the approval', () => {
    const generous = approvalOf({
      required: 1,
      approvers: ['mallory@example.com'],
      decisions: [approve('mallory@example.com')],
    });

    expect(proven([], { approval: generous })).toBe('unproven');
  });
});

describe('a rejection', () => {
  it('ends it, whoever approved', () => {
    expect(proven([reject('lead@example.com')])).toBe('rejected');
    expect(proven([...TWO, reject('cto@example.com')])).toBe('rejected');
    expect(proven([reject('lead@example.com')], { nowMs: EXPIRES + 60 * MINUTE })).toBe('rejected');
  });

  it('counts only when it is valid', () => {
    expect(proven([reject('mallory@example.com'), ...TWO])).toBe('approved');
    expect(proven([{ ...reject('cto@example.com'), at: '2026-11-20T12:21:00.000Z' }, ...TWO])).toBe('approved');
  });
});

describe('time', () => {
  // design.md, section 6: it never erases later than expiresAt + 15 min
  it.each([
    [-MINUTE, 'approved', 'unproven'],
    [0, 'approved', 'unproven'],
    [1, 'approved', 'expired'],
    [15 * MINUTE, 'approved', 'expired'],
    [15 * MINUTE + 1, 'expired', 'expired'],
  ] as const)('%i ms after the end makes an approval %s, and none %s', (afterMs, withApproval, without) => {
    expect(proven(TWO, { nowMs: EXPIRES + afterMs })).toBe(withApproval);
    expect(proven([approve('lead@example.com')], { nowMs: EXPIRES + afterMs })).toBe(without);
  });

  it('does not matter any more once it was proven in time', () => {
    expect(proven(TWO, { nowMs: EXPIRES + 60 * MINUTE, checksExpiry: false })).toBe('approved');
    expect(proven([], { nowMs: EXPIRES + 60 * MINUTE, checksExpiry: false })).toBe('expired');
  });
});

describe('an abort', () => {
  it('comes before everything', () => {
    expect(proven(TWO, { isAborted: true })).toBe('aborted');
    expect(proven([reject('lead@example.com')], { isAborted: true })).toBe('aborted');
    expect(proven(TWO, { isAborted: true, catalogSha256: 'other' })).toBe('aborted');
  });
});

describe('a plan of yesterday', () => {
  it('is not carried out when the catalog is another, or the release', () => {
    expect(proven(TWO, { catalogSha256: 'f'.repeat(64) })).toBe('expired');
    expect(proven(TWO, { plan: { ...plan, contract: plan.contract + 1 } })).toBe('expired');
  });
});

describe('a plan that nobody approves', () => {
  const approval = { approvers: APPROVERS, required: 0, expiresAfterSeconds: 600 };
  const without = (more: Partial<Plan>) => ({ plan: { ...plan, approval, ...more }, approval: undefined });

  it('is approved only where it was sealed so', () => {
    expect(proven([], without({ expiresAt: null }))).toBe('approved');
    expect(proven([], without({ expiresAt: EXPIRES_AT }))).toBe('unproven');
    expect(proven([], { ...without({ expiresAt: null }), isAborted: true })).toBe('aborted');
  });

  it('is not one that merely lost its record', () => {
    expect(proven([], { approval: undefined })).toBe('unproven');
    expect(
      proven([], {
        plan: { ...plan, expiresAt: null },
        approval: approvalOf({ planDigest: plan.planDigest, decisions: TWO }),
      }),
    ).toBe('unproven');
  });
});
