// Wakes the execution that waits, once its decision stands in the table, or its abort.
import type { Callback } from '../../adapters/callback.ts';
import type { Aborts } from '../../adapters/control-table/aborts.ts';
import type { Approvals } from '../../adapters/control-table/approvals.ts';
import { runEvent } from '../../contracts/events.ts';
import { settle } from '../../core/approval/decide.ts';

interface Dependencies {
  readonly approvals: Approvals;
  readonly aborts: Aborts;
  readonly callback: Callback;
}

/**
 * Repeatable: a task that was woken before, or waits no more, stays as it is. It is called as an event after every POST
 * that finds a decision recorded, so a lost delivery is mended by a second click; Lambda repeats what throws.
 */
export function makeDeliverDecision({ approvals, aborts, callback }: Dependencies) {
  return async (event: unknown): Promise<{ readonly isDelivered: boolean }> => {
    const { runId } = runEvent.parse(event);
    const state = await approvals.get(runId);
    const taskToken = await approvals.taskToken(runId);
    if (!state || taskToken === undefined) return { isDelivered: false };
    const isOver = settle(state) !== 'open' || (await aborts.get(runId)) !== undefined;
    return { isDelivered: isOver && (await callback.wake(taskToken)) };
  };
}
