// The outbox: each mail that SES accepts becomes a JSON file for tests, and an .eml file that mail programs open.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import MailComposer from 'nodemailer/lib/mail-composer/index.js';
import type { Mail } from './ses/ses.ts';

export interface OutboxOptions {
  readonly folder: string;
  /** Links worth naming, found in the message's text. */
  linksIn(text: string): Readonly<Record<string, string>>;
}

/** `<runId>-<kind>-<n>.json` and `.eml` for a message, by its tags; the first appears last, and whole or not at all. */
export function makeOutbox({ folder, linksIn }: OutboxOptions): (mail: Mail) => Promise<void> {
  mkdirSync(folder, { recursive: true });
  const counts = new Map<string, number>();
  return async (mail) => {
    const { runId = 'none', kind = 'mail' } = mail.tags;
    const n = (counts.get(`${runId}-${kind}`) ?? 0) + 1;
    counts.set(`${runId}-${kind}`, n);
    const { subject, text, html, sentAt, to } = mail;
    writeFileSync(join(folder, `${runId}-${kind}-${n}.eml`), await asMessage(mail));
    const content = { to: to.join(', '), kind, runId, subject, text, html, links: linksIn(text ?? ''), sentAt };
    const file = join(folder, `${runId}-${kind}-${n}.json`);
    writeFileSync(`${file}.part`, `${JSON.stringify(content, null, 2)}\n`);
    renameSync(`${file}.part`, file);
  };
}

/** As it would arrive: multipart, each part in an encoding that passes everywhere. */
function asMessage({ messageId, from, to, subject, text, html, sentAt }: Mail): Promise<Buffer> {
  return new MailComposer({
    messageId: `<${messageId}@email.amazonses.com>`,
    date: new Date(sentAt),
    from,
    to: [...to],
    subject,
    ...(text !== null && { text }),
    ...(html !== null && { html }),
  })
    .compile()
    .build();
}
