// POOL#<run>: per target, what its shards may lease beyond their count. Made by seal-plan; workers only draw.
import type { ControlTable } from './control-table.ts';

/** Attempts at a partial lease while other shards draw from the same pool. */
const MAX_ATTEMPTS = 5;

export class Pools {
  readonly #table: ControlTable;

  constructor(table: ControlTable) {
    this.#table = table;
  }

  /** Repeatable: a pool that stands keeps what was drawn from it. */
  async create(runId: string, target: string, ceiling: number): Promise<void> {
    await this.#table.update(key(runId, target), {
      expression: 'SET ceiling = if_not_exists(ceiling, :ceiling), drawn = if_not_exists(drawn, :zero)',
      values: { ':ceiling': ceiling, ':zero': 0 },
    });
  }

  /** Draws up to `wanted`; @returns how many were granted, possibly 0 */
  async lease(runId: string, target: string, wanted: number, ceiling: number): Promise<number> {
    for (let attempt = 0, asked = wanted; attempt < MAX_ATTEMPTS && asked > 0; attempt++) {
      const { won, item } = await this.#table.update(key(runId, target), {
        expression: 'SET drawn = drawn + :asked',
        condition: 'ceiling = :ceiling AND drawn <= :room',
        values: { ':asked': asked, ':ceiling': ceiling, ':room': ceiling - asked },
      });
      if (won) return asked;
      if (item?.['ceiling'] !== ceiling) return 0;
      asked = Math.min(wanted, ceiling - Number(item['drawn']));
    }
    return 0;
  }
}

const key = (runId: string, target: string) => ({ pk: `POOL#${runId}`, sk: target });
