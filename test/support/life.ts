// The life of one worker: it may end at any step, and nothing of the worker runs on after that, not even a `finally`.

const NEVER = new Promise<never>(() => undefined);

export class Life {
  readonly #diesAtStep: number;
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #death = Promise.withResolvers<'killed'>();
  #steps = 0;
  #isOver = false;

  /** @param diesAtStep from 1; by default it never ends */
  constructor(diesAtStep = Number.POSITIVE_INFINITY) {
    this.#diesAtStep = diesAtStep;
  }

  /** How many steps were taken: one before and one after each act. */
  get steps(): number {
    return this.#steps;
  }

  /** An act of the worker on the world: it has its effect unless the worker is dead, but the dead never learn of it. */
  async act<T>(act: () => Promise<T>): Promise<T> {
    if (this.#isDead()) return NEVER;
    const done = act();
    this.#underWay.add(done);
    try {
      return await done;
    } finally {
      this.#underWay.delete(done);
      if (this.#isDead()) await NEVER;
    }
  }

  /** Waiting, which changes nothing in the world; the dead wait for ever. */
  async wait<T>(until: Promise<T>): Promise<T> {
    const found = await until;
    return this.#isOver ? NEVER : found;
  }

  /** The worker's result, or `killed`, once nothing that it sent is under way any more. */
  async live<T>(work: Promise<T>): Promise<T | 'killed'> {
    const end = await Promise.race([work, this.#death.promise]);
    if (end === 'killed') await Promise.allSettled(this.#underWay);
    return end;
  }

  #isDead(): boolean {
    this.#steps++;
    if (this.#steps === this.#diesAtStep) {
      this.#isOver = true;
      this.#death.resolve('killed');
    }
    return this.#isOver;
  }
}
