// How a failure is named inside Step Functions, and which names of Retry and Catch it answers to.

/**
 * A failure as ASL knows it. Name and cause are absent where AWS leaves them out: a Fail state without Error, a
 * timeout without cause.
 */
export class StatesError extends Error {
  readonly errorName: string | undefined;
  readonly causeText: string | undefined;
  /** A second name Retry and Catch know it by. */
  readonly alias: string | undefined;

  constructor(errorName?: string, causeText?: string, alias?: string) {
    super(`${errorName ?? '(no error name)'}: ${causeText ?? '(no cause)'}`);
    this.errorName = errorName;
    this.causeText = causeText;
    this.alias = alias;
  }

  /** What `$states.errorOutput` holds. */
  get output(): { Error?: string; Cause?: string } {
    return {
      ...(this.errorName !== undefined && { Error: this.errorName }),
      ...(this.causeText !== undefined && { Cause: this.causeText }),
    };
  }
}

/** A failure that the interpreter finds itself while it runs a state, such as an expression without a result. */
export class StateFault extends StatesError {
  /** The field it was found in, such as `Arguments/Payload/id`. */
  readonly location: string | undefined;

  constructor(errorName: string, causeText: string, location?: string) {
    super(errorName, causeText);
    this.location = location;
  }

  /** The innermost state puts itself before the cause, as AWS does. */
  inState(name: string, enteredId: number): StatesError {
    const where = `An error occurred while executing the state '${name}' (entered at the event id #${enteredId}).`;
    return new StatesError(this.errorName, `${where} ${this.causeText ?? ''}`);
  }
}

/** Thrown through states that must stop because their execution, or a state beside them, has ended. */
export class Aborted extends Error {
  /** The event that ended them; theirs follow it. */
  readonly eventId: number;

  constructor(eventId: number) {
    super('stopped');
    this.eventId = eventId;
  }
}

/** Anything that is not a StatesError is a defect of the interpreter: it fails the execution and shows its stack. */
export function asStatesError(thrown: unknown): StatesError {
  if (thrown instanceof StatesError) return thrown;
  return new StatesError('States.Runtime', thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));
}

/** "Not retriable, and will always cause the execution to fail" (error names, developer guide). */
const NEVER_HANDLED = 'States.Runtime';
/** Names that no wildcard covers; an explicit `States.DataLimitExceeded` does. */
const BEYOND_WILDCARDS = new Set([NEVER_HANDLED, 'States.DataLimitExceeded']);

export function matches(names: readonly string[], { errorName, alias }: StatesError): boolean {
  if (errorName === NEVER_HANDLED) return false;
  const isTerminal = errorName !== undefined && BEYOND_WILDCARDS.has(errorName);
  return names.some((name) => {
    if (name === 'States.ALL') return !isTerminal;
    if (name === 'States.TaskFailed') return !isTerminal && errorName !== 'States.Timeout';
    return name === errorName || (alias !== undefined && name === alias);
  });
}
