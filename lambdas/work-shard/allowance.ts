// What one invocation may use, wired to the control table: ledger, pacer, cap, and the look at the run every 2 s.
import type { Clock } from '../../adapters/clock.ts';
import type { Pools } from '../../adapters/control-table/pools.ts';
import type { Claim, Shards } from '../../adapters/control-table/shards.ts';
import { JSON_TYPE, type Objects } from '../../adapters/objects.ts';
import { runPrefix } from '../../contracts/files.ts';
import type { Allowance, Ledger } from '../../core/erasing/ports.ts';
import { sampleHash } from '../../core/evidence/digest.ts';
import { Pacer, SLOW_START_PER_SECOND } from '../../core/pacing/pacer.ts';
import type { Assignment, Gate } from './assignment.ts';
import type { Quota } from './quota.ts';

/** How stale a worker's view of the run may be (design: an abort stops it at the next batch). */
const LOOK_EVERY_MS = 2_000;
/** Write units a second of a table by default; keys a second of a prefix. Slower ones are learned from throttles. */
const CEILING_PER_SECOND = { dynamodb: 40_000, s3: 3_500 } as const;

export interface Surroundings {
  readonly gate: Gate;
  readonly clock: Clock;
  readonly shards: Shards;
  readonly pools: Pools;
  readonly work: Objects;
  readonly deadlineMs: number;
}

export function makeAllowance(
  { id, target, run, pool, operation }: Assignment,
  { epoch, record }: Claim,
  { cap }: Quota,
  { gate, clock, shards, pools, work, deadlineMs }: Surroundings,
): Allowance {
  const ceiling = target.ratePerShard ?? CEILING_PER_SECOND[target.kind];
  // A prefix takes its rate at once; a table throttles what it has not seen before.
  const start = target.kind === 's3' ? ceiling : SLOW_START_PER_SECOND;
  // The first look comes after the claim: whoever stops the run then finds the claim, or the worker finds the stop.
  let [lookedAtMs, isOpen] = [Number.NEGATIVE_INFINITY, true];

  async function mayContinue(): Promise<boolean> {
    if (clock.nowMs() - lookedAtMs < LOOK_EVERY_MS) return isOpen;
    const [now, abort, isHeld, isStopped] = await Promise.all([
      gate.runs.get(id.runId),
      gate.aborts.get(id.runId),
      gate.shards.isHeld(id, epoch),
      operation !== 'count' && gate.shards.isTargetStopped(id.runId, target.id),
    ]);
    lookedAtMs = clock.nowMs();
    isOpen &&= now?.status === run.status && now?.planDigest === run.planDigest && abort === undefined;
    isOpen &&= isHeld && !isStopped;
    return isOpen;
  }

  const ledger: Ledger = {
    progress: record.progress,
    checkpoint: (progress) => shards.checkpoint(id, epoch, progress, null),
    lease: (items) => (pool === 0 ? Promise.resolve(0) : pools.lease(id.runId, target.id, items, pool)),
    stopTarget: () => shards.stopTarget(id.runId, target.id),
    async sample(code, key) {
      const hash = sampleHash(run.sampleSecret ?? '', key);
      const body = JSON.stringify({ target: target.id, operation, code, key });
      await work.write(`${runPrefix(id.runId)}samples/${hash.replace(':', '-')}.json`, body, JSON_TYPE);
      return hash;
    },
  };
  const { nowMs, sleep } = clock;
  return { deadlineMs, pacer: new Pacer(ceiling, start), cap, ledger, mayContinue, nowMs, sleep };
}
