// The selectors of a catalog, checked one by one: shape, templates, and that each binds every level of its scope.
import type { Catalog, SelectorInput, StoreInput } from '../../contracts/catalog.ts';
import { type Atom, mayMistake, openAtom } from './atoms.ts';
import { type CatalogProblem, invalid, isProblems } from './catalog-problem.ts';
import type { CharacterClass } from './character-class.ts';
import { ancestry } from './scopes.ts';
import { openTemplate, placeholdersOf, type Template } from './template.ts';

/** The scope name under which a store may narrow what `everything` takes of it. */
export const EVERYTHING = 'everything';

/** A selector with its templates parsed, not yet bound to ids. An item is found when all its atoms hold. */
export type OpenSelector =
  | {
      readonly by: 'key';
      readonly index: string | null;
      readonly partition: Atom;
      readonly sort: Atom | null;
      readonly where: readonly Atom[];
    }
  | { readonly by: 'table'; readonly where: readonly Atom[] }
  | { readonly by: 'prefix'; readonly template: Template };

export const WHOLE_TABLE: OpenSelector = { by: 'table', where: [] };
export const WHOLE_BUCKET: OpenSelector = { by: 'prefix', template: [] };

interface Context {
  readonly catalog: Catalog;
  readonly classes: ReadonlyMap<string, CharacterClass>;
  readonly scope: string;
  readonly path: readonly (string | number)[];
}

/** @returns the selectors in their order, or the problems that keep them from being any; each must bind by itself */
export function openSelectors(
  store: StoreInput,
  input: SelectorInput | readonly SelectorInput[],
  context: Context,
): readonly OpenSelector[] | CatalogProblem[] {
  const isList = Array.isArray(input);
  const opened = [input].flat().map((single: SelectorInput, at) => {
    const own = isList ? { ...context, path: [...context.path, at] } : context;
    return store.bucket === undefined ? openTableSelector(single, own) : openPrefixSelector(single, own);
  });
  const problems = opened.filter(isProblems).flat();
  if (problems.length > 0) return problems;
  const selectors = opened.filter((one): one is OpenSelector => !isProblems(one));
  const ambiguous = selectors.flatMap((selector, at) => ambiguityWith(selectors.slice(0, at), selector, at, context));
  return ambiguous.length > 0 ? ambiguous : selectors;
}

/** Entries of a list may find the same item, but then for the same ids: no tenant may be called like a part of another's data. */
function ambiguityWith(
  earlier: readonly OpenSelector[],
  selector: OpenSelector,
  at: number,
  { classes, path }: Context,
): CatalogProblem[] {
  const place = earlier.findIndex((other) => mayMistake(atomsOf(other), atomsOf(selector), classes));
  if (place < 0) return [];
  return [
    invalid(
      [...path, at],
      `may find for one id what entry ${place} of the list finds for another; let literals tell them apart`,
    ),
  ];
}

/** What everything that a selector finds has in common; of an object, the beginning of its key. */
export function atomsOf(selector: OpenSelector): readonly Atom[] {
  switch (selector.by) {
    case 'key':
      return [selector.partition, ...(selector.sort ? [selector.sort] : []), ...selector.where];
    case 'table':
      return selector.where;
    case 'prefix':
      return [{ name: 'Key', type: 'S', comparison: 'prefix', template: selector.template }];
  }
}

function openPrefixSelector(input: SelectorInput, context: Context): OpenSelector | CatalogProblem[] {
  const { path } = context;
  const { prefix, ...others } = input;
  if (prefix === undefined || Object.values(others).some((member) => member !== undefined)) {
    return [invalid(path, 'a bucket is selected by prefix alone')];
  }
  const template = openTemplate(prefix, 'prefix', known(context), [...path, 'prefix']);
  if (isProblems(template)) return template;
  return unbound(context, [template]) ?? { by: 'prefix', template };
}

const MEMBERS = ['key', 'sortKey', 'attribute', 'where'] as const;

function openTableSelector(input: SelectorInput, context: Context): OpenSelector | CatalogProblem[] {
  const { path } = context;
  const wrong = wrongMembers(input);
  if (wrong !== undefined) return [invalid(path, wrong)];
  const opened = MEMBERS.flatMap((member) =>
    Object.entries(input[member] ?? {}).map(([name, value]) => ({
      member,
      atom: openAtom(name, value, known(context), [...path, member, name]),
    })),
  );
  const problems = opened.flatMap(({ atom }) => (isProblems(atom) ? atom : []));
  if (problems.length > 0) return problems;
  const of = (wanted: (typeof MEMBERS)[number]) =>
    opened.flatMap(({ member, atom }) => (member === wanted && !isProblems(atom) ? [atom] : []));
  const [partition] = of('key');
  const selector: OpenSelector = partition
    ? { by: 'key', index: input.index ?? null, partition, sort: of('sortKey')[0] ?? null, where: of('where') }
    : { by: 'table', where: [...of('attribute'), ...of('where')] };
  const templates = atomsOf(selector).map(({ template }) => template);
  return unbound(context, templates) ?? selector;
}

function wrongMembers(input: SelectorInput): string | undefined {
  const { key, sortKey, index, attribute, where, prefix } = input;
  const isByKey = key !== undefined && attribute === undefined;
  const isByAttribute = [key, sortKey, index].every((member) => member === undefined) && attribute !== undefined;
  if (prefix !== undefined || !(isByKey || isByAttribute)) {
    return 'a table is selected either by key, with sortKey and index where they help, or by attribute; where narrows both';
  }
  if (where !== undefined && Object.keys(where).length === 0) return 'has a where that names no attribute';
  const names = MEMBERS.flatMap((member) => Object.keys(input[member] ?? {}));
  const twice = names.find((name, at) => names.indexOf(name) < at);
  return twice === undefined ? undefined : `names ${twice} twice; one value is enough`;
}

/** The scopes that a template may name, and their classes. */
function known({ catalog, classes, scope }: Context) {
  return { classes, scope, chain: scope === EVERYTHING ? [] : ancestry(catalog, scope) };
}

/** Every level of the scope must be mentioned, or one tenant's request could reach another's data. */
function unbound({ catalog, scope, path }: Context, templates: readonly Template[]): CatalogProblem[] | undefined {
  if (scope === EVERYTHING) return undefined;
  const mentioned = new Set(templates.flatMap(placeholdersOf));
  const missing = ancestry(catalog, scope).filter((name) => !mentioned.has(name));
  if (missing.length === 0) return undefined;
  const names = missing.map((name) => `{${name}}`).join(' and ');
  return [
    {
      error: 'Lethe.SelectorNotBound',
      path,
      message: `does not mention ${names}: a request for one ${scope} could erase another ${missing[0]}'s data`,
    },
  ];
}
