// How an execution ended, from its output or its cause.
import type { Execution } from '../adapters/executions.ts';
import { type Explanation, REFUSALS } from '../contracts/errors.ts';
import { type Ending, OUTCOMES, type Outcome } from '../contracts/report.ts';

export interface Ended {
  readonly outcome: Outcome;
  /** What the run itself said; null where it was refused, or ended from outside. */
  readonly ending: Partial<Ending> | null;
  /** Why it did not do what was asked. */
  readonly error: ({ readonly name: string } & Partial<Explanation>) | null;
}

/** @param execution one that has ended */
export function endedOf({ status, output, error: name, cause }: Execution): Ended {
  switch (status) {
    case 'SUCCEEDED':
      return { ...said(parse(output)), error: null };
    case 'FAILED': {
      const details = parse(cause);
      if (isRefusal(name)) return { outcome: 'refused', ending: null, error: { name, ...details } };
      const { what } = details;
      return { ...said(details), error: { name, ...(typeof what === 'string' && { what }) } };
    }
    case 'ABORTED':
      return { outcome: 'aborted', ending: null, error: fromOutside('The execution was stopped from outside.', cause) };
    default:
      return { outcome: 'failed', ending: null, error: fromOutside(`The execution is ${status}.`, cause) };
  }
}

/** What the run itself said of its end, where it still could. */
function said(ending: Record<string, unknown>): Pick<Ended, 'outcome' | 'ending'> {
  const outcome = OUTCOMES.find((one) => one === ending['outcome']);
  return outcome === undefined ? { outcome: 'failed', ending: null } : { outcome, ending };
}

function fromOutside(what: string, cause: string): Ended['error'] {
  const next = 'See the execution in the Step Functions console, and what the run did in its evidence.';
  return { name: 'States.Runtime', what: cause === '' ? what : `${what} ${cause}`, next };
}

function isRefusal(name: string): boolean {
  return (REFUSALS as readonly string[]).includes(name);
}

/** Texts that are no JSON object are kept as what happened. */
function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    return { what: text };
  }
  return { what: text };
}
