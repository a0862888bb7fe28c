// The outbox: each mail that SES accepts becomes a JSON file that tests and people read instead of an inbox.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Mail } from './ses/ses.ts';

export interface OutboxOptions {
  readonly folder: string;
  /** Links worth naming, found in the message's text. */
  linksIn(text: string): Readonly<Record<string, string>>;
}

/** One `<runId>-<kind>-<n>.json` a message, by its tags; a file appears whole or not at all. */
export function makeOutbox({ folder, linksIn }: OutboxOptions): (mail: Mail) => void {
  mkdirSync(folder, { recursive: true });
  const counts = new Map<string, number>();
  return (mail) => {
    const { runId = 'none', kind = 'mail' } = mail.tags;
    const n = (counts.get(`${runId}-${kind}`) ?? 0) + 1;
    counts.set(`${runId}-${kind}`, n);
    const { subject, text, html, sentAt, to } = mail;
    const content = { to: to.join(', '), kind, runId, subject, text, html, links: linksIn(text ?? ''), sentAt };
    const file = join(folder, `${runId}-${kind}-${n}.json`);
    writeFileSync(`${file}.part`, `${JSON.stringify(content, null, 2)}\n`);
    renameSync(`${file}.part`, file);
  };
}
