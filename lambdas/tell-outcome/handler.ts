// Tells everybody who was asked, and who asked, what came of a run.
import type { Approvals } from '../../adapters/control-table/approvals.ts';
import type { Mail } from '../../adapters/mail.ts';
import type { Objects } from '../../adapters/objects.ts';
import { runEvent } from '../../contracts/events.ts';
import { evidenceKey } from '../../contracts/files.ts';
import { plan as planSchema } from '../../contracts/plan.ts';
import { report as reportSchema } from '../../contracts/report.ts';
import { outcomeRecipients } from '../../core/approval/outcome-recipients.ts';
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
    const { runId } = runEvent.parse(event);
    const state = await approvals.get(runId);
    const file = state && (await evidence.read(evidenceKey(runId, 'report.json')));
    if (!state || !file) return { told: 0 };
    const report = reportSchema.parse(JSON.parse(file.body));
    const plan = planSchema.parse(await approvals.page(runId));
    let told = 0;
    for (const to of outcomeRecipients(state, mailFrom)) {
      if (await approvals.wasTold(runId, to)) continue;
      await mail.send(outcomeMessage(plan, report, to));
      await approvals.noteTold(runId, to);
      told++;
    }
    return { told };
  };
}
