// report.json: the evidence of a run (interfaces.md, section 4).
import * as z from 'zod';
import { decision, revocation } from './approval.ts';
import { recoveryPoint, storeKind } from './plan.ts';
import { count, instant } from './scalars.ts';
import { strict } from './strict.ts';

export const OUTCOMES = [
  'previewed',
  'counted',
  'erased',
  'rejected',
  'expired',
  'aborted',
  'incomplete',
  'failed',
  'refused',
  'duplicate',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

const reportError = strict({ code: z.string(), count, samples: z.array(z.string()) });

const reportTarget = strict({
  store: z.string(),
  kind: storeKind,
  resource: z.string(),
  state: z.enum(['erased', 'incomplete', 'missing', 'notStarted', 'notInScope']),
  planned: strict({ items: count, bytes: count, bytesAre: z.enum(['exact', 'estimate']) }).nullable(),
  seen: count,
  erased: count,
  changed: count,
  failed: count,
  remaining: count.nullable(),
  unacknowledged: z.int(),
  changedSincePlan: z.int().nullable(),
  errors: z.array(reportError),
  recoveryPoint: recoveryPoint.nullable(),
  verification: strict({ level: z.enum(['consistent', 'eventual', 'hidden', 'gone']), passes: count }).nullable(),
});
export type ReportTarget = z.output<typeof reportTarget>;

export const report = strict({
  version: z.literal(1),
  runId: z.string(),
  executionArn: z.string(),
  outcome: z.enum(OUTCOMES),
  mode: z.string().nullable(),
  catalog: strict({ name: z.string(), environment: z.string(), sha256: z.string() }).nullable(),
  account: z.string(),
  region: z.string(),
  scope: z.unknown(),
  optIn: z.array(z.string()).nullable(),
  reason: z.string().nullable(),
  requestedBy: strict({ claimed: z.string(), identity: z.string().nullable() }).nullable(),
  planDigest: z.string().nullable(),
  decisions: z.array(decision),
  /** Links taken back while approval was awaited; absent where none were. */
  revoked: z.array(revocation).optional(),
  targets: z.array(reportTarget),
  preserved: z.array(
    strict({
      store: z.string(),
      basis: z.enum(['exact', 'estimate']),
      before: count.nullable(),
      after: count.nullable(),
    }),
  ),
  residual: z.array(
    strict({ store: z.string(), what: z.string(), until: instant.nullable(), removeWith: z.string().nullable() }),
  ),
  sideEffects: z.array(z.string()),
  warnings: z.array(z.string()),
  totals: strict({
    planned: count,
    seen: count,
    erased: count,
    changed: count,
    failed: count,
    remaining: count,
    bytesFreed: count,
  }),
  phases: z.array(strict({ name: z.string(), startedAt: instant, endedAt: instant.nullable() })),
  cooldownUntil: instant.nullable(),
  error: strict({ name: z.string(), details: z.unknown() }).nullable(),
});
export type Report = z.output<typeof report>;

export const EVIDENCE_FILES = [
  'request.json',
  'plan.json',
  'decisions.jsonl',
  'report.json',
  'report.html',
  'SHA256SUMS',
] as const;
export type EvidenceFile = (typeof EVIDENCE_FILES)[number];

/** Beside the evidence: the signature of SHA256SUMS, and the key that checks it. */
export const SIGNATURE_FILES = ['SHA256SUMS.sig', 'signing-key.pem'] as const;
export type SignatureFile = (typeof SIGNATURE_FILES)[number];

/** Output of an execution, or the Cause of one that did not erase everything. */
export interface Ending {
  readonly runId: string;
  readonly outcome: Outcome;
  readonly planDigest: string | null;
  /** `s3://…/report.json` */
  readonly report: string;
  readonly totals: Report['totals'];
}
