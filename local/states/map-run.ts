// One map run: its items, its children, and how many of them stand how.
import { randomUUID } from 'node:crypto';
import type { Json } from '../kernel/json-service.ts';
import type { Place } from '../kernel/service.ts';
import type { ServiceClock } from '../kernel/service-clock.ts';
import type { MapItem } from './data.ts';
import { Execution } from './execution.ts';
import { executionArn, mapRunArn } from './names.ts';

export interface MapRunSettings {
  readonly label: string;
  /** As configured; 0 means no limit but that of the service. */
  readonly maxConcurrency: number;
  readonly toleratedFailurePercentage: number | undefined;
  readonly toleratedFailureCount: number | undefined;
}

interface MapRunCounts {
  readonly total: number;
  readonly pending: number;
  readonly running: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly timedOut: number;
  readonly aborted: number;
}

export class MapRun {
  readonly id = randomUUID();
  readonly arn: string;
  /** The machine's, with the label. */
  readonly machineArn: string;
  readonly parent: Execution;
  readonly settings: MapRunSettings;
  readonly startMs: number;
  /** Those that have started, in that order. */
  readonly children: Execution[] = [];
  readonly #place: Place;
  readonly #clock: ServiceClock;
  #items: Json[] = [];
  #total = 0;
  #next = 0;
  #isStopping = false;
  #status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED' = 'RUNNING';
  #stopMs: number | undefined;

  constructor(parent: Execution, settings: MapRunSettings, place: Place, clock: ServiceClock) {
    this.parent = parent;
    this.settings = settings;
    this.arn = mapRunArn(place, parent.start.machine.name, settings.label, this.id);
    this.machineArn = `${parent.start.machine.arn}/${settings.label}`;
    this.startMs = clock.nowMs();
    this.#place = place;
    this.#clock = clock;
  }

  get status() {
    return this.#status;
  }

  get stopMs(): number | undefined {
    return this.#stopMs;
  }

  takeItems(items: readonly Json[]): void {
    this.#items = [...items];
    this.#total = items.length;
  }

  /** The next item to start a child for; undefined when there is none or no further child may start. */
  nextItem(): MapItem | undefined {
    if (this.#isStopping || this.#next >= this.#total) return undefined;
    const index = this.#next++;
    return { Index: index, Value: this.#items[index] };
  }

  /** Starts a child for an item, which the run then holds no longer; undefined when no further child may start. */
  startChild(index: number, input: string): Execution | undefined {
    if (this.#isStopping) return undefined;
    this.#items[index] = undefined;
    const name = randomUUID();
    const { machine } = this.parent.start;
    const arn = executionArn(this.#place, `${machine.name}/${this.settings.label}`, name);
    const start = { arn, name, machine, machineArn: this.machineArn, input, mapRunArn: this.arn };
    const child = new Execution(start, this.#clock);
    this.children.push(child);
    return child;
  }

  /** Items no child was started for. */
  waiting(): MapItem[] {
    return this.#items.map((Value, Index) => ({ Index, Value })).filter(({ Value }) => Value !== undefined);
  }

  counts(): MapRunCounts {
    const counts = { RUNNING: 0, SUCCEEDED: 0, FAILED: 0, TIMED_OUT: 0, ABORTED: 0 };
    for (const { status } of this.children) counts[status]++;
    return {
      total: this.#total,
      pending: this.#total - this.children.length,
      running: counts.RUNNING,
      succeeded: counts.SUCCEEDED,
      failed: counts.FAILED,
      timedOut: counts.TIMED_OUT,
      aborted: counts.ABORTED,
    };
  }

  /** Without a tolerance, the first failure is too many; with both, either may be exceeded. */
  isBeyondTolerance(failed: number): boolean {
    const { toleratedFailureCount: count, toleratedFailurePercentage: percentage } = this.settings;
    if (failed === 0) return false;
    if (count === undefined && percentage === undefined) return true;
    const isOverCount = count !== undefined && failed > count;
    return isOverCount || (percentage !== undefined && (failed / this.#total) * 100 > percentage);
  }

  /** No further child starts; those that run are aborted. What they have invoked goes on. */
  stop(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    for (const child of this.children) child.end({ status: 'ABORTED' });
  }

  end(status: 'SUCCEEDED' | 'FAILED' | 'ABORTED'): void {
    if (this.#status !== 'RUNNING') return;
    this.stop();
    this.#status = status;
    this.#stopMs = this.#clock.nowMs();
  }
}
