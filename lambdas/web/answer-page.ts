// What became of a click, in words and as a status code (interfaces.md, section 5).
import { html } from 'hono/html';
import type { DecisionStatus } from '../../contracts/approval.ts';
import type { Answer } from '../../core/approval/decide.ts';
import { showInstant } from '../../core/text.ts';
import { page } from './page.ts';

export const HTTP_STATUS = {
  recorded: 200,
  'already-decided': 409,
  expired: 410,
  unknown: 404,
  'wrong-phrase': 422,
  'stale-plan': 409,
  'not-allowed': 403,
} as const satisfies Record<DecisionStatus, number>;

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

export function answerPage({ status, decision, at }: Pick<Answer, 'status' | 'decision' | 'at'>) {
  const [title, text] = WORDS[status];
  const standing =
    decision !== null && at !== null ? html`<p>Decision: <b>${decision}</b>, ${showInstant(at)}</p>` : html``;
  return page(title, html`<h1>${title}</h1>${standing}<p>${text}</p>`);
}
