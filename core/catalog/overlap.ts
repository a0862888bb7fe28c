// Stores of one resource that may find the same items: refused, but for a preserved prefix below an erased one.
import type { Catalog } from '../../contracts/catalog.ts';
import { atomsMeet } from './atoms.ts';
import type { CatalogProblem } from './catalog-problem.ts';
import type { CharacterClass } from './character-class.ts';
import { atomsOf, EVERYTHING, type OpenSelector, WHOLE_BUCKET, WHOLE_TABLE } from './selectors.ts';
import { placeholdersOf, withoutCommonStart } from './template.ts';

export interface OpenStore {
  readonly name: string;
  readonly kind: 'dynamodb' | 's3';
  readonly resource: string;
  readonly isPreserved: boolean;
  /** By scope name; `everything` only where the catalog narrows it. */
  readonly selectors: ReadonlyMap<string, readonly OpenSelector[]>;
}

type Classes = ReadonlyMap<string, CharacterClass>;

export function findOverlaps(catalog: Catalog, stores: readonly OpenStore[], classes: Classes): CatalogProblem[] {
  const scopes = [...Object.keys(catalog.scopes), ...(catalog.everything.allowed ? [EVERYTHING] : [])];
  return stores.flatMap((store, at) =>
    stores.slice(at + 1).flatMap((other) => {
      if (store.kind !== other.kind || store.resource !== other.resource) return [];
      const clash = findClash(store, other, scopes, classes);
      return clash === undefined ? [] : [overlap(store, other, clash)];
    }),
  );
}

/** @returns the scope in which both may find the same items */
function findClash(a: OpenStore, b: OpenStore, scopes: readonly string[], classes: Classes): string | undefined {
  if (a.isPreserved && b.isPreserved) return undefined;
  if (a.isPreserved) return findClash(b, a, scopes, classes);
  return scopes.find((scope) =>
    selectorsFor(a, scope).some((erased) =>
      b.isPreserved
        ? preservedRegions(b).some((kept) => !isKeptApart(erased, kept, classes))
        : selectorsFor(b, scope).some((other) => selectorsMeet(erased, other, classes)),
    ),
  );
}

/** What a run of this scope takes of an erased store; none where it takes nothing. */
export function selectorsFor(store: OpenStore, scope: string): readonly OpenSelector[] {
  return store.selectors.get(scope) ?? (scope === EVERYTHING ? [wholeOf(store)] : []);
}

/** What of a preserved store must stay, whatever the scope of a run. */
export function preservedRegions(store: OpenStore): readonly OpenSelector[] {
  return store.selectors.size === 0 ? [wholeOf(store)] : [...store.selectors.values()].flat();
}

function wholeOf(store: OpenStore): OpenSelector {
  return store.kind === 's3' ? WHOLE_BUCKET : WHOLE_TABLE;
}

/**
 * Apart, or told apart in every run: the preserved prefix goes on past their common start without a placeholder, so
 * that the run's own ids say exactly where it lies. Any other id of it could lie below the erased prefix unseen; and
 * one that does not go on holds all of the erased prefix.
 */
function isKeptApart(erased: OpenSelector, kept: OpenSelector, classes: Classes): boolean {
  if (erased.by === 'prefix' && kept.by === 'prefix') {
    const [, rest] = withoutCommonStart(erased.template, kept.template);
    if (rest.length > 0 && placeholdersOf(rest).length === 0) return true;
  }
  return !selectorsMeet(erased, kept, classes);
}

function selectorsMeet(a: OpenSelector, b: OpenSelector, classes: Classes): boolean {
  return atomsMeet(atomsOf(a), atomsOf(b), classes);
}

function overlap(a: OpenStore, b: OpenStore, scope: string): CatalogProblem {
  const what = a.kind === 's3' ? 'bucket' : 'table';
  return {
    error: 'Lethe.StoresOverlap',
    path: ['stores', b.name],
    message: `may hold the same data as store ${a.name} of ${what} ${a.resource} in scope ${scope}; give both selectors that can never meet`,
  };
}
