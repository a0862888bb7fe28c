// One reader of messages per deployed target: the emulator's page of sent mail, or a bucket in which SES lays what it receives.
import { GetObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { readMessage } from './mime.ts';
import { type Mail, mailOf } from './target.ts';

export type Mailbox =
  | { readonly kind: 'emulator'; readonly endpoint: string }
  | { readonly kind: 'inbox'; readonly bucket: string; readonly prefix: string };

interface Sent {
  readonly To: readonly string[];
  readonly Subject: string;
  readonly BodyText: string;
  readonly BodyHtml: string | null;
  readonly Timestamp: string | number;
}

export function openMailbox(mailbox: Mailbox, s3: S3Client): { read(): Promise<readonly Mail[]> } {
  return mailbox.kind === 'emulator' ? { read: () => sentMail(mailbox.endpoint) } : new Inbox(mailbox, s3);
}

async function sentMail(endpoint: string): Promise<Mail[]> {
  const response = await fetch(`${endpoint}/_ministack/ses/messages`);
  const { messages } = (await response.json()) as { messages: Record<string, readonly Sent[]> };
  return Object.values(messages)
    .flat()
    .map(({ To, Subject, BodyText, BodyHtml, Timestamp }) =>
      mailOf({
        to: To.join(', '),
        subject: Subject,
        text: BodyText,
        html: BodyHtml ?? '',
        sentAt: String(Timestamp),
      }),
    );
}

/** Objects as the S3 action of a receipt rule writes them: whole messages, each read once. */
class Inbox {
  readonly #place: { readonly bucket: string; readonly prefix: string };
  readonly #s3: S3Client;
  readonly #read = new Map<string, Mail>();

  constructor(place: { readonly bucket: string; readonly prefix: string }, s3: S3Client) {
    this.#place = place;
    this.#s3 = s3;
  }

  async read(): Promise<readonly Mail[]> {
    const { bucket: Bucket, prefix: Prefix } = this.#place;
    for (let token: string | undefined, isFirst = true; isFirst || token; isFirst = false) {
      const page = await this.#s3.send(
        new ListObjectsV2Command({ Bucket, Prefix, ...(token && { ContinuationToken: token }) }),
      );
      for (const { Key = '' } of page.Contents ?? []) {
        if (this.#read.has(Key)) continue;
        const { Body } = await this.#s3.send(new GetObjectCommand({ Bucket, Key }));
        this.#read.set(Key, mailOf(readMessage((await Body?.transformToString()) ?? '')));
      }
      token = page.NextContinuationToken;
    }
    return [...this.#read.values()];
  }
}
