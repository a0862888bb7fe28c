// ABORT#<run>: the flag that stops a run at the next batch.
import type { ControlTable } from './control-table.ts';

export interface AbortRecord {
  readonly by: string;
  readonly reason: string;
  readonly at: string;
}

export class Aborts {
  readonly #table: ControlTable;

  constructor(table: ControlTable) {
    this.#table = table;
  }

  async get(runId: string): Promise<AbortRecord | undefined> {
    return (await this.#table.get({ pk: `ABORT#${runId}`, sk: 'ABORT' })) as unknown as AbortRecord | undefined;
  }
}
