// Lethe on the embedded AWS for the cases of one catalog, through its front doors: SDK clients, events, mails, HTTP.
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { type FaultsInput, readFaults } from '../../local/faults/fault-rules.ts';
import type { CallRecord } from '../../local/kernel/call-record.ts';
import { type Local, startLocal } from '../../local/start.ts';

/** As the event of Step Functions tells it. */
export interface Ended {
  readonly status: string;
  readonly output: string | null;
  readonly error: string | null;
  readonly cause: string | null;
}

export interface Mail {
  readonly to: string;
  readonly links: { readonly approve?: string };
}

const CLOCK_SPEED = 3_000;
/** Enough that no function's thread has to make room for another's. */
const MAX_ENVIRONMENTS = 32;
const COMMAND = fileURLToPath(new URL('../../bin/lethe.mjs', import.meta.url));
const EVIDENCE = [
  'request.json',
  'plan.json',
  'decisions.jsonl',
  'report.json',
  'report.html',
  'SHA256SUMS',
  'SHA256SUMS.sig',
  'signing-key.pem',
] as const;
export type Evidence = Readonly<Record<(typeof EVIDENCE)[number], Buffer | null>>;

export class Deployment {
  readonly local: Local;
  readonly dynamodb: DynamoDBClient;
  readonly s3: S3Client;
  readonly #sfn: SFNClient;
  readonly #folder: string;
  readonly #running = new Set<string>();
  readonly #ended = new Map<string, Ended>();
  /** Executions of what closes runs that failed themselves. */
  readonly #unclosed = new Set<string>();
  readonly #waiting = new Set<() => void>();

  private constructor(local: Local, folder: string) {
    this.local = local;
    this.#folder = folder;
    const { endpoint, region } = local.ready;
    const client = { endpoint, region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
    this.dynamodb = new DynamoDBClient(client);
    this.s3 = new S3Client(client);
    this.#sfn = new SFNClient(client);
    local.events.addRule({
      name: 'fuzz',
      pattern: { source: ['aws.states'] },
      target: ({ detail }) => this.#changed(detail),
    });
  }

  static async open(catalog: unknown, bundles: string): Promise<Deployment> {
    const folder = await mkdtemp(join(tmpdir(), 'lethe-fuzz-'));
    const local = await startLocal({
      catalog: JSON.stringify(catalog),
      bundles,
      outbox: join(folder, 'outbox'),
      clockSpeed: CLOCK_SPEED,
      maxEnvironments: MAX_ENVIRONMENTS,
    });
    return new Deployment(local, folder);
  }

  async close(): Promise<void> {
    for (const client of [this.dynamodb, this.s3, this.#sfn]) client.destroy();
    await this.local.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  injectFaults(faults: FaultsInput | null): void {
    const file = readFaults(faults ?? { rules: [] });
    if (Array.isArray(file)) throw new Error(`the case made faults that cannot be: ${file.join('; ')}`);
    this.local.injectFaults(file);
  }

  async start(name: string, request: unknown): Promise<void> {
    const { stateMachineArn } = this.local.ready;
    await this.#sfn.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(request) }));
  }

  async stop(name: string): Promise<void> {
    await this.#sfn.send(new StopExecutionCommand({ executionArn: this.#arn(name), cause: 'fuzz' })).catch(ignore);
  }

  /** By the command, which returns when the run has stopped. */
  async abort(name: string): Promise<void> {
    const { endpoint, region } = this.local.ready;
    const flags = ['--by', 'fuzz', '--reason', 'fuzz', '--endpoint-url', endpoint, '--region', region];
    const credentials = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
    const child = spawn(process.execPath, [COMMAND, 'abort', name, ...flags], {
      env: { ...process.env, ...credentials },
      stdio: 'ignore',
    });
    await new Promise((resolve) => child.once('exit', resolve));
  }

  /**
   * As the runbook says for runs that could not be closed: starts what closes them again, with the same input.
   * @returns whether there were any
   */
  async closeAgain(): Promise<boolean> {
    const failed = [...this.#unclosed];
    this.#unclosed.clear();
    for (const executionArn of failed) {
      const { stateMachineArn, input } = await this.#sfn.send(new DescribeExecutionCommand({ executionArn }));
      await this.#sfn.send(new StartExecutionCommand({ stateMachineArn, input }));
    }
    return failed.length > 0;
  }

  /** Undefined while the run goes on. */
  ended(name: string): Ended | undefined {
    return this.#ended.get(this.#arn(name));
  }

  /** Whether no execution is running, neither of a run nor of what closes one. */
  get isIdle(): boolean {
    return this.#running.size === 0;
  }

  /** Resolves soon after the status of an execution changed or a mail was sent, and now and then. */
  async nextChange(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    const timer = setTimeout(resolve, LOOK_MS);
    await promise;
    clearTimeout(timer);
    this.#waiting.delete(resolve);
    // What a change sets off comes with the next turns.
    await new Promise((turn) => setImmediate(turn));
    await new Promise((turn) => setImmediate(turn));
  }

  wake(): void {
    for (const resolve of this.#waiting) resolve();
  }

  /** The newest message to each approver. */
  async approvalMails(runId: string): Promise<Mail[]> {
    const { outbox } = this.local.ready;
    const own = (await readdir(outbox).catch(() => [])).filter(
      (file) => file.startsWith(`${runId}-approval-`) && file.endsWith('.json'),
    );
    const numbered = own.map((file) => ({ file, n: Number(/-(\d+)\.json$/.exec(file)?.[1] ?? 0) }));
    const mails = await Promise.all(
      numbered
        .sort((a, b) => a.n - b.n)
        .map(async ({ file }) => JSON.parse(await readFile(join(outbox, file), 'utf8')) as Mail),
    );
    return [...new Map(mails.map((mail) => [mail.to, mail])).values()];
  }

  async evidence(runId: string): Promise<Evidence> {
    const files = await Promise.all(
      EVIDENCE.map(async (file) => [file, await this.#evidenceFile(runId, file)] as const),
    );
    return Object.fromEntries(files) as unknown as Evidence;
  }

  async #evidenceFile(runId: string, file: string): Promise<Buffer | null> {
    const Bucket = this.local.ready.evidenceBucket;
    try {
      const { Body } = await this.s3.send(new GetObjectCommand({ Bucket, Key: `runs/${runId}/${file}` }));
      return Buffer.from((await Body?.transformToByteArray()) ?? []);
    } catch (error) {
      if (error instanceof Error && error.name === 'NoSuchKey') return null;
      throw error;
    }
  }

  /** When a run first entered a state, in milliseconds of service time. */
  async enteredAt(runId: string, state: string): Promise<number | null> {
    const { events = [] } = await this.#sfn.send(
      new GetExecutionHistoryCommand({ executionArn: this.#arn(runId), maxResults: 1_000 }),
    );
    const entered = events.find(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name === state);
    return entered?.timestamp?.getTime() ?? null;
  }

  /** @returns the function that ends the subscription */
  listen(onCall: (call: CallRecord) => void): () => void {
    return this.local.calls.listen((call) => {
      onCall(call);
      if (call.operation === 'SendEmail') this.wake();
    });
  }

  #changed({ executionArn, status, output, error, cause }: Ended & { readonly executionArn: string }): void {
    if (status === 'RUNNING') this.#running.add(executionArn);
    else {
      this.#running.delete(executionArn);
      this.#ended.set(executionArn, { status, output, error, cause });
      if (status !== 'SUCCEEDED' && executionArn.includes(':lethe-close:')) this.#unclosed.add(executionArn);
    }
    this.wake();
  }

  #arn(name: string): string {
    return `${this.local.ready.stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
  }
}

const LOOK_MS = 500;

function ignore(): void {
  // It has ended meanwhile.
}
