// Checks of single values in a definition; each reports what it found, what is allowed, and where.
import type { Json } from '../kernel/json-service.ts';
import { problemsOf, type StatesMember } from './check-expression.ts';
import { type Expressions, sourceOf } from './expressions.ts';
import { MAX_SECONDS } from './limits.ts';

/** What one check of a definition collects. */
export interface Review {
  readonly expressions: Expressions;
  readonly problems: string[];
}

/** Checks the value at a path such as `/States/A/Seconds`. */
export type Check = (value: Json, path: string, review: Review) => void;

/** Fields an object may have, and must have. */
export interface Fields {
  readonly allowed: Readonly<Record<string, Check>>;
  readonly required?: readonly string[];
}

export function report(review: Review, path: string, text: string): void {
  review.problems.push(`${text} at ${path || '/'}`);
}

/** Every key must be allowed: an unknown one is a typing error or a feature this service does not have. */
export function checkFields(value: Json, path: string, review: Review, { allowed, required = [] }: Fields): boolean {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    report(review, path, `Expected an object but was ${show(value)}`);
    return false;
  }
  const names = Object.keys(allowed);
  for (const [key, member] of Object.entries<Json>(value)) {
    const check = Object.hasOwn(allowed, key) ? allowed[key] : undefined;
    if (check) check(member, `${path}/${key}`, review);
    else report(review, `${path}/${key}`, `Field '${key}' is not supported; allowed are ${names.join(', ')}`);
  }
  const missing = required.filter((key) => !Object.hasOwn(value, key));
  if (missing.length > 0) report(review, path, `These fields are required: [${missing.join(', ')}]`);
  return missing.length === 0;
}

export function object(fields: Fields): Check {
  return (value, path, review) => void checkFields(value, path, review, fields);
}

export function listOf(check: Check): Check {
  return (value, path, review) => {
    if (!Array.isArray(value) || value.length === 0) {
      report(review, path, `Expected a list with at least one entry but was ${show(value)}`);
      return;
    }
    for (const [index, item] of value.entries()) check(item, `${path}[${index}]`, review);
  };
}

export const text: Check = (value, path, review) => {
  if (typeof value !== 'string') report(review, path, `Expected a string but was ${show(value)}`);
};

export function oneOf(...allowed: readonly Json[]): Check {
  return (value, path, review) => {
    if (!allowed.includes(value)) {
      report(review, path, `Value is ${show(value)}; allowed: [${allowed.map(show).join(', ')}]`);
    }
  };
}

export function wholeNumber(min: number, max = MAX_SECONDS): Check {
  return (value, path, review) => {
    if (Number.isInteger(value) && value >= min && value <= max) return;
    report(review, path, `Value is ${show(value)}; allowed is a whole number from ${min} to ${max}`);
  };
}

export function number(min: number, max = Number.MAX_VALUE): Check {
  return (value, path, review) => {
    if (typeof value === 'number' && value >= min && value <= max) return;
    const upTo = max < Number.MAX_VALUE ? ` to ${max}` : '';
    report(review, path, `Value is ${show(value)}; allowed is a number from ${min}${upTo}`);
  };
}

/** A JSON value whose strings may be expressions, which may use these members of `$states` besides input and context. */
export function template(...members: readonly StatesMember[]): Check {
  return function check(value, path, review) {
    const source = sourceOf(value);
    if (source !== undefined) checkExpression(source, path, review, members);
    if (value === null || typeof value !== 'object') return;
    for (const [key, member] of Object.entries<Json>(value)) {
      check(member, Array.isArray(value) ? `${path}[${key}]` : `${path}/${key}`, review);
    }
  };
}

/** An expression, or a constant that passes `constant`. */
export function expressionOr(constant: Check): Check {
  const expression = template();
  return (value, path, review) => (sourceOf(value) === undefined ? constant : expression)(value, path, review);
}

export const textTemplate: Check = expressionOr(text);

export const expressionOnly: Check = (value, path, review) => {
  if (sourceOf(value) === undefined) report(review, path, `Expected an expression {% … %} but was ${show(value)}`);
  else template()(value, path, review);
};

function checkExpression(source: string, path: string, review: Review, members: readonly StatesMember[]): void {
  try {
    for (const problem of problemsOf(review.expressions.compile(source), members)) {
      report(review, path, `UNSUPPORTED_JSONATA_EXPRESSION: ${problem}`);
    }
  } catch (thrown) {
    report(review, path, `INVALID_JSONATA_EXPRESSION: ${(thrown as { readonly message: string }).message}`);
  }
}

export function show(value: Json): string {
  return JSON.stringify(value) ?? 'absent';
}
