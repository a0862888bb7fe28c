// Leaves the backups of a run that erased nothing; the last run to leave one deletes it.
import type { Clock } from '../../adapters/clock.ts';
import type { Backups } from '../../adapters/control-table/backups.ts';
import type { Protections } from '../../adapters/control-table/protections.ts';
import type { PlanBody } from '../../contracts/plan.ts';

/** After this the backup stays, and the report lists it with the command that removes it. */
const PATIENCE_MS = 3_600_000;

interface Dependencies {
  readonly clock: Clock;
  readonly protections: Protections;
  readonly backups: Backups;
  deleteBackup(backupArn: string): Promise<boolean>;
}

/** @returns false while a backup is still being made, so that it cannot be deleted yet */
export async function leaveBackups(
  runId: string,
  plan: PlanBody | null,
  closedAt: string,
  { clock, protections, backups, deleteBackup }: Dependencies,
): Promise<boolean> {
  if (plan?.mode !== 'execute') return true;
  let isClean = true;
  for (const { target, backupArn } of await protections.list(runId)) {
    const facts = plan.targets.find(({ id }) => id === target)?.facts;
    if (backupArn === undefined || facts?.kind !== 'dynamodb') continue;
    const isLast = await backups.leave(facts.arn, backupArn, runId);
    if (!isLast) continue;
    if (await deleteBackup(backupArn)) await backups.forget(facts.arn, backupArn);
    else isClean = false;
  }
  return isClean || clock.nowMs() - Date.parse(closedAt) > PATIENCE_MS;
}
