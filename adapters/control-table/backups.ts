// BACKUP#<ARN>: of a table Lethe's own backups and the runs that hold them, the last to leave deletes; of a bucket since
// when it has versions, where Lethe switched them on.
import type { ControlTable, Item, Key } from './control-table.ts';

export interface BackupRecord {
  readonly backupArn: string;
  readonly createdAtMs: number;
  readonly holders: readonly string[];
}

export class Backups {
  readonly #table: ControlTable;

  constructor(table: ControlTable) {
    this.#table = table;
  }

  async register(tableArn: string, backupArn: string, createdAtMs: number, runId: string): Promise<void> {
    await this.#table.update(key(tableArn, backupArn), {
      expression: 'SET createdAtMs = :at ADD holders :run',
      values: { ':at': createdAtMs, ':run': new Set([runId]) },
    });
  }

  /** Youngest first. */
  async list(tableArn: string): Promise<BackupRecord[]> {
    const items = await this.#table.query(`BACKUP#${tableArn}`);
    return items.map(asBackup).sort((a, b) => b.createdAtMs - a.createdAtMs);
  }

  /** Adds the run before it relies on the backup; @returns false: it is being deleted */
  async hold(tableArn: string, backupArn: string, runId: string): Promise<boolean> {
    const { won } = await this.#table.update(key(tableArn, backupArn), {
      expression: 'ADD holders :run',
      condition: 'attribute_exists(holders)',
      values: { ':run': new Set([runId]) },
    });
    return won;
  }

  /** @returns true: nobody holds it any more, and the caller deletes it */
  async leave(tableArn: string, backupArn: string, runId: string): Promise<boolean> {
    const { won, item } = await this.#table.update(key(tableArn, backupArn), {
      expression: 'DELETE holders :run',
      condition: 'attribute_exists(pk)',
      values: { ':run': new Set([runId]) },
    });
    return won && item?.['holders'] === undefined;
  }

  /** Before it is switched on, so that no later run takes it for older than it is. */
  async noteVersioning(bucketArn: string, enabledAtMs: number): Promise<void> {
    await this.#table.update(key(bucketArn, VERSIONING), {
      expression: 'SET enabledAtMs = :at',
      values: { ':at': enabledAtMs },
    });
  }

  /** @returns undefined: it was not Lethe that switched it on */
  async versionedSince(bucketArn: string): Promise<number | undefined> {
    const [item] = await this.#table.query(`BACKUP#${bucketArn}`);
    return item && Number(item['enabledAtMs']);
  }

  async forget(tableArn: string, backupArn: string): Promise<void> {
    await this.#table.remove(key(tableArn, backupArn));
  }
}

const VERSIONING = 'VERSIONING';

function key(arn: string, sk: string): Key {
  return { pk: `BACKUP#${arn}`, sk };
}

function asBackup(item: Item): BackupRecord {
  const holders = item['holders'] instanceof Set ? ([...item['holders']] as string[]) : [];
  return { backupArn: String(item['sk']), createdAtMs: Number(item['createdAtMs']), holders };
}
