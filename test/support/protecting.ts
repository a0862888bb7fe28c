// protect-target on the embedded services: runs that share a control table, and time that passes when a test says so.
import type { Clock } from '../../adapters/clock.ts';
import { Aborts } from '../../adapters/control-table/aborts.ts';
import { type BackupRecord, Backups } from '../../adapters/control-table/backups.ts';
import { ControlTable } from '../../adapters/control-table/control-table.ts';
import { type ProtectionRecord, Protections } from '../../adapters/control-table/protections.ts';
import { Runs } from '../../adapters/control-table/runs.ts';
import { Objects } from '../../adapters/objects.ts';
import type { ProtectedTarget } from '../../contracts/events.ts';
import type { Target, TargetList } from '../../contracts/plan.ts';
import { canonicalJson, sha256Hex } from '../../core/evidence/digest.ts';
import { makeProtectTarget } from '../../lambdas/protect-target/handler.ts';
import { withFaults } from './faulty-client.ts';
import { Life } from './life.ts';
import { targetListOf } from './plans.ts';
import type { Stores } from './stores.ts';
import { VirtualTime } from './virtual-time.ts';

type Step = 'protect' | 'confirm';

/** Fast enough that a quarter of an hour is a third of a second, and exact to a few seconds. */
export const CLOCK_SPEED = 3_000;

const MAX_WAIT_SECONDS = 60;

/** The service clock stands at the wall's pace, and runs only in `pass`. */
export class Protecting {
  readonly aws: Stores;
  readonly work: Objects;
  readonly #table: ControlTable;
  #letGo: () => void;

  private constructor(aws: Stores, table: ControlTable) {
    this.aws = aws;
    this.#table = table;
    this.work = new Objects(aws.s3, aws.bucket());
    this.#letGo = aws.clock.hold();
  }

  static async open(aws: Stores): Promise<Protecting> {
    return new Protecting(aws, await aws.controlTable());
  }

  close(): void {
    this.#letGo();
  }

  async pass(seconds: number): Promise<void> {
    this.#letGo();
    await this.aws.clock.sleep(seconds * 1_000);
    this.#letGo = this.aws.clock.hold();
  }

  /** A planned run with these targets. */
  async plan(
    runId: string,
    targets: readonly Target[],
    protection: Partial<TargetList['protection']> = {},
  ): Promise<void> {
    const list = targetListOf(targets, {
      runId,
      protection: { pitr: 'enable', versioning: 'enable', reuseBackupWithinSeconds: 86_400, ...protection },
    });
    const body = canonicalJson(list);
    const { executionArn, startedAt } = list;
    const runs = new Runs(this.#table);
    await runs.claim({ runId, executionArn, startedAt });
    const written = await this.work.writeOnce(`runs/${runId}/targets.json`, body, 'application/json');
    const targetsVersionId = 'versionId' in written ? written.versionId : '';
    await runs.plan({ runId, mode: 'execute', targetsSha256: sha256Hex(body), targetsVersionId, sampleSecret: 's' });
  }

  /** One call of the function, which may die. */
  async look(runId: string, step: Step, target: string, diesAtStep?: number): Promise<ProtectedTarget | 'killed'> {
    const life = new Life(diesAtStep);
    const surroundings = { life, time: new VirtualTime() };
    const [dynamodb, s3] = [
      withFaults(this.aws.newDynamoDb(), surroundings),
      withFaults(this.aws.newS3(), surroundings),
    ];
    const table = new ControlTable(dynamodb, this.#table.name);
    const { clock: service } = this.aws;
    const clock: Clock = {
      nowMs: () => service.nowMs(),
      nowIso: () => service.nowIso(),
      sleep: (ms) => service.sleep(ms),
    };
    const handler = makeProtectTarget({
      dynamodb,
      s3,
      clock,
      runs: new Runs(table),
      aborts: new Aborts(table),
      protections: new Protections(table),
      backups: new Backups(table),
      work: this.work,
    });
    return life.live(handler({ runId, step, target })).finally(() => {
      dynamodb.destroy();
      s3.destroy();
    });
  }

  /** Calls again and again, with the waits it is told to keep. @returns the waits */
  async untilReady(runId: string, step: Step, target: string): Promise<number[]> {
    const waits: number[] = [];
    for (;;) {
      const looked = await this.look(runId, step, target);
      if (looked === 'killed') throw new Error('nobody killed it');
      if (looked.isReady) return waits;
      waits.push(looked.waitSeconds);
      await this.pass(looked.waitSeconds);
    }
  }

  /** The same for many runs, each with its target, waiting together. */
  async allReady(
    step: Step,
    targets: ReadonlyMap<string, string>,
    onReady: (target: string) => Promise<void> = async () => undefined,
  ): Promise<void> {
    const waiting = new Map(targets);
    while (waiting.size > 0) {
      for (const [runId, target] of waiting) {
        const looked = await this.look(runId, step, target);
        if (looked === 'killed' || !looked.isReady) continue;
        waiting.delete(runId);
        await onReady(target);
      }
      if (waiting.size > 0) await this.pass(MAX_WAIT_SECONDS);
    }
  }

  record(runId: string, target: string): Promise<ProtectionRecord> {
    return new Protections(this.#table).get(runId, target);
  }

  /** Lethe's own backups of a table, as they are registered. */
  registered(tableArn: string): Promise<BackupRecord[]> {
    return new Backups(this.#table).list(tableArn);
  }
}
