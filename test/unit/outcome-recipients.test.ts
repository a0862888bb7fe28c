import { describe, expect, it } from 'vitest';
import { outcomeRecipients } from '../../core/approval/outcome-recipients.ts';

const approvers = ['lead@example.com', 'dpo@example.com'];
const told = (requestedBy: string | null) => outcomeRecipients({ approvers, requestedBy }, 'lethe@example.com');

describe('who is told what came of a run', () => {
  it('is everybody who was asked, and a requester of the sender’s own domain', () => {
    expect(told('ops@example.com')).toEqual([...approvers, 'ops@example.com']);
    expect(told('ops@EXAMPLE.com')).toEqual([...approvers, 'ops@EXAMPLE.com']);
  });

  it('is nobody twice', () => {
    expect(told('Lead+erasures@example.com')).toEqual(approvers);
  });

  it.each([
    null,
    'ops',
    'ops@elsewhere.example',
    'ops@sub.example.com',
    'ops@example.com.evil.example',
    'a@b@example.com',
    'ops @example.com',
    '"x\r\nBcc: victim"@example.com',
    '@example.com',
    `${'x'.repeat(65)}@example.com`,
  ])('is no requester like %j', (requestedBy) => {
    expect(told(requestedBy)).toEqual(approvers);
  });
});
