// The service clock's state in shared memory, so that worker threads read the same time as the main thread.

/** A straight line: at wall instant `wallMs` the service time was `serviceMs`, and it runs `pace` times as fast as the wall. */
export interface TimeLine {
  readonly wallMs: number;
  readonly serviceMs: number;
  readonly pace: number;
}

const FIELDS = 3;
const INDEX_BYTES = 8;

/** Milliseconds of the machine's monotonic clock, the same for every thread of the process. */
export function wallMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

export function timeOn(line: TimeLine, atWallMs: number): number {
  return line.serviceMs + (atWallMs - line.wallMs) * line.pace;
}

/** Two slots and the index of the current one: a reader retries when the index moved while it read. */
export class SharedTime {
  readonly buffer: SharedArrayBuffer;
  readonly #index: Int32Array;
  readonly #slots: Float64Array;

  constructor(buffer = new SharedArrayBuffer(INDEX_BYTES + 2 * FIELDS * Float64Array.BYTES_PER_ELEMENT)) {
    this.buffer = buffer;
    this.#index = new Int32Array(buffer, 0, 1);
    this.#slots = new Float64Array(buffer, INDEX_BYTES);
  }

  publish(line: TimeLine): void {
    const slot = Atomics.load(this.#index, 0) === 0 ? 1 : 0;
    this.#slots.set([line.wallMs, line.serviceMs, line.pace], slot * FIELDS);
    Atomics.store(this.#index, 0, slot);
  }

  read(): TimeLine {
    for (;;) {
      const slot = Atomics.load(this.#index, 0);
      const [wall = 0, serviceMs = 0, pace = 1] = this.#slots.subarray(slot * FIELDS, (slot + 1) * FIELDS);
      if (Atomics.load(this.#index, 0) === slot) return { wallMs: wall, serviceMs, pace };
    }
  }

  /** Service time now, in epoch milliseconds. */
  nowMs(): number {
    return Math.floor(timeOn(this.read(), wallMs()));
  }
}
