// The approval pages: GET shows, POST decides. Any number of GETs and HEADs changes nothing.
import { type Context, Hono } from 'hono';
import type { LambdaEvent } from 'hono/aws-lambda';
import { bodyLimit } from 'hono/body-limit';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Clock } from '../../adapters/clock.ts';
import { type Approvals, type LinkRecord, runLinkId } from '../../adapters/control-table/approvals.ts';
import type { Delivery } from '../../adapters/delivery.ts';
import type { ApprovalState, DecisionStatus } from '../../contracts/approval.ts';
import { type Plan, plan as planSchema } from '../../contracts/plan.ts';
import { type Answer, type Attempt, decide, isRevoked } from '../../core/approval/decide.ts';
import { answerPage, problemPage } from '../../pages/answer-page.ts';
import { type ApprovalPage, approvalPage } from '../../pages/approval-page.ts';
import { securityHeaders } from '../../pages/security-headers.ts';
import { readAttempt } from './read-attempt.ts';

export interface WebDependencies {
  readonly clock: Clock;
  readonly approvals: Approvals;
  readonly delivery: Delivery;
}

type Bindings = { Bindings: { event?: LambdaEvent } };

interface Found {
  readonly state: ApprovalState;
  readonly link: LinkRecord;
  readonly plan: Plan;
}

/** interfaces.md, section 5. */
const HTTP_STATUS = {
  recorded: 200,
  'already-decided': 409,
  expired: 410,
  unknown: 404,
  'wrong-phrase': 422,
  'stale-plan': 409,
  'not-allowed': 403,
} as const satisfies Record<DecisionStatus, ContentfulStatusCode>;

/** A form of three fields; a reason of 500 characters is at most 6,000 bytes percent-encoded. */
const MAX_BODY_BYTES = 16_384;
/** Races for one approval: at most as many as there are approvers, and each loser reads the winner's state. */
const MAX_RACES = 20;

/** Decisions are repeatable: the same one again is answered as recorded, and asks for delivery again. */
export function makeApp({ clock, approvals, delivery }: WebDependencies): Hono<Bindings> {
  const app = new Hono<Bindings>();
  app.use(securityHeaders);
  app.get('/a/:id', async (context) => {
    const found = await find(context.req.param('id'));
    return found ? context.html(approvalPage(viewOf(context, found))) : answer(context, UNKNOWN);
  });
  app.post(
    '/a/:id',
    bodyLimit({ maxSize: MAX_BODY_BYTES, onError: (context) => problem(context, 413, 'The form is too large.') }),
    async (context) => {
      const found = await find(context.req.param('id'));
      if (!found) return answer(context, UNKNOWN);
      if (isFromElsewhere(context)) return problem(context, 403, 'The form was sent from another site.');
      const attempt = await readAttempt(context, found.link);
      if (typeof attempt === 'string') return problem(context, 400, attempt);
      const given = await record(found.state, attempt);
      if (given.at !== null) await delivery.request(found.link.runId);
      if (given.status === 'wrong-phrase' && !wantsJson(context)) return askAgain(context, found, attempt);
      return answer(context, given, runUrlOf(context));
    },
  );
  app.all('/a/:id', (context) => {
    context.header('allow', 'GET, HEAD, POST');
    return problem(context, 405, 'Only GET, HEAD and POST are allowed here.');
  });
  app.notFound((context) => answer(context, UNKNOWN));
  app.onError((_error, context) => problem(context, 500, 'Something went wrong here. Try again.'));
  return app;

  async function find(id: string): Promise<Found | undefined> {
    const link = await approvals.link(id, 'decide');
    const state = link && (await approvals.get(link.runId));
    const plan = link && (await approvals.page(link.runId));
    return link && state && !isRevoked(state, link.approver) && plan !== undefined
      ? { link, state, plan: planSchema.parse(plan) }
      : undefined;
  }

  function viewOf(context: Context<Bindings>, { plan, state, link }: Found): ApprovalPage {
    return { plan, state, approver: link.approver, runUrl: runUrlOf(context), nowIso: clock.nowIso() };
  }

  /** The page once more, with what was typed: nobody types a reason twice. */
  function askAgain(context: Context<Bindings>, found: Found, { decision, phrase, reason }: Attempt) {
    const what =
      decision === 'approve'
        ? 'Nothing was decided: approving needs the sentence exactly as shown.'
        : 'Nothing was decided: rejecting needs a reason of 1 to 500 characters.';
    const view = { ...viewOf(context, found), refused: { what, phrase, reason } };
    return context.html(approvalPage(view), HTTP_STATUS['wrong-phrase']);
  }

  /** Two decisions at once have one winner: the loser reads what the winner wrote and is answered by it. */
  async function record(state: ApprovalState, attempt: Attempt): Promise<Answer> {
    for (let race = 0, current: ApprovalState | undefined = state; current && race < MAX_RACES; race++) {
      const given = decide(current, attempt, clock.nowIso());
      if (!given.next || (await approvals.decide(given.next))) return given;
      current = await approvals.get(state.runId);
    }
    throw new Error(`the approval of run ${state.runId} changes faster than it can be read`);
  }
}

/**
 * As browsers tell it, the newer ones by `Sec-Fetch-Site`. Pages without a referrer send the origin `null`, ours too;
 * what is no browser tells nothing, and has the link.
 */
function isFromElsewhere({ req }: Context<Bindings>): boolean {
  const site = req.header('sec-fetch-site');
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const origin = req.header('origin');
  return (
    origin !== undefined && origin !== 'null' && !(URL.canParse(origin) && new URL(origin).host === req.header('host'))
  );
}

const UNKNOWN: Answer = { status: 'unknown', decision: null, at: null };

function runUrlOf(context: Context<Bindings>): string {
  return `/r/${runLinkId(context.req.param('id') ?? '')}`;
}

function wantsJson(context: Context<Bindings>): boolean {
  return context.req.header('accept')?.includes('application/json') ?? false;
}

function answer(context: Context<Bindings>, given: Answer, runUrl: string | null = null) {
  const { status, decision, at } = given;
  const code = HTTP_STATUS[status];
  return wantsJson(context)
    ? context.json({ status, decision, at }, code)
    : context.html(answerPage(given, runUrl), code);
}

/** For what is no decision at all. */
function problem(context: Context, code: ContentfulStatusCode, what: string) {
  return wantsJson(context)
    ? context.json({ error: what }, code)
    : context.html(problemPage('Nothing was decided', what), code);
}
