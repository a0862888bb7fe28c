// What the tests of Step Functions stand on: the service behind the front door, a table of functions, a shelf of objects.
import {
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { AwsError } from '../../local/kernel/aws-error.ts';
import { CallLog } from '../../local/kernel/call-record.ts';
import { openFrontDoor } from '../../local/kernel/front-door.ts';
import type { Json } from '../../local/kernel/json-service.ts';
import { KeyRing } from '../../local/kernel/key-ring.ts';
import { ServiceClock } from '../../local/kernel/service-clock.ts';
import { type ExecutionEvent, type InvokeResult, makeStates, type States } from '../../local/states/states.ts';

export const PLACE = { account: '123456789012', region: 'eu-west-1' };
export const ROLE = 'arn:aws:iam::123456789012:role/machine';

/** Answers with its payload; an error it throws is the function's error. */
type TestFunction = (payload: Json, invoker: string) => Json;

export interface World extends AsyncDisposable {
  readonly sfn: SFNClient;
  readonly states: States;
  readonly clock: ServiceClock;
  readonly calls: CallLog;
  readonly objects: Shelf;
  /** Status changes in the order they were told. */
  readonly changes: Json[];
  readonly events: ExecutionEvent[];
  /** Creates a machine from the states and their start, the first. @returns its ARN */
  machine(states: Json, more?: Json): string;
  /** Starts an execution of a new machine. @returns its ARN */
  start(states: Json, input?: Json, more?: Json): Promise<string>;
  /** Starts an execution of a new machine and waits for its end. */
  run(states: Json, input?: Json, more?: Json): Promise<Ended>;
  /** Waits for the end of an execution. */
  ended(executionArn: string): Promise<Ended>;
  history(executionArn: string): Promise<HistoryEvent[]>;
}

/** An execution as DescribeExecution shows it, with its output as a value. */
export type Ended = Omit<DescribeExecutionCommandOutput, 'output'> & { readonly arn: string; readonly output: Json };

export interface WorldOptions {
  readonly functions?: Readonly<Record<string, TestFunction>>;
  readonly clockSpeed?: number;
  readonly random?: () => number;
}

/** At 1,000 times the wall's pace a minute of waiting takes 60 ms. */
export async function openWorld({ functions = {}, clockSpeed = 1000, random }: WorldOptions = {}): Promise<World> {
  const clock = new ServiceClock(clockSpeed);
  const calls = new CallLog();
  const objects = new Shelf();
  const changes: Json[] = [];
  const events: ExecutionEvent[] = [];
  const states = makeStates({
    clock,
    place: PLACE,
    objects,
    invokeFunction: (name, payload, invoker) => invoke(functions, name, payload, invoker),
    onStatusChange: (event) => changes.push(event),
    ...(random && { random }),
  });
  states.listen((event) => events.push(event));
  const door = await openFrontDoor({ services: [states.service], clock, keys: new KeyRing(PLACE), calls });
  const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' };
  const endpoint = { endpoint: door.endpoint, region: PLACE.region, disableHostPrefix: true };
  const sfn = new SFNClient({ ...endpoint, credentials, maxAttempts: 1 });
  let machines = 0;

  const world: World = {
    sfn,
    states,
    clock,
    calls,
    objects,
    changes,
    events,
    machine(all, more = {}) {
      machines++;
      const definition = { QueryLanguage: 'JSONata', StartAt: Object.keys(all)[0], States: all, ...more };
      return states.createStateMachine(`machine-${machines}`, definition, ROLE);
    },
    async start(all, input = {}, more = {}) {
      const stateMachineArn = world.machine(all, more);
      const answer = await sfn.send(new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }));
      return answer.executionArn ?? '';
    },
    async run(all, input, more) {
      return world.ended(await world.start(all, input, more));
    },
    async ended(executionArn) {
      const isEnd = (event: ExecutionEvent) => event.type === 'ExecutionEnded' && event.executionArn === executionArn;
      if (!events.some(isEnd)) await next(states, isEnd);
      const { output, ...described } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
      return { ...described, arn: executionArn, output: output === undefined ? undefined : JSON.parse(output) };
    },
    async history(executionArn) {
      const answer = await sfn.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }));
      return answer.events ?? [];
    },
    async [Symbol.asyncDispose]() {
      await states.close();
      clock.close();
      sfn.destroy();
      await door.close();
    },
  };
  return world;
}

/** Resolves at the next event of this kind. */
export function next(states: States, isIt: (event: ExecutionEvent) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const end = states.listen((event) => {
      if (!isIt(event)) return;
      end();
      resolve();
    });
  });
}

/** A promise to be settled from outside, for functions that a test lets go when it wants. */
export function gate<T = void>(): PromiseWithResolvers<T> {
  return Promise.withResolvers<T>();
}

export function types(history: readonly HistoryEvent[]): string[] {
  return history.map(({ type }) => String(type));
}

/** A Task that invokes `fn` with the state's input, unless told otherwise. */
export function task(more: Json = {}): Json {
  const Arguments = { FunctionName: 'fn', Payload: '{% $states.input %}' };
  const end = 'Next' in more ? {} : { End: true };
  return { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', Arguments, ...end, ...more };
}

/** A Task that invokes `fn` with its token and waits for the answer. */
export function tokenTask(more: Json = {}): Json {
  const Arguments = { FunctionName: 'fn', Payload: { token: '{% $states.context.Task.Token %}' } };
  return task({ Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken', Arguments, ...more });
}

/** A Pass that ends with an output. */
export function pass(Output: Json, more: Json = {}): Json {
  return { Type: 'Pass', Output, ...('Next' in more ? {} : { End: true }), ...more };
}

/** A distributed Map over the state's input whose children run these states. */
export function distributed(states: Json, more: Json = {}): Json {
  const ProcessorConfig = { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' };
  const ItemProcessor = { ProcessorConfig, StartAt: Object.keys(states)[0], States: states };
  return { Type: 'Map', Label: 'Each', ItemProcessor, End: true, ...more };
}

export function namedError(name: string, message = 'no luck'): Error {
  return Object.assign(new Error(message), { name });
}

async function invoke(
  functions: Readonly<Record<string, TestFunction>>,
  name: string,
  payload: Json,
  invoker: string,
): Promise<InvokeResult> {
  const run = functions[name];
  if (!run) throw namedError('Lambda.ResourceNotFoundException', `Function not found: ${name}`);
  try {
    return { payload: (await run(structuredClone(payload), invoker)) ?? null };
  } catch (thrown) {
    const { name: errorType, message: errorMessage } = thrown as Error;
    if (errorType.startsWith('Lambda.')) throw thrown;
    return { error: { errorType, errorMessage, trace: [] } };
  }
}

/** Objects by bucket and key, with versions `v1`, `v2` … */
export class Shelf {
  readonly #versions = new Map<string, string[]>();

  get(bucket: string, key: string, versionId?: string): Uint8Array {
    const versions = this.#versions.get(`${bucket}/${key}`);
    if (!versions) throw new AwsError('NoSuchKey', 'The specified key does not exist.', 404);
    const body = versionId === undefined ? versions.at(-1) : versions[Number(versionId.slice(1)) - 1];
    if (body === undefined) throw new AwsError('NoSuchVersion', 'The specified version does not exist.', 404);
    return Buffer.from(body);
  }

  put(bucket: string, key: string, body: string | Uint8Array): void {
    if (bucket === 'forbidden') throw new AwsError('AccessDenied', 'Access Denied', 403);
    const versions = this.#versions.get(`${bucket}/${key}`) ?? [];
    this.#versions.set(`${bucket}/${key}`, [...versions, Buffer.from(body).toString()]);
  }

  json(bucket: string, key: string): Json {
    return JSON.parse(Buffer.from(this.get(bucket, key)).toString());
  }

  keys(): string[] {
    return [...this.#versions.keys()].sort();
  }
}
