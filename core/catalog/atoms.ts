// The atoms of a table's selector: what one attribute of an item must be, in the catalog's words.
import { type CatalogProblem, invalid, isProblems } from './catalog-problem.ts';
import type { CharacterClass } from './character-class.ts';
import { mayMeet } from './meeting.ts';
import { MAX_DIGITS, plainNumber } from './numbers.ts';
import {
  type Comparison,
  type KnownScopes,
  openTemplate,
  placeholdersOf,
  type Template,
  withoutCommonStart,
} from './template.ts';

export interface Atom {
  readonly name: string;
  readonly type: 'S' | 'N';
  readonly comparison: Comparison;
  readonly template: Template;
}

type AtomInput = string | { readonly N: string } | { readonly beginsWith: string };

export function openAtom(
  name: string,
  input: AtomInput,
  known: KnownScopes,
  path: readonly (string | number)[],
): Atom | CatalogProblem[] {
  if (typeof input !== 'string' && 'N' in input) return openNumber(name, input.N, known, path);
  const [text, comparison] =
    typeof input === 'string' ? [input, 'equals' as const] : [input.beginsWith, 'prefix' as const];
  const template = openTemplate(text, comparison, known, path);
  return isProblems(template) ? template : { name, type: 'S', comparison, template };
}

/** One placeholder, or a number as DynamoDB writes it: otherwise two texts could be one value. */
function openNumber(
  name: string,
  text: string,
  known: KnownScopes,
  path: readonly (string | number)[],
): Atom | CatalogProblem[] {
  const template = openTemplate(text, 'equals', known, path);
  if (isProblems(template)) return template;
  const number = { name, type: 'N', comparison: 'equals' } as const;
  const [scope] = placeholdersOf(template);
  if (scope !== undefined && template.length === 1) {
    const wrong = notOnlyDigits(scope, known.classes.get(scope));
    return wrong === undefined ? { ...number, template } : [invalid(path, wrong)];
  }
  const plain = scope === undefined ? plainNumber(text) : undefined;
  if (plain !== undefined) return { ...number, template: [{ kind: 'literal', text: plain }] };
  const allowed = `one placeholder, or a decimal number of at most ${MAX_DIGITS} digits`;
  return [invalid(path, `${JSON.stringify(text)} is no numeric value; allowed is ${allowed}`)];
}

function notOnlyDigits(scope: string, ids: CharacterClass | undefined): string | undefined {
  const other = [...(ids?.characters ?? [])].find((character) => !/\d/.test(character));
  if (other !== undefined) return `makes a number of {${scope}}, whose pattern allows ${JSON.stringify(other)}`;
  if (!ids || ids.max <= MAX_DIGITS) return undefined;
  return `makes a number of {${scope}}, whose pattern allows ${ids.max} digits; DynamoDB keeps ${MAX_DIGITS}`;
}

/**
 * Whether one item may satisfy both lists of atoms with different ids in an attribute that both name. Where both have
 * their placeholders in a common beginning, an item says which ids they are.
 */
export function mayMistake(
  a: readonly Atom[],
  b: readonly Atom[],
  classes: ReadonlyMap<string, CharacterClass>,
): boolean {
  const isUnclear = a.some((one) =>
    b.some((other) => {
      const rests = withoutCommonStart(one.template, other.template);
      return one.name === other.name && rests.some((rest) => placeholdersOf(rest).length > 0);
    }),
  );
  return isUnclear && atomsMeet(a, b, classes);
}

/**
 * Whether one item may satisfy both lists of atoms: not where an attribute that both name is of two types, or can never
 * have both values. All else errs on the side of "may meet".
 */
export function atomsMeet(
  a: readonly Atom[],
  b: readonly Atom[],
  classes: ReadonlyMap<string, CharacterClass>,
): boolean {
  return a.every((one) =>
    b.every((other) => one.name !== other.name || (one.type === other.type && mayMeet(one, other, classes))),
  );
}
