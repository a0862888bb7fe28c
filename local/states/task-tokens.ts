// Task tokens: each stands for one attempt of a task that waits to be answered from outside.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { AwsError } from '../kernel/aws-error.ts';
import type { Json } from '../kernel/json-service.ts';
import type { ServiceClock } from '../kernel/service-clock.ts';
import { StatesError } from './errors.ts';

/** With the signature, 684 base64 characters, about as long as those of AWS and with `+`, `/` and `=` in them. */
const RANDOM_BYTES = 480;
const SIGNATURE_BYTES = 32;

interface TaskToken {
  readonly token: string;
  /** Resolves with the output of SendTaskSuccess; rejects with a StatesError. */
  readonly answer: Promise<Json>;
  /** From now on the token is dead. */
  close(): void;
}

interface OpenTask {
  readonly answer: PromiseWithResolvers<Json>;
  readonly beat: () => void;
  readonly close: () => void;
}

/**
 * An outstanding token keeps the clock at the wall's pace: whoever will answer it lives outside. Dead tokens are not
 * remembered but recognised by their signature.
 */
export class TaskTokens {
  readonly #clock: ServiceClock;
  readonly #key = randomBytes(SIGNATURE_BYTES);
  readonly #open = new Map<string, OpenTask>();

  constructor(clock: ServiceClock) {
    this.#clock = clock;
  }

  issue(heartbeatSeconds?: number): TaskToken {
    const id = randomBytes(RANDOM_BYTES);
    const token = Buffer.concat([id, this.#sign(id)]).toString('base64');
    const answer = Promise.withResolvers<Json>();
    const release = this.#clock.hold();
    let cancelHeartbeat = () => {};
    const beat = () => {
      if (heartbeatSeconds === undefined) return;
      cancelHeartbeat();
      // AWS writes States.Timeout into the history, and Retry and Catch know it by both names.
      const missed = () => answer.reject(new StatesError('States.Timeout', undefined, 'States.HeartbeatTimeout'));
      cancelHeartbeat = this.#clock.after(heartbeatSeconds * 1000, missed);
    };
    const close = () => {
      this.#open.delete(token);
      cancelHeartbeat();
      release();
    };
    this.#open.set(token, { answer, beat, close });
    beat();
    return { token, answer: answer.promise, close };
  }

  succeed(token: string, output: Json): void {
    const task = this.#find(token);
    task.close();
    task.answer.resolve(output);
  }

  fail(token: string, error?: string, cause?: string): void {
    const task = this.#find(token);
    task.close();
    task.answer.reject(new StatesError(error, cause));
  }

  heartbeat(token: string): void {
    this.#find(token).beat();
  }

  #find(token: string): OpenTask {
    const task = this.#open.get(token);
    if (task) return task;
    if (this.#isOurs(token)) {
      throw new AwsError('TaskTimedOut', "Task Timed Out: 'Provided task does not exist anymore'");
    }
    throw new AwsError('InvalidToken', "Invalid Token: 'Invalid token'");
  }

  #isOurs(token: string): boolean {
    const bytes = Buffer.from(token, 'base64');
    if (bytes.length !== RANDOM_BYTES + SIGNATURE_BYTES) return false;
    return timingSafeEqual(bytes.subarray(RANDOM_BYTES), this.#sign(bytes.subarray(0, RANDOM_BYTES)));
  }

  #sign(id: Buffer): Buffer {
    return createHmac('sha256', this.#key).update(id).digest();
  }
}
