// The event history of one execution, in the form GetExecutionHistory answers.
import type { Json } from '../kernel/json-service.ts';
import type { ServiceClock } from '../kernel/service-clock.ts';
import { StatesError } from './errors.ts';
import { MAX_HISTORY_EVENTS } from './limits.ts';

/** The last event on one line of states; branches and iterations each have a line of their own. */
export interface Trail {
  lastId: number;
}

/** Members that hold data, left out with includeExecutionData false; `parameters` stays, as on AWS. */
const DATA_MEMBERS = [
  'input',
  'inputDetails',
  'output',
  'outputDetails',
  'assignedVariables',
  'assignedVariablesDetails',
];

export const COMPLETE = { truncated: false };

export class History {
  readonly #clock: ServiceClock;
  #events: Json[] = [];
  #isClosed = false;
  #isDiscarded = false;

  constructor(clock: ServiceClock) {
    this.#clock = clock;
  }

  get length(): number {
    return this.#events.length;
  }

  /** Adds the next event of a line. After the end of the execution it does nothing. @returns its id */
  add(trail: Trail, type: string, details?: Json): number {
    trail.lastId = this.addAside(trail.lastId, type, details);
    return trail.lastId;
  }

  /** Adds an event that follows `previousId` without becoming the last one of its line. */
  addAside(previousId: number, type: string, details?: Json): number {
    if (this.#isClosed) return previousId;
    if (this.#events.length >= MAX_HISTORY_EVENTS - 1) {
      const text = `The execution reached the maximum number of history events (${MAX_HISTORY_EVENTS}).`;
      throw new StatesError('States.Runtime', text);
    }
    return this.#push(previousId, type, details);
  }

  /** Adds the last event of all. @returns its time */
  conclude(previousId: number, type: string, details: Json): number {
    const atMs = this.#clock.nowMs();
    this.#push(previousId, type, details, atMs);
    this.#isClosed = true;
    return atMs;
  }

  /** Events in order of their ids, from `from` (the id, not an index), at most `count`. */
  page(from: number, count: number, isReversed: boolean, hasData: boolean): Json[] {
    const events = isReversed
      ? this.#events.slice(Math.max(0, from - count), from).reverse()
      : this.#events.slice(from - 1, from - 1 + count);
    return hasData ? events : events.map(withoutData);
  }

  /** Gives up the events to save memory. */
  discard(): void {
    this.#isDiscarded = true;
    this.#events = [];
  }

  get isDiscarded(): boolean {
    return this.#isDiscarded;
  }

  #push(previousEventId: number, type: string, details: Json, atMs = this.#clock.nowMs()): number {
    const id = this.#events.length + 1;
    const member = details === undefined ? undefined : { [membersOf(type)]: details };
    this.#events.push({ timestamp: atMs / 1000, type, id, previousEventId, ...member });
    return id;
  }
}

/** `TaskStateEntered` has stateEnteredEventDetails, `TaskScheduled` taskScheduledEventDetails. */
function membersOf(type: string): string {
  const [, shared] = /State(Entered|Exited)$/.exec(type) ?? [];
  const stem = shared === undefined ? type : `State${shared}`;
  return `${stem.charAt(0).toLowerCase()}${stem.slice(1)}EventDetails`;
}

function withoutData(event: Json): Json {
  const entries = Object.entries<Json>(event).map(([key, value]) => {
    if (!key.endsWith('EventDetails')) return [key, value];
    return [key, Object.fromEntries(Object.entries(value).filter(([member]) => !DATA_MEMBERS.includes(member)))];
  });
  return Object.fromEntries(entries);
}
