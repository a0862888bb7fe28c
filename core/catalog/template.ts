// Templates of selectors: literals and placeholders, unambiguous by construction, filled in for one scope.
import { type CatalogProblem, invalid } from './catalog-problem.ts';
import type { CharacterClass } from './character-class.ts';

export type Part =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'placeholder'; readonly scope: string };
export type Template = readonly Part[];

/** How a bound template is compared: with the whole value, or with its beginning. */
export type Comparison = 'equals' | 'prefix';

/** What a template of one scope may mention. */
export interface KnownScopes {
  readonly scope: string;
  /** The scope and all it lies within, the outermost first; empty for everything. */
  readonly chain: readonly string[];
  readonly classes: ReadonlyMap<string, CharacterClass>;
}

/** @returns the template, or what is wrong with it */
export function openTemplate(
  text: string,
  comparison: Comparison,
  { scope, chain, classes }: KnownScopes,
  path: CatalogProblem['path'],
): Template | CatalogProblem[] {
  const quoted = JSON.stringify(text);
  const template = parseTemplate(text);
  if (typeof template === 'string') return [invalid(path, `${quoted} ${template}`)];
  const foreign = placeholdersOf(template).find((name) => !chain.includes(name));
  if (foreign !== undefined) {
    const allowed = chain.length === 0 ? 'none' : chain.map((name) => `{${name}}`).join(', ');
    return [invalid(path, `${quoted} has {${foreign}}, which scope ${scope} does not give; allowed are ${allowed}`)];
  }
  const ambiguity = findAmbiguity(template, comparison, classes);
  return ambiguity === undefined ? template : [invalid(path, `${quoted} ${ambiguity}`)];
}

const PIECES = /\{([A-Za-z][A-Za-z0-9_-]*)\}|([^{}]+)|([{}])/gu;

/** @returns the parts, or a sentence that says what is wrong */
export function parseTemplate(text: string): Template | string {
  const parts: Part[] = [];
  for (const [piece, scope, literal] of text.matchAll(PIECES)) {
    if (scope !== undefined) parts.push({ kind: 'placeholder', scope });
    else if (literal !== undefined) parts.push({ kind: 'literal', text: literal });
    else return `has a stray ${piece}; placeholders are written {tenant}`;
  }
  return parts;
}

/**
 * Templates must be unambiguous, so that no two scopes meet and no scope is the beginning of another:
 * a placeholder ends an equality value or is followed by a literal outside its class; a prefix ends in such a literal.
 * @returns undefined, or a sentence that says what is ambiguous
 */
export function findAmbiguity(
  template: Template,
  comparison: Comparison,
  classes: ReadonlyMap<string, CharacterClass>,
): string | undefined {
  for (const [at, part] of template.entries()) {
    if (part.kind === 'literal') continue;
    const next = template[at + 1];
    if (!next) {
      if (comparison === 'equals') continue;
      return `ends in {${part.scope}}, so that it would also find longer ids; end it with a delimiter such as /`;
    }
    if (next.kind === 'placeholder') return `has {${part.scope}}{${next.scope}} without a delimiter between them`;
    const [first = ''] = next.text;
    if (classes.get(part.scope)?.characters.has(first)) {
      return `has ${JSON.stringify(first)} after {${part.scope}}, which an id may contain; use a delimiter outside its pattern`;
    }
  }
  const last = template.at(-1);
  if (comparison === 'prefix' && template.length === 1 && last?.kind === 'literal' && /[A-Za-z0-9]$/.test(last.text)) {
    return 'ends without a delimiter, so that it would also find longer names; end it with one such as / or #';
  }
  return undefined;
}

export function placeholdersOf(template: Template): string[] {
  return template.flatMap((part) => (part.kind === 'placeholder' ? [part.scope] : []));
}

/** Fills in the ids; a missing one is a defect, because catalogs are checked. */
export function bind(template: Template, ids: ReadonlyMap<string, string>): string {
  return template
    .map((part) => {
      if (part.kind === 'literal') return part.text;
      const id = ids.get(part.scope);
      if (id === undefined) throw new Error(`no id for {${part.scope}}`);
      return id;
    })
    .join('');
}

/** What is left of both after the parts they begin with in common, literals compared character by character. */
export function withoutCommonStart(a: Template, b: Template): [Template, Template] {
  const [firstA, ...restA] = a;
  const [firstB, ...restB] = b;
  if (!firstA || !firstB) return [a, b];
  if (firstA.kind === 'placeholder' || firstB.kind === 'placeholder') {
    const isSame = firstA.kind === 'placeholder' && firstB.kind === 'placeholder' && firstA.scope === firstB.scope;
    return isSame ? withoutCommonStart(restA, restB) : [a, b];
  }
  let common = 0;
  while (common < firstA.text.length && firstA.text[common] === firstB.text[common]) common++;
  if (common === 0) return [a, b];
  const tail = (part: { text: string }, rest: Template): Template =>
    common < part.text.length ? [{ kind: 'literal', text: part.text.slice(common) }, ...rest] : rest;
  const tails: [Template, Template] = [tail(firstA, restA), tail(firstB, restB)];
  const isWhole = common === firstA.text.length && common === firstB.text.length;
  return isWhole ? withoutCommonStart(...tails) : tails;
}
