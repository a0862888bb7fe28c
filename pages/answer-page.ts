// What became of a click, in words (interfaces.md, section 5).
import { html } from 'hono/html';
import type { DecisionStatus } from '../contracts/approval.ts';
import type { Answer } from '../core/approval/decide.ts';
import { showInstant } from '../core/text.ts';
import { type Html, NOTHING, page } from './page.ts';

const WORDS: Record<DecisionStatus, readonly [string, string]> = {
  recorded: ['Your decision is recorded', 'You can close this page.'],
  'already-decided': ['This was decided already', 'Your click changed nothing.'],
  expired: ['This approval has expired', 'Nothing is erased. The requester can start a new run.'],
  unknown: ['There is nothing here', 'The link is wrong, or no longer valid. Nothing was decided.'],
  'wrong-phrase': [
    'Nothing was decided',
    'Approving needs the sentence exactly as shown, rejecting a reason of at most 500 characters. Go back and try again.',
  ],
  'stale-plan': ['Nothing was decided', 'The form belongs to another plan. Open the link of the mail again.'],
  'not-allowed': ['Nothing was decided', 'You may not decide this run: the requester cannot approve his own request.'],
};

/** @param runUrl where the run can be watched; null for whoever has no link */
export function answerPage(
  { status, decision, at }: Pick<Answer, 'status' | 'decision' | 'at'>,
  runUrl: string | null,
): Html {
  const [title, text] = WORDS[status];
  const standing =
    decision !== null && at !== null ? html`<p>Decision: <b>${decision}</b>, ${showInstant(at)}</p>` : NOTHING;
  const run = runUrl === null ? NOTHING : html`<p><a href="${runUrl}">Watch the run</a></p>`;
  return page({ title, body: html`<h1>${title}</h1>${standing}<p>${text}</p>${run}` });
}

/** For what is no decision at all: a malformed form, a method that is not allowed, a failure. */
export function problemPage(title: string, text: string): Html {
  return page({ title, body: html`<h1>${title}</h1><p>${text}</p>` });
}
