// What write-report is given.
import type { Clock } from '../../adapters/clock.ts';
import type { Aborts } from '../../adapters/control-table/aborts.ts';
import type { Approvals } from '../../adapters/control-table/approvals.ts';
import type { Backups } from '../../adapters/control-table/backups.ts';
import type { Locks } from '../../adapters/control-table/locks.ts';
import type { Protections } from '../../adapters/control-table/protections.ts';
import type { Requests } from '../../adapters/control-table/requests.ts';
import type { Runs } from '../../adapters/control-table/runs.ts';
import type { Shards } from '../../adapters/control-table/shards.ts';
import type { Delivery } from '../../adapters/delivery.ts';
import type { Metrics } from '../../adapters/metrics.ts';
import type { Objects } from '../../adapters/objects.ts';
import type { Signing } from '../../adapters/signing.ts';

export interface WriteReportDependencies {
  readonly clock: Clock;
  readonly runs: Runs;
  readonly aborts: Aborts;
  readonly approvals: Approvals;
  readonly shards: Shards;
  readonly protections: Protections;
  readonly backups: Backups;
  readonly locks: Locks;
  readonly requests: Requests;
  readonly work: Objects;
  readonly evidence: Objects;
  readonly signing: Signing;
  readonly metrics: Metrics;
  /** To tell-outcome. */
  readonly telling: Delivery;
  /** @returns false while the backup cannot be deleted yet */
  deleteBackup(backupArn: string): Promise<boolean>;
}
