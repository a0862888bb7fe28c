// Who is told what came of a run.
import type { ApprovalState } from '../../contracts/approval.ts';
import { distinct } from './decide.ts';

/**
 * Everybody who was asked, and the requester where he has an address of the sender's own domain: who requested is a claim,
 * and Lethe writes to no stranger because somebody wrote an address into a request.
 * @param mailFrom an address, or the ARN of a topic, which has no domain: only those who were asked are subscribed to it
 */
export function outcomeRecipients(
  { approvers, requestedBy }: Pick<ApprovalState, 'approvers' | 'requestedBy'>,
  mailFrom: string,
): string[] {
  const isOwn = requestedBy !== null && ADDRESS.test(requestedBy) && domainOf(requestedBy) === domainOf(mailFrom);
  return distinct(isOwn ? [...approvers, requestedBy] : approvers);
}

const ADDRESS = /^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]+$/;

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase();
}
