// A JSON value that is not what is allowed at its place.

/** Says what was received and what is allowed; a value itself is never repeated, it may be personal data. */
export class UnexpectedJson extends Error {
  override readonly name = 'UnexpectedJson';

  constructor(what: string, received: string, allowed: string) {
    super(`${what} is ${received}; allowed is ${allowed}`);
  }
}

type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function kindOf(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** An object with no other members than those. */
export function requireObject(value: unknown, what: string, members: readonly string[]): JsonObject {
  if (!isObject(value)) throw new UnexpectedJson(what, kindOf(value), `an object with ${members.join(', ')}`);
  const unknown = Object.keys(value).find((name) => !members.includes(name));
  if (unknown !== undefined) throw new UnexpectedJson(`${what}'s member ${unknown}`, 'unknown', members.join(', '));
  return value;
}
