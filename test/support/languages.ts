// Scopes and templates small enough to write out everything they can ever say, for tests that compare with brute force.
import fc from 'fast-check';
import { type CharacterClass, parsePattern } from '../../core/catalog/character-class.ts';
import type { Comparison, Template } from '../../core/catalog/template.ts';

export interface SmallScope {
  readonly pattern: string;
  /** Every id of it. */
  readonly ids: readonly string[];
}

/** Patterns over two or three characters with at most two of them, such as `^[ab]{1,2}$`. */
export const smallScopes: fc.Arbitrary<SmallScope> = fc
  .tuple(fc.constantFrom('a', 'ab', 'a-', 'b/', 'a#'), fc.integer({ min: 1, max: 2 }), fc.integer({ min: 0, max: 1 }))
  .map(([characters, min, more]) => {
    const max = Math.min(2, min + more);
    const longer = [...characters].flatMap((first) => [...characters].map((second) => first + second));
    const ids = [...(min === 1 ? characters : []), ...(max === 2 ? longer : [])];
    return { pattern: `^[${characters}]{${min},${max}}$`, ids };
  });

/** Texts of templates over the same characters, a few with placeholders of the scopes named. */
export function templateTexts(scopes: readonly string[]): fc.Arbitrary<string> {
  const placeholders = scopes.map((scope) => `{${scope}}`);
  const literals = fc.constantFrom('a', 'b', '-', '/', '#', 'ab', 'b/', '/a');
  const parts = placeholders.length === 0 ? literals : fc.oneof(literals, fc.constantFrom(...placeholders));
  return fc.array(parts, { minLength: 1, maxLength: 5 }).map((all) => all.join(''));
}

/** Texts that name each scope once, each placeholder before a delimiter: most of them make good prefixes. */
export function boundTexts(scopes: readonly string[]): fc.Arbitrary<string> {
  const literals = fc.constantFrom('', '', 'a', 'b/', 'a/', '+');
  return fc
    .tuple(
      fc.shuffledSubarray([...scopes], { minLength: scopes.length }),
      fc.array(fc.tuple(literals, fc.constantFrom('/', '#', '+')), {
        minLength: scopes.length,
        maxLength: scopes.length,
      }),
      literals,
    )
    .map(([names, around, end]) => {
      const parts = names.map((name, at) => `${around[at]?.[0]}{${name}}${around[at]?.[1]}`);
      return parts.join('') + end;
    });
}

export function classOf(pattern: string): CharacterClass {
  const known = parsePattern(pattern);
  if (typeof known === 'string') throw new Error(`the test's pattern ${pattern} ${known}`);
  return known;
}

/** Every text that a template can say, its placeholders filled in independently of each other. */
export function languageOf(template: Template, scopes: ReadonlyMap<string, SmallScope>): string[] {
  const texts = template.map((part) => (part.kind === 'literal' ? [part.text] : (scopes.get(part.scope)?.ids ?? [])));
  return texts
    .reduce<readonly string[]>((all, next) => all.flatMap((begun) => next.map((end) => begun + end)), [''])
    .concat();
}

export interface Found {
  readonly text: string;
  readonly comparison: Comparison;
}

/** Whether some value is found by both: equal to the text, or beginning with it. */
export function meet(a: Found, b: Found): boolean {
  if (a.comparison === 'equals' && b.comparison === 'equals') return a.text === b.text;
  if (a.comparison === 'equals') return a.text.startsWith(b.text);
  if (b.comparison === 'equals') return b.text.startsWith(a.text);
  return a.text.startsWith(b.text) || b.text.startsWith(a.text);
}
