// All tables, and the one way to change their items: whole operations that happen or do not.
import { AwsError } from '../kernel/aws-error.ts';
import type { Place } from '../kernel/service.ts';
import type { ServiceClock } from '../kernel/service-clock.ts';
import type { DynaliteStore } from './dynalite-actions.ts';
import { earliestMs } from './recovery-window.ts';
import type { Change, Table } from './table.ts';
import { makeStore, type TableSource } from './table-store.ts';

/**
 * Nothing here waits: an operation runs from its first read to its last write in one turn of the event loop. So
 * operations take turns without locks, and no reader sees half of one.
 */
export class Database implements TableSource {
  readonly tables = new Map<string, Table>();
  readonly account: string;
  /** For reading only. */
  readonly store: DynaliteStore;
  readonly #clock: ServiceClock;

  constructor(clock: ServiceClock, place: Place) {
    this.#clock = clock;
    this.account = place.account;
    this.store = makeStore(this);
  }

  /** @throws ResourceNotFoundException also while the table is being created, as item operations answer. */
  activeTable(name: string): Table {
    const table = this.tables.get(name);
    if (table?.status === 'ACTIVE') return table;
    throw new AwsError('ResourceNotFoundException', 'Requested resource not found');
  }

  /** @throws ResourceNotFoundException as table operations answer. */
  table(name: string): Table {
    const table = this.tables.get(name);
    if (table) return table;
    throw new AwsError('ResourceNotFoundException', `Requested resource not found: Table: ${name} not found`);
  }

  /** Runs `work`, which must not wait, on a store for writing. Its writes are kept together, or none when it throws. */
  commit<T>(work: (store: DynaliteStore) => T): { readonly output: T; readonly changes: readonly Change[] } {
    const changes: Change[] = [];
    try {
      const output = work(makeStore(this, (change) => changes.push(change)));
      this.#enterInJournals(changes);
      return { output, changes };
    } catch (error) {
      for (const { table, index, key, before } of changes.toReversed())
        table.contents.collection(index?.IndexName).replace(key, before);
      throw error;
    }
  }

  #enterInJournals(changes: readonly Change[]): void {
    const atMs = this.#clock.nowMs();
    for (const { table, index, key, before } of changes) {
      if (!table.recovery) continue;
      table.recovery.journal.append({ atMs, indexName: index?.IndexName, key, before });
      table.recovery.journal.forgetBefore(earliestMs(table.recovery, atMs));
    }
  }
}
