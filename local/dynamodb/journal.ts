// The undo log of a table whose point-in-time recovery is on: what each write replaced, and when.
import type { Item } from './item.ts';

export interface Replaced {
  /** Service time, epoch milliseconds. */
  readonly atMs: number;
  readonly indexName: string | undefined;
  readonly key: string;
  readonly before: Item | undefined;
}

/** Oldest first. A table as it was at a time is its items now with every later write undone, newest first. */
export class Journal {
  #entries: Replaced[] = [];
  #forgotten = 0;

  append(entry: Replaced): void {
    this.#entries.push(entry);
  }

  /** The writes after `atMs`, newest first; stays as it is when more are appended. */
  newerThan(atMs: number): readonly Replaced[] {
    const newer: Replaced[] = [];
    for (let index = this.#entries.length - 1; index >= this.#forgotten; index--) {
      const entry = this.#entries[index];
      if (!entry || entry.atMs <= atMs) break;
      newer.push(entry);
    }
    return newer;
  }

  /** Nothing before `atMs` will be asked for again. */
  forgetBefore(atMs: number): void {
    for (let oldest = this.#entries[this.#forgotten]; oldest && oldest.atMs < atMs; ) {
      this.#forgotten++;
      oldest = this.#entries[this.#forgotten];
    }
    // Half of the array at a time, so that an append stays cheap.
    if (this.#forgotten * 2 <= this.#entries.length) return;
    this.#entries = this.#entries.slice(this.#forgotten);
    this.#forgotten = 0;
  }
}
