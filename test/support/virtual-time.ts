// Time for one test: it passes in sleep only, and stands still while anything is under way.

interface Sleeper {
  readonly atMs: number;
  wake(): void;
}

/** Sleepers wake in the order of their times, each with the clock at its own time; so nobody ever really waits. */
export class VirtualTime {
  readonly #sleepers: Sleeper[] = [];
  #nowMs = 0;
  #holds = 0;
  #isDue = false;

  readonly nowMs = (): number => this.#nowMs;

  readonly sleep = (ms: number): Promise<void> =>
    new Promise((wake) => {
      this.#sleepers.push({ atMs: this.#nowMs + ms, wake });
      this.#goOn();
    });

  /** Stops time, for as long as a request is under way; the answer lets it pass again. */
  hold(): () => void {
    this.#holds++;
    return () => {
      this.#holds--;
      this.#goOn();
    };
  }

  /** Lets time go for so long, for one who holds it. */
  async pass(ms: number): Promise<void> {
    this.#holds--;
    await this.sleep(ms);
    this.#holds++;
  }

  /** One sleeper a turn of the event loop, so that whoever woke has begun what it does next. */
  #goOn(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    setImmediate(() => {
      this.#isDue = false;
      const next = this.#holds > 0 ? undefined : this.#takeNext();
      if (!next) return;
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.wake();
      this.#goOn();
    });
  }

  #takeNext(): Sleeper | undefined {
    const atMs = Math.min(...this.#sleepers.map((sleeper) => sleeper.atMs));
    const at = this.#sleepers.findIndex((sleeper) => sleeper.atMs === atMs);
    return at < 0 ? undefined : this.#sleepers.splice(at, 1)[0];
  }
}
