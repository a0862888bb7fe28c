// Plays the approver: by itself with --yes or --reject, else at the terminal or by the browser, until the plan expires.
import type { RunStatus } from '../../adapters/run-status.ts';
import { showInstant } from '../../core/text.ts';
import { type ApprovalMail, approvalMails, decide, Prompt } from './decision.ts';
import type { Options } from './options.ts';
import type { Screen } from './screen.ts';

export interface Part {
  readonly runId: string;
  readonly outbox: string;
  readonly options: Options;
  readonly screen: Screen;
  readonly folder: string;
}

export class Approver {
  readonly #part: Part;
  #isIntroduced = false;
  #decided = new Set<string>();
  #prompt: Prompt | undefined;
  #isAsking = false;

  constructor(part: Part) {
    this.#part = part;
  }

  /** Called again and again while the run waits; does what is next, and never waits for a person itself. */
  async act(status: RunStatus): Promise<void> {
    const { runId, outbox, options } = this.#part;
    const required = status.approval?.required ?? 1;
    const mails = await approvalMails(outbox, runId);
    if (mails.length < required) return;
    const phrase = await phraseIn(mails);
    if (!this.#isIntroduced) this.#introduce(status, mails, phrase);
    this.#isIntroduced = true;
    const undecided = mails.find(({ link }) => !this.#decided.has(link));
    if (!undecided) return;
    if (options.reject !== undefined) await this.#post(undecided, { decision: 'reject', reason: options.reject });
    else if (options.yes && this.#decided.size < required) await this.#post(undecided, { decision: 'approve', phrase });
    else if (process.stdin.isTTY && !this.#isAsking && !options.yes) void this.#ask(undecided);
  }

  close(): void {
    this.#prompt?.close();
  }

  #introduce({ approval }: RunStatus, mails: readonly ApprovalMail[], phrase: string): void {
    const { screen } = this.#part;
    for (const { to, link } of mails) screen.line(`  Approval: ${link}  (mailed to ${to})`);
    if (approval?.expiresAt) screen.line(`  Decide until ${showInstant(approval.expiresAt)}. The phrase is: ${phrase}`);
  }

  async #post(mail: ApprovalMail, decision: Parameters<typeof decide>[1]): Promise<boolean> {
    const { screen } = this.#part;
    const { status, httpStatus } = await decide(mail.link, decision);
    screen.line(`  ${mail.to} ${decision.decision}s by the page's form: ${status} (HTTP ${httpStatus})`);
    if (status !== 'recorded' && status !== 'already-decided') return false;
    this.#decided.add(mail.link);
    return true;
  }

  /** Runs beside the watching, which goes on while nobody types. */
  async #ask(mail: ApprovalMail): Promise<void> {
    this.#isAsking = true;
    this.#prompt ??= new Prompt();
    const typed = (
      await this.#prompt.next('  Type the phrase to approve, or "reject: <reason>", or use the page: ')
    ).trim();
    const reason = /^reject:\s*(.*)$/i.exec(typed)?.[1];
    if (reason !== undefined) await this.#post(mail, { decision: 'reject', reason });
    else if (typed !== '') await this.#post(mail, { decision: 'approve', phrase: typed });
    this.#isAsking = false;
  }
}

/** From the page, where every approver reads it. */
async function phraseIn(mails: readonly ApprovalMail[]): Promise<string> {
  const page = await (await fetch(mails[0]?.link ?? '')).text();
  return /To approve, type: <code>([^<]*)<\/code>/.exec(page)?.[1] ?? '';
}
