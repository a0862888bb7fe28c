// Exit codes of the commands (interfaces.md, section 6).
import type { Outcome } from '../contracts/report.ts';

export const EXIT = {
  held: 0,
  failed: 1,
  /** Also refused: nothing was done, and the same again would be refused again. */
  usage: 2,
  rejected: 3,
  expired: 4,
  aborted: 5,
  interrupted: 130,
} as const;

const BY_OUTCOME: Readonly<Record<Outcome, number>> = {
  previewed: EXIT.held,
  counted: EXIT.held,
  erased: EXIT.held,
  duplicate: EXIT.held,
  incomplete: EXIT.failed,
  failed: EXIT.failed,
  refused: EXIT.usage,
  rejected: EXIT.rejected,
  expired: EXIT.expired,
  aborted: EXIT.aborted,
};

export function exitCodeOf(outcome: Outcome): number {
  return BY_OUTCOME[outcome];
}
