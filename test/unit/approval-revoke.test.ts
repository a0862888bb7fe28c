import { describe, expect, it } from 'vitest';
import { isRevoked } from '../../core/approval/decide.ts';
import { peopleLeft, revoke } from '../../core/approval/revoke.ts';
import { approvalOf } from '../support/approvals.ts';

const HOW = { by: 'ops@example.com', reason: 'mailbox taken over', at: '2026-11-20T12:05:00.000Z' };

describe('links that are taken back', () => {
  const state = approvalOf({ approvers: ['lead@example.com', 'dpo@example.com'] });
  const lead = { approver: 'LEAD+phone@example.com', ...HOW };

  it('are one person’s, however the address is written', () => {
    const next = revoke(state, lead);
    expect(next).toMatchObject({ version: state.version + 1, revoked: [lead] });
    expect(next && isRevoked(next, 'lead@example.com')).toBe(true);
    expect(next && isRevoked(next, 'dpo@example.com')).toBe(false);
    expect(next && peopleLeft(next)).toEqual(['dpo@example.com']);
  });

  it('are taken back once', () => {
    const next = revoke(state, lead);
    expect(next && revoke(next, { ...lead, approver: 'lead@example.com' })).toBe(next);
  });

  it('are not taken back once nothing is awaited', () => {
    expect(revoke({ ...state, required: 0 }, lead)).toBeUndefined();
    expect(revoke({ ...state, expiresAt: '2026-11-20T12:04:59.999Z' }, lead)).toBeUndefined();
  });
});
