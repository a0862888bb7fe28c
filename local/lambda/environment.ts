// The thread of one execution environment: loads a function's module, then handles one invocation after another.
import { flushCompileCache } from 'node:module';
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { SharedTime } from '../kernel/shared-time.ts';
import { captureOutput } from './captured-output.ts';
import type { Assignment, EnvironmentSetup, FunctionError, Report } from './environment-messages.ts';
import { runtimeError, toFunctionError } from './function-error.ts';
import { type Handler, loadHandler } from './handler-module.ts';
import { makeInvocationContext } from './invocation-context.ts';
import { installServiceDate } from './service-date.ts';

const setup = workerData as EnvironmentSetup;
// Always there in a thread.
const port = parentPort as MessagePort;
const wake = new Int32Array(setup.wake);
const time = new SharedTime(setup.time);
/** Of the invocation under way, for the log. */
let requestId = '-';

const NEVER_SETTLED =
  'The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by a Promise that was never settled. For more information, see https://nodejs.org/docs/latest/api/process.html#exit-codes';

function report(message: Report): void {
  port.postMessage(message);
}

/** Fails the invocation under way and ends the environment, as Lambda's runtime does. */
function crash(label: string, thrown: unknown): never {
  report({ kind: 'crash', error: logged(label, thrown) });
  process.exit(1);
}

/** In the form of the runtime's own log lines. */
function logged(label: string, thrown: unknown): FunctionError {
  const error = toFunctionError(thrown);
  const { errorType, errorMessage, trace: stack } = error;
  const text = JSON.stringify({ errorType, errorMessage, stack });
  report({ kind: 'log', line: `${new Date().toISOString()}\t${requestId}\tERROR\t${label} \t${text}` });
  return error;
}

/**
 * Blocks the thread until an invocation waits. Nothing in it runs meanwhile: like a frozen environment on Lambda,
 * whatever the last invocation left unfinished goes on only during the next.
 */
function nextAssignment(): Assignment {
  for (;;) {
    const received = receiveMessageOnPort(port);
    if (received) return received.message;
    Atomics.wait(wake, 0, 0);
    Atomics.store(wake, 0, 0);
  }
}

function turnOfEventLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function handle(handler: Handler, assignment: Assignment): Promise<Report> {
  try {
    const context = makeInvocationContext(assignment, setup.memoryMb, time);
    const result = await handler(JSON.parse(assignment.payload), context);
    // A rejection that nobody handles ends the runtime before it posts the result.
    await turnOfEventLoop();
    return { kind: 'result', payload: serialize(result) };
  } catch (error) {
    await turnOfEventLoop();
    return { kind: 'error', error: logged('Invoke Error', error) };
  }
}

function serialize(result: unknown): string {
  try {
    return JSON.stringify(result ?? null) ?? 'null';
  } catch {
    throw runtimeError('JSONStringifyError', 'Unable to stringify response body');
  }
}

// Meant for Node alone, which has read it by now.
delete process.env.NODE_COMPILE_CACHE;
installServiceDate(time);
captureOutput((line) => report({ kind: 'log', line }));
process.on('uncaughtException', (error) => crash('Uncaught Exception', error));
process.on('unhandledRejection', (reason) => {
  logged('Unhandled Promise Rejection', reason);
  crash('Unhandled Promise Rejection', runtimeError('UnhandledPromiseRejection', String(reason)));
});
process.on('beforeExit', () => crash('Unexpected Exit', runtimeError('NodeJsExit', NEVER_SETTLED)));

const handler = await loadHandler(setup.modulePath).catch((error) => crash('Init Error', error));
// Threads are usually terminated, and would then leave nothing behind for the next cold start.
flushCompileCache();
report({ kind: 'ready' });
for (;;) {
  const assignment = nextAssignment();
  requestId = assignment.requestId;
  // Timers and sockets that came due while frozen take their turn first: a connection closed by now is not used again.
  await turnOfEventLoop();
  await turnOfEventLoop();
  report(await handle(handler, assignment));
}
