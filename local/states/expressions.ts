// JSONata as Step Functions evaluates it: templates whose strings are expressions when they are whole `{% … %}`.
import jsonata from 'jsonata';
import type { Json } from '../kernel/json-service.ts';
import type { ServiceClock } from '../kernel/service-clock.ts';
import { StateFault } from './errors.ts';
import { INSTANT, registerFunctions } from './functions.ts';

/** Variables by name, and `states`. */
type Bindings = Readonly<Record<string, Json>>;

const EXPRESSION = /^\{%([\s\S]*)%\}$/;

/** The source inside `{% … %}`; undefined for any other value, which stands for itself. */
export function sourceOf(value: unknown): string | undefined {
  return typeof value === 'string' ? EXPRESSION.exec(value)?.[1]?.trim() : undefined;
}

/** Compiles each expression once. jsonata 2.0.6 is the version Step Functions implements (developer guide). */
export class Expressions {
  readonly #compiled = new Map<string, jsonata.Expression>();
  readonly #clock: ServiceClock;
  readonly #random: () => number;

  constructor(clock: ServiceClock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Throws what the parser says about a wrong expression. */
  compile(source: string): jsonata.Expression {
    const known = this.#compiled.get(source);
    if (known) return known;
    const expression = jsonata(source);
    registerFunctions(expression, this.#random);
    this.#compiled.set(source, expression);
    return expression;
  }

  /** @param location where the template stands in its state, such as `Output`; goes into the text of failures */
  async evaluate(template: Json, bindings: Bindings, location: string): Promise<Json> {
    const source = sourceOf(template);
    if (source !== undefined) return this.#run(source, bindings, location);
    if (Array.isArray(template)) {
      const list: Json[] = [];
      for (const [i, item] of template.entries()) list.push(await this.evaluate(item, bindings, `${location}[${i}]`));
      return list;
    }
    if (template === null || typeof template !== 'object') return template;
    const members: Record<string, Json> = {};
    for (const [key, value] of Object.entries<Json>(template)) {
      members[key] = await this.evaluate(value, bindings, `${location}/${key}`);
    }
    return members;
  }

  async #run(source: string, bindings: Bindings, location: string): Promise<Json> {
    const about = `The JSONata expression '${source}' specified for the field '${location}'`;
    let result: Json;
    try {
      result = await this.compile(source).evaluate(undefined, { ...bindings, [INSTANT]: this.#clock.nowMs() });
    } catch (thrown) {
      throw evaluationFault(`${about} threw an error during evaluation. ${describe(thrown)}`, location);
    }
    if (result === undefined) throw evaluationFault(`${about} returned nothing (undefined).`, location);
    return toJson(result, about, location);
  }
}

export function evaluationFault(cause: string, location: string): StateFault {
  return new StateFault('States.QueryEvaluationError', cause, location);
}

/** A value of another type than its field needs, in AWS's words. */
export function unexpectedType(template: Json, location: string, expected: string, value: Json): StateFault {
  const actual = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  const source = sourceOf(template);
  const about = source === undefined ? 'The value' : `The JSONata expression '${source}'`;
  const text = `returned an unexpected result type. Expected '${expected}', but was '${actual}' for value: ${JSON.stringify(value)}`;
  return evaluationFault(`${about} specified for the field '${location}' ${text}`, location);
}

/** jsonata throws plain objects with code and message. */
function describe(thrown: unknown): string {
  const { code, message } = thrown as { readonly code?: string; readonly message?: string };
  return code === undefined ? String(message ?? thrown) : `${code}: ${message ?? ''}`;
}

/** A copy without jsonata's marks on sequences; functions and regular expressions are not JSON. */
function toJson(value: Json, about: string, location: string): Json {
  if (typeof value === 'function' || value?._jsonata_lambda === true || value?._jsonata_function === true) {
    throw evaluationFault(`${about} returned a value of an unsupported type: function.`, location);
  }
  if (Array.isArray(value)) return value.map((item) => toJson(item, about, location));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, toJson(member, about, location)]));
}
