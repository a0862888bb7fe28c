// Starts a run from an ErasureRequested event.
import type { Executions } from '../../adapters/executions.ts';
import { Refusal } from '../../contracts/errors.ts';
import { erasureRequestedEvent } from '../../contracts/events.ts';
import { check, showPath } from '../../contracts/strict.ts';

export interface StartRunDependencies {
  readonly executions: Executions;
  readonly stateMachineArn: string;
}

/**
 * Repeatable: the run is named after the event, and an execution's name is used once; another event with the same
 * request id ends as a duplicate. Lambda repeats what throws, and what goes on throwing becomes a dead letter.
 * @throws Refusal InvalidRequest: the detail is no request
 */
export function makeStartRun({ executions, stateMachineArn }: StartRunDependencies) {
  return async (event: unknown): Promise<{ readonly runId: string; readonly isNew: boolean }> => {
    const checked = check(erasureRequestedEvent, event);
    if (!checked.isValid) throw malformed(checked.problems[0]);
    const { id, detail } = checked.value;
    const runId = `event-${id}`;
    const executionArn = await executions.start(stateMachineArn, runId, { requestId: id, ...detail });
    return { runId, isNew: executionArn !== undefined };
  };
}

function malformed({ path, message }: { path: readonly (string | number)[]; message: string }): Refusal {
  return new Refusal('Lethe.InvalidRequest', {
    what: `The event is no ErasureRequested: ${showPath(path)} ${message}.`,
    received: showPath(path),
    allowed: 'an event whose detail is a request, as in the README',
    next: 'Nothing was started. Mend what sends the event, and send a new one.',
  });
}
