// Judges one run by all laws.
import { checkCalls } from './calls.ts';
import type { Observed } from './observed.ts';
import { type Before, checkOutcome } from './outcome.ts';
import { checkEvidence } from './proof.ts';
import { compareStores } from './remains.ts';
import { checkSums } from './sums.ts';

/** @returns every law that does not hold, in a sentence with what was seen */
export function judge(observed: Observed, before: Before): string[] {
  const remains = compareStores(observed);
  return [
    ...checkOutcome(observed, before),
    ...remains.problems,
    ...checkSums(observed, remains),
    ...checkEvidence(observed),
    ...checkCalls(observed),
  ];
}
