// Which stores a run is about, and what of each: the targets before anything is known of the stores themselves.
import { Refusal } from '../../contracts/errors.ts';
import type { BoundSelector, PrefixSelector } from '../../contracts/selector.ts';
import type { OpenCatalog } from '../catalog/check-catalog.ts';
import { type OpenStore, preservedRegions, selectorFor } from '../catalog/overlap.ts';
import type { OpenSelector } from '../catalog/selectors.ts';
import { bind, placeholdersOf } from '../catalog/template.ts';
import type { Scope } from '../request/scope.ts';

type Ids = ReadonlyMap<string, string>;

export interface DraftTarget {
  readonly store: string;
  readonly kind: 'dynamodb' | 's3';
  readonly resource: string;
  readonly purpose: 'erase' | 'preserve';
  /** Null: not in scope, for the reason in `note`. */
  readonly selector: BoundSelector | null;
  readonly note: string | null;
  /** Without a recovery point, by the catalog's word. */
  readonly isUnrecoverable: boolean;
  readonly rate: number | null;
}

/** @throws Refusal PreservedStore when the scope lies inside a preserved prefix */
export function draftTargets(open: OpenCatalog, scope: Scope, optIn: readonly string[]): DraftTarget[] {
  const ids: Ids = new Map(scope.chain.map(({ name, id }) => [name, id]));
  return open.stores.map((store) => {
    const input = open.catalog.stores[store.name];
    const draft = {
      store: store.name,
      kind: store.kind,
      resource: store.resource,
      purpose: store.isPreserved ? ('preserve' as const) : ('erase' as const),
      isUnrecoverable: input?.recovery === 'none',
      rate: input?.rate ?? null,
    };
    if (input?.optIn !== undefined && !optIn.includes(input.optIn)) {
      return { ...draft, selector: null, note: `not opted in: ${input.optIn}` };
    }
    const selector = store.isPreserved ? store.selectors.get(scope.level) : selectorFor(store, scope.level);
    if (!selector) return { ...draft, selector: null, note: `no selector for scope ${scope.level}` };
    return { ...draft, selector: bindSelector(open, store, selector, ids), note: null };
  });
}

function bindSelector(open: OpenCatalog, store: OpenStore, selector: OpenSelector, ids: Ids): BoundSelector {
  switch (selector.by) {
    case 'table':
      return { by: 'table' };
    case 'prefix': {
      const prefix = bind(selector.template, ids);
      return { by: 'prefix', prefix, except: store.isPreserved ? [] : exceptions(open, store, prefix, ids) };
    }
    case 'key': {
      const { partition, sort } = selector;
      const bound = sort && { name: sort.name, type: 'S' as const };
      return {
        by: 'key',
        partition: { name: partition.name, type: 'S', equals: bind(partition.template, ids) },
        sort:
          sort && bound
            ? sort.comparison === 'equals'
              ? { ...bound, equals: bind(sort.template, ids) }
              : { ...bound, beginsWith: bind(sort.template, ids) }
            : null,
      };
    }
  }
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
