// Numbers that look random but are a function of a seed and a name, so that any record can be made alone, in any order.

/** Steps of the state: 2^32 divided by the golden ratio, so that neighbours lie far apart. */
const STEP = 0x9e3779b9;

/** Each record throws dice of its own; two records that must agree throw the same ones. */
export class Dice {
  #state: number;

  constructor(seed: number, name: string, n = 0, m = 0) {
    let state = scramble(seed >>> 0);
    for (let i = 0; i < name.length; i++) state = scramble(state ^ name.charCodeAt(i));
    this.#state = scramble(scramble(state ^ n) + m);
  }

  /** A whole number in [0, limit), limit at most 2^32. */
  below(limit: number): number {
    this.#state = (this.#state + STEP) >>> 0;
    return Math.floor((scramble(this.#state) / 2 ** 32) * limit);
  }

  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  isOneIn(n: number): boolean {
    return this.below(n) === 0;
  }

  pick<const T extends readonly [unknown, ...unknown[]]>(from: T): T[number] {
    return from[this.below(from.length)] ?? from[0];
  }

  bytes(count: number): Buffer {
    const bytes = Buffer.alloc(count);
    for (let i = 0; i < count; i++) bytes[i] = this.below(256);
    return bytes;
  }

  hex(digits: number): string {
    let text = '';
    while (text.length < digits) text += this.below(16).toString(16);
    return text;
  }
}

/** A bijection on 32 bits in which each bit of the input moves about half of the output. */
function scramble(value: number): number {
  let bits = (value + STEP) >>> 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x21f0aaad);
  bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97);
  return (bits ^ (bits >>> 15)) >>> 0;
}
