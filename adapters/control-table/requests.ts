// REQUEST#<sha256>: which run a request id was used for, so that a repeated request does nothing.
import { createHash } from 'node:crypto';
import type { ControlTable } from './control-table.ts';

/** A duplicate is one within a day (interfaces.md, section 1). */
const REMEMBERED_MS = 24 * 3_600_000;

export class Requests {
  readonly #table: ControlTable;

  constructor(table: ControlTable) {
    this.#table = table;
  }

  /** Repeatable by the same run. @returns the run that used the id before, or undefined: it is this run's now */
  async claim(requestId: string, runId: string, nowMs: number): Promise<string | undefined> {
    const { won, item } = await this.#table.update(key(requestId), {
      expression: 'SET runId = :run, untilMs = :until',
      condition: 'attribute_not_exists(pk) OR runId = :run OR untilMs <= :now',
      values: { ':run': runId, ':until': nowMs + REMEMBERED_MS, ':now': nowMs },
    });
    return won ? undefined : String(item?.['runId']);
  }

  /** For a run that was refused: the corrected request may use its id. */
  async release(requestId: string, runId: string): Promise<void> {
    await this.#table.update(key(requestId), {
      expression: 'SET untilMs = :past',
      condition: 'runId = :run',
      values: { ':run': runId, ':past': 0 },
    });
  }
}

/** Whatever a request id says stays out of the table. */
function key(requestId: string) {
  return { pk: `REQUEST#${createHash('sha256').update(requestId).digest('hex')}`, sk: 'REQUEST' };
}
