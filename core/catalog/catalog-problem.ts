// What is wrong with a catalog: the refusal it leads to, where, and in words.
import type { RefusalName } from '../../contracts/errors.ts';

export interface CatalogProblem {
  readonly error: Extract<
    RefusalName,
    | 'Lethe.InvalidCatalog'
    | 'Lethe.SelectorNotBound'
    | 'Lethe.StoresOverlap'
    | 'Lethe.StoreUnsupported'
    | 'Lethe.NotSupportedYet'
  >;
  /** Keys from the catalog's root. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

export function isProblems(value: unknown): value is CatalogProblem[] {
  return (
    Array.isArray(value) && value.length > 0 && typeof value[0] === 'object' && value[0] !== null && 'error' in value[0]
  );
}

export function invalid(path: CatalogProblem['path'], message: string): CatalogProblem {
  return { error: 'Lethe.InvalidCatalog', path, message };
}
