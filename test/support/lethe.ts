// Lethe on the embedded AWS for one test: through its front doors only, with stores that the test makes and fills.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type AttributeValue,
  BatchWriteItemCommand,
  CreateTableCommand,
  DynamoDBClient,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
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
import { IamGuard, type JudgedCall } from './iam/guard.ts';

export type { FaultsInput };

export interface OpenOptions {
  /** As in a catalog file. */
  readonly catalog: unknown;
  readonly clockSpeed?: number;
  readonly backupSeconds?: number;
  readonly executionTimeoutSeconds?: number;
  readonly faults?: FaultsInput;
  /** Folder of the functions' bundles. @default those of this work tree */
  readonly bundles?: string;
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

export interface Mail {
  readonly to: string;
  readonly kind: string;
  readonly runId: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly links: { readonly approve?: string };
  readonly sentAt: string;
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

let executions = 0;
/** Enough that no function's thread has to make room for another's. */
const MAX_ENVIRONMENTS = 12;
const EXECUTE = { mode: 'execute', reason: 'test', requestedBy: 'ops@example.com' };

export class Lethe {
  readonly local: Local;
  readonly calls: CallRecord[] = [];
  /** What functions and their sessions asked IAM for, and whether it was allowed. */
  readonly iamCalls: readonly JudgedCall[];
  readonly dynamodb: DynamoDBClient;
  readonly s3: S3Client;
  readonly sfn: SFNClient;
  readonly #folder: string;

  private constructor(local: Local, folder: string, iamCalls: readonly JudgedCall[]) {
    this.local = local;
    this.iamCalls = iamCalls;
    this.#folder = folder;
    const { endpoint, region } = local.ready;
    const client = { endpoint, region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
    this.dynamodb = new DynamoDBClient(client);
    this.s3 = new S3Client(client);
    this.sfn = new SFNClient(client);
    local.calls.listen((call) => this.calls.push(call));
  }

  static async open({
    catalog,
    clockSpeed = 600,
    backupSeconds = 3,
    onLog,
    faults,
    ...more
  }: OpenOptions): Promise<Lethe> {
    const folder = await mkdtemp(join(tmpdir(), 'lethe-test-'));
    const outbox = join(folder, 'outbox');
    const iamCalls: JudgedCall[] = [];
    const guard = new IamGuard(catalog, (call) => iamCalls.push(call));
    const local = await startLocal({
      catalog: JSON.stringify(catalog),
      bundles: inject('bundles'),
      outbox,
      clockSpeed,
      backupSeconds,
      maxEnvironments: MAX_ENVIRONMENTS,
      guard,
      ...more,
      ...(faults && { faults: requireFaults(faults) }),
      ...(onLog && { onLog, logLevel: 'DEBUG' }),
    });
    guard.attach(local.ready);
    return new Lethe(local, folder, iamCalls);
  }

  async close(): Promise<void> {
    this.dynamodb.destroy();
    this.s3.destroy();
    this.sfn.destroy();
    await this.local.close();
    await rm(this.#folder, { recursive: true, force: true });
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
    await this.local.clock.sleep(900_000);
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

  async start(request: unknown, name = `test-${++executions}`): Promise<string> {
    const { stateMachineArn } = this.local.ready;
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
      await pause();
    }
  }

  async run(request: unknown, name?: string): Promise<Ended> {
    return this.end(await this.start(request, name));
  }

  arn(name: string): string {
    return `${this.local.ready.stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
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
    const stateMachineArn = this.local.ready.stateMachineArn.replace(/lethe-erase$/, 'lethe-close');
    for (;;) {
      const sums = await this.evidence(name, 'SHA256SUMS').catch(() => '');
      const { executions = [] } = await this.sfn.send(
        new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING' }),
      );
      if (sums && executions.length === 0) return;
      await pause();
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
      await pause();
    }
  }

  /** The messages of a run so far. */
  async mailsOf(runId: string): Promise<Mail[]> {
    const { outbox } = this.local.ready;
    const files = (await readdir(outbox).catch(() => [])).filter((file) => file.endsWith('.json')).sort();
    const mails = await Promise.all(
      files.map(async (file) => JSON.parse(await readFile(join(outbox, file), 'utf8')) as Mail),
    );
    return mails.filter((mail) => mail.runId === runId);
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
      new GetObjectCommand({ Bucket: this.local.ready.evidenceBucket, Key: `runs/${runId}/${file}` }),
    );
    return (await Body?.transformToString()) ?? '';
  }

  // biome-ignore lint/suspicious/noExplicitAny: the report as the outside sees it; tests assert what they read
  async report(runId: string): Promise<any> {
    return JSON.parse(await this.evidence(runId, 'report.json'));
  }

  /** Calls that could change a store that is not Lethe's own, from now on or since `from` calls. */
  writesToStores(from = 0): CallRecord[] {
    const { controlTable, workBucket, evidenceBucket } = this.local.ready;
    const own = [controlTable, workBucket, evidenceBucket];
    const isRead = /^(Get|List|Describe|Query|Scan|Head|BatchGet|AssumeRole|Invoke|StartExecution|Send)/;
    return this.calls
      .slice(from)
      .filter(({ operation, resource }) => !isRead.test(operation) && !own.includes(resource ?? ''));
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

const POLL_MS = 20;
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, POLL_MS));
}
