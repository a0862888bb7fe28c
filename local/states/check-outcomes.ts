// Checks of what states and rules assign, give on, try again and catch.
import type { Json } from '../kernel/json-service.ts';
import type { StatesMember } from './check-expression.ts';
import {
  type Check,
  checkFields,
  type Fields,
  listOf,
  number,
  object,
  oneOf,
  report,
  template,
  text,
  wholeNumber,
} from './check-values.ts';

/** One leap year (error handling, developer guide). */
const MAX_DELAY_SECONDS = 31_622_400;

/** Names beginning with `States.` are reserved (states-language.net, appendix A; error names, developer guide). */
const RESERVED_ERRORS = [
  ...['ALL', 'BranchFailed', 'DataLimitExceeded', 'ExceedToleratedFailureThreshold', 'HeartbeatTimeout'],
  ...['ItemReaderFailed', 'NoChoiceMatched', 'Permissions', 'QueryEvaluationError', 'ResultWriterFailed'],
  ...['Runtime', 'TaskFailed', 'Timeout'],
].map((name) => `States.${name}`);

const errorName: Check = (value, path, review) => {
  text(value, path, review);
  if (typeof value === 'string' && value.startsWith('States.') && !RESERVED_ERRORS.includes(value)) {
    report(review, path, `Error name is '${value}'; allowed under 'States.' are ${RESERVED_ERRORS.join(', ')}`);
  }
};

/** Entries of Retry or Catch: `States.ALL` stands alone, in the last one. */
function handlers(fields: Fields): Check {
  return (value, path, review) => {
    listOf(object(fields))(value, path, review);
    if (!Array.isArray(value)) return;
    for (const [index, entry] of value.entries()) {
      const names: Json = entry?.ErrorEquals;
      if (!Array.isArray(names) || !names.includes('States.ALL')) continue;
      if (names.length > 1 || index < value.length - 1) {
        report(review, `${path}[${index}]/ErrorEquals`, "'States.ALL' must stand alone, in the last entry");
      }
    }
  };
}

/** Variable names follow the identifiers of Unicode and have at most 80 characters; `states` is reserved. */
const VARIABLE = /^(?!states$)[\p{ID_Start}_][\p{ID_Continue}]{0,79}$/u;

function assign(...members: StatesMember[]): Check {
  return (value, path, review) => {
    if (!checkFields(value, path, review, { allowed: everyKey(value, template(...members)) })) return;
    for (const name of Object.keys(value)) {
      if (!VARIABLE.test(name)) report(review, `${path}/${name}`, `'${name}' is not a name for a variable`);
    }
  };
}

function everyKey(value: Json, check: Check): Record<string, Check> {
  return Object.fromEntries(Object.keys(value ?? {}).map((key) => [key, check]));
}

/** @param members of `$states` that expressions here may use besides input and context */
export function outcome(...members: StatesMember[]) {
  return { Assign: assign(...members), Output: template(...members) };
}

/** Fields of the types that may fail from outside. */
export const guard = {
  Retry: handlers({
    allowed: {
      Comment: text,
      ErrorEquals: listOf(errorName),
      IntervalSeconds: wholeNumber(1),
      MaxAttempts: wholeNumber(0),
      BackoffRate: number(1),
      MaxDelaySeconds: wholeNumber(1, MAX_DELAY_SECONDS),
      JitterStrategy: oneOf('FULL', 'NONE'),
    },
    required: ['ErrorEquals'],
  }),
  Catch: handlers({
    allowed: { Comment: text, ErrorEquals: listOf(errorName), Next: text, ...outcome('errorOutput') },
    required: ['ErrorEquals', 'Next'],
  }),
};
