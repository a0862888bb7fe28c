// What the state machine passes to its functions, and what they answer it.
import * as z from 'zod';
import { request } from './request.ts';
import { planDigest, sha256Hex } from './scalars.ts';
import { PHASES, shard } from './shard.ts';
import { strict } from './strict.ts';

/** Facts of the execution from the context object, as every function of the run is told them. */
const execution = { runId: z.string(), executionArn: z.string(), startedAt: z.string() } as const;

export const planRunEvent = strict({ ...execution, request: z.unknown() });

export type PlannedRun = DuplicateRun | RunToDo;

/** Another run has had the same request id: this one does nothing. */
interface DuplicateRun {
  readonly runId: string;
  readonly duplicateOf: string;
}

interface RunToDo {
  readonly runId: string;
  readonly duplicateOf: null;
  readonly mode: 'preview' | 'dry-run' | 'execute';
  readonly targetsSha256: string;
  readonly shardsVersionId: string;
  readonly protectVersionId: string;
  readonly shards: number;
  /** Targets to protect; 0 but for execute. */
  readonly toProtect: number;
  readonly maxConcurrency: number;
}

export const protectTargetEvent = strict({
  runId: z.string(),
  step: z.enum(['protect', 'confirm']),
  target: z.string(),
});

export interface ProtectedTarget {
  readonly isReady: boolean;
  readonly waitSeconds: number;
}

export const workShardEvent = strict({
  runId: z.string(),
  phase: z.enum(PHASES),
  pass: z.int().positive(),
  /** SHA-256 of targets.json for `Count`, the plan's digest for all others. */
  digest: z.union([sha256Hex, planDigest]),
  shard,
});
export type WorkShardEvent = z.output<typeof workShardEvent>;

export interface WorkedShard {
  readonly isDone: boolean;
}

export const runEvent = strict({ runId: z.string() });

/** What request-approval is called with later, by its own schedules. */
export const remindEvent = strict({ runId: z.string(), reminder: z.int().positive() });

/** What request-approval is called with when a deputy was put in somebody's place. */
export const askDeputyEvent = strict({ runId: z.string(), deputy: z.string() });

/** What tell-outcome is asked to tell: that erasing begins, or how the run ended. */
export const tellEvent = strict({ runId: z.string(), about: z.enum(['approval', 'ending']).default('ending') });
export type About = z.output<typeof tellEvent>['about'];

export interface SealedPlan {
  readonly next: 'report' | 'check' | 'approve';
  /** Null where the run was aborted before it was sealed. */
  readonly planDigest: string | null;
  /** For the task that waits for the approval; later than `expiresAt` by the grace. */
  readonly timeoutSeconds: number;
  /** Before each verification; above 0 where an index is verified through, which follows its table at a distance. */
  readonly settleSeconds: number;
}

export const requestApprovalEvent = strict({ runId: z.string(), taskToken: z.string().min(1) });

export const checkDecisionEvent = strict({ runId: z.string(), step: z.enum(['decide', 'open']) });

export interface CheckedDecision {
  readonly next: 'confirm' | 'erase' | 'report';
}

export const weighPassEvent = strict({ runId: z.string(), pass: z.int().positive() });

export interface WeighedPass {
  readonly next: 'erase' | 'finalise' | 'report';
  readonly pass: number;
}

export const writeReportEvent = strict({
  ...execution,
  request: z.unknown(),
  /** `$states.errorOutput` of the state that failed, or null. */
  error: strict({ Error: z.string().optional(), Cause: z.string().optional() }).nullable(),
});
export type WriteReportEvent = z.output<typeof writeReportEvent>;

export interface WrittenReport {
  readonly isSuccess: boolean;
  readonly error: string;
  /** JSON text: output of the execution, or its Cause. */
  readonly ending: string;
  /** Above 0: call again after so long, because something is still to be cleaned up. */
  readonly waitSeconds: number;
}

/** `detail` of the event that Step Functions sends when the status of an execution changes (EventBridge reference). */
export const closeRunEvent = z.object({
  executionArn: z.string(),
  name: z.string(),
  status: z.string(),
  /** Milliseconds. */
  startDate: z.number(),
  /** JSON text; null where it was too long for an event. */
  input: z.string().nullish(),
  error: z.string().nullish(),
  cause: z.string().nullish(),
});
export type CloseRunEvent = z.output<typeof closeRunEvent>;

export interface ClosingRun {
  readonly next: 'nothing' | 'wait' | 'report';
  readonly waitSeconds: number;
  /** What write-report is called with. */
  readonly report: WriteReportEvent;
}

/** How an application asks for a run: `detail` is the request, any source may send it. */
export const ERASURE_REQUESTED = 'ErasureRequested';
/** EventBridge adds members of its own around the detail; its id is the same however often it delivers the event. */
export const erasureRequestedEvent = z.object({
  id: z.string().regex(/^[0-9A-Za-z-]{1,64}$/),
  'detail-type': z.literal(ERASURE_REQUESTED),
  detail: request,
});

export const MAX_PASSES = 3;
