// Lambda: runs the account's functions in threads of their own, for invokers in this process and over the API.
import { randomUUID } from 'node:crypto';
import { AwsError } from '../kernel/aws-error.ts';
import type { CallLog } from '../kernel/call-record.ts';
import type { Json } from '../kernel/json-service.ts';
import type { KeyRing } from '../kernel/key-ring.ts';
import type { AwsService, Place } from '../kernel/service.ts';
import type { ServiceClock } from '../kernel/service-clock.ts';
import { AsynchronousInvocations } from './asynchronous-invocations.ts';
import type { FunctionError } from './environment-messages.ts';
import { EnvironmentPool, type PoolEvents } from './environment-pool.ts';
import { variablesOf } from './environment-variables.ts';
import { ExecutionEnvironment, type Outcome } from './execution-environment.ts';
import { responseTooLarge, runtimeError, toFunctionError } from './function-error.ts';
import { type FoundFunction, type FunctionDefinition, FunctionRegistry } from './function-registry.ts';
import { type Invoked, makeLambdaService } from './lambda-service.ts';

export interface LambdaOptions {
  readonly clock: ServiceClock;
  readonly place: Place;
  readonly keys: KeyRing;
  /** Threads at once; further invocations wait. @default 4 */
  readonly maxEnvironments?: number;
  /** Each line a function writes to stdout or stderr, and what became of events that were dropped. */
  onLog?(functionName: string, line: string): void;
  readonly faults?: FunctionFaults;
  /** Records the invocations that do not come through the front door, which records its own. */
  readonly calls?: CallLog;
}

/** What injects faults, as far as functions are concerned. */
export interface FunctionFaults {
  /** An environment begins an invocation; whenever its time comes, `kill` ends it. */
  begin(environmentId: string, functionName: string, kill: () => void): void;
  /** Of an invocation that somebody waits for, in the way the rule that hits it says. @throws AwsError of Lambda's own */
  around<Result>(functionName: string, run: () => Promise<Result>): Promise<Result>;
}

export type { FunctionDefinition };

export type InvokeResult = { readonly payload: Json } | { readonly error: FunctionError };

export interface Lambda {
  readonly service: AwsService;
  /** Returns the function's ARN. */
  register(definition: FunctionDefinition): string;
  /**
   * Runs a function to its end. What goes wrong in the function is a result; rejects only for a request that Lambda
   * itself refuses, with an Error named `Lambda.ResourceNotFoundException` or `Lambda.RequestTooLargeException`.
   * @param payload JSON; undefined stands for no payload
   * @param invoker who calls, for the call record
   */
  invoke(nameOrArn: string, payload: Json, invoker?: string): Promise<InvokeResult>;
  /** As an event: returns at once, and retries later. Throws like `invoke` rejects. */
  invokeLater(nameOrArn: string, payload: Json, invoker?: string): void;
  /** Ends all threads and forgets the retries to come. */
  close(): Promise<void>;
}

// Lambda quotas, "Function configuration, deployment, and execution": 6 MB synchronous, 1 MB asynchronous.
const MAX_REQUEST_BYTES = 6_291_456;
const MAX_EVENT_BYTES = 1_048_576;
/** 100 bytes more than a request, as its error message says. */
const MAX_RESPONSE_BYTES = 6_291_556;

export function makeLambda({ clock, place, keys, maxEnvironments = 4, onLog, calls, faults }: LambdaOptions): Lambda {
  const functions = new FunctionRegistry(place);
  const pool = new EnvironmentPool(maxEnvironments);
  const events = new AsynchronousInvocations({ clock, attempt, onDropped: (name, line) => onLog?.(name, line) });

  function start(definition: FunctionDefinition, modulePath: string, poolEvents: PoolEvents): ExecutionEnvironment {
    const { name, timeoutSeconds, memoryMb } = definition;
    const environmentId = randomUUID();
    return new ExecutionEnvironment({
      clock,
      functionName: name,
      modulePath,
      timeoutSeconds,
      memoryMb,
      variables: variablesOf(definition, modulePath, place, keys, environmentId),
      onBegin: (environment) => faults?.begin(environmentId, name, () => void environment.end()),
      onLine: (line) => onLog?.(name, line),
      ...poolEvents,
    });
  }

  /** One run of a function, however it is invoked; the clock keeps the wall's pace until it has ended. */
  async function attempt(target: FoundFunction, payload: string, requestId: string): Promise<Outcome> {
    const { definition, invokedArn } = target;
    const release = clock.hold();
    try {
      const modulePath = await moduleOf(definition);
      if (typeof modulePath !== 'string') return modulePath;
      const invocation = { requestId, invokedFunctionArn: invokedArn, payload };
      return await pool.run(definition.name, invocation, (poolEvents) => start(definition, modulePath, poolEvents));
    } finally {
      release();
    }
  }

  async function invokeNow(target: FoundFunction, payload: string): Promise<Invoked> {
    checkSize(payload, MAX_REQUEST_BYTES);
    const requestId = randomUUID();
    const run = () => attempt(target, payload, requestId);
    const outcome = faults ? await faults.around(target.definition.name, run) : await run();
    const sizeBytes = 'payload' in outcome ? Buffer.byteLength(outcome.payload) : 0;
    if (sizeBytes <= MAX_RESPONSE_BYTES) return { requestId, outcome };
    return { requestId, outcome: { error: responseTooLarge(sizeBytes, MAX_RESPONSE_BYTES) } };
  }

  function invokeLater(target: FoundFunction, payload: string): string {
    checkSize(payload, MAX_EVENT_BYTES);
    return events.start(target, payload);
  }

  /** Begins the record of a call in this process; the returned function completes it. */
  function recordCall(resource: string, by: string, payload: string): (status: number, answer: string) => void {
    if (!calls) return () => undefined;
    const begun = { n: calls.nextNumber(), at: clock.nowIso(), service: 'lambda', operation: 'Invoke', resource, by };
    return (status, answer) =>
      calls.record({
        ...begun,
        items: 0,
        bytesIn: Buffer.byteLength(payload),
        bytesOut: Buffer.byteLength(answer),
        status,
        fault: null,
      });
  }

  return {
    service: makeLambdaService({ find: (name, qualifier) => functions.find(name, qualifier), invokeNow, invokeLater }),
    register: (definition) => functions.add(definition),
    async invoke(nameOrArn, payload, invoker = 'lambda') {
      try {
        const target = functions.find(nameOrArn);
        const text = toJson(payload);
        const complete = recordCall(target.definition.name, invoker, text);
        const { outcome } = await invokeNow(target, text);
        complete(200, 'payload' in outcome ? outcome.payload : JSON.stringify(outcome.error));
        return 'payload' in outcome ? { payload: JSON.parse(outcome.payload) } : outcome;
      } catch (error) {
        throw asLambdaException(error);
      }
    },
    invokeLater(nameOrArn, payload, invoker = 'lambda') {
      try {
        const target = functions.find(nameOrArn);
        const text = toJson(payload);
        invokeLater(target, text);
        recordCall(target.definition.name, invoker, text)(202, '');
      } catch (error) {
        throw asLambdaException(error);
      }
    },
    async close() {
      events.close();
      await pool.close();
    },
  };
}

/** A module that could not be made is the function's failure, not the invoker's. */
async function moduleOf({ modulePath }: FunctionDefinition): Promise<string | Outcome> {
  try {
    return await modulePath;
  } catch (error) {
    return { error: toFunctionError(runtimeError('ImportModuleError', String(error))) };
  }
}

function toJson(payload: Json): string {
  return payload === undefined ? '{}' : JSON.stringify(payload);
}

function checkSize(payload: string, maxBytes: number): void {
  if (Buffer.byteLength(payload) <= maxBytes) return;
  const message = `Request must be smaller than ${maxBytes} bytes for the InvokeFunction operation`;
  throw new AwsError('RequestTooLargeException', message, 413, { Type: 'User' });
}

/** With the prefix by which Step Functions and others know the errors of Lambda itself. */
function asLambdaException(error: unknown): unknown {
  if (!(error instanceof AwsError)) return error;
  const exception = new Error(error.message, { cause: error });
  exception.name = `Lambda.${error.name}`;
  return exception;
}
