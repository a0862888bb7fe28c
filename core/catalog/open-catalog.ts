// Opens a catalog from its JSON value: schema first, then what belongs together.
import { catalog as catalogSchema } from '../../contracts/catalog.ts';
import { Refusal } from '../../contracts/errors.ts';
import { check, showPath } from '../../contracts/strict.ts';
import type { CatalogProblem } from './catalog-problem.ts';
import { checkCatalog, type OpenCatalog } from './check-catalog.ts';

/** @returns the catalog, or everything that is wrong with it */
export function openCatalog(value: unknown): OpenCatalog | CatalogProblem[] {
  const checked = check(catalogSchema, value);
  if (checked.isValid) return checkCatalog(checked.value);
  return checked.problems.map(({ path, message }) => ({ error: 'Lethe.InvalidCatalog', path, message }));
}

/** @throws Refusal with the first problem, for a run whose catalog was shipped with it */
export function requireOpenCatalog(value: unknown): OpenCatalog {
  const opened = openCatalog(value);
  if (!Array.isArray(opened)) return opened;
  const [problem] = opened;
  throw new Refusal(problem?.error ?? 'Lethe.InvalidCatalog', {
    what: `The catalog's ${showPath(problem?.path ?? []) || 'body'} ${problem?.message ?? 'is invalid'}.`,
    received: opened.length === 1 ? '1 problem' : `${opened.length} problems`,
    allowed: 'a catalog that `lethe catalog check` accepts',
    next: 'Correct the catalog and deploy it; nothing was read or changed.',
  });
}
