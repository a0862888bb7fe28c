// The one clock of product code.

export interface Clock {
  /** Epoch milliseconds. */
  nowMs(): number;
  nowIso(): string;
  /** Resolves after real milliseconds. */
  sleep(ms: number): Promise<void>;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  nowIso: () => new Date().toISOString(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};
