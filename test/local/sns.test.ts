// SNS through the front door, with the SDK's own client.
import {
  ConfirmSubscriptionCommand,
  GetSubscriptionAttributesCommand,
  ListSubscriptionsByTopicCommand,
  PublishCommand,
  SetSubscriptionAttributesCommand,
  SNSClient,
  SubscribeCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import { expect, onTestFinished, test } from 'vitest';
import type { Mail } from '../../local/ses/ses.ts';
import { makeSns } from '../../local/sns/sns.ts';
import { makeAccount } from './account.ts';

const TopicArn = 'arn:aws:sns:eu-west-1:123456789012:news';

async function setUp() {
  const { clock, place, serve, recorded } = makeAccount();
  const mails: Mail[] = [];
  const sns = makeSns({ clock, place, topics: ['news'], onMail: (mail) => void mails.push(mail) });
  const client = new SNSClient(await serve(sns.service));
  onTestFinished(() => client.destroy());
  const subscribe = (Endpoint: string, filter?: object) =>
    client.send(
      new SubscribeCommand({
        TopicArn,
        Protocol: 'email',
        Endpoint,
        ReturnSubscriptionArn: true,
        ...(filter && { Attributes: { FilterPolicy: JSON.stringify(filter) } }),
      }),
    );
  const tokenIn = (mail: Mail | undefined) => /[0-9a-f]{64}/.exec(mail?.text ?? '')?.[0];
  const publish = (to?: string, more: { Subject?: string; Message?: string } = {}) =>
    client.send(
      new PublishCommand({
        TopicArn,
        Message: 'text',
        ...more,
        ...(to !== undefined && { MessageAttributes: { to: { DataType: 'String', StringValue: to } } }),
      }),
    );
  return { client, subscribe, publish, tokenIn, mails, sns, recorded };
}

test('nobody gets anything before he confirmed, with the token that was mailed to him', async () => {
  const { client, subscribe, publish, tokenIn, mails, recorded } = await setUp();
  const { SubscriptionArn } = await subscribe('a@x.org');
  await publish();
  expect(mails.map(({ to, subject }) => [to, subject])).toEqual([
    [['a@x.org'], 'AWS Notification - Subscription Confirmation'],
  ]);
  const list = async () => (await client.send(new ListSubscriptionsByTopicCommand({ TopicArn }))).Subscriptions;
  expect(await list()).toMatchObject([
    { SubscriptionArn: 'PendingConfirmation', Endpoint: 'a@x.org', Protocol: 'email' },
  ]);
  await expect(client.send(new ConfirmSubscriptionCommand({ TopicArn, Token: 'wrong' }))).rejects.toMatchObject({
    name: 'InvalidParameterException',
  });
  const confirmed = await client.send(new ConfirmSubscriptionCommand({ TopicArn, Token: tokenIn(mails[0]) }));
  expect(confirmed.SubscriptionArn).toBe(SubscriptionArn);
  expect(await list()).toMatchObject([{ SubscriptionArn }]);
  await publish(undefined, { Subject: 'News ✓', Message: '1 < 2 & "3"' });
  expect(mails[1]).toMatchObject({ to: ['a@x.org'], subject: 'News ✓', html: null });
  expect(mails[1]?.text).toMatch(/^1 < 2 & "3"\n/);
  await client.send(new UnsubscribeCommand({ SubscriptionArn }));
  await publish();
  expect([mails.length, await list()]).toEqual([2, []]);
  expect(recorded[0]).toMatchObject({ service: 'sns', operation: 'Subscribe', resource: TopicArn });
});

test('a filter lets its own pass, and is shown as it was given, until it is taken away', async () => {
  const { client, publish, mails, sns } = await setUp();
  const SubscriptionArn = sns.subscribe(TopicArn, 'a@x.org', { to: ['a@x.org'] });
  for (const to of ['b@x.org', 'A@x.org', 'a@x.org', undefined]) await publish(to);
  expect(mails).toHaveLength(1);
  const { Attributes } = await client.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }));
  expect(Attributes).toMatchObject({
    FilterPolicy: '{"to":["a@x.org"]}',
    FilterPolicyScope: 'MessageAttributes',
    Endpoint: 'a@x.org',
    PendingConfirmation: 'false',
  });
  const set = { SubscriptionArn, AttributeName: 'FilterPolicy', AttributeValue: '{}' };
  await client.send(new SetSubscriptionAttributesCommand(set));
  await publish('b@x.org');
  expect(mails).toHaveLength(2);
});

test('a hundred subscriptions are a page', async () => {
  const { client, sns } = await setUp();
  for (let n = 0; n < 101; n++) sns.subscribe(TopicArn, `${n}@x.org`);
  const first = await client.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
  const rest = await client.send(new ListSubscriptionsByTopicCommand({ TopicArn, NextToken: first.NextToken }));
  expect([first.Subscriptions?.length, rest.Subscriptions?.length, rest.NextToken]).toEqual([100, 1, undefined]);
});

test('what SNS refuses is refused, and what is not honoured is no silent success', async () => {
  const { client, subscribe, publish } = await setUp();
  await expect(publish(undefined, { Subject: 'x'.repeat(100) })).rejects.toMatchObject({
    name: 'InvalidParameterException',
  });
  await expect(publish(undefined, { Subject: 'a\nb' })).rejects.toMatchObject({ name: 'InvalidParameterException' });
  await expect(publish(undefined, { Message: '€'.repeat(87_382) })).rejects.toMatchObject({
    name: 'InvalidParameterException',
  });
  await expect(subscribe('nobody')).rejects.toMatchObject({ name: 'InvalidParameterException' });
  const elsewhere = { TopicArn: `${TopicArn}-else` };
  await expect(client.send(new ListSubscriptionsByTopicCommand(elsewhere))).rejects.toMatchObject({
    name: 'NotFoundException',
  });
  await expect(subscribe('a@x.org', { to: [{ prefix: 'a' }] })).rejects.toMatchObject({
    $metadata: { httpStatusCode: 501 },
  });
  const https = { TopicArn, Protocol: 'https', Endpoint: 'https://x.org' };
  await expect(client.send(new SubscribeCommand(https))).rejects.toMatchObject({ $metadata: { httpStatusCode: 501 } });
});
