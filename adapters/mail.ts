// Mail by SES, one message to one person.
import { type SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import type { MessageKind } from '../contracts/approval.ts';

export interface Message {
  readonly to: string;
  readonly kind: MessageKind;
  readonly runId: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export class Mail {
  readonly #client: SESv2Client;
  readonly #from: string;

  constructor(client: SESv2Client, from: string) {
    this.#client = client;
    this.#from = from;
  }

  async send({ to, kind, runId, subject, text, html }: Message): Promise<void> {
    const part = (Data: string) => ({ Data, Charset: 'UTF-8' });
    await this.#client.send(
      new SendEmailCommand({
        FromEmailAddress: this.#from,
        Destination: { ToAddresses: [to] },
        Content: { Simple: { Subject: part(subject), Body: { Text: part(text), Html: part(html) } } },
        EmailTags: [
          { Name: 'kind', Value: kind },
          { Name: 'runId', Value: runId },
        ],
      }),
    );
  }
}
