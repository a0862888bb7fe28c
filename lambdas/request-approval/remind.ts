// Reminds those who were asked and have not decided, each with a fresh link.
import { remindEvent } from '../../contracts/events.ts';
import { plan as planSchema } from '../../contracts/plan.ts';
import { peopleToRemind } from '../../core/approval/reminders.ts';
import { approvalMessage } from './approval-message.ts';
import { type AskingDependencies, mailedLink } from './handler.ts';

/** Repeatable: each person gets each reminder once. Nobody is reminded of what was decided, has expired or was stopped. */
export function makeRemind(deps: AskingDependencies) {
  return async (event: unknown): Promise<{ readonly reminded: number }> => {
    const { runId, reminder } = remindEvent.parse(event);
    const { approvals, aborts, clock, mail } = deps;
    const state = await approvals.get(runId);
    if (!state || (await aborts.get(runId))) return { reminded: 0 };
    const plan = planSchema.parse(await approvals.page(runId));
    const about = `reminder ${reminder}`;
    let reminded = 0;
    const post = await mail.reach(peopleToRemind(state, clock.nowIso()));
    for (const person of post.people) {
      if (await approvals.wasTold(runId, person, about)) continue;
      await post.send(
        approvalMessage(plan, person, await mailedLink(deps, runId, person), { decided: state.decisions }),
      );
      await approvals.noteTold(runId, person, about);
      reminded++;
    }
    return { reminded };
  };
}
