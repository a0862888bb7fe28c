// One execution: what it was started with, how it stands, and its history.
import type { Json } from '../kernel/json-service.ts';
import type { ServiceClock } from '../kernel/service-clock.ts';
import type { Definition } from './asl.ts';
import { Aborted } from './errors.ts';
import { COMPLETE, History, type Trail } from './history.ts';

type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

export interface StateMachine {
  readonly arn: string;
  readonly name: string;
  readonly roleArn: string;
  readonly createdMs: number;
  readonly definition: Definition;
}

/** What happens in an execution that nobody's map run started, for listeners in this process. */
export interface ExecutionEvent {
  readonly executionArn: string;
  readonly executionName: string;
  readonly type:
    | 'ExecutionStarted'
    | 'StateEntered'
    | 'StateExited'
    | 'MapRunStarted'
    | 'MapRunEnded'
    | 'ExecutionEnded';
  readonly state?: string;
  readonly label?: string;
  readonly atMs: number;
}

export type Ending =
  | { readonly status: 'SUCCEEDED'; readonly output: string }
  | {
      readonly status: 'FAILED' | 'TIMED_OUT' | 'ABORTED';
      readonly error?: string | undefined;
      readonly cause?: string | undefined;
    };

interface ExecutionStart {
  readonly arn: string;
  readonly name: string;
  readonly machine: StateMachine;
  /** Of the machine, with the map's label for a child of a map run. */
  readonly machineArn: string;
  /** JSON text as it was given. */
  readonly input: string;
  /** For a child of a map run. */
  readonly mapRunArn?: string;
  notify?(event: Omit<ExecutionEvent, 'executionArn' | 'executionName' | 'atMs'>): void;
}

export class Execution {
  readonly start: ExecutionStart;
  readonly startMs: number;
  readonly history: History;
  readonly trail: Trail = { lastId: 0 };
  readonly #stopper = new AbortController();
  #ending: Ending | undefined;
  #stopMs: number | undefined;

  constructor(start: ExecutionStart, clock: ServiceClock) {
    this.start = start;
    this.startMs = clock.nowMs();
    this.history = new History(clock);
    const { input, machine } = start;
    this.history.addAside(0, 'ExecutionStarted', { input, inputDetails: COMPLETE, roleArn: machine.roleArn });
  }

  get status(): ExecutionStatus {
    return this.#ending?.status ?? 'RUNNING';
  }

  get ending(): Ending | undefined {
    return this.#ending;
  }

  get stopMs(): number | undefined {
    return this.#stopMs;
  }

  /** Aborts when the execution is ended from outside: only then does anything in it still run or wait. */
  get signal(): AbortSignal {
    return this.#stopper.signal;
  }

  notify(event: Omit<ExecutionEvent, 'executionArn' | 'executionName' | 'atMs'>): void {
    this.start.notify?.(event);
  }

  /** The first end counts. @returns whether it is this one */
  end(ending: Ending): boolean {
    if (this.#ending) return false;
    this.#ending = ending;
    this.#stopMs = this.history.conclude(...lastEvent(ending, this.trail));
    const isFromOutside = ending.status === 'ABORTED' || ending.status === 'TIMED_OUT';
    if (isFromOutside) this.#stopper.abort(new Aborted(this.history.length));
    return true;
  }
}

/** Aborts and timeouts come from outside the line of states and follow no event of it. */
function lastEvent(ending: Ending, trail: Trail): [number, string, Json] {
  switch (ending.status) {
    case 'SUCCEEDED':
      return [trail.lastId, 'ExecutionSucceeded', { output: ending.output, outputDetails: COMPLETE }];
    case 'FAILED':
      return [trail.lastId, 'ExecutionFailed', { error: ending.error, cause: ending.cause }];
    case 'TIMED_OUT':
      return [0, 'ExecutionTimedOut', { error: 'States.Timeout' }];
    case 'ABORTED':
      return [0, 'ExecutionAborted', { error: ending.error, cause: ending.cause }];
  }
}
