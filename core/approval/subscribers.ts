// Who gets what is published to the topic of approvals: nobody may get another one's link.
import { ADDRESSED_TO } from '../../contracts/approval.ts';
import { Fault } from '../../contracts/errors.ts';

/** A confirmed one: others get nothing. */
export interface Subscription {
  readonly arn: string;
  readonly protocol: string;
  readonly endpoint: string;
  /** JSON; undefined: it gets everything. */
  readonly filterPolicy: string | undefined;
  /** `MessageAttributes` where it is undefined (SNS API reference, SetSubscriptionAttributes). */
  readonly filterScope: string | undefined;
}

/**
 * @returns addresses that get what is for them, and nothing else
 * @throws Fault ApproversUnreachable for a subscription that would get more, or could not be proven to get less
 */
export function subscribersOf(subscriptions: readonly Subscription[]): string[] {
  for (const subscription of subscriptions) if (!isOwn(subscription)) throw getsMore(subscription);
  return subscriptions.map(({ endpoint }) => endpoint);
}

/** By mail, of what is addressed to itself: any other filter, however narrow it looks, is not argued with. */
function isOwn({ protocol, endpoint, filterPolicy, filterScope = 'MessageAttributes' }: Subscription): boolean {
  return protocol === 'email' && filterScope === 'MessageAttributes' && isOnly(filterPolicy, endpoint);
}

function isOnly(filterPolicy: string | undefined, endpoint: string): boolean {
  try {
    return JSON.stringify(JSON.parse(filterPolicy ?? 'null')) === JSON.stringify({ [ADDRESSED_TO]: [endpoint] });
  } catch {
    return false;
  }
}

function getsMore({ arn, protocol, endpoint, filterPolicy }: Subscription): Fault {
  return new Fault('Lethe.ApproversUnreachable', {
    what: `The ${protocol} subscription of ${endpoint} gets messages that are not for it, so nobody is mailed.`,
    received: filterPolicy ?? 'no filter policy',
    allowed: { [ADDRESSED_TO]: [endpoint] },
    next: `Nothing was erased. Remove it (aws sns unsubscribe --subscription-arn ${arn}), find out who made it, and start a new execution.`,
  });
}

/** @throws Fault ApproversUnreachable where so few of those who are to decide can be mailed that the run could only expire */
export function requireReachable(asked: readonly string[], reached: readonly string[], required: number): void {
  const unreached = asked.filter((person) => !reached.includes(person));
  if (unreached.length === 0 || reached.length >= required) return;
  throw new Fault('Lethe.ApproversUnreachable', {
    what: `${required} must approve, but only ${reached.length} can be mailed.`,
    received: unreached,
    allowed: 'approvers with a confirmed subscription to the topic of approvals',
    next: 'Nothing was erased. Let them confirm (the mail of SNS is valid for two days), then start a new execution.',
  });
}
