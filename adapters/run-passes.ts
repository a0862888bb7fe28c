// Reads the passes of a run that exist: a finished one once, the one under way anew at each look, none before its time.
import { MAX_PASSES } from '../contracts/events.ts';
import type { PlanBody } from '../contracts/plan.ts';
import type { Phase } from '../contracts/shard.ts';
import type { RunRecords } from '../core/evidence/run-records.ts';
import {
  cleanIn,
  dealtWith,
  doneIn,
  itemsIn,
  type PassWork,
  passWorkOf,
  recordsOf,
  shardsOf,
} from '../core/progress/pass-work.ts';
import type { ShardRecord, Shards } from './control-table/shards.ts';

type Passes = Pick<RunRecords, 'counted' | 'erased' | 'verified' | 'finalised' | 'gone'>;

/** The counter that moves in a pass. */
export interface Counter {
  /** Tells one pass from another. */
  readonly of: string;
  readonly done: number;
  /** Null while nobody knows how much there is. */
  readonly total: number | null;
}

export interface LookAtPasses {
  /** Null: none of them, what comes next is something else. */
  readonly underWay: 'Count' | 'Erase' | 'Verify' | 'Finalise' | null;
  readonly passes: Passes;
  /** Records of the shards that are done, in the pass under way or, where none is, the last one. */
  readonly done: readonly { readonly target: string }[];
  readonly counter: Counter | null;
}

export const NO_PASSES: LookAtPasses = {
  underWay: null,
  passes: { counted: [], erased: [], verified: [], finalised: [], gone: [] },
  done: [],
  counter: null,
};

/** Of one run. */
export class RunPasses {
  readonly #shards: Shards;
  readonly #runId: string;
  readonly #finished = new Map<string, ShardRecord[]>();

  constructor(shards: Shards, runId: string) {
    this.#shards = shards;
    this.#runId = runId;
  }

  async counting(plan: PlanBody): Promise<LookAtPasses> {
    const counted = await this.#list(plan, 'Count', 1);
    return {
      underWay: 'Count',
      passes: { ...NO_PASSES.passes, counted },
      done: doneIn(counted),
      counter: { of: 'Count', done: itemsIn(counted), total: null },
    };
  }

  /**
   * From *Open erasing* on. A pass is over when all its shards are done; or, because a shard can be given up after its
   * workers died, when the pass after it has begun.
   */
  async erasing(plan: PlanBody): Promise<LookAtPasses> {
    const work = passWorkOf(plan);
    const erased: ShardRecord[][] = [];
    const verified: ShardRecord[][] = [];
    const passes: Passes = { ...NO_PASSES.passes, erased, verified };
    for (let pass = 1; pass <= MAX_PASSES; pass++) {
      const before = verified.at(-1);
      const clean = before ? cleanIn(recordsOf(work.erase, before)) : [];
      const left = shardsOf(work.erase) - clean.length;
      const erasing = left === 0 ? [] : await this.#list(plan, 'Erase', pass);
      if (erasing.length > 0) erased.push(erasing);
      const seen = before?.[0] ?? erasing[0];
      if (doneIn(erasing).length < left && !(await this.#hasBegun('Verify', pass, seen))) {
        const total = before ? itemsIn(recordsOf(work.erase, before)) : plannedOf(work);
        const counter = { of: `Erase ${pass}`, done: dealtWith(erasing), total };
        return { underWay: 'Erase', passes, done: [...clean, ...doneIn(erasing)], counter };
      }
      this.#finish('Erase', pass, erasing);
      const verifying = work.verify.length === 0 ? [] : await this.#list(plan, 'Verify', pass);
      if (verifying.length > 0) verified.push(verifying);
      const isVerified = doneIn(verifying).length >= shardsOf(work.verify);
      const unclean = uncleanIn(work, verifying, erased[0] ?? []);
      const isLast = pass === MAX_PASSES;
      if (!isVerified && (isLast || !(await this.#hasBegun('Erase', pass + 1, unclean[0])))) {
        return { underWay: 'Verify', passes, done: doneIn(verifying), counter: null };
      }
      this.#finish('Verify', pass, verifying);
      if (unclean.length === 0) return this.#finalising(plan, work, passes);
    }
    return { ...NO_PASSES, passes, done: doneIn(verified.at(-1) ?? []) };
  }

  async #finalising(plan: PlanBody, work: PassWork, passes: Passes): Promise<LookAtPasses> {
    const verified = doneIn(passes.verified.at(-1) ?? []);
    if (work.finalise.length === 0) return { ...NO_PASSES, passes, done: verified };
    const finalised = await this.#list(plan, 'Finalise', 1);
    const gone = doneIn(finalised).length === 0 ? [] : await this.#list(plan, 'Gone', 1);
    const hidden = recordsOf(work.finalise, passes.erased.flat());
    const versions = work.finalise.reduce((sum, { counted }) => sum + (counted?.versions ?? counted?.items ?? 0), 0);
    const total = versions + hidden.reduce((sum, { progress }) => sum + progress.seen, 0);
    const others = verified.filter(({ target }) => !work.finalise.some(({ id }) => id === target));
    return {
      underWay: doneIn(gone).length < shardsOf(work.finalise) ? 'Finalise' : null,
      passes: { ...passes, finalised, gone },
      done: [...others, ...doneIn(gone)],
      counter: { of: 'Finalise', done: dealtWith(finalised), total },
    };
  }

  /** The first shard of a pass is claimed when the pass begins, so one record tells. */
  async hasCountingBegun(): Promise<boolean> {
    return this.#hasBegun('Count', 1, { n: 0 });
  }

  async #hasBegun(phase: Phase, pass: number, shard: Pick<ShardRecord, 'n'> | undefined): Promise<boolean> {
    if (this.#finished.has(`${phase}.${pass}`)) return true;
    if (!shard) return false;
    return (await this.#shards.get({ runId: this.#runId, phase, pass, n: shard.n })) !== undefined;
  }

  async #list({ shards }: PlanBody, phase: Phase, pass: number): Promise<ShardRecord[]> {
    const finished = this.#finished.get(`${phase}.${pass}`);
    return finished ?? this.#shards.list(this.#runId, phase, pass, shards.count);
  }

  #finish(phase: Phase, pass: number, records: ShardRecord[]): void {
    this.#finished.set(`${phase}.${pass}`, records);
  }
}

function plannedOf({ erase }: PassWork): number {
  return erase.reduce((sum, { counted }) => sum + (counted?.items ?? 0), 0);
}

/** Shards in which something was left, or that were not verified to their end: the next pass takes them again. */
function uncleanIn(
  { erase }: PassWork,
  verified: readonly ShardRecord[],
  erased: readonly ShardRecord[],
): Pick<ShardRecord, 'n'>[] {
  const clean = new Set(cleanIn(verified).map(({ n }) => n));
  const known = new Map([...erased, ...recordsOf(erase, verified)].map(({ n }) => [n, { n }]));
  return [...known.values()].filter(({ n }) => !clean.has(n));
}
