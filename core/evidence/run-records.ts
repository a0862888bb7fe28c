// Everything the tables know of a run when it ends: what the report is made of.
import type { Decision, Revocation } from '../../contracts/approval.ts';
import type { PlanBody, RecoveryPoint } from '../../contracts/plan.ts';
import type { Verdict } from '../../contracts/states.ts';
import type { CountedShard } from '../planning/count-targets.ts';

export interface RunRecords {
  readonly runId: string;
  readonly executionArn: string;
  readonly account: string;
  readonly region: string;
  /** The execution's input, whatever it was. */
  readonly request: unknown;
  /** Null where the run was refused before it was planned. */
  readonly plan: PlanBody | null;
  readonly planDigest: string | null;
  readonly verdict: Verdict | null;
  /** When *Open erasing* opened the gate, or null. */
  readonly erasingAt: string | null;
  readonly isAborted: boolean;
  readonly error: { readonly name: string; readonly details: unknown } | null;
  readonly decisions: readonly Decision[];
  readonly revoked: readonly Revocation[];
  readonly phases: readonly { readonly name: string; readonly startedAt: string; readonly endedAt: string | null }[];
  readonly counted: readonly CountedShard[];
  /** By pass, first pass first. */
  readonly erased: readonly (readonly CountedShard[])[];
  readonly verified: readonly (readonly CountedShard[])[];
  readonly finalised: readonly CountedShard[];
  readonly gone: readonly CountedShard[];
  /** By target, as confirmed. */
  readonly recoveryPoints: ReadonlyMap<string, RecoveryPoint>;
  /** Backups of Lethe's for this run that still exist, by target. */
  readonly backups: ReadonlyMap<string, string>;
}
