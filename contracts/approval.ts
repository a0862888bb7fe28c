// Decisions, their answers on the wire, and what an approval waits for (interfaces.md, section 5).
import * as z from 'zod';
import { instant, planDigest } from './scalars.ts';
import { strict } from './strict.ts';

export const decision = strict({
  decision: z.enum(['approve', 'reject']),
  by: z.string(),
  at: instant,
  planDigest,
  ip: z.string().nullable(),
  userAgent: z.string().nullable(),
  /** SHA-256 of the link's id, as the table has it. */
  link: z.string(),
  /** How it is known whose decision it is. */
  identity: z.enum(['mailed link']),
  reason: z.string().nullable(),
});
export type Decision = z.output<typeof decision>;

export const DECISION_STATUSES = [
  'recorded',
  'already-decided',
  'expired',
  'unknown',
  'wrong-phrase',
  'stale-plan',
  'not-allowed',
] as const;
export type DecisionStatus = (typeof DECISION_STATUSES)[number];

/** Links of one person that were taken back, those to come included, and the deputy who was put in his place. */
export const revocation = strict({
  approver: z.string(),
  by: z.string(),
  reason: z.string(),
  at: instant,
  replacedBy: z.string().optional(),
});
export type Revocation = z.output<typeof revocation>;

/** The approval as the table keeps it: one item with a version, so that races have one winner. */
export const approvalState = strict({
  version: z.int().nonnegative(),
  runId: z.string(),
  planDigest,
  phrase: z.string(),
  requestedBy: z.string().nullable(),
  approvers: z.array(z.string()),
  required: z.int().nonnegative(),
  expiresAt: instant,
  decisions: z.array(decision),
  revoked: z.array(revocation).optional(),
});
export type ApprovalState = z.output<typeof approvalState>;

export const MESSAGE_KINDS = ['approval', 'reminder', 'outcome'] as const;
export type MessageKind = (typeof MESSAGE_KINDS)[number];

/** The attribute of a topic's message that says for whom it is. */
export const ADDRESSED_TO = 'to';

/** Bytes of a link's opaque id, written as base64url. */
export const LINK_ID_BYTES = 32;
export const LINK_ID = /^[A-Za-z0-9_-]{43}$/;

const GRACE_MIN_SECONDS = 5;
const GRACE_MAX_SECONDS = 600;

/** How much later than `expiresAt` the waiting task times out: a tenth, at least 5 s, at most 10 minutes. */
export function graceSeconds(expiresAfterSeconds: number): number {
  return Math.min(GRACE_MAX_SECONDS, Math.max(GRACE_MIN_SECONDS, Math.ceil(expiresAfterSeconds / 10)));
}
