// Mail by an SNS topic: every subscription is filtered to what is addressed to it, or nothing is sent at all.
import {
  GetSubscriptionAttributesCommand,
  PublishCommand,
  paginateListSubscriptionsByTopic,
  type SNSClient,
} from '@aws-sdk/client-sns';
import { ADDRESSED_TO } from '../contracts/approval.ts';
import { type Subscription, subscribersOf } from '../core/approval/subscribers.ts';
import type { Mail, Message, Post } from './mail.ts';

/** "less than 100 characters long", without line breaks or control characters (SNS API reference, Publish). */
const MAX_SUBJECT = 99;

export class TopicMail implements Mail {
  readonly #client: SNSClient;
  readonly #topicArn: string;

  constructor(client: SNSClient, topicArn: string) {
    this.#client = client;
    this.#topicArn = topicArn;
  }

  async reach(people: readonly string[]): Promise<Post> {
    const subscribers = subscribersOf(await this.#subscriptions());
    const reached = people.filter((person) => subscribers.includes(person));
    return {
      people: reached,
      send: async (message) => {
        if (!reached.includes(message.to)) throw new Error(`${message.to} has no confirmed subscription`);
        await this.#publish(message);
      },
    };
  }

  async #subscriptions(): Promise<Subscription[]> {
    const found: Subscription[] = [];
    const pages = paginateListSubscriptionsByTopic({ client: this.#client }, { TopicArn: this.#topicArn });
    for await (const { Subscriptions = [] } of pages) {
      for (const { SubscriptionArn: arn = '', Protocol: protocol = '', Endpoint: endpoint = '' } of Subscriptions) {
        // One that is not confirmed, or deleted, has a word in place of its ARN, and gets nothing.
        if (arn.startsWith('arn:')) found.push({ arn, protocol, endpoint, ...(await this.#filterOf(arn)) });
      }
    }
    return found;
  }

  async #filterOf(SubscriptionArn: string): Promise<Pick<Subscription, 'filterPolicy' | 'filterScope'>> {
    const { Attributes: found = {} } = await this.#client.send(
      new GetSubscriptionAttributesCommand({ SubscriptionArn }),
    );
    return { filterPolicy: found['FilterPolicy'], filterScope: found['FilterPolicyScope'] };
  }

  /** Text only: SNS mails nothing else. */
  async #publish({ to, kind, runId, subject, text }: Message): Promise<void> {
    const attribute = (StringValue: string) => ({ DataType: 'String', StringValue });
    await this.#client.send(
      new PublishCommand({
        TopicArn: this.#topicArn,
        Subject: shortened(subject),
        Message: text,
        MessageAttributes: { [ADDRESSED_TO]: attribute(to), kind: attribute(kind), runId: attribute(runId) },
      }),
    );
  }
}

/** In UTF-16 units, the narrowest reading of "characters", and none of them halved. */
function shortened(subject: string): string {
  const line = subject.replace(/\p{Cc}+/gu, ' ');
  if (line.length <= MAX_SUBJECT) return line;
  let cut = '';
  for (const character of line) {
    if (cut.length + character.length >= MAX_SUBJECT) break;
    cut += character;
  }
  return `${cut}…`;
}
