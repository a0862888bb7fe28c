// What can be seen of a run from outside, as the laws take it.
import type { CallRecord } from '../../../local/kernel/call-record.ts';
import type { Ended, Evidence } from '../deployment.ts';
import type { PlannedRun, Shapes, WrittenCatalog } from '../model.ts';
import type { Found, Known } from '../world.ts';

export interface Posted {
  readonly by: string;
  readonly decision: 'approve' | 'reject';
  /** Of the answer, HTTP. */
  readonly status: number;
}

export interface Observed {
  readonly catalog: WrittenCatalog;
  readonly shapes: Shapes;
  readonly run: PlannedRun;
  readonly runId: string;
  readonly hasFaults: boolean;
  /** Somebody stopped or aborted it. */
  readonly isInterrupted: boolean;
  /** Somebody else wrote meanwhile. */
  readonly hasIntruders: boolean;
  /** Null for a run that hangs. */
  readonly ended: Ended | null;
  readonly known: Known;
  readonly found: Found;
  readonly evidence: Evidence;
  readonly posted: readonly Posted[];
  /** Of Lethe, since the run began. */
  readonly calls: readonly CallRecord[];
  readonly erasingSinceMs: number | null;
  readonly finalisingSinceMs: number | null;
}

/** The report as interfaces.md describes it. */
export interface SeenReport {
  readonly outcome: string;
  readonly planDigest: string | null;
  readonly decisions: readonly { readonly decision: string; readonly by: string }[];
  readonly targets: readonly SeenTarget[];
  readonly warnings: readonly string[];
  readonly totals: Readonly<Record<Total, number>>;
  readonly cooldownUntil: string | null;
  readonly phases: readonly { readonly name: string; readonly startedAt: string; readonly endedAt: string | null }[];
  readonly error: { readonly name: string } | null;
}

export type Total = 'planned' | 'seen' | 'erased' | 'changed' | 'failed' | 'remaining';

export interface SeenTarget {
  readonly store: string;
  readonly kind: string;
  readonly state: 'erased' | 'incomplete' | 'missing' | 'notStarted' | 'notInScope';
  readonly planned: { readonly items: number } | null;
  readonly seen: number;
  readonly erased: number;
  readonly changed: number;
  readonly failed: number;
  readonly remaining: number | null;
  readonly unacknowledged: number;
  readonly changedSincePlan: number | null;
}

export interface SeenPlan {
  readonly planDigest: string;
  readonly targets: readonly { readonly id: string; readonly maximum: number }[];
}

export function reportOf({ evidence }: Pick<Observed, 'evidence'>): SeenReport | null {
  return parsed<SeenReport>(evidence['report.json']);
}

export function planOf({ evidence }: Pick<Observed, 'evidence'>): SeenPlan | null {
  return parsed<SeenPlan>(evidence['plan.json']);
}

function parsed<T>(file: Buffer | null): T | null {
  return file === null ? null : (JSON.parse(String(file)) as T);
}

/** Whether a store's objects go with all their versions. */
export function isFinalised({ stores, undo }: WrittenCatalog, store: string): boolean {
  return stores[store]?.recovery === 'none' || /^0+[smhd]$/.test(undo.window);
}

/** Whether they go without being hidden first. */
export function isFinalisedOnly({ stores }: WrittenCatalog, store: string): boolean {
  return stores[store]?.recovery === 'none';
}
