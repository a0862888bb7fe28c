// Errors of functions in the shapes and words of Lambda and its Node.js runtime.
import { types } from 'node:util';
import type { FunctionError } from './environment-messages.ts';

/** What a handler threw, as the runtime reports it. */
export function toFunctionError(thrown: unknown): FunctionError {
  if (!types.isNativeError(thrown)) return { errorType: typeof thrown, errorMessage: String(thrown), trace: [] };
  const { name, message, stack = '' } = thrown;
  return { errorType: String(name), errorMessage: String(message), trace: String(stack).split('\n') };
}

/** An error of the runtime itself, such as `Runtime.HandlerNotFound`. */
export function runtimeError(name: string, message: string, stack?: string): Error {
  const error = new Error(message);
  error.name = `Runtime.${name}`;
  error.stack = stack ?? `${error.name}: ${message}`;
  return error;
}

export function timedOut(requestId: string, timeoutSeconds: number): FunctionError {
  return {
    errorType: 'Sandbox.Timedout',
    errorMessage: `RequestId: ${requestId} Error: Task timed out after ${timeoutSeconds.toFixed(2)} seconds`,
  };
}

/** @param reason such as `exit status 1` or `signal: killed`; undefined for an exit with status 0 */
export function exited(requestId: string, reason: string | undefined): FunctionError {
  const end = reason === undefined ? 'exited without providing a reason' : `exited with error: ${reason}`;
  return { errorType: 'Runtime.ExitError', errorMessage: `RequestId: ${requestId} Error: Runtime ${end}` };
}

export function responseTooLarge(sizeBytes: number, maxBytes: number): FunctionError {
  return {
    errorType: 'Function.ResponseSizeTooLarge',
    errorMessage: `Response payload size (${sizeBytes} bytes) exceeded maximum allowed payload size (${maxBytes} bytes).`,
  };
}
