// What an execution environment's thread and its host say to each other.

/** An error as Lambda answers it: the payload of an invocation that failed. */
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

/** The thread's workerData. */
export interface EnvironmentSetup {
  /** Absolute path of an ES module that exports `handler`. */
  readonly modulePath: string;
  readonly memoryMb: number;
  /** ServiceClock's shared memory. */
  readonly time: SharedArrayBuffer;
  /** One Int32; the host makes it 1 and notifies once an invocation waits at the port. */
  readonly wake: SharedArrayBuffer;
}

export interface Invocation {
  readonly requestId: string;
  /** As the invoker named the function, with its qualifier if it gave one. */
  readonly invokedFunctionArn: string;
  /** JSON. */
  readonly payload: string;
}

export interface Assignment extends Invocation {
  /** Service time at which the host ends the thread. */
  readonly deadlineMs: number;
}

export type Report =
  | { readonly kind: 'ready' }
  | { readonly kind: 'log'; readonly line: string }
  | { readonly kind: 'result'; readonly payload: string }
  | { readonly kind: 'error'; readonly error: FunctionError }
  /** An error after which the thread is of no further use; it exits by itself. */
  | { readonly kind: 'crash'; readonly error: FunctionError };
