// The scope of a request, resolved against the catalog: everything, or a chain of ids from the outermost inwards.
import { Refusal, shorten } from '../../contracts/errors.ts';
import type { ScopeChain } from '../../contracts/plan.ts';
import type { Request } from '../../contracts/request.ts';
import { isMember } from '../catalog/character-class.ts';
import type { OpenCatalog } from '../catalog/check-catalog.ts';
import { ancestry } from '../catalog/scopes.ts';
import { EVERYTHING } from '../catalog/selectors.ts';

export interface Scope {
  /** `everything`, or the innermost scope's name. */
  readonly level: string;
  readonly chain: ScopeChain;
}

const NEXT = 'Correct the scope and start a new execution; nothing was read or changed.';

/** @throws Refusal UnknownScope, InvalidScopeId, InvalidRequest, EverythingNotAllowed */
export function resolveScope({ catalog, classes }: OpenCatalog, requested: Request['scope']): Scope {
  if ('everything' in requested && requested.everything === true) {
    if (catalog.everything.allowed) return { level: EVERYTHING, chain: [] };
    throw new Refusal('Lethe.EverythingNotAllowed', {
      what: 'The request asks for everything, which this deployment does not allow.',
      received: { everything: true },
      allowed: 'one tenant or sub-scope; or everything: { allowed: true } in the catalog',
      next: 'Name a scope, or have the deployment changed and reviewed.',
    });
  }
  const ids = new Map(Object.entries(requested as Record<string, string>));
  const names = [...ids.keys()];
  const known = Object.keys(catalog.scopes);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new Refusal('Lethe.UnknownScope', {
      what: 'The catalog has no such scope.',
      received: shorten(unknown),
      allowed: known,
      next: NEXT,
    });
  }
  const level = innermost(catalog, names);
  const chain = level === undefined ? [] : ancestry(catalog, level);
  if (level === undefined || chain.length !== names.length) throw notAChain(catalog, names, known);
  return { level, chain: chain.map((name) => ({ name, id: checkedId(name, ids.get(name) ?? '') })) };

  function checkedId(name: string, id: string): string {
    const allowed = classes.get(name);
    if (allowed && isMember(allowed, id)) return id;
    throw new Refusal('Lethe.InvalidScopeId', {
      what: `The id of scope ${name} does not match its pattern.`,
      received: shorten(id),
      allowed: catalog.scopes[name]?.pattern,
      next: NEXT,
    });
  }
}

/** The named scope whose chain holds all the others. */
function innermost(catalog: OpenCatalog['catalog'], names: readonly string[]): string | undefined {
  return names.find((name) => {
    const chain = ancestry(catalog, name);
    return names.every((other) => chain.includes(other));
  });
}

function notAChain(catalog: OpenCatalog['catalog'], names: readonly string[], known: readonly string[]): Refusal {
  const chains = known.map((name) => ancestry(catalog, name).join(' + '));
  return new Refusal('Lethe.InvalidRequest', {
    what: names.length === 0 ? 'The request names no scope.' : 'The scopes named do not form one chain.',
    received: names,
    allowed: chains.length === 0 ? 'everything, where the catalog allows it' : chains,
    next: NEXT,
  });
}

/** `gallery g1 of tenant acme`, `everything` */
export function showScope(chain: ScopeChain): string {
  if (chain.length === 0) return EVERYTHING;
  return chain
    .toReversed()
    .map(({ name, id }) => `${name} ${id}`)
    .join(' of ');
}
