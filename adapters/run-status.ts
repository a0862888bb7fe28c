// Where a run stands, from the control table: its phase, the numbers of its targets, how fast it goes and how long yet.
import type { ApprovalState } from '../contracts/approval.ts';
import type { PlanBody } from '../contracts/plan.ts';
import type { Outcome } from '../contracts/report.ts';
import type { StateName } from '../contracts/states.ts';
import { MovingRate, secondsUntil } from '../core/progress/moving-rate.ts';
import { type TargetStatus, targetStatuses } from '../core/progress/target-status.ts';
import { Approvals } from './control-table/approvals.ts';
import type { ControlTable } from './control-table/control-table.ts';
import { Protections } from './control-table/protections.ts';
import { type RunRecord, Runs } from './control-table/runs.ts';
import { Shards } from './control-table/shards.ts';
import type { Objects } from './objects.ts';
import { readPlanSoFar } from './run-files.ts';
import { type Counter, type LookAtPasses, NO_PASSES, RunPasses } from './run-passes.ts';

/** The states that take time to watch, and how it is after them. */
export type RunPhase = Exclude<StateName, 'Check decision' | 'Open erasing' | 'Weigh pass'> | 'Ended';

export interface ApprovalStatus {
  readonly required: number;
  /** Distinct approvers who approved so far. */
  readonly approved: number;
  /** Who was mailed a link. */
  readonly approvers: readonly string[];
  readonly expiresAt: string;
}

export interface RunStatus {
  readonly runId: string;
  readonly phase: RunPhase;
  /** Null until the run has ended. */
  readonly outcome: Outcome | null;
  /** Null where nobody was asked, or not yet. */
  readonly approval: ApprovalStatus | null;
  /** What the run is to erase; preserved stores are in the report. */
  readonly targets: readonly TargetStatus[];
  /** Null unless a counter moves and was read twice. */
  readonly itemsPerSecond: number | null;
  readonly secondsLeft: number | null;
}

/** What is remembered of a run between two looks: what cannot change any more, and the readings of its counter. */
interface Known {
  readonly passes: RunPasses;
  plan: { readonly of: string | undefined; readonly body: PlanBody | null } | undefined;
  approval: ApprovalState | undefined;
  rate: { readonly of: string; readonly moving: MovingRate } | undefined;
  ended: RunStatus | undefined;
}

/** A page may be opened for any number of runs. */
const MAX_KNOWN = 100;

export class RunStatuses {
  readonly #runs: Runs;
  readonly #approvals: Approvals;
  readonly #protections: Protections;
  readonly #shards: Shards;
  readonly #work: Objects;
  readonly #known = new Map<string, Known>();

  constructor({ table, work }: { readonly table: ControlTable; readonly work: Objects }) {
    this.#runs = new Runs(table);
    this.#approvals = new Approvals(table);
    this.#protections = new Protections(table);
    this.#shards = new Shards(table);
    this.#work = work;
  }

  /**
   * @param nowMs of any one clock, for the rates
   * @returns undefined: there is no such run, or it is so young that nothing is written of it
   * @throws Fault PlanMismatch
   */
  async read(runId: string, nowMs: number): Promise<RunStatus | undefined> {
    const known = this.#knownOf(runId);
    if (known.ended) return known.ended;
    const run = await this.#runs.get(runId);
    if (!run) return undefined;
    const plan = await this.#planOf(run, known);
    const look = plan ? await this.#look(run, plan, known) : NO_PASSES;
    const [phase, approval] = await Promise.all([this.#phaseOf(run, plan, look), this.#approvalOf(run, known)]);
    const isEnded = phase === 'Ended';
    const status: RunStatus = {
      runId,
      phase,
      outcome: run.outcome ?? null,
      approval: approval ? asStatus(approval) : null,
      targets: plan ? targetsOf(run, plan, look) : [],
      ...paceOf(phase === `${look.underWay} shard` ? look.counter : null, known, nowMs),
    };
    if (isEnded) known.ended = status;
    return status;
  }

  #knownOf(runId: string): Known {
    const known = this.#known.get(runId) ?? {
      passes: new RunPasses(this.#shards, runId),
      plan: undefined,
      approval: undefined,
      rate: undefined,
      ended: undefined,
    };
    // Looked at last stands last, so that the first is the one to forget.
    this.#known.delete(runId);
    this.#known.set(runId, known);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_KNOWN && oldest !== undefined) this.#known.delete(oldest);
    return known;
  }

  async #planOf(run: RunRecord, known: Known): Promise<PlanBody | null> {
    const of = run.planDigest ?? run.targetsSha256;
    if (known.plan === undefined || known.plan.of !== of) {
      known.plan = { of, body: await readPlanSoFar(this.#work, run) };
    }
    return known.plan.body;
  }

  async #look(run: RunRecord, plan: PlanBody, { passes }: Known): Promise<LookAtPasses> {
    if (run.erasingAt !== undefined) return passes.erasing(plan);
    const isCounted = plan.sealedAt !== null;
    if (isCounted || plan.mode === 'preview') return NO_PASSES;
    const isCounting =
      run.status === 'closed' || plan.mode === 'dry-run' || (await this.#isProtected(run, plan, passes));
    return isCounting ? passes.counting(plan) : NO_PASSES;
  }

  /** Every target has its recovery point, or never will, which sealing finds; or counting goes on without it. */
  async #isProtected({ runId }: RunRecord, { targets }: PlanBody, passes: RunPasses): Promise<boolean> {
    const records = new Map((await this.#protections.list(runId)).map(({ target, protect }) => [target, protect]));
    const waiting = targets.filter(({ id, purpose, state }) => {
      const step = records.get(id);
      return purpose === 'erase' && state === 'planned' && step?.readyAtMs == null && step?.failure == null;
    });
    return waiting.length === 0 || passes.hasCountingBegun();
  }

  async #phaseOf(run: RunRecord, plan: PlanBody | null, { underWay }: LookAtPasses): Promise<RunPhase> {
    if (run.status === 'closed') return 'Ended';
    if (plan === null) return 'Plan run';
    if (run.verdict !== undefined && run.verdict !== 'approved') return 'Report';
    if (run.status === 'erasing') return underWay === null ? 'Report' : `${underWay} shard`;
    if (run.status === 'approved') return 'Confirm recovery';
    if (run.status === 'sealed') {
      if (plan.mode !== 'execute') return 'Report';
      return plan.approval.required === 0 ? 'Confirm recovery' : 'Wait for approval';
    }
    if (plan.mode === 'preview') return 'Report';
    if (underWay === null) return 'Protect target';
    const isSealing = plan.shards.count === 0 || (await this.#hasPhaseBegun(run.runId, 'Seal plan'));
    return isSealing ? 'Seal plan' : 'Count shard';
  }

  async #hasPhaseBegun(runId: string, name: string): Promise<boolean> {
    return (await this.#runs.phases(runId)).some((phase) => phase.name === name);
  }

  /** Once the run is past the decision, what was decided stands. */
  async #approvalOf({ runId, expiresAt, status }: RunRecord, known: Known): Promise<ApprovalState | undefined> {
    if (known.approval || expiresAt == null) return known.approval;
    const approval = await this.#approvals.get(runId);
    if (status !== 'sealed') known.approval = approval;
    return approval;
  }
}

function asStatus({ required, decisions, approvers, expiresAt }: ApprovalState): ApprovalStatus {
  return {
    required,
    approved: decisions.filter(({ decision }) => decision === 'approve').length,
    approvers,
    expiresAt,
  };
}

function targetsOf(run: RunRecord, plan: PlanBody, { passes, done }: LookAtPasses): TargetStatus[] {
  const { verdict = null, erasingAt = null } = run;
  const records = { ...passes, plan, verdict, erasingAt, recoveryPoints: new Map() };
  return targetStatuses(plan, records, done, run.status === 'closed');
}

function paceOf(
  counter: Counter | null,
  known: Known,
  nowMs: number,
): Pick<RunStatus, 'itemsPerSecond' | 'secondsLeft'> {
  if (counter === null) return { itemsPerSecond: null, secondsLeft: null };
  const { of, done, total } = counter;
  if (known.rate?.of !== of) known.rate = { of, moving: new MovingRate() };
  const { moving } = known.rate;
  moving.read(done, nowMs);
  const { perSecond } = moving;
  return {
    itemsPerSecond: perSecond === null ? null : Math.round(perSecond * 10) / 10,
    secondsLeft: total === null || !moving.isSettled ? null : secondsUntil(total - done, perSecond),
  };
}
