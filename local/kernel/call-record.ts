// The record of every call the embedded AWS answered: one JSON line each, and listeners for those in this process.

import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';

export interface CallRecord {
  readonly n: number;
  /** Service time, ISO 8601. */
  readonly at: string;
  readonly service: string;
  readonly operation: string;
  readonly resource: string | null;
  readonly by: string;
  readonly items: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly status: number;
  /** Effect of an injected fault, or null. */
  readonly fault: string | null;
}

export class CallLog {
  readonly #file: WriteStream | undefined;
  readonly #listeners = new Set<(call: CallRecord) => void>();
  #count = 0;

  /** @param path JSONL file, overwritten */
  constructor(path?: string) {
    this.#file = path === undefined ? undefined : createWriteStream(path);
  }

  nextNumber(): number {
    this.#count++;
    return this.#count;
  }

  record(call: CallRecord): void {
    this.#file?.write(`${JSON.stringify(call)}\n`);
    for (const listener of this.#listeners) listener(call);
  }

  /** Returns the function that ends the subscription. */
  listen(listener: (call: CallRecord) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    if (!this.#file) return;
    this.#file.end();
    await once(this.#file, 'finish');
  }
}
