// One visit to a state: its context object, the evaluation of its fields, and the data it gives on.
import type { Json } from '../kernel/json-service.ts';
import type { NumberOrExpression, Outcome, State } from './asl.ts';
import type { Data, MapItem } from './data.ts';
import { evaluationFault, unexpectedType } from './expressions.ts';
import type { Frame } from './frame.ts';
import { COMPLETE } from './history.ts';
import { refuseLargeResult } from './limits.ts';

export interface Visit {
  readonly name: string;
  readonly type: State['Type'];
  readonly frame: Frame;
  readonly input: Json;
  readonly context: Json;
  readonly enteredId: number;
}

/** How an attempt at a state came out: the rule to apply, what it passes on by default, what it adds to `$states`. */
export interface Result {
  readonly rule: Outcome;
  /** Where the rule stands in the state, such as `Catch[0]/`. */
  readonly at?: string;
  readonly fallback: Json;
  readonly more?: { readonly result?: Json; readonly errorOutput?: Json };
}

export interface Step {
  readonly data: Data;
  /** Absent at the end of the scope. */
  readonly next: string | undefined;
}

export function enter(name: string, state: State, { value, json }: Data, frame: Frame): Visit {
  frame.signal.throwIfAborted();
  const { execution, trail, host } = frame;
  const details = { name, input: json, inputDetails: COMPLETE };
  const enteredId = execution.history.add(trail, `${state.Type}StateEntered`, details);
  execution.notify({ type: 'StateEntered', state: name });
  const context = contextOf(frame, name, host.clock.nowIso());
  return { name, type: state.Type, frame, input: value, context, enteredId };
}

/** Applies Assign and Output, which both see the variables as they were when the state was entered. */
export async function leave(visit: Visit, { rule, at = '', fallback, more }: Result): Promise<Step> {
  const { name, type, frame } = visit;
  const { execution, trail, variables, signal } = frame;
  const assigned = 'Assign' in rule ? await evaluate(visit, rule.Assign, `${at}Assign`, more) : undefined;
  const value = 'Output' in rule ? await evaluate(visit, rule.Output, `${at}Output`, more) : fallback;
  const json = JSON.stringify(value);
  refuseLargeResult(name, json);
  signal.throwIfAborted();
  const texts = assigned && { assignedVariables: variables.assign(assigned), assignedVariablesDetails: COMPLETE };
  execution.history.add(trail, `${type}StateExited`, { name, output: json, outputDetails: COMPLETE, ...texts });
  execution.notify({ type: 'StateExited', state: name });
  return { data: { value, json }, next: rule.Next };
}

export function evaluate(visit: Visit, template: Json, location: string, more: Result['more'] = {}): Promise<Json> {
  const { frame, input, context } = visit;
  const bindings = { ...frame.variables.visible, states: { input, context, ...more } };
  return frame.host.expressions.evaluate(template, bindings, location);
}

/** The visit as the item of a map sees it. */
export function forItem(visit: Visit, item: MapItem): Visit {
  return { ...visit, context: { ...visit.context, Map: { Item: item } } };
}

interface Bounds {
  readonly min: number;
  readonly max?: number;
  readonly isWhole?: boolean;
}

/** A number field that may be an expression; undefined when the field is absent. */
export async function evaluateNumber(
  visit: Visit,
  template: NumberOrExpression | undefined,
  location: string,
  { min, max = Number.MAX_SAFE_INTEGER, isWhole = true }: Bounds,
): Promise<number | undefined> {
  if (template === undefined) return undefined;
  const value = await evaluate(visit, template, location);
  if (typeof value !== 'number') throw unexpectedType(template, location, 'number', value);
  if (value >= min && value <= max && (!isWhole || Number.isInteger(value))) return value;
  const kind = isWhole ? 'whole number' : 'number';
  throw evaluationFault(`The field '${location}' is ${value}; allowed is a ${kind} from ${min} to ${max}.`, location);
}

export async function evaluateText(visit: Visit, template: string, location: string): Promise<string> {
  const value = await evaluate(visit, template, location);
  if (typeof value !== 'string') throw unexpectedType(template, location, 'string', value);
  return value;
}

/** The context object (developer guide); a task that waits for its token adds `Task`. */
function contextOf({ execution, executionInput, item }: Frame, name: string, enteredTime: string): Json {
  const { arn, machine, machineArn, name: executionName } = execution.start;
  return {
    Execution: {
      Id: arn,
      Input: executionInput,
      Name: executionName,
      RoleArn: machine.roleArn,
      StartTime: new Date(execution.startMs).toISOString(),
      RedriveCount: 0,
    },
    State: { EnteredTime: enteredTime, Name: name, RetryCount: 0 },
    StateMachine: { Id: machineArn, Name: machineArn.split(':').at(-1) },
    ...(item && { Map: { Item: item } }),
  };
}
