// The fields each type of state may have here; anything else is refused when the machine is created.
import type { Json } from '../kernel/json-service.ts';
import { LAMBDA_CALLBACK, LAMBDA_INVOKE, type StateType } from './asl.ts';
import { distributedFields, mapFields } from './check-map-fields.ts';
import { guard, outcome } from './check-outcomes.ts';
import {
  type Check,
  checkFields,
  expressionOnly,
  expressionOr,
  type Fields,
  listOf,
  object,
  oneOf,
  type Review,
  report,
  show,
  template,
  text,
  textTemplate,
  wholeNumber,
} from './check-values.ts';
import { millisOf, TIMESTAMP_FORM } from './timestamps.ts';

const common = { Type: text, Comment: text, QueryLanguage: oneOf('JSONata') };
const flow = { Next: text, End: oneOf(true) };

const timestamp: Check = (value, path, review) => {
  if (typeof value === 'string' && millisOf(value) !== undefined) return;
  report(review, path, `Value is ${show(value)}; allowed is ${TIMESTAMP_FORM}`);
};

const taskArguments = object({
  allowed: { FunctionName: textTemplate, Payload: template() },
  required: ['FunctionName'],
});

const rule = object({
  allowed: { Comment: text, Condition: expressionOnly, Next: text, ...outcome() },
  required: ['Condition', 'Next'],
});

/** A scope is checked by its owner, not as a field. */
const scope: Check = () => undefined;

/** A Choice has Assign and Output in its rules only: whether a matching rule leaves the state's own aside is told both ways. */
export const STATE_FIELDS: Readonly<Record<StateType, Fields>> = {
  Pass: { allowed: { ...common, ...flow, ...outcome() } },
  Succeed: { allowed: { ...common, Output: template() } },
  Fail: { allowed: { ...common, Error: textTemplate, Cause: textTemplate } },
  Wait: {
    allowed: {
      ...common,
      ...flow,
      ...outcome(),
      Seconds: expressionOr(wholeNumber(0)),
      Timestamp: expressionOr(timestamp),
    },
  },
  Choice: { allowed: { ...common, Choices: listOf(rule), Default: text }, required: ['Choices'] },
  Task: {
    allowed: {
      ...common,
      ...flow,
      ...guard,
      ...outcome('result'),
      Resource: oneOf(LAMBDA_INVOKE, LAMBDA_CALLBACK),
      Arguments: taskArguments,
      TimeoutSeconds: expressionOr(wholeNumber(1)),
      HeartbeatSeconds: expressionOr(wholeNumber(1)),
    },
    required: ['Resource', 'Arguments'],
  },
  Parallel: {
    allowed: { ...common, ...flow, ...guard, ...outcome('result'), Branches: listOf(scope), Arguments: template() },
    required: ['Branches'],
  },
  Map: {
    allowed: { ...common, ...flow, ...guard, ...outcome('result'), ...mapFields, ItemProcessor: scope },
    required: ['ItemProcessor'],
  },
};

export function checkState(
  state: Json,
  type: StateType,
  isDistributed: boolean,
  path: string,
  review: Review,
): boolean {
  const { allowed, required = [] } = STATE_FIELDS[type];
  const fields = isDistributed
    ? { allowed: { ...allowed, ...distributedFields }, required: [...required, 'Label'] }
    : { allowed, required };
  return checkFields(state, path, review, fields);
}
