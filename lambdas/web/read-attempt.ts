// Reads the decision form; anything but exactly one value of each known field is refused.
import type { Context } from 'hono';
import type { LambdaEvent } from 'hono/aws-lambda';
import type { LinkRecord } from '../../adapters/control-table/approvals.ts';
import type { Attempt } from '../../core/approval/decide.ts';

const FIELDS = ['decision', 'phrase', 'reason', 'digest'];

/** @returns the attempt, or a sentence that says what is wrong with the form */
export async function readAttempt(
  context: Context<{ Bindings: { event?: LambdaEvent } }>,
  { approver, digest: link }: Pick<LinkRecord, 'approver' | 'digest'>,
): Promise<Attempt | string> {
  const type = context.req.header('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/x-www-form-urlencoded')
    return 'The form must be sent as application/x-www-form-urlencoded.';
  const form = new URLSearchParams(await context.req.text());
  for (const field of form.keys()) {
    if (!FIELDS.includes(field)) return `Unknown field; allowed are ${FIELDS.join(', ')}.`;
    if (form.getAll(field).length > 1) return `Field ${field} is given more than once.`;
  }
  const decision = form.get('decision');
  if (decision !== 'approve' && decision !== 'reject') return 'Field decision must be approve or reject.';
  return {
    decision,
    by: approver,
    link,
    digest: form.get('digest') ?? '',
    phrase: form.get('phrase') ?? '',
    reason: form.get('reason') ?? '',
    ip: sourceIp(context.env.event),
    userAgent: context.req.header('user-agent') ?? null,
  };
}

/** From the front door's own record of the connection, never from a header that anybody can write. */
function sourceIp(event: LambdaEvent | undefined): string | null {
  const request = event?.requestContext as { http?: { sourceIp?: string } } | undefined;
  return request?.http?.sourceIp ?? null;
}
