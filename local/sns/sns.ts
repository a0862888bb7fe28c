// SNS: topics with subscriptions by mail and their filters; what passes a filter is mailed as SNS mails it, as text.
import { randomBytes, randomUUID } from 'node:crypto';
import { AwsError, notImplemented } from '../kernel/aws-error.ts';
import { makeQueryService, type QueryInput, type XmlValue } from '../kernel/query-service.ts';
import type { AwsService, Place } from '../kernel/service.ts';
import type { ServiceClock } from '../kernel/service-clock.ts';
import type { Mail } from '../ses/ses.ts';
import { type FilterPolicy, parseFilter, passes } from './filter-policy.ts';

export interface SnsOptions {
  readonly clock: ServiceClock;
  readonly place: Place;
  /** Names of the topics that there are. */
  readonly topics: readonly string[];
  /** Publish and Subscribe answer once this has resolved. */
  onMail(mail: Mail): void | Promise<void>;
}

export interface Sns {
  readonly service: AwsService;
  /** Subscribes an address that has confirmed already; @returns the subscription's ARN */
  subscribe(topicArn: string, endpoint: string, filterPolicy?: FilterPolicy): string;
  topicArn(name: string): string;
}

interface Subscription {
  readonly arn: string;
  readonly topicArn: string;
  readonly endpoint: string;
  readonly token: string;
  filter: FilterPolicy | undefined;
  isConfirmed: boolean;
}

// Of Publish, from its API reference.
const MAX_SUBJECT_CHARACTERS = 99;
const MAX_MESSAGE_BYTES = 262_144;
const PAGE = 100;
const FROM = 'AWS Notifications <no-reply@sns.amazonaws.com>';

export function makeSns({ clock, place, topics, onMail }: SnsOptions): Sns {
  const topicArn = (name: string) => `arn:aws:sns:${place.region}:${place.account}:${name}`;
  const known = new Set(topics.map(topicArn));
  const subscriptions = new Map<string, Subscription>();

  function add(topic: string, endpoint: string, filter: FilterPolicy | undefined, isConfirmed: boolean): Subscription {
    const arn = `${topic}:${randomUUID()}`;
    const token = randomBytes(32).toString('hex');
    const added = { arn, topicArn: topic, endpoint, token, filter, isConfirmed };
    subscriptions.set(arn, added);
    return added;
  }

  async function subscribe(input: QueryInput): Promise<XmlValue> {
    const topic = findTopic(input.TopicArn);
    const { Protocol: protocol, Endpoint: endpoint = '' } = input;
    if (protocol !== 'email') throw notImplemented(`sns Subscribe with the protocol ${protocol}`);
    if (!/^[^\s@]+@[^\s@]+$/.test(endpoint)) throw invalidParameter('Email endpoint');
    const attributes = pairs(input, 'Attributes', 'key', 'value');
    for (const name of attributes.keys())
      if (name !== 'FilterPolicy') throw notImplemented(`sns Subscribe with the attribute ${name}`);
    const standing = [...subscriptions.values()].find((one) => one.topicArn === topic && one.endpoint === endpoint);
    if (standing?.isConfirmed) return { SubscriptionArn: standing.arn };
    const { arn, token } = standing ?? add(topic, endpoint, parseFilter(attributes.get('FilterPolicy')), false);
    const text = `You have chosen to subscribe to the topic:\n${topic}\n\nTo confirm this subscription, use this token:\n${token}\n`;
    await mail(endpoint, 'AWS Notification - Subscription Confirmation', text, { kind: 'subscription' });
    return { SubscriptionArn: input.ReturnSubscriptionArn === 'true' ? arn : 'pending confirmation' };
  }

  function confirm(input: QueryInput): XmlValue {
    const topic = findTopic(input.TopicArn);
    const found = [...subscriptions.values()].find(
      (one) => one.topicArn === topic && one.token === input.Token && !one.isConfirmed,
    );
    if (!found) throw invalidParameter('Token');
    found.isConfirmed = true;
    return { SubscriptionArn: found.arn };
  }

  function attributesOf(input: QueryInput): XmlValue {
    const { arn, topicArn: topic, endpoint, filter, isConfirmed } = find(input.SubscriptionArn);
    const attributes = new Map([
      ['SubscriptionArn', arn],
      ['TopicArn', topic],
      ['Protocol', 'email'],
      ['Endpoint', endpoint],
      ['Owner', place.account],
      ['PendingConfirmation', String(!isConfirmed)],
      ['RawMessageDelivery', 'false'],
    ]);
    if (filter) {
      attributes.set('FilterPolicy', JSON.stringify(filter));
      attributes.set('FilterPolicyScope', 'MessageAttributes');
    }
    return { Attributes: attributes };
  }

  function setAttribute(input: QueryInput): XmlValue {
    const found = find(input.SubscriptionArn);
    if (input.AttributeName !== 'FilterPolicy')
      throw notImplemented(`sns SetSubscriptionAttributes of ${input.AttributeName}`);
    found.filter = parseFilter(input.AttributeValue);
    return {};
  }

  function list(input: QueryInput): XmlValue {
    const topic = findTopic(input.TopicArn);
    const own = [...subscriptions.values()].filter((one) => one.topicArn === topic);
    const from = Number(input.NextToken ?? 0);
    const shown = own.slice(from, from + PAGE).map(({ arn, endpoint, isConfirmed }) => ({
      SubscriptionArn: isConfirmed ? arn : 'PendingConfirmation',
      TopicArn: topic,
      Protocol: 'email',
      Endpoint: endpoint,
      Owner: place.account,
    }));
    return { Subscriptions: shown, ...(from + PAGE < own.length && { NextToken: String(from + PAGE) }) };
  }

  async function publish(input: QueryInput): Promise<XmlValue> {
    const topic = findTopic(input.TopicArn);
    const { Subject: subject = 'AWS Notification Message', Message: message = '' } = input;
    if (subject.length > MAX_SUBJECT_CHARACTERS || /\p{Cc}/u.test(subject)) throw invalidParameter('Subject');
    if (message === '') throw invalidParameter('Empty message');
    if (Buffer.byteLength(message) > MAX_MESSAGE_BYTES) throw invalidParameter('Message too long');
    const attributes = pairs(input, 'MessageAttributes', 'Name', 'Value.StringValue');
    const { kind, runId } = Object.fromEntries(attributes);
    const tags = { ...(kind !== undefined && { kind }), ...(runId !== undefined && { runId }) };
    for (const { arn, endpoint, topicArn: own, filter, isConfirmed } of [...subscriptions.values()]) {
      if (own !== topic || !isConfirmed || !passes(filter, attributes)) continue;
      await mail(endpoint, subject, `${message}\n\n--\nTo stop receiving these, unsubscribe ${arn}\n`, tags);
    }
    return { MessageId: randomUUID() };
  }

  function unsubscribe(input: QueryInput): XmlValue {
    subscriptions.delete(find(input.SubscriptionArn).arn);
    return {};
  }

  function findTopic(arn: string | undefined): string {
    if (arn !== undefined && known.has(arn)) return arn;
    throw new AwsError('NotFound', 'Topic does not exist', 404);
  }

  function find(arn: string | undefined): Subscription {
    const found = subscriptions.get(arn ?? '');
    if (!found) throw new AwsError('NotFound', 'Subscription does not exist', 404);
    return found;
  }

  async function mail(
    to: string,
    subject: string,
    text: string,
    tags: Readonly<Record<string, string>>,
  ): Promise<void> {
    const nobody = { cc: [], bcc: [], replyTo: [], headers: {} };
    const sentAt = clock.nowIso();
    await onMail({ messageId: randomUUID(), from: FROM, to: [to], ...nobody, subject, text, html: null, tags, sentAt });
  }

  const service = makeQueryService({
    name: 'sns',
    version: '2010-03-31',
    namespace: 'http://sns.amazonaws.com/doc/2010-03-31/',
    operations: {
      Subscribe: {
        accepts: ['TopicArn', 'Protocol', 'Endpoint', 'Attributes.', 'ReturnSubscriptionArn'],
        run: subscribe,
      },
      ConfirmSubscription: { accepts: ['TopicArn', 'Token', 'AuthenticateOnUnsubscribe'], run: confirm },
      Unsubscribe: { accepts: ['SubscriptionArn'], run: unsubscribe },
      GetSubscriptionAttributes: { accepts: ['SubscriptionArn'], run: attributesOf },
      SetSubscriptionAttributes: { accepts: ['SubscriptionArn', 'AttributeName', 'AttributeValue'], run: setAttribute },
      ListSubscriptionsByTopic: { accepts: ['TopicArn', 'NextToken'], run: list },
      Publish: { accepts: ['TopicArn', 'Subject', 'Message', 'MessageAttributes.'], run: publish },
    },
    resourceOf: ({ TopicArn, SubscriptionArn }) => TopicArn ?? SubscriptionArn ?? null,
  });

  return {
    service,
    topicArn,
    subscribe: (topic, endpoint, filterPolicy) => add(findTopic(topic), endpoint, filterPolicy, true).arn,
  };
}

/** Entries of a map in a form: `<name>.entry.<n>.<key>` and `<name>.entry.<n>.<value>`. */
function pairs(input: QueryInput, name: string, key: string, value: string): Map<string, string> {
  const found = new Map<string, string>();
  for (let n = 1; input[`${name}.entry.${n}.${key}`] !== undefined; n++)
    found.set(input[`${name}.entry.${n}.${key}`] ?? '', input[`${name}.entry.${n}.${value}`] ?? '');
  return found;
}

function invalidParameter(what: string): AwsError {
  return new AwsError('InvalidParameter', `Invalid parameter: ${what}`);
}
