// The tokens that make TransactWriteItems happen once.
import { isDeepStrictEqual } from 'node:util';
import { AwsError } from '../kernel/aws-error.ts';
import type { Json } from '../kernel/json-service.ts';
import type { ServiceClock } from '../kernel/service-clock.ts';

/** "A client request token is valid for 10 minutes after the first request that uses it is completed." */
const VALID_MS = 10 * 60 * 1000;

export class RequestTokens {
  readonly #clock: ServiceClock;
  /** In the order of their end. */
  readonly #remembered = new Map<string, { readonly request: Json; readonly untilMs: number }>();

  constructor(clock: ServiceClock) {
    this.#clock = clock;
  }

  /** @throws IdempotentParameterMismatchException when the token came with another request */
  isRepeat(token: string | undefined, request: Json): boolean {
    this.#forgetEnded();
    const known = token === undefined ? undefined : this.#remembered.get(token);
    if (!known) return false;
    if (isDeepStrictEqual(known.request, request)) return true;
    throw new AwsError(
      'IdempotentParameterMismatchException',
      'DynamoDB rejected the request because you retried a request with a different payload but with an idempotent token that was already used.',
    );
  }

  /** Call when the request has taken effect. */
  remember(token: string | undefined, request: Json): void {
    if (token !== undefined) this.#remembered.set(token, { request, untilMs: this.#clock.nowMs() + VALID_MS });
  }

  #forgetEnded(): void {
    for (const [token, { untilMs }] of this.#remembered) {
      if (untilMs > this.#clock.nowMs()) return;
      this.#remembered.delete(token);
    }
  }
}
