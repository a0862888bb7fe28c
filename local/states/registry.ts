// What there is to be asked for: machines, executions and map runs by their ARNs.
import type { Execution, StateMachine } from './execution.ts';
import type { MapRun } from './map-run.ts';

/** Histories of children that have ended; older ones are given up so that large maps stay within memory. */
const KEPT_CHILD_HISTORIES = 10_000;

export class Registry {
  readonly machines = new Map<string, StateMachine>();
  /** In the order of their start; children of map runs are not among them. */
  readonly executions: Execution[] = [];
  readonly mapRuns = new Map<string, MapRun>();
  readonly #byArn = new Map<string, Execution>();
  readonly #endedChildren: Execution[] = [];
  #endedCount = 0;

  find(executionArn: string): Execution | undefined {
    return this.#byArn.get(executionArn);
  }

  add(execution: Execution): void {
    this.#byArn.set(execution.start.arn, execution);
    if (execution.start.mapRunArn === undefined) this.executions.push(execution);
  }

  childEnded(child: Execution): void {
    const place = this.#endedCount++ % KEPT_CHILD_HISTORIES;
    this.#endedChildren[place]?.history.discard();
    this.#endedChildren[place] = child;
  }
}
