// Workflow variables: which a scope sees, which it may set, and how much they may hold.
import type { Json } from '../kernel/json-service.ts';
import { StatesError } from './errors.ts';
import { MAX_DATA_BYTES, MAX_VARIABLES_BYTES } from './limits.ts';

/** Bytes held by all scopes of one execution. */
interface Ledger {
  heldBytes: number;
}

/** An inner scope reads the variables of the scopes around it and sets its own (no name is used in both, see check). */
export class Variables {
  readonly #outer: Readonly<Record<string, Json>>;
  readonly #ledger: Ledger;
  readonly #bytes = new Map<string, number>();
  #own: Record<string, Json> = {};

  constructor(outer: Readonly<Record<string, Json>> = {}, ledger: Ledger = { heldBytes: 0 }) {
    this.#outer = outer;
    this.#ledger = ledger;
  }

  get visible(): Readonly<Record<string, Json>> {
    return { ...this.#outer, ...this.#own };
  }

  /** Sets them all or, over a limit, none. @returns each value as JSON text */
  assign(values: Readonly<Record<string, Json>>): Record<string, string> {
    const texts = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, JSON.stringify(value)]));
    const sizes = Object.entries(texts).map(([name, text]) => [name, Buffer.byteLength(text)] as const);
    const assigned = sizes.reduce((sum, [, bytes]) => sum + bytes, 0);
    const replaced = sizes.reduce((sum, [name]) => sum + (this.#bytes.get(name) ?? 0), 0);
    const held = this.#ledger.heldBytes + assigned - replaced;
    if (assigned > MAX_DATA_BYTES) throw tooLarge(`one Assign sets ${assigned} bytes`, MAX_DATA_BYTES);
    if (held > MAX_VARIABLES_BYTES) throw tooLarge(`the execution holds ${held} bytes`, MAX_VARIABLES_BYTES);
    this.#ledger.heldBytes = held;
    for (const [name, bytes] of sizes) this.#bytes.set(name, bytes);
    this.#own = { ...this.#own, ...values };
    return texts;
  }

  inner(): Variables {
    return new Variables(this.visible, this.#ledger);
  }

  /** The end of the scope; its variables are gone. */
  release(): void {
    for (const bytes of this.#bytes.values()) this.#ledger.heldBytes -= bytes;
    this.#bytes.clear();
    this.#own = {};
  }
}

function tooLarge(what: string, allowedBytes: number): StatesError {
  return new StatesError('States.DataLimitExceeded', `Variables are too large: ${what}; allowed are ${allowedBytes}.`);
}
