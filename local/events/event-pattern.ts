// EventBridge's content matching: which events a rule's pattern selects.
import { notImplemented } from '../kernel/aws-error.ts';
import type { Json } from '../kernel/json-service.ts';

export type EventMatcher = (event: Json) => boolean;

/** Whether one leaf of an event (a string, number, boolean or null; undefined when it is absent) is selected. */
type LeafMatcher = (leaf: Json) => boolean;

/**
 * Honours exact values, `prefix`, `suffix`, `anything-but` (values), `exists` and `numeric`.
 * Throws for any other operator, so that a rule that would never fire is noticed where it is written.
 */
export function compilePattern(pattern: Json): EventMatcher {
  if (!isObject(pattern) || Object.keys(pattern).length === 0)
    throw new TypeError(`The event pattern is ${JSON.stringify(pattern)}; a non-empty object is expected`);
  return compileObject(pattern, 'pattern');
}

function compileObject(pattern: Json, path: string): EventMatcher {
  const fields = Object.entries(pattern).map(([name, value]) => {
    const where = `${path}.${name}`;
    if (name.startsWith('$')) throw notImplemented(`events ${where}`);
    if (Array.isArray(value)) return { name, matches: compileLeaf(value, where) };
    if (isObject(value)) return { name, matches: compileObject(value, where) };
    throw new TypeError(`${where} is ${JSON.stringify(value)}; an array of values or an object is expected`);
  });
  // An array of objects is selected when one of them is.
  return (event) => candidates(event).some((one) => fields.every(({ name, matches }) => matches(fieldOf(one, name))));
}

/** A field that is an array is selected when one of its elements is. */
function compileLeaf(alternatives: readonly Json[], path: string): EventMatcher {
  if (alternatives.length === 0) throw new TypeError(`${path} is []; at least one value is expected`);
  const matchers = alternatives.map((alternative) => compileAlternative(alternative, path));
  return (field) => candidates(field).some((leaf) => !isObject(leaf) && matchers.some((matches) => matches(leaf)));
}

function fieldOf(value: Json, name: string): Json {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

function candidates(field: Json): readonly Json[] {
  if (!Array.isArray(field)) return [field];
  return field.length === 0 ? [undefined] : field;
}

function compileAlternative(alternative: Json, path: string): LeafMatcher {
  if (!isObject(alternative)) return (leaf) => leaf === alternative;
  const [[operator = '', operand] = [], ...others] = Object.entries<Json>(alternative);
  if (others.length > 0) throw new TypeError(`${path} has ${JSON.stringify(alternative)}; one operator is expected`);
  const matcher = OPERATORS.get(operator)?.(operand);
  if (!matcher) throw notImplemented(`events ${path} with ${JSON.stringify(alternative)}`);
  return matcher;
}

/** Each answers undefined for an operand of a form it does not honour. */
const OPERATORS: ReadonlyMap<string, (operand: Json) => LeafMatcher | undefined> = new Map([
  ['prefix', compilePrefix],
  ['suffix', compileSuffix],
  ['exists', compileExists],
  ['anything-but', compileAnythingBut],
  ['numeric', compileNumeric],
]);

function compilePrefix(start: Json): LeafMatcher | undefined {
  return typeof start === 'string' ? (leaf) => typeof leaf === 'string' && leaf.startsWith(start) : undefined;
}

function compileSuffix(end: Json): LeafMatcher | undefined {
  return typeof end === 'string' ? (leaf) => typeof leaf === 'string' && leaf.endsWith(end) : undefined;
}

function compileExists(wanted: Json): LeafMatcher | undefined {
  return typeof wanted === 'boolean' ? (leaf) => (leaf !== undefined) === wanted : undefined;
}

/** An absent field is not anything: it is not selected. */
function compileAnythingBut(operand: Json): LeafMatcher | undefined {
  const refused: readonly Json[] = Array.isArray(operand) ? operand : [operand];
  if (refused.length === 0 || refused.some(isObject)) return undefined;
  return (leaf) => leaf !== undefined && !refused.includes(leaf);
}

function compileNumeric(operand: Json): LeafMatcher | undefined {
  const comparisons = Array.isArray(operand) ? compileComparisons(operand) : undefined;
  return comparisons && ((leaf) => typeof leaf === 'number' && comparisons.every((holds) => holds(leaf)));
}

const COMPARATORS: ReadonlyMap<string, (left: number, right: number) => boolean> = new Map([
  ['=', (left, right) => left === right],
  ['<', (left, right) => left < right],
  ['<=', (left, right) => left <= right],
  ['>', (left, right) => left > right],
  ['>=', (left, right) => left >= right],
]);

/** One comparison, or two that form a range: `[">", 0, "<=", 5]`. */
function compileComparisons(operand: readonly Json[]): ((value: number) => boolean)[] | undefined {
  if (operand.length !== 2 && operand.length !== 4) return undefined;
  const comparisons: ((value: number) => boolean)[] = [];
  for (let index = 0; index < operand.length; index += 2) {
    const compare = COMPARATORS.get(operand[index]);
    const bound: unknown = operand[index + 1];
    if (!compare || typeof bound !== 'number') return undefined;
    comparisons.push((value) => compare(value, bound));
  }
  return comparisons;
}

function isObject(value: Json): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
