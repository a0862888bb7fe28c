// Refuses a definition when it is created: wrong ASL as AWS would, and whatever this service would otherwise ignore.
import { AwsError } from '../kernel/aws-error.ts';
import type { Json } from '../kernel/json-service.ts';
import type { Definition, StateType } from './asl.ts';
import { checkFlow, checkNextOrEnd } from './check-flow.ts';
import { checkState, STATE_FIELDS } from './check-states.ts';
import { checkFields, object, oneOf, type Review, report, show, text, wholeNumber } from './check-values.ts';
import type { Expressions } from './expressions.ts';
import { MAX_NAME_LENGTH } from './names.ts';

/** What scopes inside one another must not share. */
interface Surroundings {
  /** Names of states and labels, unique in the whole machine. */
  readonly stateNames: Set<string>;
  readonly labels: Set<string>;
  /** Variables that the scopes around this one set; they can be read but not set here. */
  readonly variables: ReadonlySet<string>;
}

const scopeFields = { Comment: text, StartAt: text, States: () => undefined };
const machineFields = {
  allowed: { ...scopeFields, QueryLanguage: oneOf('JSONata'), TimeoutSeconds: wholeNumber(1) },
  required: ['QueryLanguage', 'StartAt', 'States'],
};
const branchFields = { allowed: scopeFields, required: ['StartAt', 'States'] };
const processorFields = {
  allowed: {
    ...scopeFields,
    ProcessorConfig: object({
      allowed: { Mode: oneOf('INLINE', 'DISTRIBUTED'), ExecutionType: oneOf('STANDARD') },
      required: ['Mode'],
    }),
  },
  required: ['StartAt', 'States'],
};

/** @throws AwsError InvalidDefinition whose message lists every problem with its path */
export function checkDefinition(definition: Json, expressions: Expressions): Definition {
  const review: Review = { expressions, problems: [] };
  const around = { stateNames: new Set<string>(), labels: new Set<string>(), variables: new Set<string>() };
  if (checkFields(definition, '', review, machineFields)) checkScope(definition, '', review, around);
  if (review.problems.length > 0) {
    throw new AwsError('InvalidDefinition', `Invalid State Machine Definition: '${review.problems.join("', '")}'`);
  }
  return definition;
}

function checkScope(scope: Json, path: string, review: Review, around: Surroundings): void {
  const isObject = scope.States !== null && typeof scope.States === 'object' && !Array.isArray(scope.States);
  if (!isObject || Object.keys(scope.States).length === 0) {
    report(review, `${path}/States`, `Expected an object with at least one state but was ${show(scope.States)}`);
    return;
  }
  const states = Object.entries<Json>(scope.States);
  const isWhole = states.map(([name, state]) => checkNamed(name, state, `${path}/States/${name}`, review, around));
  if (!isWhole.every(Boolean)) return;
  checkFlow(scope, path, review);
  const variables = new Set([...around.variables, ...states.flatMap(([, state]) => assignedBy(state))]);
  for (const [name, state] of states) checkInner(state, `${path}/States/${name}`, review, { ...around, variables });
}

/** @returns whether the state has what the checks of its surroundings need */
function checkNamed(name: string, state: Json, path: string, review: Review, around: Surroundings): boolean {
  if (name.length < 1 || name.length > MAX_NAME_LENGTH) {
    report(review, path, `A state's name has 1 to ${MAX_NAME_LENGTH} characters`);
  }
  if (around.stateNames.has(name)) {
    report(review, path, `DUPLICATE_STATE_NAME: there is another state '${name}' in this machine`);
  }
  around.stateNames.add(name);
  const type: Json = state?.Type;
  if (typeof type !== 'string' || !Object.hasOwn(STATE_FIELDS, type)) {
    report(review, `${path}/Type`, `Type is ${show(type)}; allowed are ${Object.keys(STATE_FIELDS).join(', ')}`);
    return false;
  }
  const isDistributed = state.ItemProcessor?.ProcessorConfig?.Mode === 'DISTRIBUTED';
  const isWhole = checkState(state, type as StateType, isDistributed, path, review);
  if ('Next' in STATE_FIELDS[type as StateType].allowed) checkNextOrEnd(state, path, review);
  if (type === 'Wait' && 'Seconds' in state === 'Timestamp' in state) {
    report(review, path, 'Exactly one of Seconds and Timestamp is required');
  }
  if (type === 'Task') checkHeartbeat(state, path, review);
  if (type === 'Map') checkMap(state, isDistributed, path, review, around);
  for (const variable of assignedBy(state).filter((each) => around.variables.has(each))) {
    report(review, path, `Variable '${variable}' is set in an outer scope and can only be read here`);
  }
  return isWhole;
}

function checkHeartbeat(state: Json, path: string, review: Review): void {
  const { HeartbeatSeconds: heartbeat, TimeoutSeconds: timeout, Resource: resource } = state;
  if (heartbeat === undefined) return;
  const at = `${path}/HeartbeatSeconds`;
  if (!String(resource).endsWith('.waitForTaskToken')) report(review, at, 'A heartbeat needs .waitForTaskToken');
  if (typeof heartbeat === 'number' && typeof timeout === 'number' && heartbeat >= timeout) {
    report(review, at, `HeartbeatSeconds is ${heartbeat}; allowed is less than TimeoutSeconds, ${timeout}`);
  }
}

function checkMap(state: Json, isDistributed: boolean, path: string, review: Review, { labels }: Surroundings): void {
  const config = `${path}/ItemProcessor/ProcessorConfig`;
  const hasType = state.ItemProcessor?.ProcessorConfig?.ExecutionType !== undefined;
  if (hasType !== isDistributed) {
    report(review, config, 'ExecutionType goes with Mode DISTRIBUTED, and is required there');
  }
  if ('Items' in state && 'ItemReader' in state) report(review, path, 'Only one of Items and ItemReader is allowed');
  if (labels.has(state.Label)) {
    report(review, `${path}/Label`, `Label '${String(state.Label)}' is used twice in this machine`);
  }
  if (state.Label !== undefined) labels.add(state.Label);
}

function checkInner(state: Json, path: string, review: Review, around: Surroundings): void {
  const branches: Json[] = Array.isArray(state.Branches) ? state.Branches : [];
  for (const [index, branch] of branches.entries()) {
    const at = `${path}/Branches[${index}]`;
    if (checkFields(branch, at, review, branchFields)) checkScope(branch, at, review, around);
  }
  const processor = state.ItemProcessor;
  if (processor === undefined || !checkFields(processor, `${path}/ItemProcessor`, review, processorFields)) return;
  // The children of a distributed map do not see the variables around it.
  const isDistributed = processor.ProcessorConfig?.Mode === 'DISTRIBUTED';
  const variables = isDistributed ? new Set<string>() : around.variables;
  checkScope(processor, `${path}/ItemProcessor`, review, { ...around, variables });
}

function assignedBy(state: Json): string[] {
  const rules: Json[] = [state, state?.Choices, state?.Catch].flat();
  return rules.flatMap((rule) => Object.keys(rule?.Assign ?? {}));
}
