// Invocations of type Event: run after the caller has its answer, and retried as Lambda does.
import { randomUUID } from 'node:crypto';
import type { ServiceClock } from '../kernel/service-clock.ts';
import type { Outcome } from './execution-environment.ts';
import type { FoundFunction } from './function-registry.ts';

export interface AsynchronousOptions {
  readonly clock: ServiceClock;
  /** One attempt; never rejects. */
  attempt(target: FoundFunction, payload: string, requestId: string): Promise<Outcome>;
  /** The event is dropped: every attempt has failed. */
  onDropped(functionName: string, line: string): void;
}

/**
 * Two retries: one minute after the first attempt, two minutes after the second (Lambda guide, "How Lambda handles
 * errors and retries with asynchronous invocation").
 */
const RETRY_DELAYS_MS = [60_000, 120_000];

export class AsynchronousInvocations {
  readonly #options: AsynchronousOptions;
  readonly #cancels = new Set<() => void>();
  #isClosed = false;

  constructor(options: AsynchronousOptions) {
    this.#options = options;
  }

  /** All attempts carry the same request id, which it returns. */
  start(target: FoundFunction, payload: string): string {
    const requestId = randomUUID();
    void this.#attempt(target, payload, requestId, 0);
    return requestId;
  }

  /** No further attempt begins. */
  close(): void {
    this.#isClosed = true;
    for (const cancel of this.#cancels) cancel();
  }

  async #attempt(target: FoundFunction, payload: string, requestId: string, retries: number): Promise<void> {
    const { clock, attempt, onDropped } = this.#options;
    const outcome = await attempt(target, payload, requestId);
    if ('payload' in outcome || this.#isClosed) return;
    const delayMs = RETRY_DELAYS_MS[retries];
    if (delayMs === undefined) {
      const { errorType, errorMessage } = outcome.error;
      const line = `RequestId: ${requestId} event dropped after ${retries + 1} attempts: ${errorType}: ${errorMessage}`;
      onDropped(target.definition.name, line);
      return;
    }
    const cancel = clock.after(delayMs, () => {
      this.#cancels.delete(cancel);
      void this.#attempt(target, payload, requestId, retries + 1);
    });
    this.#cancels.add(cancel);
  }
}
