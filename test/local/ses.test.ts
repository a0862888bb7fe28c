// SES through the front door, with the SDK's own client.
import {
  ListEmailIdentitiesCommand,
  SESv2Client,
  SendEmailCommand,
  type SendEmailCommandInput,
} from '@aws-sdk/client-sesv2';
import { expect, onTestFinished, test } from 'vitest';
import { type Mail, makeSes } from '../../local/ses/ses.ts';
import { makeAccount } from './account.ts';

async function setUp(onMail?: (mail: Mail) => Promise<void>) {
  const account = makeAccount();
  const mails: Mail[] = [];
  const ses = makeSes({ clock: account.clock, onMail: onMail ?? ((mail) => void mails.push(mail)) });
  const client = new SESv2Client(await account.serve(ses));
  onTestFinished(() => client.destroy());
  const send = (changes: Partial<SendEmailCommandInput> = {}) =>
    client.send(new SendEmailCommand({ ...SIMPLE, ...changes }));
  return { client, send, mails, recorded: account.recorded };
}

const UTF8 = 'UTF-8';
const SIMPLE: SendEmailCommandInput = {
  FromEmailAddress: 'Lethe <lethe@example.com>',
  Destination: { ToAddresses: ['lead@example.com'] },
  Content: { Simple: { Subject: { Data: 'Hello' }, Body: { Text: { Data: 'Text' } } } },
};

function content(simple: object): Partial<SendEmailCommandInput> {
  return { Content: { Simple: { ...SIMPLE.Content?.Simple, ...simple } as never } };
}

test('a message is handed over as it was sent', async () => {
  const { send, mails, recorded } = await setUp();

  const { MessageId } = await send({
    Destination: {
      ToAddresses: ['lead@example.com', 'Data Protection <dpo@sub.example.com>'],
      CcAddresses: ['cc@example.com'],
      BccAddresses: ['bcc@example.com'],
    },
    ReplyToAddresses: ['reply+tag@example.com'],
    Content: {
      Simple: {
        Subject: { Data: 'Löschen?', Charset: UTF8 },
        Body: { Text: { Data: 'Grüße\n', Charset: UTF8 }, Html: { Data: '<p>Grüße</p>', Charset: 'utf-8' } },
        Headers: [{ Name: 'X-Run', Value: 'run-1' }],
      },
    },
    EmailTags: [
      { Name: 'kind', Value: 'approval' },
      { Name: 'run', Value: 'run-1' },
    ],
  });

  expect(mails).toEqual([
    {
      messageId: MessageId,
      from: 'Lethe <lethe@example.com>',
      to: ['lead@example.com', 'Data Protection <dpo@sub.example.com>'],
      cc: ['cc@example.com'],
      bcc: ['bcc@example.com'],
      replyTo: ['reply+tag@example.com'],
      subject: 'Löschen?',
      text: 'Grüße\n',
      html: '<p>Grüße</p>',
      headers: { 'X-Run': 'run-1' },
      tags: { kind: 'approval', run: 'run-1' },
      sentAt: expect.stringMatching(/^2031-05-06T07:08:\d\d\.\d{3}Z$/),
    },
  ]);
  expect(recorded).toMatchObject([{ service: 'ses', operation: 'SendEmail', resource: null, status: 200 }]);
});

test('a message may lack a part, and every message has an id of its own', async () => {
  const { send, mails } = await setUp();

  const ids = [await send(), await send(content({ Body: { Html: { Data: '<p>Only</p>' } } }))].map((a) => a.MessageId);

  expect(mails.map(({ text, html }) => ({ text, html }))).toEqual([
    { text: 'Text', html: null },
    { text: null, html: '<p>Only</p>' },
  ]);
  expect(new Set(ids).size).toBe(2);
});

test('SendEmail answers only once the message has been taken', async () => {
  const { send } = await setUp(async () => {
    throw new Error('the outbox is full');
  });

  await expect(send()).rejects.toMatchObject({ $metadata: { httpStatusCode: 500 } });
});

test.for([
  ['nobody', "Missing final '@domain'"],
  ['nobody@', "Missing final '@domain'"],
  ['@example.com', 'Missing local name'],
  ['two words@example.com', 'Local address contains control or whitespace'],
  ['a@exa mple.com', 'Domain contains illegal character'],
  ['a@example..com', 'Domain contains illegal character'],
  ['a@example.com\r\nBcc: b@example.com', 'Local address contains control or whitespace'],
] as const)('the address %j is refused', async ([address, message]) => {
  const { send, mails } = await setUp();
  const error = { name: 'BadRequestException', message, $metadata: { httpStatusCode: 400 } };

  await expect(send({ Destination: { ToAddresses: [address] } })).rejects.toMatchObject(error);
  await expect(send({ FromEmailAddress: address })).rejects.toMatchObject(error);
  expect(mails).toEqual([]);
});

test.for([
  ['no recipient', { Destination: {} }],
  ['51 recipients', { Destination: { ToAddresses: Array.from({ length: 51 }, (_, n) => `a${n}@example.com`) } }],
  ['no sender', { FromEmailAddress: undefined }],
  ['an empty body', content({ Body: {} })],
  ['no subject', content({ Subject: undefined })],
  ['no content', { Content: {} }],
  ['a tag with a blank', { EmailTags: [{ Name: 'run', Value: 'run 1' }] }],
  ['a header with a line break', content({ Headers: [{ Name: 'X-A', Value: 'a\r\nBcc: b@example.com' }] })],
  ['a header name with a colon', content({ Headers: [{ Name: 'X:A', Value: 'a' }] })],
] as const)('a message with %s is a bad request', async ([, changes]) => {
  const { send } = await setUp();

  await expect(send(changes as Partial<SendEmailCommandInput>)).rejects.toMatchObject({ name: 'BadRequestException' });
});

test.for([
  ['raw content', { Content: { Raw: { Data: new Uint8Array(1) } } }],
  ['a template', { Content: { Template: { TemplateName: 't' } } }],
  ['an attachment', content({ Attachments: [{ FileName: 'a', RawContent: new Uint8Array(1) }] })],
  ['a configuration set', { ConfigurationSetName: 'c' }],
  ['list management', { ListManagementOptions: { ContactListName: 'c' } }],
  ['a feedback address', { FeedbackForwardingEmailAddress: 'a@example.com' }],
  ['another charset', content({ Subject: { Data: 'a', Charset: 'ISO-8859-1' } })],
  ['other characters than ASCII without a charset', content({ Subject: { Data: 'ä' } })],
] as const)('a message with %s is not implemented', async ([, changes]) => {
  const { send, mails } = await setUp();

  await expect(send(changes as Partial<SendEmailCommandInput>)).rejects.toMatchObject({
    name: 'NotImplemented',
    $metadata: { httpStatusCode: 501 },
  });
  expect(mails).toEqual([]);
});

test('other operations are not implemented', async () => {
  const { client } = await setUp();

  await expect(client.send(new ListEmailIdentitiesCommand({}))).rejects.toMatchObject({ name: 'NotImplemented' });
});
