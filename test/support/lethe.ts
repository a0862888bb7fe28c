// Lethe for one test: through its front doors only, with stores that the test makes and fills; embedded or deployed.
import { randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type AttributeValue,
  BatchWriteItemCommand,
  CreateTableCommand,
  DynamoDBClient,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { inject } from 'vitest';
import { type FaultsFile, type FaultsInput, readFaults } from '../../local/faults/fault-rules.ts';
import type { CallRecord } from '../../local/kernel/call-record.ts';
import { type Local, startLocal } from '../../local/start.ts';
import { DeployedTarget } from './deployed-target.ts';
import { embeddedTarget, isWrite } from './embedded-target.ts';
import { IamGuard, type JudgedCall } from './iam/guard.ts';
import { bundlesWith } from './mutants.ts';
import type { Mutation } from './mutation.ts';
import type { Mail, Place, Target } from './target.ts';

export type { FaultsInput, Mail };

export interface OpenOptions {
  /** As in a catalog file. */
  readonly catalog: unknown;
  readonly clockSpeed?: number;
  readonly backupSeconds?: number;
  readonly executionTimeoutSeconds?: number;
  readonly faults?: FaultsInput;
  /** `sns` for scenarios that need `topics`. @default ses */
  readonly mailBy?: 'ses' | 'sns';
  /** A lie in the sources of `work-shard`. @default none */
  readonly mutation?: Mutation;
  /** Lines that functions log, from DEBUG on. @default dropped, and from WARN on */
  readonly onLog?: (functionName: string, line: string) => void;
}

/** How an execution ended; `cause` is parsed where it is JSON. */
export interface Ended {
  readonly name: string;
  readonly status: string;
  // biome-ignore lint/suspicious/noExplicitAny: documents as the outside sees them; tests assert what they read
  readonly output: any;
  readonly error: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly cause: any;
}

/** Texts, numbers and bytes. */
export type Row = Record<string, string | number | Uint8Array>;

export type Keys = readonly [string] | readonly [string, string];

export interface TableOptions {
  /** Keys of global indexes by name. */
  readonly indexes?: Readonly<Record<string, Keys>>;
  /** Of keys that are no texts. */
  readonly types?: Readonly<Record<string, 'N' | 'B'>>;
  /** What all indexes hold. @default everything */
  readonly projection?: 'KEYS_ONLY';
}

/** Threads share a mailbox, and a deployment outlives a scenario: a run's name comes once. */
const THREAD = randomBytes(3).toString('hex');
let executions = 0;
/** Enough that no function's thread has to make room for another's. */
const MAX_ENVIRONMENTS = 12;
const EXECUTE = { mode: 'execute', reason: 'test', requestedBy: 'ops@example.com' };

export class Lethe {
  readonly dynamodb: DynamoDBClient;
  readonly s3: S3Client;
  readonly sfn: SFNClient;
  readonly #lambda: LambdaClient;
  readonly #target: Target;
  readonly #local: Local | undefined;
  readonly #calls: CallRecord[] = [];
  readonly #iamCalls: readonly JudgedCall[] | undefined;

  private constructor(target: Target, local?: Local, iamCalls?: readonly JudgedCall[]) {
    this.#target = target;
    this.#local = local;
    this.#iamCalls = iamCalls;
    this.dynamodb = new DynamoDBClient(target.client);
    this.s3 = new S3Client({ ...target.client, forcePathStyle: target.client.endpoint !== undefined });
    this.sfn = new SFNClient(target.client);
    this.#lambda = new LambdaClient(target.client);
    for (const client of [this.dynamodb, this.s3]) target.prepare(client);
    local?.calls.listen((call) => this.#calls.push(call));
  }

  /** @throws NotDeployed where a deployment refuses the catalog */
  static async open({
    catalog,
    clockSpeed = 600,
    backupSeconds = 3,
    onLog,
    faults,
    mutation,
    mailBy,
    ...more
  }: OpenOptions): Promise<Lethe> {
    const deployed = inject('deployed');
    if (deployed)
      return new Lethe(
        await DeployedTarget.open(deployed, { catalog, ...(mutation && { mutation }), ...(mailBy && { mailBy }) }),
      );
    const folder = await mkdtemp(join(tmpdir(), 'lethe-test-'));
    const outbox = join(folder, 'outbox');
    const iamCalls: JudgedCall[] = [];
    const guard = new IamGuard(catalog, (call) => iamCalls.push(call), mailBy);
    const bundles = mutation ? await bundlesWith('work-shard', mutation) : inject('bundles');
    const local = await startLocal({
      catalog: JSON.stringify(catalog),
      bundles,
      outbox,
      clockSpeed,
      backupSeconds,
      maxEnvironments: MAX_ENVIRONMENTS,
      guard,
      ...more,
      ...(mailBy && { mailBy }),
      ...(faults && { faults: requireFaults(faults) }),
      ...(onLog && { onLog, logLevel: 'DEBUG' }),
    });
    guard.attach(local.ready);
    const folders = mutation ? [folder, bundles] : [folder];
    return new Lethe(embeddedTarget(local, folders), local, iamCalls);
  }

  /** Every call so far: for scenarios that need `calls`. */
  get calls(): readonly CallRecord[] {
    return this.#local ? this.#calls : this.#lacks('record of calls');
  }

  /** What functions and their sessions asked IAM for, and whether it was allowed; as above. */
  get iamCalls(): readonly JudgedCall[] {
    return this.#iamCalls ?? this.#lacks('record of what IAM was asked');
  }

  /** The embedded AWS: for scenarios that name what they need of it. */
  get local(): Local {
    return this.#local ?? this.#lacks('embedded AWS');
  }

  get place(): Place {
    return this.#target.place;
  }

  /** Flags with which `lethe` finds this deployment. */
  get flags(): readonly string[] {
    return this.#target.flags;
  }

  nowMs(): number {
    return this.#target.nowMs();
  }

  #lacks(what: string): never {
    throw new Error(`a deployed stack has no ${what}: the scenario must name what it needs (test/support/needs.ts)`);
  }

  async close(): Promise<void> {
    for (const client of [this.dynamodb, this.s3, this.sfn, this.#lambda]) client.destroy();
    await this.#target.close();
  }

  /** Deploys anew, with another catalog or other code, while runs go on. */
  async redeploy(change: Pick<OpenOptions, 'catalog'> | Required<Pick<OpenOptions, 'mutation'>>): Promise<void> {
    await this.#target.redeploy(change);
  }

  /** Calls a function by itself. */
  // biome-ignore lint/suspicious/noExplicitAny: the answer as the outside sees it; tests assert what they read
  async invoke(name: string, event: unknown): Promise<{ error: string | undefined; payload: any }> {
    const { FunctionError, Payload } = await this.#lambda.send(
      new InvokeCommand({ FunctionName: this.#target.functionName(name), Payload: JSON.stringify(event) }),
    );
    return { error: FunctionError, payload: JSON.parse(Buffer.from(Payload ?? []).toString()) };
  }

  /** A table with the given keys, filled with rows. */
  async table(name: string, keys: Keys, rows: readonly Row[], more: TableOptions = {}): Promise<void> {
    const { indexes = {}, types = {} } = more;
    const names = new Set([keys, ...Object.values(indexes)].flat());
    await this.dynamodb.send(
      new CreateTableCommand({
        TableName: name,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [...names].map((AttributeName) => ({
          AttributeName,
          AttributeType: types[AttributeName] ?? 'S',
        })),
        KeySchema: schemaOf(keys),
        ...(Object.keys(indexes).length > 0 && {
          GlobalSecondaryIndexes: Object.entries(indexes).map(([IndexName, own]) => ({
            IndexName,
            KeySchema: schemaOf(own),
            Projection: { ProjectionType: more.projection ?? 'ALL' },
          })),
        }),
      }),
    );
    await this.put(name, rows);
  }

  async put(table: string, rows: readonly Row[]): Promise<void> {
    for (let at = 0; at < rows.length; at += 25) {
      const requests = rows.slice(at, at + 25).map((row) => ({ PutRequest: { Item: toItem(row) } }));
      await this.dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }));
    }
  }

  /** Every item of a table, sorted. */
  async rows(table: string): Promise<Row[]> {
    const rows: Row[] = [];
    for (let start: Record<string, AttributeValue> | undefined, isFirst = true; isFirst || start; isFirst = false) {
      const page = await this.dynamodb.send(
        new ScanCommand({ TableName: table, ConsistentRead: true, ...(start && { ExclusiveStartKey: start }) }),
      );
      rows.push(...(page.Items ?? []).map(fromItem));
      start = page.LastEvaluatedKey;
    }
    return rows.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }

  /** A versioned bucket, old enough that versioning is in effect, with objects whose body is their key. */
  async bucket(name: string, keys: readonly string[]): Promise<void> {
    await this.s3.send(new CreateBucketCommand({ Bucket: name }));
    await this.s3.send(
      new PutBucketVersioningCommand({ Bucket: name, VersioningConfiguration: { Status: 'Enabled' } }),
    );
    await this.#target.versioningSettles();
    for (const Key of keys) await this.s3.send(new PutObjectCommand({ Bucket: name, Key, Body: `body of ${Key}` }));
  }

  /** Keys of current objects, and of all versions with markers as `key!`. */
  async objects(bucket: string): Promise<{ current: string[]; versions: string[] }> {
    const page = await this.s3.send(new ListObjectVersionsCommand({ Bucket: bucket }));
    const versions = page.Versions ?? [];
    const markers = page.DeleteMarkers ?? [];
    return {
      current: versions.filter(({ IsLatest }) => IsLatest).map(({ Key = '' }) => Key),
      versions: [...versions.map(({ Key = '' }) => Key), ...markers.map(({ Key = '' }) => `${Key}!`)].sort(),
    };
  }

  async start(request: unknown, name = `test-${THREAD}-${++executions}`): Promise<string> {
    const { stateMachineArn } = this.place;
    await this.sfn.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(request) }));
    return name;
  }

  async end(name: string): Promise<Ended> {
    for (;;) {
      const found = await this.sfn.send(new DescribeExecutionCommand({ executionArn: this.arn(name) }));
      if (found.status !== 'RUNNING') {
        const { status = '', output, error, cause } = found;
        return { name, status, output: parse(output), error, cause: parse(cause) };
      }
      await this.#pause();
    }
  }

  async run(request: unknown, name?: string): Promise<Ended> {
    return this.end(await this.start(request, name));
  }

  arn(name: string): string {
    return `${this.place.stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
  }

  /** Of the state machine that closes runs from outside. */
  get closingArn(): string {
    return this.place.stateMachineArn.replace(/-erase$/, '-close');
  }

  /** Resolves when a run enters a state; to be asked before that can happen. */
  entered(name: string, state: string): Promise<void> {
    return this.#target.entered(this.arn(name), state);
  }

  /** Lets time pass in which whatever is still at work would show, and tells what it did to stores. */
  lateWrites(): Promise<readonly string[]> {
    return this.#target.lateWrites();
  }

  /** Names of the states that were entered, in order. */
  async states(name: string): Promise<string[]> {
    const { events = [] } = await this.sfn.send(
      new GetExecutionHistoryCommand({ executionArn: this.arn(name), maxResults: 1_000 }),
    );
    return events.flatMap(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name ?? []);
  }

  async stopExecution(name: string): Promise<void> {
    await this.sfn.send(new StopExecutionCommand({ executionArn: this.arn(name) }));
  }

  /** Waits until a run that ended without its report is closed: its evidence is complete, and nothing closes any more. */
  async closed(name: string): Promise<void> {
    const stateMachineArn = this.closingArn;
    for (;;) {
      const sums = await this.evidence(name, 'SHA256SUMS').catch(() => '');
      const { executions = [] } = await this.sfn.send(
        new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING' }),
      );
      if (sums && executions.length === 0) return;
      await this.#pause();
    }
  }

  /** Calls that were answered while the execution was in a state. */
  async callsDuring(name: string, state: string): Promise<CallRecord[]> {
    const { events = [] } = await this.sfn.send(
      new GetExecutionHistoryCommand({ executionArn: this.arn(name), maxResults: 1_000 }),
    );
    const entered = events.find(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name === state)?.timestamp;
    const exited = events.find(({ stateExitedEventDetails }) => stateExitedEventDetails?.name === state)?.timestamp;
    const [from, to] = [entered?.getTime() ?? Number.NaN, exited?.getTime() ?? Number.NaN];
    return this.calls.filter(({ at }) => Date.parse(at) >= from && Date.parse(at) <= to);
  }

  /** The messages of a run, once there are at least `count`; throws when the run ends with fewer. */
  async mails(runId: string, count = 1): Promise<Mail[]> {
    for (;;) {
      const { status } = await this.sfn.send(new DescribeExecutionCommand({ executionArn: this.arn(runId) }));
      const own = await this.mailsOf(runId);
      if (own.length >= count) return own;
      if (status !== 'RUNNING') throw new Error(`run ${runId} ended ${status} with ${own.length} of ${count} mails`);
      await this.#pause();
    }
  }

  /** The messages of a run so far. */
  async mailsOf(runId: string): Promise<Mail[]> {
    return (await this.#target.mails()).filter((mail) => mail.runId === runId);
  }

  /** Opens the link, takes what the form needs from the page, and posts the decision. */
  async decide(link: string, fields: Record<string, string>): Promise<{ status: number; body: unknown }> {
    const page = await (await fetch(link)).text();
    const digest = /name="digest" value="([^"]*)"/.exec(page)?.[1] ?? '';
    const response = await fetch(link, {
      method: 'POST',
      headers: { accept: 'application/json' },
      body: new URLSearchParams({ digest, ...fields }),
    });
    return { status: response.status, body: await response.json() };
  }

  /** Where the run can be watched, as the page behind an approval link says. */
  async runUrl(link: string): Promise<string> {
    const page = await (await fetch(link)).text();
    return new URL(/href="(\/r\/[A-Za-z0-9_-]{43})"/.exec(page)?.[1] ?? '', link).href;
  }

  /** Starts execute and waits for the mails that ask for its approval. */
  async awaiting(request: { readonly phrase: string } & Record<string, unknown>, mails = 1, name?: string) {
    const run = await this.start({ ...EXECUTE, ...request }, name);
    return { run, mails: await this.mails(run, mails) };
  }

  /** Runs execute and approves by the mailed link. */
  async approved(request: { readonly phrase: string } & Record<string, unknown>, name?: string): Promise<Ended> {
    const { run, mails } = await this.awaiting(request, 1, name);
    const [mail] = mails;
    await this.decide(mail?.links.approve ?? '', { decision: 'approve', phrase: request.phrase });
    return this.end(run);
  }

  /** A file of the run's evidence, as text. */
  async evidence(runId: string, file: string): Promise<string> {
    const { Body } = await this.s3.send(
      new GetObjectCommand({ Bucket: this.place.evidenceBucket, Key: `runs/${runId}/${file}` }),
    );
    return (await Body?.transformToString()) ?? '';
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, this.#target.pollMs));
  }

  // biome-ignore lint/suspicious/noExplicitAny: the report as the outside sees it; tests assert what they read
  async report(runId: string): Promise<any> {
    return JSON.parse(await this.evidence(runId, 'report.json'));
  }

  /** Calls that could change a store that is not Lethe's own, from now on or since `from` calls. */
  writesToStores(from = 0): CallRecord[] {
    const { controlTable, workBucket, evidenceBucket } = this.place;
    const own = [controlTable, workBucket, evidenceBucket];
    return this.calls.slice(from).filter(({ operation, resource }) => isWrite(operation, resource, own));
  }
}

function requireFaults(input: FaultsInput): FaultsFile {
  const faults = readFaults(input);
  if (Array.isArray(faults)) throw new Error(faults.join('; '));
  return faults;
}

function toItem(row: Row): Record<string, AttributeValue> {
  return Object.fromEntries(Object.entries(row).map(([key, value]) => [key, toAttribute(value)]));
}

function toAttribute(value: Row[string]): AttributeValue {
  if (typeof value === 'string') return { S: value };
  return typeof value === 'number' ? { N: String(value) } : { B: value };
}

function schemaOf(keys: Keys) {
  return keys.map((AttributeName, at) => ({
    AttributeName,
    KeyType: at === 0 ? ('HASH' as const) : ('RANGE' as const),
  }));
}

function fromItem(item: Record<string, AttributeValue>): Row {
  const entries = Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(
    entries.map(([key, value]) => [key, value.N === undefined ? (value.B ?? value.S ?? '') : Number(value.N)]),
  );
}

function parse(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
