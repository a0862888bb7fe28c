// The approver's part: reads the mail in the outbox, opens the link, and posts the page's own form.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface ApprovalMail {
  readonly to: string;
  readonly link: string;
}

export type Decision =
  | { readonly decision: 'approve'; readonly phrase: string }
  | { readonly decision: 'reject'; readonly reason: string };

/** The mails of a run that ask for an approval, in the order of their files. */
export async function approvalMails(outbox: string, runId: string): Promise<ApprovalMail[]> {
  const files = (await readdir(outbox)).filter(
    (file) => file.startsWith(`${runId}-approval-`) && file.endsWith('.json'),
  );
  const mails = await Promise.all(
    files.sort().map(async (file) => JSON.parse(await readFile(join(outbox, file), 'utf8'))),
  );
  return mails.map((mail: { to: string; links: { approve?: string } }) => ({
    to: mail.to,
    link: mail.links.approve ?? '',
  }));
}

/** @returns what the page answered */
export async function decide(
  link: string,
  decision: Decision,
): Promise<{ readonly status: string; readonly httpStatus: number }> {
  const page = await (await fetch(link)).text();
  const digest = /name="digest" value="([^"]*)"/.exec(page)?.[1] ?? '';
  const response = await fetch(link, {
    method: 'POST',
    headers: { accept: 'application/json' },
    body: new URLSearchParams({ ...decision, digest }),
  });
  const body = (await response.json()) as { status: string };
  return { status: body.status, httpStatus: response.status };
}

/** Lines typed at a terminal, one after the other, until it is closed. */
export class Prompt {
  readonly #lines = createInterface({ input: process.stdin, output: process.stderr });

  next(question: string): Promise<string> {
    return new Promise((resolve) => this.#lines.question(question, resolve));
  }

  close(): void {
    this.#lines.close();
  }
}
