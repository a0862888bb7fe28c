// Which locks a scope takes and which cooldowns bar it: everything ⊃ tenant ⊃ sub-scope, one run per tenant.

import type { ScopeChain } from '../../contracts/plan.ts';
import { EVERYTHING } from '../catalog/selectors.ts';

export interface ScopeLocks {
  readonly held: string;
  readonly cooling: readonly string[];
  readonly own: string;
}

/** `tenant=acme`, `tenant=acme/gallery=g1`; ids cannot be mistaken, because `=` and `/` separate by position. */
export function lockKeys(scope: ScopeChain): ScopeLocks {
  const levels = scope.map(({ name, id }) => `${name}=${encodeURIComponent(id)}`);
  const chain = levels.map((_, at) => levels.slice(0, at + 1).join('/'));
  return { held: chain[0] ?? EVERYTHING, cooling: [EVERYTHING, ...chain], own: chain.at(-1) ?? EVERYTHING };
}
