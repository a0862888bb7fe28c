// The pattern of a scope: one ASCII character class with bounds, small enough to reason about.

/** Ids of a scope: `min` to `max` characters, each one of `characters`. */
export interface CharacterClass {
  readonly characters: ReadonlySet<string>;
  readonly min: number;
  readonly max: number;
}

const PATTERN = /^\^\[((?:[^\\\]]|\\.)+)\]\{(\d{1,3}),(\d{1,3})\}\$$/s;
const MAX_LENGTH = 128; // interfaces.md, section 3
/** Template and IAM wildcard characters, and what no id may carry into a policy or a key. */
const FORBIDDEN = new Set(['{', '}', '*', '?', '$']);
const ESCAPABLE = new Set(['\\', ']', '[', '^', '-', '.', '/', '#', '_', ':', '+', '|']);

/** @returns the class, or a sentence that says what is wrong with the pattern */
export function parsePattern(pattern: string): CharacterClass | string {
  const match = PATTERN.exec(pattern);
  if (!match) return 'must be one character class with bounds, such as ^[a-z0-9-]{1,64}$';
  const [, body = '', minText, maxText] = match;
  const [min, max] = [Number(minText), Number(maxText)];
  if (min < 1 || max < min || max > MAX_LENGTH)
    return `must have bounds of 1 to ${MAX_LENGTH} characters, the first not above the second`;
  const characters = parseClass(body);
  if (typeof characters === 'string') return characters;
  const forbidden = [...characters].find((character) => FORBIDDEN.has(character));
  if (forbidden !== undefined)
    return `must not contain ${forbidden}: { } * ? $ have a meaning in templates or policies`;
  return { characters, min, max };
}

export function isMember({ characters, min, max }: CharacterClass, id: string): boolean {
  const units = [...id];
  return units.length >= min && units.length <= max && units.every((unit) => characters.has(unit));
}

/** Characters and ranges of a class body; `-` is literal at either end or escaped. */
function parseClass(body: string): Set<string> | string {
  const units = tokenize(body);
  if (typeof units === 'string') return units;
  if (units[0]?.character === '^' && !units[0].isEscaped) return 'must not be a negated class';
  const characters = new Set<string>();
  for (let at = 0; at < units.length; at++) {
    const from = units[at]?.character ?? '';
    const isRange = units[at + 1]?.character === '-' && !units[at + 1]?.isEscaped && at + 2 < units.length;
    const to = isRange ? (units[at + 2]?.character ?? '') : from;
    if (to < from) return `has the range ${from}-${to}, which is empty`;
    for (let code = from.charCodeAt(0); code <= to.charCodeAt(0); code++) characters.add(String.fromCharCode(code));
    if (isRange) at += 2;
  }
  const outside = [...characters].find((character) => character <= ' ' || character > '~');
  if (outside !== undefined) return 'must contain visible ASCII characters only, no blank';
  return characters;
}

interface Unit {
  readonly character: string;
  readonly isEscaped: boolean;
}

function tokenize(body: string): Unit[] | string {
  const units: Unit[] = [];
  for (let at = 0; at < body.length; at++) {
    const isEscaped = body[at] === '\\';
    if (isEscaped) at++;
    const character = body[at] ?? '';
    if (isEscaped && !ESCAPABLE.has(character)) return `has \\${character}; write the characters themselves`;
    units.push({ character, isEscaped });
  }
  return units;
}
