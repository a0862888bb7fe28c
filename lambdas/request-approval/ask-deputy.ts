// Asks a deputy who was put in an approver's place.
import { askDeputyEvent } from '../../contracts/events.ts';
import { plan as planSchema } from '../../contracts/plan.ts';
import { peopleToRemind } from '../../core/approval/reminders.ts';
import { placeOf } from '../../core/approval/replace.ts';
import { samePerson } from '../../core/approval/same-person.ts';
import { requireReachable } from '../../core/approval/subscribers.ts';
import { approvalMessage } from './approval-message.ts';
import { type AskingDependencies, mailedLink } from './handler.ts';

const ABOUT = 'replacement';

/** Repeatable: one mail to each deputy. Nobody is asked whose place is not recorded, nor about what is decided or stopped. */
export function makeAskDeputy(deps: AskingDependencies) {
  return async (event: unknown): Promise<{ readonly asked: boolean }> => {
    const { runId, deputy } = askDeputyEvent.parse(event);
    const { approvals, aborts, clock, mail } = deps;
    const state = await approvals.get(runId);
    if (!state || (await aborts.get(runId))) return { asked: false };
    const person = peopleToRemind(state, clock.nowIso()).find((other) => samePerson(other, deputy));
    const replaced = placeOf(state, deputy);
    if (person === undefined || replaced === undefined) return { asked: false };
    if (await approvals.wasTold(runId, person, ABOUT)) return { asked: true };
    const plan = planSchema.parse(await approvals.page(runId));
    const post = await mail.reach([person]);
    requireReachable([person], post.people, 1);
    await post.send(approvalMessage(plan, person, await mailedLink(deps, runId, person), { replaced }));
    await approvals.noteTold(runId, person, ABOUT);
    return { asked: true };
  };
}
