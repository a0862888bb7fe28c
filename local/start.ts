// Starts the embedded AWS with Lethe deployed in it: the one file of local/ that knows Lethe.
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { BUNDLING, bundleOf, entryOf } from '../contracts/bundling.ts';
import {
  BUCKET_TOKEN,
  CATALOG_FILE,
  CLOSED_STATUSES,
  type EnvironmentName,
  FUNCTIONS,
  LIVE_ALIAS,
  reminderNames,
  STATE_MACHINES,
  signingAlias,
  WEB_ROUTES,
} from '../contracts/functions.ts';
import { makeCloudFormation } from './cloudformation/cloudformation.ts';
import { type DynamoDb, makeDynamoDb } from './dynamodb/dynamodb.ts';
import { type EventBus, makeEventBus } from './events/event-bus.ts';
import type { FaultsFile } from './faults/fault-rules.ts';
import { type FaultCounts, makeInjector } from './faults/injector.ts';
import { openHttpApi } from './http-api/http-api.ts';
import { CallLog } from './kernel/call-record.ts';
import { openFrontDoor } from './kernel/front-door.ts';
import { KeyRing } from './kernel/key-ring.ts';
import type { Guard } from './kernel/service.ts';
import { ServiceClock } from './kernel/service-clock.ts';
import { makeKms } from './kms/kms.ts';
import { makeLambda } from './lambda/lambda.ts';
import { makeOutbox } from './outbox.ts';
import { makeS3, type S3 } from './s3/s3.ts';
import { makeScheduler } from './scheduler/scheduler.ts';
import { makeSes } from './ses/ses.ts';
import { makeSns, type Sns } from './sns/sns.ts';
import { makeStates, type States } from './states/states.ts';
import { makeSts } from './sts/sts.ts';

export interface StartOptions {
  /** catalog.json as it is shipped with the functions. */
  readonly catalog: string;
  /** Folder of ready bundles (see bundleLethe), for many starts in a row. @default bundled anew */
  readonly bundles?: string;
  /** @default 0, any free one */
  readonly port?: number;
  /** @default 0, any free one */
  readonly webPort?: number;
  /** Folder of the mails. */
  readonly outbox: string;
  /** JSONL file of every call, overwritten. @default none */
  readonly calls?: string;
  /** Service seconds a backup stays CREATING. @default 3 */
  readonly backupSeconds?: number;
  /** Service seconds per wall second while nothing is in flight. @default 1 */
  readonly clockSpeed?: number;
  /** Injected into what functions do. @default none */
  readonly faults?: FaultsFile;
  /** Judges each call before it is answered. @default everybody may do everything */
  readonly guard?: Guard;
  /** Lines that functions log. @default dropped */
  onLog?(functionName: string, line: string): void;
  /** Of executions, to see one time out. @default what the state machines say */
  readonly executionTimeoutSeconds?: number;
  /** Of functions. @default WARN */
  readonly logLevel?: string;
  /** What mails: SES, or a topic to which everybody is subscribed who may approve. @default ses */
  readonly mailBy?: 'ses' | 'sns';
  /** Threads for functions at once. @default 4 */
  readonly maxEnvironments?: number;
}

/** What a client needs to know: the line that `npm run local` prints (interfaces.md, section 6). */
export interface Ready {
  readonly ready: true;
  readonly endpoint: string;
  readonly region: string;
  readonly account: string;
  readonly stateMachineArn: string;
  readonly controlTable: string;
  readonly workBucket: string;
  readonly evidenceBucket: string;
  readonly webUrl: string;
  readonly outbox: string;
}

export interface Local {
  readonly ready: Ready;
  readonly clock: ServiceClock;
  readonly calls: CallLog;
  readonly dynamodb: DynamoDb;
  readonly s3: S3;
  readonly states: States;
  readonly events: EventBus;
  readonly sns: Sns;
  /** Injects these from now on, counting calls anew. */
  injectFaults(file: FaultsFile): void;
  /** How often each fault was injected so far. */
  faultCounts(): FaultCounts;
  close(): Promise<void>;
}

const PLACE = { account: '123456789012', region: 'eu-west-1' } as const;
const CONTROL_TABLE = 'lethe-control';
const WORK_BUCKET = `lethe-work-${PLACE.account}-${PLACE.region}`;
const EVIDENCE_BUCKET = `lethe-evidence-${PLACE.account}-${PLACE.region}`;
const MAIL_FROM = 'lethe@example.com';
const APPROVAL_TOPIC = 'lethe-approvals';
const ERASER_ROLE_ARN = `arn:aws:iam::${PLACE.account}:role/lethe-eraser`;
const SIGNING_ALIAS = signingAlias('write-report', 'write-report');
const NO_FAULTS: FaultsFile = { seed: 1, rules: [] };
const ROOT = new URL('..', import.meta.url);

export async function startLocal(options: StartOptions): Promise<Local> {
  const clock = new ServiceClock(options.clockSpeed);
  const keys = new KeyRing(PLACE);
  const calls = new CallLog(options.calls);
  const folder = await mkdtemp(join(tmpdir(), 'lethe-functions-'));
  await writeFile(join(folder, CATALOG_FILE), options.catalog);
  const bundles = options.bundles ?? folder;
  const bundled = options.bundles === undefined ? bundleLethe(folder) : Promise.resolve();
  // Whoever invokes a function sees the failure; until then it must not count as unhandled.
  bundled.catch(() => undefined);
  const dynamodb = makeDynamoDb({ clock, place: PLACE, backupSeconds: options.backupSeconds ?? 3 });
  const s3 = makeS3({ clock, place: PLACE });
  const log = (name: string, line: string) => options.onLog?.(name, line);
  const { maxEnvironments = 4 } = options;
  const faults = makeInjector(options.faults ?? NO_FAULTS, clock);
  const lambda = makeLambda({
    clock,
    place: PLACE,
    keys,
    calls,
    maxEnvironments,
    onLog: log,
    faults,
  });
  const scheduler = makeScheduler({
    clock,
    place: PLACE,
    groups: [reminderNames('', PLACE.region).group],
    invokeLater: (arn, payload) => lambda.invokeLater(arn, payload, 'scheduler'),
  });
  const onMail = makeOutbox({ folder: options.outbox, linksIn: approvalLinks });
  const sns = makeSns({ clock, place: PLACE, topics: [APPROVAL_TOPIC], onMail });
  const approvalTopic = sns.topicArn(APPROVAL_TOPIC);
  for (const person of peopleIn(options.catalog)) sns.subscribe(approvalTopic, person, { to: [person] });
  const events = makeEventBus({ onError: (rule, error) => log(`rule ${rule}`, String(error)) });
  const states = makeStates({
    clock,
    place: PLACE,
    invokeFunction: (name, payload, invoker) => lambda.invoke(name, payload, invoker),
    objects: { get: s3.getObject, put: s3.putObject },
    onStatusChange: (event) => events.publish(event),
  });
  const [stateMachineArn = '', closingArn = ''] = await Promise.all(
    Object.entries(STATE_MACHINES).map(async ([file, name]) =>
      states.createStateMachine(name, await readStateMachine(file, options.executionTimeoutSeconds), roleArn(name)),
    ),
  );
  events.addRule({
    name: STATE_MACHINES['close.asl.json'],
    pattern: {
      source: ['aws.states'],
      'detail-type': ['Step Functions Execution Status Change'],
      detail: { stateMachineArn: [stateMachineArn], status: [...CLOSED_STATUSES] },
    },
    target: (event) => void states.start(closingArn, event),
  });
  const invoke = (name: string, event: unknown, invoker: string) => lambda.invoke(name, event, invoker);
  const routes = Object.entries(WEB_ROUTES).map(([path, functionName]) => ({
    key: `ANY ${path}` as `ANY ${keyof typeof WEB_ROUTES}`,
    functionName,
  }));
  const web = await openHttpApi({ clock, place: PLACE, invoke, routes, port: options.webPort ?? 0 });
  const door = await openFrontDoor(
    {
      services: [
        dynamodb.service,
        s3.service,
        lambda.service,
        states.service,
        makeSts({ clock, place: PLACE, keys, roles: [ERASER_ROLE_ARN] }),
        scheduler.service,
        makeKms({ place: PLACE, aliases: [SIGNING_ALIAS] }),
        makeSes({ clock, onMail }),
        sns.service,
        makeCloudFormation({ place: PLACE, stacks: stacksOf(stateMachineArn, web.url, clock.nowMs()) }),
      ],
      clock,
      keys,
      calls,
      faults,
      ...(options.guard && { guard: options.guard }),
    },
    options.port,
  );
  const environment: Readonly<Record<EnvironmentName, string>> = {
    LETHE_CONTROL_TABLE: CONTROL_TABLE,
    LETHE_WORK_BUCKET: WORK_BUCKET,
    LETHE_EVIDENCE_BUCKET: EVIDENCE_BUCKET,
    LETHE_CATALOG_SHA256: createHash('sha256').update(options.catalog).digest('hex'),
    LETHE_WEB_URL: web.url,
    LETHE_STATE_MACHINE_ARN: stateMachineArn,
    LETHE_MAIL_FROM: options.mailBy === 'sns' ? approvalTopic : MAIL_FROM,
    LETHE_TOPIC_ARN: `arn:aws:sns:${PLACE.region}:${PLACE.account}:lethe`,
    LETHE_ERASER_ROLE_ARN: ERASER_ROLE_ARN,
    LETHE_LOG_LEVEL: options.logLevel ?? 'WARN',
  };
  for (const [name, { timeoutSeconds, memoryMb }] of Object.entries(FUNCTIONS)) {
    lambda.register({
      name,
      modulePath: bundled.then(() => join(bundles, bundleOf(name))),
      timeoutSeconds,
      memoryMb,
      roleArn: roleArn(name),
      environment: { ...environment, AWS_ENDPOINT_URL: door.endpoint },
      taskRoot: folder,
      aliases: [LIVE_ALIAS],
    });
  }
  await createOwnStores(dynamodb, s3);
  return {
    ready: {
      ready: true,
      endpoint: door.endpoint,
      ...PLACE,
      stateMachineArn,
      controlTable: CONTROL_TABLE,
      workBucket: WORK_BUCKET,
      evidenceBucket: EVIDENCE_BUCKET,
      webUrl: web.url,
      outbox: options.outbox,
    },
    clock,
    calls,
    dynamodb,
    s3,
    states,
    events,
    sns,
    injectFaults: (file) => faults.replace(file),
    faultCounts: () => faults.counts(),
    async close() {
      scheduler.close();
      await states.close();
      await web.close();
      await lambda.close();
      await door.close();
      await dynamodb.close();
      s3.close();
      clock.close();
      await calls.close();
      await bundled.catch(() => undefined);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Bundles all functions of Lethe into a folder, with the options of a deployment. */
export async function bundleLethe(folder: string): Promise<void> {
  const entryPoints = Object.keys(FUNCTIONS).map((name) => ({ in: pathOf(entryOf(name)), out: `${name}/index` }));
  await build({ ...BUNDLING, entryPoints, outdir: folder });
}

/** A state machine as it is deployed, its tokens replaced by this deployment's names. */
async function readStateMachine(file: string, timeoutSeconds: number | undefined): Promise<unknown> {
  const text = await readFile(pathOf(`statemachines/${file}`), 'utf8');
  const functions = Object.entries(FUNCTIONS).flatMap(([name, { token }]) =>
    token === null ? [] : [[token, name] as const],
  );
  const tokens = new Map<string, string>([...functions, [BUCKET_TOKEN, WORK_BUCKET]]);
  const filled = text.replace(/\$\{(\w+)\}/g, (_, token: string) => {
    const value = tokens.get(token);
    if (value === undefined) throw new Error(`the state machine has the unknown token \${${token}}`);
    return value;
  });
  const definition: object = JSON.parse(filled);
  return timeoutSeconds === undefined ? definition : { ...definition, TimeoutSeconds: timeoutSeconds };
}

/** The bucket of the plans is versioned, as its stack makes it, since long before anybody calls. */
async function createOwnStores(dynamodb: DynamoDb, s3: S3): Promise<void> {
  const keys = ['pk', 'sk'] as const;
  await dynamodb.execute('CreateTable', {
    TableName: CONTROL_TABLE,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    KeySchema: keys.map((AttributeName, at) => ({ AttributeName, KeyType: at === 0 ? 'HASH' : 'RANGE' })),
  });
  s3.createBucket(WORK_BUCKET, { versioning: 'Enabled' });
  s3.createBucket(EVIDENCE_BUCKET, { versioning: 'Enabled' });
}

function stacksOf(stateMachineArn: string, webUrl: string, createdAtMs: number) {
  return {
    LetheState: {
      createdAtMs,
      outputs: { ControlTable: CONTROL_TABLE, WorkBucket: WORK_BUCKET, EvidenceBucket: EVIDENCE_BUCKET },
    },
    Lethe: { createdAtMs, outputs: { StateMachineArn: stateMachineArn, WebUrl: webUrl } },
  };
}

/** Everybody who may approve has confirmed, as far as the catalog can be read. */
function peopleIn(catalog: string): string[] {
  const { approval } = JSON.parse(catalog) as { approval?: { approvers?: unknown; deputies?: unknown } };
  return [approval?.approvers, approval?.deputies].flat().filter((person) => typeof person === 'string');
}

function approvalLinks(text: string): Record<string, string> {
  const approve = /https?:\/\/\S+\/a\/[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])/.exec(text)?.[0];
  return approve === undefined ? {} : { approve };
}

function roleArn(name: string): string {
  return `arn:aws:iam::${PLACE.account}:role/lethe-${name}`;
}

function pathOf(file: string): string {
  return fileURLToPath(new URL(file, ROOT));
}
