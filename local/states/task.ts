// A Task: one attempt to invoke a function, and to have its token answered where the task waits for that.
import type { Json } from '../kernel/json-service.ts';
import { LAMBDA_CALLBACK, type TaskState } from './asl.ts';
import { StatesError } from './errors.ts';
import type { Frame, Host, InvokeResult } from './frame.ts';
import { COMPLETE } from './history.ts';
import { MAX_SECONDS, refuseLargeInput, refuseLargeResult } from './limits.ts';
import { evaluate, evaluateNumber, evaluateText, type Visit } from './visit.ts';

interface Attempt {
  readonly frame: Frame;
  readonly functionName: string;
  readonly payload: Json;
  readonly timeoutSeconds: number | undefined;
  /** Members that every event of a task has. */
  readonly resource: { readonly resourceType: 'lambda'; readonly resource: 'invoke' | 'invoke.waitForTaskToken' };
  /** The answer to the token, for a task that waits for one. */
  readonly answer: Promise<Json> | undefined;
}

/** Bounds of TimeoutSeconds and HeartbeatSeconds. */
const SECONDS = { min: 1, max: MAX_SECONDS };

export async function runTask(state: TaskState, visit: Visit): Promise<Json> {
  const { frame } = visit;
  const timeoutSeconds = await evaluateNumber(visit, state.TimeoutSeconds, 'TimeoutSeconds', SECONDS);
  const heartbeatSeconds = await evaluateNumber(visit, state.HeartbeatSeconds, 'HeartbeatSeconds', SECONDS);
  // The token is issued before the invocation that hands it out, and every attempt has a new one.
  const token = state.Resource === LAMBDA_CALLBACK ? frame.host.tokens.issue(heartbeatSeconds) : undefined;
  // A heartbeat may fail the answer before anybody waits for it.
  token?.answer.catch(() => undefined);
  const own = token ? { ...visit, context: { ...visit.context, Task: { Token: token.token } } } : visit;
  try {
    const functionName = await evaluateText(own, state.Arguments.FunctionName, 'Arguments/FunctionName');
    const payload = await evaluate(own, state.Arguments.Payload ?? {}, 'Arguments/Payload');
    const parameters = JSON.stringify({ FunctionName: functionName, Payload: payload });
    refuseLargeInput(visit.name, parameters);
    frame.signal.throwIfAborted();
    const resource = { resourceType: 'lambda', resource: token ? 'invoke.waitForTaskToken' : 'invoke' } as const;
    const { execution, trail, host } = frame;
    const limits = { timeoutInSeconds: timeoutSeconds, heartbeatInSeconds: heartbeatSeconds };
    execution.history.add(trail, 'TaskScheduled', { ...resource, region: host.place.region, parameters, ...limits });
    execution.history.add(trail, 'TaskStarted', resource);
    return await watched({ frame, functionName, payload, timeoutSeconds, resource, answer: token?.answer });
  } finally {
    token?.close();
  }
}

/** Adds how the attempt ended to the history. */
async function watched(attempt: Attempt): Promise<Json> {
  const { frame, functionName, resource } = attempt;
  const { history } = frame.execution;
  try {
    const result = await firstEnd(attempt);
    const output = JSON.stringify(result);
    refuseLargeResult(functionName, output);
    history.add(frame.trail, 'TaskSucceeded', { ...resource, output, outputDetails: COMPLETE });
    return result;
  } catch (thrown) {
    if (thrown instanceof StatesError) {
      const type = thrown.errorName === 'States.Timeout' ? 'TaskTimedOut' : 'TaskFailed';
      history.add(frame.trail, type, { ...resource, error: thrown.errorName, cause: thrown.causeText });
    }
    throw thrown;
  }
}

/**
 * Whatever ends the attempt first: the result (or, with a token, the answer), a failure, the timeout, the end of the
 * execution. The invocation is not taken back: as on AWS it goes on, and what it gives is then nobody's.
 */
async function firstEnd({ frame, functionName, payload, timeoutSeconds, resource, answer }: Attempt): Promise<Json> {
  const { host, signal, execution, trail } = frame;
  const end = Promise.withResolvers<Json>();
  let isOver = false;
  const onAbort = () => end.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const onTimeout = () => end.reject(new StatesError('States.Timeout'));
  const cancelTimeout = timeoutSeconds === undefined ? undefined : host.clock.after(timeoutSeconds * 1000, onTimeout);
  answer?.then(end.resolve, end.reject);
  const onResult = (result: Json) => {
    if (!answer) return end.resolve(result);
    const output = JSON.stringify(result);
    if (!isOver) execution.history.add(trail, 'TaskSubmitted', { ...resource, output, outputDetails: COMPLETE });
  };
  invoke(frame, functionName, payload).then(onResult).catch(end.reject);
  try {
    return await end.promise;
  } finally {
    isOver = true;
    cancelTimeout?.();
    signal.removeEventListener('abort', onAbort);
  }
}

async function invoke({ host, execution }: Frame, functionName: string, payload: Json): Promise<Json> {
  const invoker = execution.start.arn.split(':execution:')[1] ?? execution.start.name;
  const result = await invocation(host, functionName, payload, invoker);
  if ('payload' in result) return { ExecutedVersion: '$LATEST', Payload: result.payload, StatusCode: 200 };
  const { errorType, errorMessage, trace } = result.error;
  // The cause is what the function answered, in the order of the Node runtime.
  throw new StatesError(errorType, JSON.stringify({ errorType, errorMessage, trace }));
}

async function invocation(host: Host, functionName: string, payload: Json, invoker: string): Promise<InvokeResult> {
  try {
    return await host.invokeFunction(functionName, payload, invoker);
  } catch (thrown) {
    // Failures of Lambda itself have names such as `Lambda.ResourceNotFoundException`; others are defects.
    const isNamed = thrown instanceof Error && thrown.name.startsWith('Lambda.');
    throw isNamed ? new StatesError(thrown.name, thrown.message) : thrown;
  }
}
