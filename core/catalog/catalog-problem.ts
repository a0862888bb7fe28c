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
