// SES version 2: SendEmail with simple content; each accepted message is handed to the composition.
import { randomBytes, randomUUID } from 'node:crypto';
import { AwsError, notImplemented } from '../kernel/aws-error.ts';
import type { Json } from '../kernel/json-service.ts';
import { makeRestJsonService, type RestAnswer, type RestCall } from '../kernel/rest-json-service.ts';
import type { AwsService } from '../kernel/service.ts';
import type { ServiceClock } from '../kernel/service-clock.ts';
import { checkAddress } from './address.ts';

export interface Mail {
  readonly messageId: string;
  /** Addresses as the sender wrote them, display names included. */
  readonly from: string;
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly bcc: readonly string[];
  readonly replyTo: readonly string[];
  readonly subject: string;
  /** Null when the message has no such part; it has at least one. */
  readonly text: string | null;
  readonly html: string | null;
  readonly headers: Readonly<Record<string, string>>;
  /** EmailTags, which are not part of the message itself. */
  readonly tags: Readonly<Record<string, string>>;
  /** Service time, ISO 8601. */
  readonly sentAt: string;
}

export interface SesOptions {
  readonly clock: ServiceClock;
  /** SendEmail answers once this has resolved. */
  onMail(mail: Mail): void | Promise<void>;
}

/** Recipients of one message, from the quotas of SES. */
const MAX_RECIPIENTS = 50;
const TAG = /^[A-Za-z0-9_-]{1,256}$/;
/** Printable ASCII except the colon, as RFC 5322 has it. */
const HEADER_NAME = /^[!-9;-~]{1,126}$/;

export function makeSes({ clock, onMail }: SesOptions): AwsService {
  async function sendEmail({ request }: RestCall): Promise<RestAnswer> {
    const mail = { messageId: newMessageId(), ...parseMail(request.body), sentAt: clock.nowIso() };
    await onMail(mail);
    return { status: 200, body: JSON.stringify({ MessageId: mail.messageId }) };
  }

  return makeRestJsonService({
    name: 'ses',
    operations: [
      { operation: 'SendEmail', method: 'POST', path: '/v2/email/outbound-emails', accepts: [], answer: sendEmail },
    ],
    resourceOf: () => null,
  });
}

function parseMail(body: Buffer): Omit<Mail, 'messageId' | 'sentAt'> {
  const input = parseJson(body);
  only('SendEmail', input, ['FromEmailAddress', 'Destination', 'ReplyToAddresses', 'Content', 'EmailTags']);
  only('Destination', input.Destination, ['ToAddresses', 'CcAddresses', 'BccAddresses']);
  only('Content', input.Content, ['Simple']);
  const simple = input.Content?.Simple;
  if (!simple) throw badRequest('Content.Simple is missing');
  only('Content.Simple', simple, ['Subject', 'Body', 'Headers']);
  only('Content.Simple.Body', simple.Body, ['Text', 'Html']);

  const from = input.FromEmailAddress;
  if (from === undefined) throw badRequest('FromEmailAddress is missing');
  const { ToAddresses: to = [], CcAddresses: cc = [], BccAddresses: bcc = [] } = input.Destination ?? {};
  const replyTo = input.ReplyToAddresses ?? [];
  const recipients = [...to, ...cc, ...bcc];
  if (recipients.length === 0) throw badRequest('Destination names no recipient');
  if (recipients.length > MAX_RECIPIENTS) throw badRequest(`Recipient count exceeds ${MAX_RECIPIENTS}.`);
  for (const address of [from, ...recipients, ...replyTo]) checkAddress(address);

  const subject = textOf('Subject', simple.Subject);
  const text = textOf('Body.Text', simple.Body?.Text);
  const html = textOf('Body.Html', simple.Body?.Html);
  if (subject === null) throw badRequest('Subject is missing');
  if (text === null && html === null) throw badRequest('Body has neither Text nor Html');
  const headers = pairs(simple.Headers, HEADER_NAME, /^[ -~]{1,870}$/);
  const tags = pairs(input.EmailTags, TAG, TAG);
  return { from, to, cc, bcc, replyTo, subject, text, html, headers, tags };
}

function parseJson(body: Buffer): Json {
  try {
    return JSON.parse(body.toString('utf8') || '{}');
  } catch (cause) {
    throw new AwsError('SerializationException', `The body is not JSON: ${String(cause)}`);
  }
}

/** What is not honoured is refused: raw and template content, configuration sets, list management … */
function only(what: string, value: Json, honoured: readonly string[]): void {
  const unknown = Object.keys(value ?? {}).filter((name) => !honoured.includes(name));
  if (unknown.length > 0) throw notImplemented(`ses ${what} with ${unknown.join(', ')}`);
}

/** Without a charset SES sends 7-bit ASCII, where anything else would arrive as question marks. */
function textOf(what: string, content: Json): string | null {
  if (content === undefined) return null;
  only(what, content, ['Data', 'Charset']);
  const { Data: data, Charset: charset } = content;
  if (typeof data !== 'string') throw badRequest(`${what}.Data is missing`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the whole of 7-bit ASCII is meant
  const isAscii = /^[\x00-\x7f]*$/.test(data);
  const isHonoured = charset === undefined ? isAscii : /^utf-8$/i.test(charset);
  if (!isHonoured) throw notImplemented(`ses ${what} in the charset ${charset ?? '7-bit ASCII with other characters'}`);
  return data;
}

function pairs(list: Json, name: RegExp, value: RegExp): Record<string, string> {
  const entries: readonly Json[] = list ?? [];
  for (const { Name, Value } of entries) {
    if (!name.test(Name)) throw badRequest(`Invalid name <${Name}>; allowed is ${name.source}`);
    if (!value.test(Value)) throw badRequest(`Invalid value <${Value}> of ${Name}; allowed is ${value.source}`);
  }
  return Object.fromEntries(entries.map(({ Name, Value }) => [Name, Value]));
}

function newMessageId(): string {
  return `${randomBytes(8).toString('hex')}-${randomUUID()}-000000`;
}

function badRequest(message: string): AwsError {
  return new AwsError('BadRequestException', message);
}
