// Dice that fall the same for the same words, so that faults can be replayed.
import { createHash } from 'node:crypto';

const BITS = 48;

/** 0 to less than 1, as a pure function of what is given. */
export function chance(...words: readonly (string | number | null)[]): number {
  const digest = createHash('sha256').update(JSON.stringify(words)).digest();
  return digest.readUIntBE(0, BITS / 8) / 2 ** BITS;
}
