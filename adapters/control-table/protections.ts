// PROTECT#<run>: what protect-target has learnt and done for each target, over its repeated calls.
import type { RecoveryPoint } from '../../contracts/plan.ts';
import type { ControlTable } from './control-table.ts';

export const PROTECTION_STEPS = ['protect', 'confirm'] as const;
export type ProtectionStep = (typeof PROTECTION_STEPS)[number];

export interface StepRecord {
  readonly startedAtMs: number;
  /** Calls so far, for the growing wait between them; limits are differences of clock readings. */
  readonly calls: number;
  readonly readyAtMs: number | null;
  /** Why it can never become ready, or null. */
  readonly failure: string | null;
}

export interface ProtectionRecord {
  readonly target: string;
  readonly protect?: StepRecord;
  readonly confirm?: StepRecord;
  /** When this run switched it on, where it was off. */
  readonly pitrEnabledAtMs?: number;
  readonly versioningEnabledAtMs?: number;
  readonly backupArn?: string;
  readonly backupCreatedAtMs?: number;
  /** Made instead of a restore point that did not come within its time; then no drift pool. */
  readonly hasLateBackup?: boolean;
  readonly recoveryPoint?: RecoveryPoint;
}

export class Protections {
  readonly #table: ControlTable;

  constructor(table: ControlTable) {
    this.#table = table;
  }

  async get(runId: string, target: string): Promise<ProtectionRecord> {
    const item = await this.#table.get(key(runId, target));
    return (item?.['record'] as ProtectionRecord | undefined) ?? { target };
  }

  async put(runId: string, record: ProtectionRecord): Promise<void> {
    await this.#table.put({ ...key(runId, record.target), record });
  }

  async list(runId: string): Promise<ProtectionRecord[]> {
    return (await this.#table.query(`PROTECT#${runId}`)).map((item) => item['record'] as ProtectionRecord);
  }
}

const key = (runId: string, target: string) => ({ pk: `PROTECT#${runId}`, sk: target });
