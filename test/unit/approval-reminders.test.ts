import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { peopleToRemind, reminderTimes } from '../../core/approval/reminders.ts';
import { approvalOf, decisionOf, EXPIRES_AT, IN_TIME } from '../support/approvals.ts';

const FROM = Date.parse('2026-11-20T12:00:00.000Z');
const later = (ms: number) => new Date(FROM + ms).toISOString();

describe('times of reminders', () => {
  it('are at half and nine tenths of the wait, and at half of a short one', () => {
    expect(reminderTimes(FROM, later(10 * 3_600_000))).toEqual([later(5 * 3_600_000), later(9 * 3_600_000)]);
    expect(reminderTimes(FROM, later(600_000))).toEqual([later(300_000)]);
    expect(reminderTimes(FROM, later(0))).toEqual([]);
  });

  it('lie between asking and expiry, in order', () => {
    fc.assert(
      fc.property(fc.integer({ min: 5_000, max: 30 * 86_400_000 }), (waitMs) => {
        const times = [later(0), ...reminderTimes(FROM, later(waitMs)), later(waitMs)];
        expect(times.length).toBeGreaterThan(2);
        expect(times.every((time, at) => at === 0 || String(times[at - 1]) < time)).toBe(true);
      }),
    );
  });
});

describe('who is reminded', () => {
  it('has not decided, by any of his addresses, and has a link', () => {
    const revoked = [{ approver: 'CTO@example.com', by: 'ops@example.com', reason: 'left', at: IN_TIME }];
    const decisions = [decisionOf({ by: 'Lead+x@example.com' })];
    expect(peopleToRemind(approvalOf({ decisions }), IN_TIME)).toEqual(['dpo@example.com', 'cto@example.com']);
    expect(peopleToRemind(approvalOf({ decisions, revoked }), IN_TIME)).toEqual(['dpo@example.com']);
  });

  it('is nobody after a rejection, enough approvals, or the end of the wait', () => {
    expect(peopleToRemind(approvalOf({ decisions: [decisionOf({ decision: 'reject' })] }), IN_TIME)).toEqual([]);
    expect(peopleToRemind(approvalOf({ required: 1, decisions: [decisionOf()] }), IN_TIME)).toEqual([]);
    expect(peopleToRemind(approvalOf(), EXPIRES_AT)).not.toEqual([]);
    expect(peopleToRemind(approvalOf(), '2026-11-20T12:20:00.001Z')).toEqual([]);
  });
});
