// Restoring into a new table, from a backup or from a journal.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { AwsError } from '../kernel/aws-error.ts';
import type { Place } from '../kernel/service.ts';
import type { ServiceClock } from '../kernel/service-clock.ts';
import type { Database } from './database.ts';
import type { Replaced } from './journal.ts';
import { newTable } from './new-table.ts';
import type { Billing, Contents, RestoreOrigin, Table, TableSchema } from './table.ts';

/** So many writes are undone in one turn, a few milliseconds of work. */
const UNDONE_PER_TURN = 5000;

export interface Restore {
  readonly targetName: string;
  readonly schema: TableSchema;
  readonly billing: Billing;
  /** A copy of its own. */
  readonly contents: Contents;
  /** Newest first. */
  readonly toUndo: readonly Replaced[];
  readonly origin: RestoreOrigin;
}

export class Restores {
  readonly #database: Database;
  readonly #clock: ServiceClock;
  readonly #place: Place;
  readonly #loading = new Set<Promise<void>>();

  constructor(database: Database, clock: ServiceClock, place: Place) {
    this.#database = database;
    this.#clock = clock;
    this.#place = place;
  }

  /** Returns the new table, CREATING until it is loaded. */
  begin({ targetName, schema, toUndo, ...given }: Restore): Table {
    if (this.#database.tables.has(targetName))
      throw new AwsError('TableAlreadyExistsException', `Table already exists: ${targetName}`);
    const renamed = { ...schema, TableName: targetName };
    const table = newTable({ ...given, schema: renamed, status: 'CREATING' }, this.#place, this.#clock.nowMs());
    this.#database.tables.set(targetName, table);
    const loading = this.#load(table, toUndo);
    this.#loading.add(loading);
    void loading.finally(() => this.#loading.delete(loading));
    return table;
  }

  /** Resolves when no table is being loaded. */
  async settled(): Promise<void> {
    await Promise.all(this.#loading);
  }

  /** Work in flight, so the clock keeps the wall's pace. */
  async #load(table: Table, toUndo: readonly Replaced[]): Promise<void> {
    const release = this.#clock.hold();
    try {
      await nextTurn();
      for (let start = 0; start < toUndo.length; start += UNDONE_PER_TURN) {
        for (const { indexName, key, before } of toUndo.slice(start, start + UNDONE_PER_TURN))
          table.contents.collection(indexName).replace(key, before);
        await nextTurn();
      }
      table.status = 'ACTIVE';
    } finally {
      release();
    }
  }
}
