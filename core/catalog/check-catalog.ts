// Checks a parsed catalog as a whole: scopes, selectors, overlaps, approvers. Everything that needs no look at the stores.
import type { Catalog, StoreInput } from '../../contracts/catalog.ts';
import { samePerson } from '../approval/same-person.ts';
import { type CatalogProblem, invalid, isProblems } from './catalog-problem.ts';
import type { CharacterClass } from './character-class.ts';
import { findOverlaps, type OpenStore } from './overlap.ts';
import { openClasses } from './scopes.ts';
import { EVERYTHING, type OpenSelector, openSelectors } from './selectors.ts';

/** A catalog that passed every check, with its templates parsed. */
export interface OpenCatalog {
  readonly catalog: Catalog;
  readonly classes: ReadonlyMap<string, CharacterClass>;
  readonly stores: readonly OpenStore[];
}

/** @returns the opened catalog, or everything that is wrong with it */
export function checkCatalog(catalog: Catalog): OpenCatalog | CatalogProblem[] {
  const { classes, problems } = openClasses(catalog);
  if (problems.length > 0) return problems;
  const opened = Object.entries(catalog.stores).map(([name, store]) => openStore(catalog, name, store, classes));
  const found = [...opened.filter(isProblems).flat(), ...checkApprovers(catalog)];
  if (found.length > 0) return found;
  const stores = opened.filter((store): store is OpenStore => !isProblems(store));
  const overlaps = findOverlaps(catalog, stores, classes);
  return overlaps.length > 0 ? overlaps : { catalog, classes, stores };
}

function openStore(
  catalog: Catalog,
  name: string,
  store: StoreInput,
  classes: ReadonlyMap<string, CharacterClass>,
): OpenStore | CatalogProblem[] {
  const path = ['stores', name];
  const problems: CatalogProblem[] = [];
  if (store.allowReplicas && store.bucket !== undefined) {
    problems.push(invalid([...path, 'allowReplicas'], 'is for tables; what replication of a bucket does is shown'));
  }
  if (store.bucket?.endsWith('--x-s3')) {
    problems.push({
      error: 'Lethe.StoreUnsupported',
      path: [...path, 'bucket'],
      message: `${store.bucket} is a directory bucket: it has no versions, so nothing in it could be recovered`,
    });
  }
  const selectors = new Map<string, readonly OpenSelector[]>();
  for (const [scope, input] of Object.entries(store.select)) {
    const at = [...path, 'select', scope];
    if (scope !== EVERYTHING && !Object.hasOwn(catalog.scopes, scope)) {
      const allowed = [...Object.keys(catalog.scopes), EVERYTHING].join(', ');
      problems.push(invalid(at, `${scope} is no scope of this catalog; allowed are ${allowed}`));
      continue;
    }
    const found = openSelectors(store, input, { catalog, classes, scope, path: at });
    if (isProblems(found)) problems.push(...found);
    else selectors.set(scope, found);
  }
  if (problems.length > 0) return problems;
  const kind = store.bucket === undefined ? 'dynamodb' : 's3';
  return { name, kind, resource: store.bucket ?? store.table ?? '', isPreserved: store.preserve, selectors };
}

/** A deputy is nobody's second address either. */
function checkApprovers({ approval }: Catalog): CatalogProblem[] {
  const people = (['approvers', 'deputies'] as const).flatMap((list) =>
    (approval[list] ?? []).map((person, at) => ({ person, path: ['approval', list, at] })),
  );
  return people.flatMap(({ person, path }, at) => {
    const twin = people.slice(0, at).find((other) => samePerson(other.person, person));
    return twin === undefined
      ? []
      : [invalid(path, `${person} is the same person as ${twin.person}; each approver counts once`)];
  });
}
