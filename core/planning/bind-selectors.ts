// Fills the ids of a run into the selectors of a store: what its workers will be told to find.
import { Refusal } from '../../contracts/errors.ts';
import type { BoundSelector, Condition, Equality, PrefixSelector } from '../../contracts/selector.ts';
import type { Atom } from '../catalog/atoms.ts';
import type { OpenCatalog } from '../catalog/check-catalog.ts';
import { type OpenStore, preservedRegions } from '../catalog/overlap.ts';
import type { OpenSelector } from '../catalog/selectors.ts';
import { bind, placeholdersOf } from '../catalog/template.ts';

/** Ids by the names of their scopes. */
export type Ids = ReadonlyMap<string, string>;

/** @throws Refusal PreservedStore when the scope lies inside a preserved prefix; InvalidScopeId */
export function bindSelectors(
  open: OpenCatalog,
  store: OpenStore,
  selectors: readonly OpenSelector[],
  ids: Ids,
): BoundSelector[] {
  const bound = selectors.map((selector) => bindSelector(open, store, selector, ids));
  return bound.filter((selector, at) => !liesInAnother(selector, at, bound));
}

function bindSelector(open: OpenCatalog, store: OpenStore, selector: OpenSelector, ids: Ids): BoundSelector {
  switch (selector.by) {
    case 'table':
      return { by: 'table', where: selector.where.map((atom) => bindEquality(store, atom, ids)) };
    case 'prefix': {
      const prefix = bind(selector.template, ids);
      return { by: 'prefix', prefix, except: store.isPreserved ? [] : exceptions(open, store, prefix, ids) };
    }
    case 'key': {
      const { index, partition, sort, where } = selector;
      return {
        by: 'key',
        index,
        partition: bindEquality(store, partition, ids),
        sort: sort && bindAtom(store, sort, ids),
        where: where.map((atom) => bindEquality(store, atom, ids)),
      };
    }
  }
}

function bindAtom(store: OpenStore, atom: Atom, ids: Ids): Condition {
  if (atom.comparison === 'equals') return bindEquality(store, atom, ids);
  return { name: atom.name, type: 'S', beginsWith: bind(atom.template, ids) };
}

function bindEquality(store: OpenStore, { name, type, template }: Atom, ids: Ids): Equality {
  const equals = bind(template, ids);
  const [scope] = placeholdersOf(template);
  if (type === 'N' && scope !== undefined && /^0\d/.test(equals)) throw notAsWritten(store, scope, equals);
  return { name, type, equals };
}

/** DynamoDB takes 7 and 007 for one value: an id that is no number's own text would find another id's items. */
function notAsWritten(store: OpenStore, scope: string, id: string): Refusal {
  return new Refusal('Lethe.InvalidScopeId', {
    what: `Store ${store.name} takes the id of scope ${scope} as a number, and this one is not as numbers are written.`,
    received: id,
    allowed: 'digits without leading zeros',
    next: 'Correct the scope and start a new execution; nothing was read or changed.',
  });
}

/** Of prefixes that lie within each other the widest finds all; of equal ones, the first. */
function liesInAnother(selector: BoundSelector, at: number, all: readonly BoundSelector[]): boolean {
  if (selector.by !== 'prefix') return false;
  return all.some((other, place) => {
    if (other.by !== 'prefix' || !selector.prefix.startsWith(other.prefix)) return false;
    return other.prefix.length < selector.prefix.length || place < at;
  });
}

/** Preserved prefixes below the erased one. The catalog's check made sure that this run's ids say all of them. */
function exceptions(open: OpenCatalog, store: OpenStore, prefix: string, ids: Ids): PrefixSelector['except'] {
  const preserved = open.stores.filter(
    (other) => other.isPreserved && other.kind === 's3' && other.resource === store.resource,
  );
  const bounds = preserved.flatMap((other) =>
    preservedRegions(other).flatMap((region) => {
      if (region.by !== 'prefix') return [];
      const isBindable = placeholdersOf(region.template).every((name) => ids.has(name));
      return isBindable ? [{ store: other.name, prefix: bind(region.template, ids) }] : [];
    }),
  );
  const around = bounds.find((bound) => prefix.startsWith(bound.prefix));
  if (around) {
    throw new Refusal('Lethe.PreservedStore', {
      what: `The scope of store ${store.name} lies inside the preserved store ${around.store}.`,
      received: prefix,
      allowed: `scopes outside ${around.prefix}`,
      next: 'Correct the scope; preserved stores are never erased.',
    });
  }
  return [...new Set(bounds.filter((bound) => bound.prefix.startsWith(prefix)).map((bound) => bound.prefix))].sort();
}
