// ABORT#<run>: the flag that stops a run at the next batch. The first one stands.
import * as z from 'zod';
import type { ControlTable } from './control-table.ts';

const abortRecord = z
  .object({
    /** `asked`: by a person; `stopped`: the execution was stopped or timed out; `closed`: it ended by itself, and nothing may go on. */
    why: z.enum(['asked', 'stopped', 'closed']),
    by: z.string(),
    reason: z.string(),
    at: z.string(),
  })
  .readonly();
export type AbortRecord = z.output<typeof abortRecord>;

export class Aborts {
  readonly #table: ControlTable;

  constructor(table: ControlTable) {
    this.#table = table;
  }

  async get(runId: string): Promise<AbortRecord | undefined> {
    const item = await this.#table.get(key(runId));
    return item && abortRecord.parse(item);
  }

  /** Repeatable; from then on workers of the run begin no batch. @returns the abort that stands */
  async request(runId: string, { why, by, reason, at }: AbortRecord): Promise<AbortRecord> {
    const { item } = await this.#table.update(key(runId), {
      expression: 'SET why = :why, #by = :by, reason = :reason, #at = :at',
      condition: 'attribute_not_exists(pk)',
      names: { '#by': 'by', '#at': 'at' },
      values: { ':why': why, ':by': by, ':reason': reason, ':at': at },
    });
    return abortRecord.parse(item);
  }
}

const key = (runId: string) => ({ pk: `ABORT#${runId}`, sk: 'ABORT' });
