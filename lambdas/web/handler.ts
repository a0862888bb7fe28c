// The approval pages: GET shows, POST decides. Any number of GETs and HEADs changes nothing.
import { type Context, Hono } from 'hono';
import type { LambdaEvent } from 'hono/aws-lambda';
import { bodyLimit } from 'hono/body-limit';
import type { Clock } from '../../adapters/clock.ts';
import type { Approvals, LinkRecord } from '../../adapters/control-table/approvals.ts';
import type { Delivery } from '../../adapters/delivery.ts';
import type { ApprovalState } from '../../contracts/approval.ts';
import { type Plan, plan as planSchema } from '../../contracts/plan.ts';
import { type Answer, decide } from '../../core/approval/decide.ts';
import { answerPage, HTTP_STATUS } from './answer-page.ts';
import { approvalPage } from './approval-page.ts';
import { readAttempt } from './read-attempt.ts';
import { securityHeaders } from './security-headers.ts';

export interface WebDependencies {
  readonly clock: Clock;
  readonly approvals: Approvals;
  readonly delivery: Delivery;
}

type Bindings = { Bindings: { event?: LambdaEvent } };

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
    if (!found) return answer(context, UNKNOWN);
    const { state, link, plan } = found;
    return context.html(approvalPage({ plan, state, approver: link.approver, nowIso: clock.nowIso() }));
  });
  app.post(
    '/a/:id',
    bodyLimit({ maxSize: MAX_BODY_BYTES, onError: (context) => context.text('The form is too large.', 413) }),
    async (context) => {
      const found = await find(context.req.param('id'));
      if (!found) return answer(context, UNKNOWN);
      const attempt = await readAttempt(context, found.link.approver);
      if (typeof attempt === 'string') return context.text(attempt, 400);
      const given = await record(found.state, attempt);
      if (given.at !== null) await delivery.request(found.link.runId);
      return answer(context, given);
    },
  );
  app.all('/a/:id', (context) =>
    context.text('Only GET, HEAD and POST are allowed here.', 405, { allow: 'GET, HEAD, POST' }),
  );
  app.notFound((context) => answer(context, UNKNOWN));
  app.onError((_error, context) => context.text('Something went wrong here; nothing was decided. Try again.', 500));
  return app;

  async function find(id: string): Promise<{ state: ApprovalState; link: LinkRecord; plan: Plan } | undefined> {
    const link = await approvals.link(id);
    const state = link && (await approvals.get(link.runId));
    const plan = link && (await approvals.page(link.runId));
    return link && state && plan !== undefined ? { link, state, plan: planSchema.parse(plan) } : undefined;
  }

  /** Two decisions at once have one winner: the loser reads what the winner wrote and is answered by it. */
  async function record(state: ApprovalState, attempt: Parameters<typeof decide>[1]): Promise<Answer> {
    for (let race = 0, current: ApprovalState | undefined = state; current && race < MAX_RACES; race++) {
      const given = decide(current, attempt, clock.nowIso());
      if (!given.next || (await approvals.decide(given.next))) return given;
      current = await approvals.get(state.runId);
    }
    throw new Error(`the approval of run ${state.runId} changes faster than it can be read`);
  }
}

const UNKNOWN: Answer = { status: 'unknown', decision: null, at: null };

function answer(context: Context<Bindings>, { status, decision, at }: Answer): Response | Promise<Response> {
  const code = HTTP_STATUS[status];
  if (context.req.header('accept')?.includes('application/json')) return context.json({ status, decision, at }, code);
  return context.html(answerPage({ status, decision, at }), code);
}
