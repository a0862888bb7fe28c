// Starts executions, runs them to their end, stops them, and tells others how they stand.
import type { Json } from '../kernel/json-service.ts';
import type { Place } from '../kernel/service.ts';
import type { ServiceClock } from '../kernel/service-clock.ts';
import type { Scope } from './asl.ts';
import type { Data, MapItem } from './data.ts';
import { Aborted, asStatesError } from './errors.ts';
import { type Ending, Execution, type ExecutionEvent, type StateMachine } from './execution.ts';
import type { Host } from './frame.ts';
import { executionArn } from './names.ts';
import type { Registry } from './registry.ts';
import { runScope } from './run-scope.ts';
import { statusChangeOf } from './status-change.ts';
import { Variables } from './variables.ts';

/** What the engine is given; it adds how map runs reach it. */
export type World = Omit<Host, 'addMapRun' | 'runChild'>;

export type Listener = (event: ExecutionEvent) => void;

export class Engine {
  readonly #clock: ServiceClock;
  readonly #place: Place;
  readonly #registry: Registry;
  readonly #host: Host;
  readonly #onStatusChange: ((event: Json) => void) | undefined;
  readonly #listeners = new Set<Listener>();
  readonly #running = new Set<Promise<void>>();
  #isClosed = false;

  constructor(world: World, registry: Registry, onStatusChange?: (event: Json) => void) {
    this.#clock = world.clock;
    this.#place = world.place;
    this.#registry = registry;
    this.#onStatusChange = onStatusChange;
    this.#host = {
      ...world,
      addMapRun: (run) => registry.mapRuns.set(run.arn, run),
      runChild: (child, scope, input, item) => this.#runChild(child, scope, input, item),
    };
  }

  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  arnOf(machine: StateMachine, executionName: string): string {
    return executionArn(this.#place, machine.name, executionName);
  }

  start(machine: StateMachine, name: string, input: Data): Execution {
    const arn = this.arnOf(machine, name);
    const notify: Execution['start']['notify'] = (event) =>
      this.#notify({ executionArn: arn, executionName: name, ...event });
    const start = { arn, name, machine, machineArn: machine.arn, input: input.json, notify };
    const execution = new Execution(start, this.#clock);
    this.#registry.add(execution);
    execution.notify({ type: 'ExecutionStarted' });
    this.#tellStatus(execution);
    const cancelTimeout = this.#endAfter(execution, machine.definition.TimeoutSeconds);
    const running = this.#run(execution, machine.definition, input).finally(() => {
      cancelTimeout?.();
      this.#running.delete(running);
    });
    this.#running.add(running);
    return execution;
  }

  #endAfter(execution: Execution, seconds: number | undefined): (() => void) | undefined {
    if (seconds === undefined) return undefined;
    return this.#clock.after(seconds * 1000, () => this.end(execution, { status: 'TIMED_OUT' }));
  }

  /** Ends an execution that no map run started; when it has ended already, nothing happens. */
  end(execution: Execution, ending: Ending): void {
    if (!execution.end(ending)) return;
    execution.notify({ type: 'ExecutionEnded' });
    this.#tellStatus(execution);
  }

  /** Stops everything that runs without telling anybody, and waits until it has stopped. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const execution of this.#registry.executions) execution.end({ status: 'ABORTED' });
    await Promise.all(this.#running);
  }

  async #runChild(child: Execution, scope: Scope, input: Data, item: MapItem): Promise<void> {
    this.#registry.add(child);
    await this.#run(child, scope, input, item);
    this.#registry.childEnded(child);
  }

  /** Never rejects: whatever goes wrong ends the execution. */
  async #run(execution: Execution, scope: Scope, input: Data, item?: MapItem): Promise<void> {
    const { signal, trail } = execution;
    const variables = new Variables();
    const base = { host: this.#host, execution, executionInput: input.value, variables, signal, trail };
    try {
      const output = await runScope(scope, input, item ? { ...base, item } : base);
      this.end(execution, { status: 'SUCCEEDED', output: output.json });
    } catch (thrown) {
      if (thrown instanceof Aborted) return;
      const { errorName, causeText } = asStatesError(thrown);
      this.end(execution, { status: 'FAILED', error: errorName, cause: causeText });
    }
  }

  #notify(event: Omit<ExecutionEvent, 'atMs'>): void {
    if (this.#isClosed) return;
    for (const listener of this.#listeners) tell(() => listener({ ...event, atMs: this.#clock.nowMs() }));
  }

  #tellStatus(execution: Execution): void {
    if (this.#isClosed || execution.start.mapRunArn !== undefined) return;
    const event = statusChangeOf(execution, this.#place, this.#clock);
    tell(() => this.#onStatusChange?.(event));
  }
}

/** Whoever listens cannot disturb an execution: what it throws is a warning of the process. */
function tell(call: () => void): void {
  try {
    call();
  } catch (thrown) {
    process.emitWarning(thrown instanceof Error ? thrown : String(thrown));
  }
}
