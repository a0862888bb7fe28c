// The one clock of the embedded AWS: the wall's pace while anything is in flight, many times as fast while it only waits.
import TinyQueue from 'tinyqueue';
import { SharedTime, type TimeLine, timeOn, wallMs } from './shared-time.ts';

interface Alarm {
  readonly atMs: number;
  /** Absent once cancelled: the queue keeps the alarm until its time, but nothing that the alarm was for. */
  ring: (() => void) | undefined;
}

/** Node fires longer timers at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Every timestamp, wait, retry and timeout of local/ comes from here.
 * While at least one hold is taken (an invocation or request in flight, a task token outstanding) it keeps the wall's
 * pace; otherwise it runs `speed` times as fast. It never runs backwards.
 */
export class ServiceClock {
  readonly #speed: number;
  readonly #shared = new SharedTime();
  readonly #alarms = new TinyQueue<Alarm>([], (a, b) => a.atMs - b.atMs);
  #line: TimeLine;
  #holds = 0;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** @param speed service seconds per wall second while nothing is in flight, at least 1 */
  constructor(speed = 1, startMs = Date.now()) {
    if (!(speed >= 1)) throw new RangeError(`clock speed is ${speed}; allowed is 1 or more`);
    this.#speed = speed;
    this.#line = { wallMs: wallMs(), serviceMs: startMs, pace: speed };
    this.#shared.publish(this.#line);
  }

  /** Shared memory from which worker threads read the same time (see SharedTime). */
  get buffer(): SharedArrayBuffer {
    return this.#shared.buffer;
  }

  /** Epoch milliseconds, whole. */
  nowMs(): number {
    return Math.floor(this.#exactMs());
  }

  /** Seconds with fraction, as the JSON protocols write timestamps. */
  nowSeconds(): number {
    return this.nowMs() / 1000;
  }

  nowIso(): string {
    return new Date(this.nowMs()).toISOString();
  }

  /** Keeps the wall's pace until the returned function is called (a second call does nothing). */
  hold(): () => void {
    this.#holds++;
    if (this.#holds === 1) this.#setPace(1);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#holds--;
      if (this.#holds === 0) this.#setPace(this.#speed);
    };
  }

  /** Calls `ring` once the service time is `atMs`; returns the cancel function. */
  at(atMs: number, ring: () => void): () => void {
    const alarm: Alarm = { atMs, ring };
    this.#alarms.push(alarm);
    this.#arm();
    return () => {
      alarm.ring = undefined;
    };
  }

  after(delayMs: number, ring: () => void): () => void {
    return this.at(this.#exactMs() + delayMs, ring);
  }

  /** Resolves after `delayMs` of service time; rejects with the signal's reason when it aborts first. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = () => {
        cancel();
        reject(signal?.reason);
      };
      const cancel = this.after(delayMs, () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Drops all alarms; nothing rings afterwards. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #exactMs(): number {
    return timeOn(this.#line, wallMs());
  }

  #setPace(pace: number): void {
    if (pace === this.#line.pace) return;
    const now = wallMs();
    this.#line = { wallMs: now, serviceMs: timeOn(this.#line, now), pace };
    this.#shared.publish(this.#line);
    this.#arm();
  }

  #arm(): void {
    clearTimeout(this.#timer);
    let next = this.#alarms.peek();
    for (; next && !next.ring; next = this.#alarms.peek()) this.#alarms.pop();
    if (!next || this.#isClosed) return;
    const delayMs = Math.max(0, (next.atMs - this.#exactMs()) / this.#line.pace);
    this.#timer = setTimeout(() => this.#ringDue(), Math.min(Math.ceil(delayMs), MAX_TIMER_MS));
  }

  #ringDue(): void {
    const now = this.#exactMs();
    for (let next = this.#alarms.peek(); next && next.atMs <= now; next = this.#alarms.peek()) {
      this.#alarms.pop();
      next.ring?.();
    }
    this.#arm();
  }
}
