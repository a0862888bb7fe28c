// Which stores a run is about, and what of each: the targets before anything is known of the stores themselves.
import type { BoundSelector } from '../../contracts/selector.ts';
import type { OpenCatalog } from '../catalog/check-catalog.ts';
import { selectorsFor } from '../catalog/overlap.ts';
import type { Scope } from '../request/scope.ts';
import { bindSelectors, type Ids } from './bind-selectors.ts';

export interface DraftTarget {
  readonly store: string;
  readonly kind: 'dynamodb' | 's3';
  readonly resource: string;
  readonly purpose: 'erase' | 'preserve';
  /** None: not in scope, for the reason in `note`. */
  readonly selectors: BoundSelector[];
  readonly note: string | null;
  /** Without a recovery point, by the catalog's word. */
  readonly isUnrecoverable: boolean;
  readonly rate: number | null;
  readonly allowsReplicas: boolean;
  /** Customer key that the store must be encrypted with, by the catalog's word. */
  readonly kmsKey: string | null;
}

/** @throws Refusal PreservedStore when the scope lies inside a preserved prefix; InvalidScopeId */
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
      allowsReplicas: input?.allowReplicas ?? false,
      kmsKey: input?.kmsKey ?? null,
    };
    if (input?.optIn !== undefined && !optIn.includes(input.optIn)) {
      return { ...draft, selectors: [], note: `not opted in: ${input.optIn}` };
    }
    const selectors = store.isPreserved ? store.selectors.get(scope.level) : selectorsFor(store, scope.level);
    if (!selectors || selectors.length === 0) {
      return { ...draft, selectors: [], note: `no selector for scope ${scope.level}` };
    }
    return { ...draft, selectors: bindSelectors(open, store, selectors, ids), note: null };
  });
}
