// The Amazon States Language as this service runs it: what a definition looks like once it has been checked.
import type { Json } from '../kernel/json-service.ts';

/** A constant, or a JSONata expression in `{% … %}` that gives one. */
export type NumberOrExpression = number | string;

export interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds?: number;
  readonly MaxAttempts?: number;
  readonly BackoffRate?: number;
  readonly MaxDelaySeconds?: number;
  readonly JitterStrategy?: 'FULL' | 'NONE';
}

/** Where a visit of a state ends: what it assigns, what it gives on. Values are templates. */
export interface Outcome {
  readonly Assign?: Readonly<Record<string, Json>>;
  readonly Output?: Json;
  /** Absent on a state that ends its scope. */
  readonly Next?: string;
}

export interface Catcher extends Outcome {
  readonly ErrorEquals: readonly string[];
  readonly Next: string;
}

interface ChoiceRule extends Outcome {
  readonly Condition: string;
  readonly Next: string;
}

/** Retry and Catch: Task, Parallel and Map only. */
interface Guarded {
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly Catcher[];
}

interface PassState extends Outcome {
  readonly Type: 'Pass';
}

interface SucceedState extends Outcome {
  readonly Type: 'Succeed';
}

export interface FailState {
  readonly Type: 'Fail';
  readonly Error?: string;
  readonly Cause?: string;
}

/** Exactly one of Seconds and Timestamp. */
export interface WaitState extends Outcome {
  readonly Type: 'Wait';
  readonly Seconds?: NumberOrExpression;
  readonly Timestamp?: string;
}

export interface ChoiceState {
  readonly Type: 'Choice';
  readonly Choices: readonly ChoiceRule[];
  readonly Default?: string;
}

export const LAMBDA_INVOKE = 'arn:aws:states:::lambda:invoke';
export const LAMBDA_CALLBACK = 'arn:aws:states:::lambda:invoke.waitForTaskToken';

export interface TaskState extends Outcome, Guarded {
  readonly Type: 'Task';
  readonly Resource: typeof LAMBDA_INVOKE | typeof LAMBDA_CALLBACK;
  readonly Arguments: { readonly FunctionName: string; readonly Payload?: Json };
  readonly TimeoutSeconds?: NumberOrExpression;
  readonly HeartbeatSeconds?: NumberOrExpression;
}

export interface ParallelState extends Outcome, Guarded {
  readonly Type: 'Parallel';
  readonly Branches: readonly Scope[];
  readonly Arguments?: Json;
}

export const READ_OBJECT = 'arn:aws:states:::s3:getObject';
export const WRITE_OBJECT = 'arn:aws:states:::s3:putObject';

export interface ItemReader {
  readonly Resource: typeof READ_OBJECT;
  readonly ReaderConfig: { readonly InputType: 'JSONL'; readonly MaxItems?: NumberOrExpression };
  readonly Arguments: { readonly Bucket: string; readonly Key: string; readonly VersionId?: string };
}

export interface ResultWriter {
  readonly Resource: typeof WRITE_OBJECT;
  readonly Arguments: { readonly Bucket: string; readonly Prefix?: string };
}

export interface ItemProcessor extends Scope {
  readonly ProcessorConfig?: { readonly Mode: 'INLINE' | 'DISTRIBUTED'; readonly ExecutionType?: 'STANDARD' };
}

/** Fields below MaxConcurrency belong to the distributed mode, which must have a Label here. */
export interface MapState extends Outcome, Guarded {
  readonly Type: 'Map';
  readonly ItemProcessor: ItemProcessor;
  readonly Items?: Json;
  readonly ItemSelector?: Json;
  readonly MaxConcurrency?: NumberOrExpression;
  readonly Label?: string;
  readonly ItemReader?: ItemReader;
  readonly ResultWriter?: ResultWriter;
  readonly ToleratedFailurePercentage?: NumberOrExpression;
  readonly ToleratedFailureCount?: NumberOrExpression;
}

export type State =
  | PassState
  | SucceedState
  | FailState
  | WaitState
  | ChoiceState
  | TaskState
  | ParallelState
  | MapState;

export type StateType = State['Type'];

/** A machine, a branch of a Parallel, or the processor of a Map: states that lead to one another. */
export interface Scope {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

export interface Definition extends Scope {
  readonly TimeoutSeconds?: number;
}

export function isDistributed(state: MapState): boolean {
  return state.ItemProcessor.ProcessorConfig?.Mode === 'DISTRIBUTED';
}
