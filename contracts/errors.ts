// The error family of Lethe: names that the state machine, the evidence and the pages share.

/** Refusals: the run ends before anything is touched. `Error` of the execution is the name (interfaces.md, section 3). */
export const REFUSALS = [
  'Lethe.InvalidRequest',
  'Lethe.UnknownScope',
  'Lethe.InvalidScopeId',
  'Lethe.UnknownOptIn',
  'Lethe.PhraseMismatch',
  'Lethe.PreservedStore',
  'Lethe.EnvironmentNotAllowed',
  'Lethe.EverythingNotAllowed',
  'Lethe.ExpectationMismatch',
  'Lethe.InvalidCatalog',
  'Lethe.SelectorNotBound',
  'Lethe.StoresOverlap',
  'Lethe.StoreUnsupported',
  'Lethe.NotSupportedYet',
  'Lethe.LimitExceeded',
  'Lethe.ScopeLocked',
  'Lethe.CooldownActive',
] as const;
export type RefusalName = (typeof REFUSALS)[number];

/** Names under which a run that was not refused ends FAILED; the last also that of an abort in the evidence. */
export const ENDINGS = ['Lethe.Incomplete', 'Lethe.Failed', 'Lethe.Aborted'] as const;

/** Faults inside a run that another attempt cannot mend; the state machine's first retrier refuses them. */
export const FAULTS = [
  'Lethe.GateClosed',
  'Lethe.PlanMismatch',
  'Lethe.DecisionNotProven',
  'Lethe.ProtectionFailed',
  'Lethe.CountIncomplete',
  'Lethe.VersioningLost',
  'Lethe.ApproversUnreachable',
] as const;
export type FaultName = (typeof FAULTS)[number];

/** Faults that another attempt can mend. */
export const RETRYABLE_FAULTS = ['Lethe.ShardTaken', 'Lethe.OutcomeUnknown'] as const;
export type RetryableFaultName = (typeof RETRYABLE_FAULTS)[number];

export const NON_RETRYABLE: readonly string[] = [...REFUSALS, ...FAULTS];

/** What every refusal says. Never secrets, tokens or items. */
export interface Explanation {
  readonly what: string;
  /** The value received, shortened. */
  readonly received: unknown;
  readonly allowed: unknown;
  /** What to do next. */
  readonly next: string;
  /** ISO 8601; when the same request can succeed. */
  readonly retryAt?: string;
  /** The run that stands in the way. */
  readonly runId?: string;
}

export abstract class LetheError extends Error {
  abstract override readonly name: string;
  abstract readonly retryable: boolean;
  readonly details: Explanation;

  constructor(details: Explanation, options?: ErrorOptions) {
    super(
      `${details.what} Received: ${show(details.received)}. Allowed: ${show(details.allowed)}. ${details.next}`,
      options,
    );
    this.details = details;
  }
}

/** Thrown before anything is touched, when a request, a catalog or the world does not allow the run. */
export class Refusal extends LetheError {
  override readonly name: RefusalName;
  override readonly retryable = false;

  constructor(name: RefusalName, details: Explanation, options?: ErrorOptions) {
    super(details, options);
    this.name = name;
  }
}

/** Thrown inside a run when one of its barriers holds: gate, digest, decision, protection, versioning, approvers. */
export class Fault extends LetheError {
  override readonly name: FaultName | RetryableFaultName;
  override readonly retryable: boolean;

  constructor(name: FaultName | RetryableFaultName, details: Explanation, options?: ErrorOptions) {
    super(details, options);
    this.name = name;
    this.retryable = (RETRYABLE_FAULTS as readonly string[]).includes(name);
  }
}

const MAX_SHOWN = 120;

/** A value for an error text: JSON, shortened, control characters escaped. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  return cut((JSON.stringify(value) ?? String(value)).replace(UNESCAPED_BY_JSON, escapeOf));
}

/** Control characters and line separators that JSON leaves as they are. */
const UNESCAPED_BY_JSON = /[\u007f-\u009f\u2028\u2029]/g;

function escapeOf(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function cut(text: string): string {
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}… (${text.length} characters)`;
}

/** `received` of an explanation: the value itself when short, else its beginning. */
export function shorten(value: unknown): unknown {
  if (value === undefined) return null;
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= MAX_SHOWN ? value : cut(text);
}

export function assertNever(value: never): never {
  throw new Error(`unexpected value ${show(value)}`);
}
