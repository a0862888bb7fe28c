// Tells as a metric how long the oldest open approval has waited, so that an alarm can speak before it expires.
import type { Clock } from '../../adapters/clock.ts';
import type { Approvals } from '../../adapters/control-table/approvals.ts';
import type { Runs } from '../../adapters/control-table/runs.ts';
import type { Executions } from '../../adapters/executions.ts';
import type { Metrics } from '../../adapters/metrics.ts';
import type { StateName } from '../../contracts/states.ts';
import { settle } from '../../core/approval/decide.ts';
import { waitingShare } from '../../core/approval/waiting-share.ts';

export interface WatchApprovalsDependencies {
  readonly clock: Clock;
  readonly executions: Executions;
  readonly runs: Runs;
  readonly approvals: Approvals;
  readonly metrics: Metrics;
  readonly stateMachineArn: string;
}

const WAITING = 'Wait for approval' satisfies StateName;

/** Called on a schedule; looks, and changes nothing. */
export function makeWatchApprovals(deps: WatchApprovalsDependencies) {
  return async (): Promise<{ readonly share: number }> => {
    const running = await deps.executions.listRunning(deps.stateMachineArn);
    const shares: number[] = [];
    for (const runId of running) shares.push(await shareOf(runId, deps));
    const share = Math.max(0, ...shares);
    deps.metrics.approvalsWaiting(share);
    return { share };
  };
}

async function shareOf(runId: string, { approvals, runs, clock }: WatchApprovalsDependencies): Promise<number> {
  const state = await approvals.get(runId);
  if (!state || settle(state) !== 'open') return 0;
  const phase = (await runs.phases(runId)).find(({ name }) => name === WAITING);
  return phase && phase.endedAt === null ? waitingShare(phase.startedAt, state.expiresAt, clock.nowMs()) : 0;
}
