// Divides a whole number into whole parts without keeping the parts: part i is known from i alone.

/** Size of part `index`. */
export type Shares = (index: number) => number;

/**
 * `total` over `count` parts whose weights repeat `pattern`: rounded, yet they add up to the total exactly.
 * Needs total times the sum of all weights below 2^53.
 */
export function sharesOf(total: number, count: number, pattern: readonly number[]): Shares {
  const sums = [0];
  for (const weight of pattern) sums.push((sums.at(-1) ?? 0) + weight);
  const weightBefore = (index: number) =>
    Math.floor(index / pattern.length) * (sums.at(-1) ?? 0) + (sums[index % pattern.length] ?? 0);
  const whole = weightBefore(count);
  const before = (index: number) => Math.floor((total * weightBefore(index)) / whole);
  return (index) => before(index + 1) - before(index);
}

/** The same, with at least one for each part where the total suffices. */
export function sharesWithOneEach(total: number, count: number, pattern: readonly number[]): Shares {
  if (total < count) return sharesOf(total, count, pattern);
  const rest = sharesOf(total - count, count, pattern);
  return (index) => 1 + rest(index);
}
