import { LambdaClient } from '@aws-sdk/client-lambda';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { SNSClient, SubscribeCommand, UnsubscribeCommand } from '@aws-sdk/client-sns';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { Delivery } from '../../adapters/delivery.ts';
import type { Message } from '../../adapters/mail.ts';
import { SesMail } from '../../adapters/ses-mail.ts';
import { TopicMail } from '../../adapters/topic-mail.ts';
import { type Lambda, makeLambda } from '../../local/lambda/lambda.ts';
import { type Mail as Arrived, makeSes } from '../../local/ses/ses.ts';
import { makeSns, type Sns } from '../../local/sns/sns.ts';
import { functionPath } from '../local/account.ts';
import { Stores } from '../support/stores.ts';

const arrived: Arrived[] = [];
let said = Promise.withResolvers<string>();
const lambdas: Lambda[] = [];
const topics: Sns[] = [];
const aws = await Stores.open({
  more(parts) {
    const lambda = makeLambda({ ...parts, onLog: (name, line) => said.resolve(`${name}: ${line}`) });
    lambda.register({
      name: 'deliver-decision',
      modulePath: functionPath('tell'),
      timeoutSeconds: 30,
      memoryMb: 256,
      roleArn: 'arn:aws:iam::123456789012:role/lethe-deliver-decision',
      environment: {},
      aliases: ['live'],
    });
    lambdas.push(lambda);
    const onMail = (mail: Arrived) => void arrived.push(mail);
    const sns = makeSns({ ...parts, topics: ['approvals'], onMail });
    topics.push(sns);
    return [makeSes({ ...parts, onMail }), sns.service, lambda.service];
  },
});
const ses = new SESv2Client(aws.configuration);
const sns = new SNSClient(aws.configuration);
const lambdaClient = new LambdaClient(aws.configuration);
afterAll(async () => {
  ses.destroy();
  sns.destroy();
  lambdaClient.destroy();
  for (const lambda of lambdas) await lambda.close();
  await aws.close();
});

beforeEach(() => {
  arrived.length = 0;
  said = Promise.withResolvers();
});

const MESSAGE = {
  to: 'lead@example.com',
  kind: 'approval' as const,
  runId: 'run_1-A',
  subject: 'Approve: erase tenant acmé ✓',
  text: 'https://example.com/a/x\n€ 3',
  html: '<p title="a&amp;b">€ 3</p>',
};

describe('a mail', () => {
  async function send(message: Message): Promise<void> {
    const post = await new SesMail(ses, 'lethe@example.com').reach([message.to]);
    await post.send(message);
  }

  it('arrives as it was written, at one person, with its kind and run as tags', async () => {
    await send(MESSAGE);
    expect(arrived).toMatchObject([
      {
        from: 'lethe@example.com',
        to: ['lead@example.com'],
        cc: [],
        bcc: [],
        subject: MESSAGE.subject,
        text: MESSAGE.text,
        html: MESSAGE.html,
        tags: { kind: 'approval', runId: 'run_1-A' },
      },
    ]);
  });

  it.each(['approval', 'reminder', 'outcome'] as const)('of kind %s may be sent', async (kind) => {
    await send({ ...MESSAGE, kind });
    expect(arrived.map(({ tags }) => tags['kind'])).toEqual([kind]);
  });

  it('that SES does not take is a failure', async () => {
    const sending = send({ ...MESSAGE, to: 'nobody' });
    await expect(sending).rejects.toMatchObject({ name: 'BadRequestException' });
    expect(arrived).toEqual([]);
  });
});

describe('a message by a topic', () => {
  const [topic] = topics;
  const arn = topic?.topicArn('approvals') ?? '';
  const [LEAD, DPO] = ['lead@example.com', 'dpo@example.com'];
  topic?.subscribe(arn, LEAD, { to: [LEAD] });
  topic?.subscribe(arn, DPO, { to: [DPO] });
  const mail = new TopicMail(sns, arn);

  it('arrives as text at the one it is for', async () => {
    const post = await mail.reach([LEAD, 'cto@example.com', DPO]);
    expect(post.people).toEqual([LEAD, DPO]);
    await post.send(MESSAGE);
    expect(arrived).toMatchObject([
      { to: [LEAD], subject: MESSAGE.subject, html: null, tags: { kind: 'approval', runId: 'run_1-A' } },
    ]);
    expect(arrived[0]?.text).toMatch(/^https:\/\/example.com\/a\/x\n€ 3\n/);
  });

  it('has a subject as long as SNS takes', async () => {
    const post = await mail.reach([LEAD]);
    await post.send({ ...MESSAGE, subject: `a\nb${'😀'.repeat(98)}` });
    expect(arrived.map(({ subject }) => subject)).toEqual([`a b${'😀'.repeat(47)}…`]);
  });

  it('is not sent to whom it would not reach, unconfirmed ones included', async () => {
    const someone = 'someone@example.com';
    const { SubscriptionArn } = await sns.send(
      new SubscribeCommand({
        TopicArn: arn,
        Protocol: 'email',
        Endpoint: someone,
        Attributes: { FilterPolicy: JSON.stringify({ to: [someone] }) },
        ReturnSubscriptionArn: true,
      }),
    );
    arrived.length = 0;
    const post = await mail.reach([LEAD, someone]);
    expect(post.people).toEqual([LEAD]);
    await expect(post.send({ ...MESSAGE, to: someone })).rejects.toThrow(`${someone} has no confirmed subscription`);
    expect(arrived).toEqual([]);
    await sns.send(new UnsubscribeCommand({ SubscriptionArn }));
  });

  it.each<[string, Record<string, string[]> | undefined]>([
    ['everything', undefined],
    ['another one’s', { to: [LEAD] }],
    ['his own and another one’s', { to: ['spy@example.com', LEAD] }],
  ])('is not sent at all while somebody gets %s', async (_, filter) => {
    const SubscriptionArn = topic?.subscribe(arn, 'spy@example.com', filter);
    await expect(mail.reach([DPO])).rejects.toMatchObject({
      name: 'Lethe.ApproversUnreachable',
      details: {
        what: expect.stringContaining('spy@example.com'),
        next: expect.stringContaining(SubscriptionArn ?? '-'),
      },
    });
    expect(arrived).toEqual([]);
    await sns.send(new UnsubscribeCommand({ SubscriptionArn }));
    expect((await mail.reach([DPO])).people).toEqual([DPO]);
  });
});

describe('a delivery', () => {
  it('is asked for as an event that names the run and nothing else', async () => {
    await new Delivery(lambdaClient, 'deliver-decision').request('run-1');
    expect(await said.promise).toBe('deliver-decision: {"runId":"run-1"}');
    const calls = aws.callsTo('deliver-decision', 'Invoke');
    expect(calls).toMatchObject([{ service: 'lambda', by: 'caller', status: 202 }]);
  });

  it('that cannot be asked for is a failure', async () => {
    const request = new Delivery(lambdaClient, 'nowhere').request('run-1');
    await expect(request).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});
