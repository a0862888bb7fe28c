// Mail by SES.
import { type SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import type { Mail, Message, Post } from './mail.ts';

export class SesMail implements Mail {
  readonly #client: SESv2Client;
  readonly #from: string;

  constructor(client: SESv2Client, from: string) {
    this.#client = client;
    this.#from = from;
  }

  async reach(people: readonly string[]): Promise<Post> {
    return { people, send: (message) => this.#send(message) };
  }

  async #send({ to, kind, runId, subject, text, html }: Message): Promise<void> {
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
