// Catalogs for tests of core, opened or with what is wrong with them.
import type { CatalogProblem } from '../../core/catalog/catalog-problem.ts';
import type { OpenCatalog } from '../../core/catalog/check-catalog.ts';
import { openCatalog } from '../../core/catalog/open-catalog.ts';
import { type CatalogParts, catalogOf } from './catalogs.ts';

/** @throws when the catalog has problems, with all of them */
export function opened(parts: CatalogParts): OpenCatalog {
  const open = openCatalog(catalogOf(parts));
  if (Array.isArray(open)) throw new Error(`the test's catalog is refused: ${JSON.stringify(open)}`);
  return open;
}

export function problemsIn(parts: CatalogParts): CatalogProblem[] {
  const open = openCatalog(catalogOf(parts));
  return Array.isArray(open) ? open : [];
}

/** Names of the refusals, each once. */
export function refusalsOf(parts: CatalogParts): string[] {
  return [...new Set(problemsIn(parts).map(({ error }) => error))];
}
