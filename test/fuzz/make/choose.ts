// Choices made with dice, so that a seed makes the same case everywhere.
import type { Dice } from '../../../examples/gallery/seed/dice.ts';

export function isLucky(dice: Dice, percent: number): boolean {
  return dice.below(100) < percent;
}

/** @throws RangeError for an empty list */
export function oneOf<T>(dice: Dice, from: readonly T[]): T {
  if (from.length === 0) throw new RangeError('there is nothing to choose from');
  // Within the bounds; what is there may itself be undefined.
  return from[dice.below(from.length)] as T;
}

/** Each with that chance, in their order. */
export function someOf<T>(dice: Dice, from: readonly T[], percent: number): T[] {
  return from.filter(() => isLucky(dice, percent));
}

export function times<T>(count: number, make: (n: number) => T): T[] {
  return Array.from({ length: count }, (_, n) => make(n));
}

export function shuffled<T>(dice: Dice, list: readonly T[]): T[] {
  return list
    .map((one) => ({ one, at: dice.below(2 ** 32) }))
    .sort((a, b) => a.at - b.at)
    .map(({ one }) => one);
}
