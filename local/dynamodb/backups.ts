// The on-demand backups, each with the items of the moment it was asked for.
import { randomBytes } from 'node:crypto';
import { AwsError } from '../kernel/aws-error.ts';
import type { ServiceClock } from '../kernel/service-clock.ts';
import type { Database } from './database.ts';
import type { Billing, Contents, Table, TableSchema } from './table.ts';

/** "This SYSTEM on-demand backup expires automatically 35 days after its creation." */
const SYSTEM_BACKUP_MS = 35 * 24 * 60 * 60 * 1000;

/** A table as it was. */
interface Source {
  readonly schema: TableSchema;
  readonly id: string;
  readonly arn: string;
  readonly createdAtMs: number;
  readonly billing: Billing;
  readonly ttlAttribute: string | undefined;
  readonly contents: Contents;
}

export interface Backup {
  readonly arn: string;
  readonly name: string;
  readonly type: 'USER' | 'SYSTEM';
  readonly createdAtMs: number;
  readonly availableAtMs: number;
  readonly expiresAtMs: number | undefined;
  readonly source: Source;
}

export class Backups {
  readonly #database: Database;
  readonly #clock: ServiceClock;
  readonly #createMs: number;
  readonly #backups = new Map<string, Backup>();

  /** @param createSeconds service time a backup stays CREATING */
  constructor(database: Database, clock: ServiceClock, createSeconds: number) {
    this.#database = database;
    this.#clock = clock;
    this.#createMs = createSeconds * 1000;
  }

  /** @throws BackupInUseException while another backup of the table is being made */
  create(table: Table, name: string): Backup {
    if (this.isBeingMade(table)) throw backupInUse();
    return this.#add(table, { name, type: 'USER', createMs: this.#createMs });
  }

  /** Where point-in-time recovery was on, AWS keeps a deleted table as it was last. */
  keepDeleted(table: Table): void {
    const name = `${table.schema.TableName}$DeletedTableBackup`;
    this.#add(table, { name, type: 'SYSTEM', createMs: 0, keptMs: SYSTEM_BACKUP_MS });
  }

  /** @throws BackupNotFoundException */
  find(arn: string): Backup {
    const found = this.all().find((backup) => backup.arn === arn);
    if (!found) throw new AwsError('BackupNotFoundException', `Backup not found: ${arn}`);
    return found;
  }

  /** @throws BackupNotFoundException, and BackupInUseException before it is AVAILABLE */
  findAvailable(arn: string): Backup {
    const found = this.find(arn);
    if (this.statusOf(found) === 'CREATING') throw backupInUse();
    return found;
  }

  /** @throws BackupInUseException also while it is being restored */
  delete(arn: string): Backup {
    const found = this.findAvailable(arn);
    const isBeingRestored = [...this.#database.tables.values()].some(
      ({ status, origin }) => status === 'CREATING' && origin?.sourceBackupArn === arn,
    );
    if (isBeingRestored) throw backupInUse();
    this.#backups.delete(arn);
    return found;
  }

  all(): readonly Backup[] {
    const nowMs = this.#clock.nowMs();
    return [...this.#backups.values()].filter(({ expiresAtMs = Number.POSITIVE_INFINITY }) => nowMs < expiresAtMs);
  }

  statusOf({ availableAtMs }: Backup): 'CREATING' | 'AVAILABLE' {
    return this.#clock.nowMs() < availableAtMs ? 'CREATING' : 'AVAILABLE';
  }

  isBeingMade(table: Table): boolean {
    return this.all().some((backup) => backup.source.id === table.id && this.statusOf(backup) === 'CREATING');
  }

  #add(table: Table, given: Pick<Backup, 'name' | 'type'> & { createMs: number; keptMs?: number }): Backup {
    const { schema, id, arn, createdAtMs, billing, ttlAttribute } = table;
    const nowMs = this.#clock.nowMs();
    const backup = {
      arn: `${arn}/backup/${String(nowMs).padStart(14, '0')}-${randomBytes(4).toString('hex')}`,
      name: given.name,
      type: given.type,
      createdAtMs: nowMs,
      availableAtMs: nowMs + given.createMs,
      expiresAtMs: given.keptMs === undefined ? undefined : nowMs + given.keptMs,
      source: { schema, id, arn, createdAtMs, billing, ttlAttribute, contents: table.contents.copy() },
    };
    this.#backups.set(backup.arn, backup);
    return backup;
  }
}

function backupInUse(): AwsError {
  return new AwsError(
    'BackupInUseException',
    'There is another ongoing conflicting backup control plane operation on the table. The backup is either being created, deleted or restored to a table.',
  );
}
