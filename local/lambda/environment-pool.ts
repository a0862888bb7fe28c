// The execution environments of all functions: a limited number of threads, and the invocations that wait for one.
import type { Invocation } from './environment-messages.ts';
import type { ExecutionEnvironment, Outcome } from './execution-environment.ts';
import { exited } from './function-error.ts';

export interface PoolEvents {
  onIdle(): void;
  onExit(): void;
}

interface Waiting {
  readonly functionName: string;
  readonly invocation: Invocation;
  start(events: PoolEvents): ExecutionEnvironment;
  readonly settle: (outcome: Outcome | Promise<Outcome>) => void;
}

/**
 * An invocation takes an idle environment of its function, else a new one; those of one function are served in order. When
 * there are as many threads as allowed, the idle one that waited longest makes room, if nobody waits for its function: two
 * busy functions would otherwise end each other's threads all the time. Only a first in the queue without any goes before.
 */
export class EnvironmentPool {
  readonly #maxEnvironments: number;
  /** From the one that began its last work first to the one that began last. */
  readonly #environments = new Set<ExecutionEnvironment>();
  readonly #queue: Waiting[] = [];
  #isClosed = false;

  constructor(maxEnvironments: number) {
    if (!Number.isInteger(maxEnvironments) || maxEnvironments < 1)
      throw new RangeError(`maxEnvironments is ${maxEnvironments}; allowed is 1 or more`);
    this.#maxEnvironments = maxEnvironments;
  }

  /** @param start makes a new environment of the function */
  run(functionName: string, invocation: Invocation, start: Waiting['start']): Promise<Outcome> {
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    this.#queue.push({ functionName, invocation, start, settle: resolve });
    this.#serve();
    return promise;
  }

  /** Ends every thread; invocations under way, and those that wait or come later, end as killed. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#serve();
    await Promise.all([...this.#environments].map((environment) => environment.end()));
  }

  #serve(): void {
    if (this.#isClosed) {
      for (const { invocation, settle } of this.#queue.splice(0))
        settle({ error: exited(invocation.requestId, 'signal: killed') });
      return;
    }
    for (let at = 0; at < this.#queue.length && this.#hasRoom(); ) {
      const next = this.#queue[at] as Waiting;
      const environment = this.#idleOf(next.functionName) ?? this.#startFor(next);
      if (environment) {
        this.#queue.splice(at, 1);
        this.#environments.delete(environment);
        this.#environments.add(environment);
        next.settle(environment.run(next.invocation));
      } else if (at === 0 && !this.#find(({ functionName }) => functionName === next.functionName)) {
        break;
      } else at++;
    }
    // Idle ones that are left serve nobody who waits, or are in the way of the first in the queue.
    if (this.#queue.length > 0) this.#makeRoom();
  }

  #hasRoom(): boolean {
    return this.#environments.size < this.#maxEnvironments || this.#find(({ isIdle }) => isIdle) !== undefined;
  }

  #idleOf(functionName: string): ExecutionEnvironment | undefined {
    return this.#find((environment) => environment.isIdle && environment.functionName === functionName);
  }

  #startFor({ start }: Waiting): ExecutionEnvironment | undefined {
    if (this.#environments.size >= this.#maxEnvironments) return undefined;
    const environment = start({
      onIdle: () => this.#serve(),
      onExit: () => {
        this.#environments.delete(environment);
        this.#serve();
      },
    });
    return environment;
  }

  /** One at a time: its end serves the queue again. */
  #makeRoom(): void {
    if (this.#find((environment) => environment.isEnding)) return;
    void this.#find((environment) => environment.isIdle)?.end();
  }

  #find(isWanted: (environment: ExecutionEnvironment) => boolean): ExecutionEnvironment | undefined {
    for (const environment of this.#environments) if (isWanted(environment)) return environment;
    return undefined;
  }
}
