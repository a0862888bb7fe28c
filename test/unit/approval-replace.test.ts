// Deputies in the place of approvers: whom the sealed plan does not name takes nobody's place.
import { describe, expect, it } from 'vitest';
import type { Revocation } from '../../contracts/approval.ts';
import { decide, isRevoked } from '../../core/approval/decide.ts';
import { peopleToRemind } from '../../core/approval/reminders.ts';
import { freeDeputies, replace, standingApprovers } from '../../core/approval/replace.ts';
import { approvalOf, attemptOf, decisionOf, EXPIRES_AT, IN_TIME } from '../support/approvals.ts';
import { planOf } from '../support/plans.ts';

const [LEAD, DPO, CTO, DEPUTY, SECOND] = ['lead', 'dpo', 'cto', 'deputy', 'second'].map(
  (name) => `${name}@example.com`,
) as [string, string, string, string, string];
const plan = planOf([], {
  approval: { approvers: [LEAD, DPO, CTO], deputies: [DEPUTY, SECOND], required: 2, expiresAfterSeconds: 600 },
  expiresAt: EXPIRES_AT,
});
const state = approvalOf();
const place = (approver: string, replacedBy: string) => ({
  approver,
  replacedBy,
  by: 'ops@example.com',
  reason: 'on leave',
  at: IN_TIME,
});
const replaced = (approver: string, deputy: string, from = state) => {
  const next = replace(plan, from, place(approver, deputy));
  if (typeof next === 'string') throw new Error(next);
  return next;
};

describe('a deputy in an approver’s place', () => {
  it('decides, is reminded, and is the only one of the two who does', () => {
    const next = replaced('LEAD+phone@example.com', 'Deputy@example.com');
    expect(next).toMatchObject({ version: state.version + 1, approvers: [DEPUTY, DPO, CTO] });
    expect(isRevoked(next, LEAD)).toBe(true);
    expect(peopleToRemind(next, IN_TIME)).toEqual([DEPUTY, DPO, CTO]);
    expect(decide(next, attemptOf({ by: DEPUTY }), IN_TIME)).toMatchObject({ status: 'recorded' });
    expect(decide(next, attemptOf({ by: LEAD }), IN_TIME)).toMatchObject({ status: 'unknown' });
    expect(decide(state, attemptOf({ by: DEPUTY }), IN_TIME)).toMatchObject({ status: 'not-allowed' });
  });

  it('takes it once, and can be replaced in turn', () => {
    const next = replaced(LEAD, DEPUTY);
    expect(replaced(LEAD, DEPUTY, next)).toBe(next);
    expect(replace(plan, next, place(DPO, DEPUTY))).toBe('no-deputy');
    expect(replaced(DEPUTY, SECOND, next).approvers).toEqual([SECOND, DPO, CTO]);
    expect(replace(plan, replaced(DEPUTY, SECOND, next), place(DPO, DEPUTY))).toBe('no-deputy');
    expect(freeDeputies(plan, next)).toEqual([SECOND]);
  });

  it('can take that of somebody whose links were taken back before', () => {
    const revoked = [{ approver: LEAD, by: 'ops@example.com', reason: 'left', at: IN_TIME }];
    expect(replaced(LEAD, DEPUTY, approvalOf({ revoked })).approvers).toEqual([DEPUTY, DPO, CTO]);
  });

  it.each<[string, ReturnType<typeof replace>]>([
    ['of a stranger', replace(plan, state, place('mallory@example.com', DEPUTY))],
    ['of somebody who was replaced', replace(plan, replaced(LEAD, DEPUTY), place(LEAD, SECOND))],
  ])('is not that %s', (_, refused) => expect(refused).toBe('not-asked'));

  it('is a deputy’s, and not the requester’s', () => {
    expect(replace(plan, state, place(LEAD, 'mallory@example.com'))).toBe('no-deputy');
    expect(replace(plan, state, place(LEAD, CTO))).toBe('no-deputy');
    const own = { ...plan, requestedBy: 'Deputy@example.com' };
    expect(replace(own, state, place(LEAD, DEPUTY))).toBe('no-deputy');
    const { deputies: _, ...alone } = plan.approval;
    expect(replace({ ...plan, approval: alone }, state, place(LEAD, DEPUTY))).toBe('no-deputy');
  });

  it('is not taken from whoever has decided, nor when nothing is awaited any more', () => {
    expect(replace(plan, approvalOf({ decisions: [decisionOf({ by: LEAD })] }), place(LEAD, DEPUTY))).toBe(
      'has-decided',
    );
    const late = { ...place(LEAD, DEPUTY), at: '2026-11-20T12:20:00.001Z' };
    expect(replace(plan, state, late)).toBe('not-awaited');
    const decisions = [decisionOf({ by: DPO, decision: 'reject' })];
    expect(replace(plan, approvalOf({ decisions }), place(LEAD, DEPUTY))).toBe('not-awaited');
  });

  it('counts for nothing where it was written past this: by nobody’s deputy, or twice', () => {
    const forged: Revocation[] = [place(LEAD, 'mallory@example.com'), place(DPO, LEAD), place('x@example.com', DEPUTY)];
    expect(standingApprovers(plan, forged)).toEqual([LEAD, DPO, CTO]);
    expect(standingApprovers(plan, [place(LEAD, DEPUTY), place(DPO, DEPUTY)])).toEqual([DEPUTY, DPO, CTO]);
  });
});
