// Random scopes: patterns, how they lie in each other, templates that bind them, and ids that are easily mistaken.
import type { Dice } from '../../../examples/gallery/seed/dice.ts';
import { isLucky, oneOf, shuffled, times } from './choose.ts';

export interface ScopeShape {
  readonly name: string;
  readonly within: string | null;
  readonly pattern: string;
  readonly characters: string;
  readonly min: number;
  readonly max: number;
  /** No id contains it. */
  readonly delimiter: string;
}

/** A scope with all it lies in, the outermost first. */
export type Chain = readonly ScopeShape[];

const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const DIGITS = '0123456789';
const CLASSES: readonly { readonly body: string; readonly characters: string }[] = [
  { body: 'a-z0-9-', characters: `${LOWER}${DIGITS}-` },
  { body: 'A-Za-z0-9-', characters: `${LOWER.toUpperCase()}${LOWER}${DIGITS}-` },
  { body: 'A-Za-z', characters: `${LOWER.toUpperCase()}${LOWER}` },
  { body: '0-9', characters: DIGITS },
  { body: 'a-c', characters: 'abc' },
  { body: 'a-z\\-._', characters: `${LOWER}-._` },
  { body: 'A-Z0-9_:', characters: `${LOWER.toUpperCase()}${DIGITS}_:` },
  { body: 'a-z/#', characters: `${LOWER}/#` },
];
const DELIMITERS = ['#', '/', '|', ':', '~', '+', '@', '='];
const NAMES = [
  ['tenant', 'customer', 'site'],
  ['gallery', 'project', 'user'],
  ['album', 'part'],
] as const;
/** For each scope, the place of the one it lies in. */
const TREES: readonly (readonly (number | null)[])[] = [[null], [null, 0], [null, 0], [null, 0, 1], [null, 0, 0]];

export function makeScopes(dice: Dice): ScopeShape[] {
  const tree = oneOf(dice, TREES);
  const names = tree.map((_, at) => oneOf(dice, NAMES[at] ?? NAMES[0]));
  return tree.map((parent, at) => {
    const { body, characters } = oneOf(dice, CLASSES);
    const min = isLucky(dice, 80) ? 1 : dice.between(2, 3);
    const max = oneOf(dice, [5, 8, 12, 24]);
    const free = DELIMITERS.filter((delimiter) => !characters.includes(delimiter));
    return {
      name: names[at] ?? '',
      within: parent === null ? null : (names[parent] ?? null),
      pattern: `^[${body}]{${min},${max}}$`,
      characters,
      min,
      max,
      delimiter: oneOf(dice, free),
    };
  });
}

export function chainsOf(scopes: readonly ScopeShape[]): Chain[] {
  return scopes.map((scope) => chainOf(scopes, scope));
}

function chainOf(scopes: readonly ScopeShape[], scope: ScopeShape): Chain {
  const parent = scopes.find(({ name }) => name === scope.within);
  return parent ? [...chainOf(scopes, parent), scope] : [scope];
}

/** `{tenant}#{gallery}`: equals one value for one scope. */
export function equality(chain: Chain, head = ''): string {
  return head + chain.map(({ name, delimiter }, at) => `{${name}}${at < chain.length - 1 ? delimiter : ''}`).join('');
}

/** `{tenant}#{gallery}#` */
export function beginning(chain: Chain, head = ''): string {
  return head + chain.map(({ name, delimiter }) => `{${name}}${delimiter}`).join('');
}

export function isNumeric({ characters }: ScopeShape): boolean {
  return characters === DIGITS;
}

function isId({ characters, min, max }: ScopeShape, id: string): boolean {
  return id.length >= min && id.length <= max && [...id].every((character) => characters.includes(character));
}

/** Words of the layouts: an id may well be called like them. */
const WORDS = ['legal', 'EVENT', 'event', 'a', 'b', 'data', 'shared', 'T'];

/**
 * Ids that begin each other, differ in case alone, equal the ids of other levels and words of the layouts.
 * @param others ids of the other levels
 */
export function makeIds(dice: Dice, scope: ScopeShape, others: readonly string[]): string[] {
  const base = randomId(dice, scope, Math.min(scope.max - 1, scope.min + 3));
  const near = [
    base,
    base + oneOf(dice, [...scope.characters]),
    base.slice(0, -1),
    swapCase(base),
    oneOf(dice, [...scope.characters]) + base,
    randomId(dice, scope, scope.max),
    ...others,
    oneOf(dice, WORDS),
  ];
  const fitting = [...new Set(near)].filter((id) => isId(scope, id) && !(isNumeric(scope) && id.startsWith('0')));
  const first = fitting.includes(base) ? [base] : [];
  const rest = shuffled(
    dice,
    fitting.filter((id) => id !== base),
  );
  return [...first, ...rest, randomId(dice, scope, scope.max)].slice(0, dice.between(3, 5));
}

function randomId(dice: Dice, { characters, min }: ScopeShape, longest: number): string {
  const length = Math.max(min, dice.between(1, longest));
  const id = times(length, () => oneOf(dice, [...characters])).join('');
  return /^0+/.test(id) && characters === DIGITS ? `7${id.slice(1)}` : id;
}

function swapCase(text: string): string {
  return text === text.toLowerCase() ? text.toUpperCase() : text.toLowerCase();
}
