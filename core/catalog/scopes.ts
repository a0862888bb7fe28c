// The scopes of a catalog as chains from the outermost inwards.
import type { Catalog } from '../../contracts/catalog.ts';
import type { CatalogProblem } from './catalog-problem.ts';
import { type CharacterClass, parsePattern } from './character-class.ts';

/** `[tenant, gallery]` for gallery; the scope itself is last. A scope within itself ends the chain where it began. */
export function ancestry(catalog: Pick<Catalog, 'scopes'>, scope: string): string[] {
  const chain: string[] = [];
  for (let name: string | undefined = scope; name !== undefined && !chain.includes(name); ) {
    chain.unshift(name);
    name = catalog.scopes[name]?.within;
  }
  return chain;
}

export function openClasses(catalog: Pick<Catalog, 'scopes'>): {
  readonly classes: ReadonlyMap<string, CharacterClass>;
  readonly problems: CatalogProblem[];
} {
  const classes = new Map<string, CharacterClass>();
  const problems: CatalogProblem[] = [];
  const refuse = (path: string[], message: string) => problems.push({ error: 'Lethe.InvalidCatalog', path, message });
  for (const [name, { pattern, within }] of Object.entries(catalog.scopes)) {
    if (name === 'everything') refuse(['scopes', name], 'is a reserved name: everything is always a scope');
    const known = parsePattern(pattern);
    if (typeof known === 'string') refuse(['scopes', name, 'pattern'], `${JSON.stringify(pattern)} ${known}`);
    else classes.set(name, known);
    if (within === undefined) continue;
    const parents = Object.keys(catalog.scopes).join(', ');
    if (!Object.hasOwn(catalog.scopes, within))
      refuse(['scopes', name, 'within'], `${within} is no scope; allowed are ${parents}`);
    else if (isCircular(catalog, name)) refuse(['scopes', name, 'within'], `scope ${name} is within itself`);
  }
  return { classes, problems };
}

/** The chain of a circle begins within itself. */
function isCircular(catalog: Pick<Catalog, 'scopes'>, scope: string): boolean {
  const [outermost = scope] = ancestry(catalog, scope);
  const within = catalog.scopes[outermost]?.within;
  return within !== undefined && Object.hasOwn(catalog.scopes, within);
}
