// One execution environment seen from outside: a worker thread that handles one invocation at a time.
import { Worker } from 'node:worker_threads';
import type { ServiceClock } from '../kernel/service-clock.ts';
import type { Assignment, EnvironmentSetup, FunctionError, Invocation, Report } from './environment-messages.ts';
import { exited, timedOut } from './function-error.ts';

export interface EnvironmentOptions {
  readonly clock: ServiceClock;
  readonly functionName: string;
  readonly modulePath: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  /** The thread's whole process.env. */
  readonly variables: Readonly<Record<string, string>>;
  onLine(line: string): void;
  /** It begins to work on an invocation. */
  onBegin(environment: ExecutionEnvironment): void;
  /** It can take the next invocation. */
  onIdle(): void;
  /** Its thread is gone. */
  onExit(): void;
}

/** How an invocation ended; the payload is JSON. */
export type Outcome = { readonly payload: string } | { readonly error: FunctionError };

const ENTRY = new URL('./environment.ts', import.meta.url);

/**
 * Lambda gives initialisation ten seconds of its own and then starts it anew on the function's time
 * (Lambda runtime environment lifecycle, init phase); here it goes on, into the function's time.
 */
const INIT_SECONDS = 10;

export class ExecutionEnvironment {
  readonly functionName: string;
  readonly #options: EnvironmentOptions;
  readonly #worker: Worker;
  readonly #wake = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  #state: 'starting' | 'idle' | 'busy' | 'ending' = 'starting';
  #current: { readonly invocation: Invocation; readonly settle: (outcome: Outcome) => void } | undefined;
  #cancelDeadline: () => void = () => undefined;
  #exitReason: string | undefined;

  constructor(options: EnvironmentOptions) {
    this.functionName = options.functionName;
    this.#options = options;
    const workerData: EnvironmentSetup = {
      modulePath: options.modulePath,
      memoryMb: options.memoryMb,
      time: options.clock.buffer,
      wake: this.#wake.buffer as SharedArrayBuffer,
    };
    this.#worker = new Worker(ENTRY, {
      name: options.functionName,
      workerData,
      env: options.variables,
      execArgv: [],
      // The thread captures its own output; what Node itself might print stays out of the host's.
      stdout: true,
      stderr: true,
      // No resourceLimits by memoryMb: a thread that allocates fast past such a limit aborts the whole process.
    });
    this.#worker.on('message', (report: Report) => this.#receive(report));
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('exit', (code) => this.#gone(code));
  }

  get isIdle(): boolean {
    return this.#state === 'idle';
  }

  get isEnding(): boolean {
    return this.#state === 'ending';
  }

  /** Handles an invocation; to be called once after the start and then only while it is idle. */
  run(invocation: Invocation): Promise<Outcome> {
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    this.#current = { invocation, settle: resolve };
    if (this.#state === 'idle') this.#assign(invocation);
    else this.#endAfter(INIT_SECONDS + this.#options.timeoutSeconds);
    return promise;
  }

  /** Stops the thread wherever it is, without `finally`; an invocation under way ends as killed. */
  async end(): Promise<void> {
    this.#state = 'ending';
    this.#exitReason ??= 'signal: killed';
    await this.#worker.terminate();
  }

  #assign(invocation: Invocation): void {
    this.#state = 'busy';
    this.#options.onBegin(this);
    const deadlineMs = this.#endAfter(this.#options.timeoutSeconds);
    const assignment: Assignment = { ...invocation, deadlineMs };
    this.#worker.postMessage(assignment);
    Atomics.store(this.#wake, 0, 1);
    Atomics.notify(this.#wake, 0);
  }

  #endAfter(seconds: number): number {
    const { clock, timeoutSeconds } = this.#options;
    const deadlineMs = clock.nowMs() + seconds * 1000;
    this.#cancelDeadline();
    this.#cancelDeadline = clock.at(deadlineMs, () => {
      this.#failCurrent((requestId) => timedOut(requestId, timeoutSeconds));
      void this.end();
    });
    return deadlineMs;
  }

  #receive(report: Report): void {
    switch (report.kind) {
      case 'log':
        this.#options.onLine(report.line);
        break;
      case 'ready':
        if (this.#state === 'starting' && this.#current) this.#assign(this.#current.invocation);
        break;
      case 'result':
        this.#finish({ payload: report.payload });
        break;
      case 'error':
        this.#finish({ error: report.error });
        break;
      case 'crash':
        this.#state = 'ending';
        this.#settle({ error: report.error });
    }
  }

  #finish(outcome: Outcome): void {
    // Too late: the deadline was first.
    if (this.#state !== 'busy') return;
    this.#state = 'idle';
    this.#settle(outcome);
    this.#options.onIdle();
  }

  /** What the thread could not catch itself; its exit follows. */
  #fail(error: unknown): void {
    this.#options.onLine(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }

  #gone(code: number): void {
    this.#state = 'ending';
    const reason = this.#exitReason ?? (code === 0 ? undefined : `exit status ${code}`);
    this.#failCurrent((requestId) => exited(requestId, reason));
    this.#options.onExit();
  }

  /** The platform, not the function, ends the invocation under way, and says so in the log. */
  #failCurrent(errorOf: (requestId: string) => FunctionError): void {
    if (!this.#current) return;
    const error = errorOf(this.#current.invocation.requestId);
    this.#options.onLine(error.errorMessage);
    this.#settle({ error });
  }

  #settle(outcome: Outcome): void {
    this.#cancelDeadline();
    const current = this.#current;
    this.#current = undefined;
    current?.settle(outcome);
  }
}
