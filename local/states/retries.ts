// Which error is tried again, and after how long: the Retry of one visit to a state.
import type { Retrier } from './asl.ts';
import { matches, type StatesError } from './errors.ts';

/** Defaults of Amazon States Language. */
const INTERVAL_SECONDS = 1;
const MAX_ATTEMPTS = 3;
const BACKOFF_RATE = 2;

/** Each retrier counts its own attempts; only the first one that knows the error is asked. */
export class Retries {
  readonly #retriers: readonly { readonly rule: Retrier; attempts: number }[];
  readonly #random: () => number;

  constructor(rules: readonly Retrier[], random: () => number) {
    this.#retriers = rules.map((rule) => ({ rule, attempts: 0 }));
    this.#random = random;
  }

  /** Milliseconds until the next attempt; undefined when there is none. */
  delayAfter(error: StatesError): number | undefined {
    const retrier = this.#retriers.find(({ rule }) => matches(rule.ErrorEquals, error));
    if (!retrier || retrier.attempts >= (retrier.rule.MaxAttempts ?? MAX_ATTEMPTS)) return undefined;
    const { IntervalSeconds = INTERVAL_SECONDS, BackoffRate = BACKOFF_RATE, MaxDelaySeconds } = retrier.rule;
    const seconds = Math.min(
      IntervalSeconds * BackoffRate ** retrier.attempts,
      MaxDelaySeconds ?? Number.MAX_SAFE_INTEGER,
    );
    retrier.attempts++;
    return seconds * 1000 * (retrier.rule.JitterStrategy === 'FULL' ? this.#random() : 1);
  }
}
