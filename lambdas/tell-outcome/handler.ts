// Tells everybody who was asked, and who asked, what was decided and what came of a run.
import type { Approvals } from '../../adapters/control-table/approvals.ts';
import type { Mail } from '../../adapters/mail.ts';
import type { Objects } from '../../adapters/objects.ts';
import { tellEvent } from '../../contracts/events.ts';
import { evidenceKey } from '../../contracts/files.ts';
import { plan as planSchema } from '../../contracts/plan.ts';
import { report as reportSchema } from '../../contracts/report.ts';
import { outcomeRecipients } from '../../core/approval/outcome-recipients.ts';
import { approvedMessage } from './approved-message.ts';
import { outcomeMessage } from './outcome-message.ts';

interface Dependencies {
  readonly approvals: Approvals;
  readonly evidence: Objects;
  readonly mail: Mail;
  readonly mailFrom: string;
}

/**
 * Repeatable: each person is told once, or, where a call is cut off between sending and noting it, once more. A run that
 * nobody was asked about is nobody's mail. Lambda repeats what throws.
 */
export function makeTellOutcome({ approvals, evidence, mail, mailFrom }: Dependencies) {
  return async (event: unknown): Promise<{ readonly told: number }> => {
    const { runId, about } = tellEvent.parse(event);
    const state = await approvals.get(runId);
    if (!state) return { told: 0 };
    const plan = planSchema.parse(await approvals.page(runId));
    const file = await evidence.read(evidenceKey(runId, 'report.json'));
    const report = file && reportSchema.parse(JSON.parse(file.body));
    // That erasing begins is no news once it has ended.
    if ((report === undefined) !== (about === 'approval')) return { told: 0 };
    const messageTo = (to: string) => (report ? outcomeMessage(plan, report, to) : approvedMessage(plan, state, to));
    let told = 0;
    const post = await mail.reach(outcomeRecipients(state, mailFrom));
    for (const to of post.people) {
      if (await approvals.wasTold(runId, to, about)) continue;
      await post.send(messageTo(to));
      await approvals.noteTold(runId, to, about);
      told++;
    }
    return { told };
  };
}
