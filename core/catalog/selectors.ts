// The selectors of a catalog, checked one by one: shape, templates, and that each binds every level of its scope.
import type { Catalog, SelectorInput, StoreInput } from '../../contracts/catalog.ts';
import type { CatalogProblem } from './catalog-problem.ts';
import type { CharacterClass } from './character-class.ts';
import { ancestry } from './scopes.ts';
import { type Comparison, findAmbiguity, parseTemplate, placeholdersOf, type Template } from './template.ts';

/** The scope name under which a store may narrow what `everything` takes of it. */
export const EVERYTHING = 'everything';

/** A selector with its templates parsed, not yet bound to ids. */
export type OpenSelector =
  | { readonly by: 'table' }
  | {
      readonly by: 'key';
      readonly partition: { readonly name: string; readonly template: Template };
      readonly sort: { readonly name: string; readonly comparison: Comparison; readonly template: Template } | null;
    }
  | { readonly by: 'prefix'; readonly template: Template };

export const WHOLE_TABLE: OpenSelector = { by: 'table' };
export const WHOLE_BUCKET: OpenSelector = { by: 'prefix', template: [] };

interface Context {
  readonly catalog: Catalog;
  readonly classes: ReadonlyMap<string, CharacterClass>;
  readonly scope: string;
  readonly path: readonly (string | number)[];
}

/** @returns the selector, or the problems that keep it from being one */
export function openSelector(
  store: StoreInput,
  input: SelectorInput | readonly SelectorInput[],
  context: Context,
): OpenSelector | CatalogProblem[] {
  if (Array.isArray(input)) return [notYet(context.path, 'a list of selectors')];
  const single = input as SelectorInput;
  const unsupported = (['index', 'attribute', 'where'] as const).filter((key) => single[key] !== undefined);
  if (unsupported.length > 0) return unsupported.map((key) => notYet([...context.path, key], key));
  return store.bucket === undefined ? openKeySelector(single, context) : openPrefixSelector(single, context);
}

function openPrefixSelector(input: SelectorInput, context: Context): OpenSelector | CatalogProblem[] {
  const { path } = context;
  if (input.prefix === undefined || input.key || input.sortKey) {
    return [invalid(path, 'a bucket is selected by prefix alone')];
  }
  const template = openTemplate(input.prefix, 'prefix', { ...context, path: [...path, 'prefix'] });
  if (isProblems(template)) return template;
  return bound(context, [template]) ?? { by: 'prefix', template };
}

function openKeySelector(input: SelectorInput, context: Context): OpenSelector | CatalogProblem[] {
  const { path } = context;
  if (input.key === undefined || input.prefix !== undefined) {
    return [invalid(path, 'a table is selected by key, with a sortKey where it helps')];
  }
  const [name = '', value = ''] = Object.entries(input.key)[0] ?? [];
  if (typeof value !== 'string') return [notYet([...path, 'key', name], 'a numeric key value')];
  const partition = openTemplate(value, 'equals', { ...context, path: [...path, 'key', name] });
  if (isProblems(partition)) return partition;
  const sort = openSort(input.sortKey, context);
  if (isProblems(sort)) return sort;
  const templates = sort ? [partition, sort.template] : [partition];
  return bound(context, templates) ?? { by: 'key', partition: { name, template: partition }, sort };
}

function openSort(input: SelectorInput['sortKey'], context: Context) {
  if (input === undefined) return null;
  const [name = '', value = ''] = Object.entries(input)[0] ?? [];
  const path = [...context.path, 'sortKey', name];
  if (typeof value !== 'string' && 'N' in value) return [notYet(path, 'a numeric key value')];
  const comparison: Comparison = typeof value === 'string' ? 'equals' : 'prefix';
  const template = openTemplate(typeof value === 'string' ? value : value.beginsWith, comparison, { ...context, path });
  return isProblems(template) ? template : { name, comparison, template };
}

function openTemplate(text: string, comparison: Comparison, context: Context): Template | CatalogProblem[] {
  const { path, classes, catalog, scope } = context;
  const template = parseTemplate(text);
  if (typeof template === 'string') return [invalid(path, `${show(text)} ${template}`)];
  const chain = scope === EVERYTHING ? [] : ancestry(catalog, scope);
  const foreign = placeholdersOf(template).find((name) => !chain.includes(name));
  if (foreign !== undefined) {
    const allowed = chain.length === 0 ? 'none' : chain.map((name) => `{${name}}`).join(', ');
    return [
      invalid(path, `${show(text)} has {${foreign}}, which scope ${scope} does not give; allowed are ${allowed}`),
    ];
  }
  const ambiguity = findAmbiguity(template, comparison, classes);
  return ambiguity === undefined ? template : [invalid(path, `${show(text)} ${ambiguity}`)];
}

/** Every level of the scope must be mentioned, or one tenant's request could reach another's data. */
function bound({ catalog, scope, path }: Context, templates: readonly Template[]): CatalogProblem[] | undefined {
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

export function isProblems(value: unknown): value is CatalogProblem[] {
  return (
    Array.isArray(value) && value.length > 0 && typeof value[0] === 'object' && value[0] !== null && 'error' in value[0]
  );
}

export function invalid(path: readonly (string | number)[], message: string): CatalogProblem {
  return { error: 'Lethe.InvalidCatalog', path, message };
}

export function notYet(path: readonly (string | number)[], what: string): CatalogProblem {
  return { error: 'Lethe.NotSupportedYet', path, message: `${what} is not supported yet` };
}

const show = (text: string) => JSON.stringify(text);
