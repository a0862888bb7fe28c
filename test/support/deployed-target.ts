// Lethe as a stack that the CDK deployed: its slot's deployment, with stores under names of the slot's own.
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { DynamoDBClient, paginateListTables, paginateScan } from '@aws-sdk/client-dynamodb';
import {
  ListBucketsCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsOutput,
  S3Client,
} from '@aws-sdk/client-s3';
import { GetExecutionHistoryCommand, SFNClient } from '@aws-sdk/client-sfn';
import { Doorway } from './doorway.ts';
import { type Mailbox, openMailbox } from './mailbox.ts';
import type { Mutation } from './mutation.ts';
import { type Mail, mailOf, NotDeployed, type Place, type Seen, type Target } from './target.ts';

/** What the suite tells its scenarios. */
export interface DeployedAt {
  /** Where the suite takes orders for deployments. */
  readonly deployer: string;
  readonly mailbox: Mailbox;
  /** How long a bucket is given until its new versioning is in effect. */
  readonly versioningSettlesMs: number;
}

declare module 'vitest' {
  interface ProvidedContext {
    deployed: DeployedAt;
  }
}

/** What the deployer answers. */
export interface Slot {
  readonly stack: string;
  /** Before the name of each store of a scenario. */
  readonly prefix: string;
  readonly place: Place;
}

interface Order {
  readonly catalog: unknown;
  readonly mutation?: Mutation;
  readonly mailBy?: 'ses' | 'sns';
}

const POLL_MS = 250;
/** A batch takes far less. */
const LATE_MS = 10_000;
const REFUSED = 422;
const ENDED = /^Execution(Succeeded|Failed|Aborted|TimedOut)$/;

export class DeployedTarget implements Target {
  readonly client = {};
  readonly pollMs = POLL_MS;
  readonly #at: DeployedAt;
  readonly #dynamodb = new DynamoDBClient();
  readonly #s3 = new S3Client({ forcePathStyle: process.env['AWS_ENDPOINT_URL'] !== undefined });
  readonly #sfn = new SFNClient();
  readonly #mailbox: { read(): Promise<readonly Mail[]> };
  #order: Order;
  #slot: Slot;

  readonly #doorway: Doorway | undefined;

  private constructor(at: DeployedAt, order: Order, slot: Slot, doorway: Doorway | undefined) {
    this.#at = at;
    this.#order = order;
    this.#slot = slot;
    this.#doorway = doorway;
    this.#mailbox = openMailbox(at.mailbox, this.#s3);
  }

  /** @throws NotDeployed */
  static async open(at: DeployedAt, order: Order): Promise<DeployedTarget> {
    const slot = await ask(at, '/open', order);
    return new DeployedTarget(at, order, slot, await Doorway.open(slot.place.webUrl));
  }

  get place(): Place {
    const { place } = this.#slot;
    return { ...place, webUrl: this.#reachable(place.webUrl) };
  }

  get flags(): readonly string[] {
    return ['--region', this.place.region, '--stack', this.#slot.stack];
  }

  nowMs(): number {
    return Date.now();
  }

  /** The client names stores as the scenario does. */
  prepare({ middlewareStack }: Seen): void {
    const translate = (next: (args: object) => Promise<unknown>) => (args: { input: object }) =>
      next({ ...args, input: this.#translated(args.input) });
    middlewareStack.add(translate as never, { step: 'initialize', name: 'names of the slot' });
  }

  functionName(name: string): string {
    const [own, alias = 'live'] = name.split(':');
    return `${this.#slot.stack.toLowerCase()}-${own}:${alias}`;
  }

  async versioningSettles(): Promise<void> {
    await sleep(this.#at.versioningSettlesMs);
  }

  async entered(executionArn: string, state: string): Promise<void> {
    for (;;) {
      const { events = [] } = await this.#sfn
        .send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1_000 }))
        .catch(unlessStarting);
      if (events.some(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name === state)) return;
      if (events.some(({ type }) => ENDED.test(type ?? ''))) throw new Error(`${executionArn} never was in ${state}`);
      await sleep(POLL_MS / 10);
    }
  }

  /** Without a record of calls: what is gone or hidden that was there. */
  async lateWrites(): Promise<readonly string[]> {
    const before = await this.#holdings();
    await sleep(LATE_MS);
    const after = await this.#holdings();
    const gone = [...before.alive].filter((one) => !after.alive.has(one));
    const hidden = [...after.markers].filter((one) => !before.markers.has(one));
    return [...gone.map((one) => `gone: ${one}`), ...hidden.map((one) => `hidden: ${one}`)];
  }

  async mails(): Promise<readonly Mail[]> {
    const mails = await this.#mailbox.read();
    if (!this.#doorway) return mails;
    return mails.map((mail) => mailOf({ ...mail, text: this.#reachable(mail.text), html: this.#reachable(mail.html) }));
  }

  async redeploy(change: Partial<Order>): Promise<void> {
    this.#order = { ...this.#order, ...change };
    this.#slot = await ask(this.#at, '/redeploy', this.#order);
  }

  async close(): Promise<void> {
    for (const client of [this.#dynamodb, this.#s3, this.#sfn]) client.destroy();
    this.#doorway?.close();
    await ask(this.#at, '/close', {});
  }

  #reachable(text: string): string {
    return this.#doorway?.reachable(text) ?? text;
  }

  #translated(input: object): object {
    const names = ['TableName', 'SourceTableName', 'TargetTableName', 'Bucket'];
    const entries = Object.entries(input).map(([key, value]) => {
      if (names.includes(key)) return [key, this.#named(value)];
      if (key !== 'RequestItems') return [key, value];
      return [key, Object.fromEntries(Object.entries(value).map(([table, all]) => [this.#named(table), all]))];
    });
    return Object.fromEntries(entries);
  }

  #named(store: string): string {
    const { controlTable, workBucket, evidenceBucket } = this.#slot.place;
    return [controlTable, workBucket, evidenceBucket].includes(store) ? store : `${this.#slot.prefix}${store}`;
  }

  async #holdings(): Promise<{ alive: Set<string>; markers: Set<string> }> {
    const alive = new Set<string>();
    const markers = new Set<string>();
    const isOwn = (name = '') => name.startsWith(this.#slot.prefix);
    for await (const { TableNames = [] } of paginateListTables({ client: this.#dynamodb }, {})) {
      for (const TableName of TableNames.filter(isOwn)) {
        for await (const { Items = [] } of paginateScan(
          { client: this.#dynamodb },
          { TableName, ConsistentRead: true },
        ))
          for (const item of Items) alive.add(`${TableName} ${JSON.stringify(item)}`);
      }
    }
    const { Buckets = [] } = await this.#s3.send(new ListBucketsCommand({}));
    for (const { Name: Bucket = '' } of Buckets.filter(({ Name }) => isOwn(Name))) {
      for (let from: Partial<ListObjectVersionsOutput> = { IsTruncated: true }; from.IsTruncated; ) {
        const { NextKeyMarker: KeyMarker, NextVersionIdMarker: VersionIdMarker } = from;
        from = await this.#s3.send(
          new ListObjectVersionsCommand({
            Bucket,
            ...(KeyMarker !== undefined && { KeyMarker }),
            ...(VersionIdMarker !== undefined && { VersionIdMarker }),
          }),
        );
        for (const { Key, VersionId } of from.Versions ?? []) alive.add(`${Bucket} ${Key} ${VersionId}`);
        for (const { Key, VersionId } of from.DeleteMarkers ?? []) markers.add(`${Bucket} ${Key} ${VersionId}`);
      }
    }
    return { alive, markers };
  }
}

/** Not by `fetch`, which gives up after five minutes: a deployment to an account may take longer. */
async function ask(at: DeployedAt, path: string, order: unknown): Promise<Slot> {
  const worker = process.env['VITEST_POOL_ID'] ?? '1';
  const asking = request(`${at.deployer}${path}`, { method: 'POST' });
  asking.end(JSON.stringify({ worker, order }));
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  const answer = await text(response);
  if (response.statusCode === REFUSED) throw new NotDeployed(answer);
  if (response.statusCode !== 200) throw new Error(`${path}: ${answer}`);
  return JSON.parse(answer) as Slot;
}

function unlessStarting(error: unknown): { events: never[] } {
  if (error instanceof Error && error.name === 'ExecutionDoesNotExist') return { events: [] };
  throw error;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
