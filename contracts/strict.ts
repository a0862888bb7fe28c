// Zod objects and dictionaries that refuse what they do not know, and their problems in plain words with their place.
import * as z from 'zod';

/** Like z.strictObject, but the message of an unknown key lists the keys that are allowed. */
export function strict<Shape extends z.ZodRawShape>(shape: Shape) {
  const allowed = Object.keys(shape).join(', ');
  return z.strictObject(shape, {
    error: ({ code }) => (code === 'unrecognized_keys' ? `is an unknown key; allowed are ${allowed}` : undefined),
  });
}

/** Like z.record, which passes over a `__proto__` in silence: what a file names is either taken or refused. */
export function dictionary<Key extends z.ZodType<string, string>, Value extends z.ZodType>(key: Key, value: Value) {
  return z.preprocess(
    (input, context) => {
      if (typeof input === 'object' && input !== null && Object.hasOwn(input, '__proto__')) {
        context.addIssue({ code: 'custom', path: ['__proto__'], message: 'cannot be a name' });
      }
      return input;
    },
    z.record(key, value),
  );
}

/** One problem of an input: where and what. */
export interface Problem {
  /** Keys and positions from the root. */
  readonly path: readonly (string | number)[];
  /** Goes on after the place, as in `limits.drift must be a number`. */
  readonly message: string;
}

export type Checked<Value> =
  | { readonly isValid: true; readonly value: Value }
  | { readonly isValid: false; readonly problems: readonly [Problem, ...Problem[]] };

/** Parses what somebody typed; what the schema says nothing about itself is said in plain words. */
export function check<Schema extends z.ZodType>(schema: Schema, input: unknown): Checked<z.output<Schema>> {
  const parsed = schema.safeParse(input, { error: inPlainWords });
  if (parsed.success) return { isValid: true, value: parsed.data };
  const [first = { path: [], message: 'is invalid' }, ...rest] = problemsOf(parsed.error);
  return { isValid: false, problems: [first, ...rest] };
}

function problemsOf(error: z.ZodError): Problem[] {
  return error.issues.flatMap((issue) => explain(issue, []));
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
};

function inPlainWords(issue: z.core.$ZodRawIssue): string | undefined {
  const begin = issue.input === undefined ? 'is missing; it must be' : 'must be';
  switch (issue.code) {
    case 'invalid_type':
      return `${begin} ${KINDS[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `${begin} ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
    case 'too_small':
      return `must be ${issue.inclusive ? 'at least' : 'more than'} ${measure(issue.minimum, issue.origin)}`;
    case 'too_big':
      return `must be ${issue.inclusive ? 'at most' : 'less than'} ${measure(issue.maximum, issue.origin)}`;
    default:
      return undefined;
  }
}

function measure(bound: number | bigint, origin: string): string {
  if (origin === 'string') return `${bound} ${bound === 1 ? 'character' : 'characters'} long`;
  return origin === 'array' ? `${bound} ${bound === 1 ? 'entry' : 'entries'} long` : String(bound);
}

function explain(issue: z.core.$ZodIssue, prefix: Problem['path']): Problem[] {
  const path = [...prefix, ...issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key))];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ path: [...path, key], message: issue.message }));
    case 'invalid_key':
      return [{ path, message: issue.issues[0]?.message ?? issue.message }];
    case 'invalid_union': {
      const meant = issue.errors.find(fits);
      return meant ? meant.flatMap((inner) => explain(inner, path)) : [{ path, message: issue.message }];
    }
    default:
      return [{ path, message: issue.message }];
  }
}

/** The branch of a union that was meant: its shape is right, and what is wrong lies deeper. */
function fits(branch: readonly z.core.$ZodIssue[]): boolean {
  return branch.every((issue) => issue.path.length > 0 || (issue.code === 'invalid_union' && issue.errors.some(fits)));
}

/** `stores.photos.select.tenant`, `targets[3].range` */
export function showPath(path: readonly (string | number)[]): string {
  return path.map((key, at) => (typeof key === 'number' ? `[${key}]` : at === 0 ? key : `.${key}`)).join('');
}
