// The story of a demonstration: seed, preview, dry run, execute, compare, restore.
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { ControlTable } from '../../adapters/control-table/control-table.ts';
import { Objects } from '../../adapters/objects.ts';
import { RunStatuses } from '../../adapters/run-status.ts';
import type { Outcome, Report } from '../../contracts/report.ts';
import { showCount } from '../../core/text.ts';
import type { Local } from '../../local/start.ts';
import type { Dataset } from '../gallery/dataset.ts';
import { Approver } from './approver.ts';
import { dump } from './dump-stores.ts';
import { EraseCounter } from './erase-counter.ts';
import { fetchEvidence } from './evidence.ts';
import { type Ended, Executions } from './executions.ts';
import type { Options } from './options.ts';
import { type Expectation, expect, type WrittenCatalog, type WrittenRequest } from './oracle.ts';
import { type Compared, compareStores, type Proof, restoreAll } from './proof.ts';
import type { Screen } from './screen.ts';
import { showFaults, showPlan, showProof, showRefusal, showResults } from './show.ts';
import { type Seeded, upload } from './upload.ts';

export interface Setting {
  readonly options: Options;
  readonly screen: Screen;
  readonly local: Local;
  readonly runId: string;
  readonly folder: string;
  readonly catalog: WrittenCatalog;
  readonly request: WrittenRequest;
  readonly data: Dataset;
}

export interface Told {
  readonly ok: boolean;
  readonly outcome: Outcome | null;
  readonly runs: readonly { readonly mode: string; readonly runId: string; readonly outcome: Outcome | null }[];
  readonly report: Report | null;
  readonly proof: Proof;
}

const MODES = ['preview', 'dry-run', 'execute'] as const;
const NOTHING_RESTORED = { targets: 0, different: 0 };

export class Story {
  readonly #setting: Setting;
  readonly #counter: EraseCounter;
  readonly #dynamodb: DynamoDBClient;
  readonly #s3: S3Client;
  readonly #executions: Executions;
  readonly #statuses: RunStatuses;

  constructor(setting: Setting) {
    this.#setting = setting;
    const { local, catalog } = setting;
    const { endpoint, region, stateMachineArn, controlTable, workBucket } = local.ready;
    const client = { endpoint, region, credentials: { accessKeyId: 'demo', secretAccessKey: 'demo' } };
    this.#dynamodb = new DynamoDBClient(client);
    this.#s3 = new S3Client(client);
    this.#executions = new Executions(new SFNClient(client), stateMachineArn);
    this.#statuses = new RunStatuses({
      table: new ControlTable(this.#dynamodb, controlTable),
      work: new Objects(this.#s3, workBucket),
    });
    const stores = Object.values(catalog.stores ?? {}).flatMap(({ table, bucket }) => table ?? bucket ?? []);
    this.#counter = new EraseCounter(local, new Set(stores));
  }

  get eraseSeconds(): number {
    return this.#counter.seconds;
  }

  get requests() {
    return { dynamodbErase: this.#counter.dynamodb, s3Erase: this.#counter.s3 };
  }

  async tell(): Promise<Told> {
    const { catalog, request, screen, options } = this.#setting;
    const seeded = await this.#seed();
    const expected = expect(catalog, request, seeded);
    await this.#dump('before', seeded);
    const runs: Told['runs'][number][] = [];
    let report: Report | null = null;
    let compared: Compared = { selectedLeft: 0, neighboursChanged: 0, preservedChanged: 0 };
    for (const mode of MODES.slice(0, MODES.indexOf(this.#lastMode()) + 1)) {
      const { ended, runId } = await this.#run(mode);
      const outcome =
        ended.error?.startsWith('Lethe.') && ended.ending['outcome'] === undefined ? 'refused' : asOutcome(ended);
      runs.push({ mode, runId, outcome });
      report = await this.#report(runId);
      if (outcome === 'refused' || outcome === null) {
        showRefusal(screen, ended);
        break;
      }
      if (report && mode === 'dry-run') await showPlan(screen, join(this.#folderOf(runId), 'plan.json'));
      if (mode !== 'execute') compared = await this.#compare(seeded, expected, false, compared);
    }
    const last = runs.at(-1);
    const isErased = last?.mode === 'execute' && last.outcome === 'erased';
    compared = await this.#compare(seeded, expected, isErased, compared);
    if (report && last?.mode === 'execute') showResults(screen, report);
    if (options.faults !== undefined) showFaults(screen, this.#setting.local.faultCounts());
    await this.#dump('after', seeded);
    const restored = isErased && report ? await this.#restore(report, seeded, expected) : NOTHING_RESTORED;
    const proof: Proof = { ...compared, restored };
    showProof(screen, proof, isErased);
    const holds = [proof.selectedLeft, proof.neighboursChanged, proof.preservedChanged, restored.different].every(
      (n) => n === 0,
    );
    const isAsAsked =
      isErased || ['previewed', 'counted', 'rejected'].includes(last?.outcome ?? '') || options.reject !== undefined;
    return { ok: holds && isAsAsked, outcome: last?.outcome ?? null, runs, report, proof };
  }

  #lastMode(): (typeof MODES)[number] {
    const { mode = 'dry-run' } = this.#setting.request;
    return MODES.find((known) => known === mode) ?? 'dry-run';
  }

  async #seed(): Promise<Seeded> {
    const { data, screen, local } = this.#setting;
    const startedMs = performance.now();
    const written = new Map<string, number>();
    const seeded = await upload(data, {
      dynamodb: this.#dynamodb,
      s3: this.#s3,
      createBucket: (name, isVersioned) => local.s3.createBucket(name, isVersioned ? { versioning: 'Enabled' } : {}),
      progress(count, what) {
        written.set(what, (written.get(what) ?? 0) + count);
        screen.live(`Seeding: ${[...written].map(([name, n]) => `${showCount(n)} ${name}`).join(', ')}`);
      },
    });
    const took = ((performance.now() - startedMs) / 1_000).toFixed(1);
    const { tables, buckets, items, objects } = seeded;
    screen.line(
      `Seeded ${showCount(items)} items in ${tables.length} tables and ${showCount(objects)} object versions in ${buckets.length} bucket(s) in ${took} s.`,
    );
    return seeded;
  }

  async #run(mode: (typeof MODES)[number]): Promise<{ readonly ended: Ended; readonly runId: string }> {
    const { runId: base, request, screen, options, local } = this.#setting;
    const runId = mode === 'execute' ? base : `${base}-${mode}`;
    const startedMs = performance.now();
    screen.title(`${mode === 'dry-run' ? 'Dry run' : mode === 'execute' ? 'Execute' : 'Preview'} (run ${runId})`);
    await this.#executions.start(runId, { ...request, mode });
    const approver = new Approver({
      runId,
      outbox: local.ready.outbox,
      options,
      screen,
      folder: this.#folderOf(runId),
    });
    const ended = await this.#executions.end(runId, async () => {
      const status = await this.#statuses.read(runId, Date.now());
      if (status) screen.progress.show(status);
      if (mode === 'execute' && status?.phase === 'Wait for approval') await approver.act(status);
    });
    approver.close();
    const took = ((performance.now() - startedMs) / 1_000).toFixed(1);
    screen.line(`  ${String(ended.ending['outcome'] ?? 'ended')} in ${took} s`);
    return { ended, runId };
  }

  #folderOf(runId: string): string {
    const { folder, runId: base } = this.#setting;
    return runId === base ? join(folder, 'evidence') : join(folder, runId.slice(base.length + 1), 'evidence');
  }

  async #report(runId: string): Promise<Report | null> {
    const { evidenceBucket } = this.#setting.local.ready;
    return fetchEvidence(this.#s3, evidenceBucket, runId, this.#folderOf(runId)).catch(() => null);
  }

  /** Adds what changed; a mode that only looks must leave everything as it was, so its differences count too. */
  async #compare(seeded: Seeded, expected: Expectation, isErased: boolean, before: Compared): Promise<Compared> {
    const found = await compareStores(seeded, expected, isErased, { dynamodb: this.#dynamodb, s3: this.#s3 });
    return {
      selectedLeft: found.selectedLeft,
      neighboursChanged: Math.max(before.neighboursChanged, found.neighboursChanged),
      preservedChanged: Math.max(before.preservedChanged, found.preservedChanged),
    };
  }

  async #restore(report: Report, seeded: Seeded, expected: Expectation): Promise<Proof['restored']> {
    const { local, screen } = this.#setting;
    screen.live('Restoring every erased target from its recovery point, to compare it');
    return restoreAll(report, seeded, expected, {
      dynamodb: this.#dynamodb,
      s3: this.#s3,
      createBucket: (name) => local.s3.createBucket(name),
      sleep: (seconds) => local.clock.sleep(seconds * 1_000),
    });
  }

  async #dump(moment: 'before' | 'after', seeded: Seeded): Promise<void> {
    const { options } = this.#setting;
    if (options.dump !== undefined)
      await dump(join(options.dump, moment), seeded, { dynamodb: this.#dynamodb, s3: this.#s3 });
  }
}

function asOutcome({ ending }: Ended): Outcome | null {
  return (ending['outcome'] as Outcome | undefined) ?? null;
}
