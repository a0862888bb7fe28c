import { LambdaClient } from '@aws-sdk/client-lambda';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { Delivery } from '../../adapters/delivery.ts';
import { Mail } from '../../adapters/mail.ts';
import { type Lambda, makeLambda } from '../../local/lambda/lambda.ts';
import { type Mail as Arrived, makeSes } from '../../local/ses/ses.ts';
import { functionPath } from '../local/account.ts';
import { Stores } from '../support/stores.ts';

const arrived: Arrived[] = [];
let said = Promise.withResolvers<string>();
const lambdas: Lambda[] = [];
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
    return [makeSes({ ...parts, onMail: (mail) => void arrived.push(mail) }), lambda.service];
  },
});
const ses = new SESv2Client(aws.configuration);
const lambdaClient = new LambdaClient(aws.configuration);
afterAll(async () => {
  ses.destroy();
  lambdaClient.destroy();
  for (const lambda of lambdas) await lambda.close();
  await aws.close();
});

beforeEach(() => {
  arrived.length = 0;
  said = Promise.withResolvers();
});

describe('a mail', () => {
  const MESSAGE = {
    to: 'lead@example.com',
    kind: 'approval' as const,
    runId: 'run_1-A',
    subject: 'Approve: erase tenant acmé ✓',
    text: 'https://example.com/a/x\n€ 3',
    html: '<p title="a&amp;b">€ 3</p>',
  };

  it('arrives as it was written, at one person, with its kind and run as tags', async () => {
    await new Mail(ses, 'lethe@example.com').send(MESSAGE);
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
    await new Mail(ses, 'lethe@example.com').send({ ...MESSAGE, kind });
    expect(arrived.map(({ tags }) => tags['kind'])).toEqual([kind]);
  });

  it('that SES does not take is a failure', async () => {
    const sending = new Mail(ses, 'lethe@example.com').send({ ...MESSAGE, to: 'nobody' });
    await expect(sending).rejects.toMatchObject({ name: 'BadRequestException' });
    expect(arrived).toEqual([]);
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
