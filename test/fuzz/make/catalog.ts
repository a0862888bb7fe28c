// A random catalog with the tables and buckets it names; and catalogs that are wrong on purpose.
import type { Dice } from '../../../examples/gallery/seed/dice.ts';
import type { Shapes, WrittenCatalog, WrittenStore } from '../model.ts';
import { isLucky, oneOf, times } from './choose.ts';
import { APART, LAYOUTS, type Layout } from './layouts.ts';
import { type Chain, chainsOf, makeScopes, type ScopeShape } from './scopes.ts';

export interface MadeCatalog {
  readonly catalog: WrittenCatalog;
  readonly shapes: Shapes;
  readonly scopes: readonly ScopeShape[];
  readonly chains: readonly Chain[];
}

const APPROVERS = ['lead@example.com', 'dpo@example.com', 'third@example.com'];

export function makeCatalog(dice: Dice): MadeCatalog {
  const scopes = makeScopes(dice);
  const chains = chainsOf(scopes);
  const [root] = scopes;
  if (!root) throw new TypeError('there is always a root scope');
  const isEverythingAllowed = isLucky(dice, 15);
  const layouts = times(dice.between(1, 3), (n) => {
    const layOut = oneOf(dice, isEverythingAllowed ? APART : LAYOUTS);
    return layOut({ dice, name: `data${n}`, chains, root });
  });
  const stores = Object.assign({}, ...layouts.map((layout) => withOptions(dice, layout.stores)));
  const isStaging = isLucky(dice, 6);
  const isHasty = !isStaging && isLucky(dice, 6);
  const approvers = APPROVERS.slice(0, dice.between(isStaging ? 2 : 1, 3));
  const required = isStaging ? 2 : oneOf(dice, [0, 1, 1, 1, Math.min(2, approvers.length)]);
  const catalog: WrittenCatalog = {
    version: 1,
    name: 'fuzz',
    environment: isStaging ? 'staging' : oneOf(dice, ['test', 'dev', 'demo', 'ci']),
    protected: { allowed: isLucky(dice, 90) },
    everything: { allowed: isEverythingAllowed },
    scopes: Object.fromEntries(
      scopes.map(({ name, pattern, within }) => [name, { pattern, ...(within !== null && { within }) }]),
    ),
    stores,
    protection: { versioning: isLucky(dice, 60) ? 'enable' : 'refuse', reuseBackupWithin: oneOf(dice, ['0s', '24h']) },
    approval: { approvers, required, expiresAfter: isHasty ? '5s' : oneOf(dice, ['15m', '2h']) },
    limits: {
      maxItems: isLucky(dice, 3) ? 12 : 5_000_000,
      drift: oneOf(dice, [0, 0.01, 0.5]),
      cooldown: oneOf(dice, ['0s', '1h', '1h', '30d']),
      maxConcurrency: oneOf(dice, [1, 1, 2, 2, 3]),
    },
    undo: { window: isLucky(dice, 75) ? '7d' : '0s' },
  };
  return { catalog, shapes: shapesOf(dice, layouts), scopes, chains };
}

function withOptions(dice: Dice, stores: Layout['stores']): Record<string, WrittenStore> {
  return Object.fromEntries(Object.entries(stores).map(([name, store]) => [name, withOption(dice, store)]));
}

function withOption(dice: Dice, store: WrittenStore): WrittenStore {
  if (store.preserve || isLucky(dice, 4)) return { ...store, preserve: true };
  return {
    ...store,
    ...(isLucky(dice, 12) && { optIn: oneOf(dice, ['billing', 'audit']) }),
    ...(isLucky(dice, 20) && { recovery: 'none' }),
    ...(isLucky(dice, 10) && store.table !== undefined && { rate: 2_000 }),
  };
}

/** A few of what the catalog names are not there. */
function shapesOf(dice: Dice, layouts: readonly Layout[]): Shapes {
  const there = layouts.filter(() => !isLucky(dice, 4));
  return { tables: there.flatMap(({ tables }) => tables), buckets: there.flatMap(({ buckets }) => buckets) };
}

type Break = readonly [error: string, wrong: (catalog: WrittenCatalog, chains: readonly Chain[]) => unknown];

/** Each would erase what is another's, or cannot be told not to. */
const BREAKS: readonly Break[] = [
  [
    'Lethe.SelectorNotBound',
    (catalog, [root]) => withStore(catalog, { select: { [last(root)]: { key: { id: 'x' } } } }),
  ],
  [
    'Lethe.SelectorNotBound',
    (catalog, chains) => {
      const inner = last(chains.at(-1));
      const select = { [inner]: { attribute: { of: `{${inner}}` } } };
      return chains.length > 1
        ? withStore(catalog, { select })
        : withStore(catalog, { select: { [inner]: { key: { id: 'x' } } } });
    },
  ],
  [
    'Lethe.InvalidCatalog',
    (catalog, [root]) => withStore(catalog, { select: { [last(root)]: { key: { id: 'T{nobody}' } } } }),
  ],
  ['Lethe.InvalidCatalog', (catalog, [root]) => withBucket(catalog, { [last(root)]: { prefix: `{${last(root)}}` } })],
  ['Lethe.InvalidCatalog', (catalog) => ({ ...catalog, scopes: { ...catalog.scopes, open: { pattern: '^.*$' } } })],
  ['Lethe.InvalidCatalog', (catalog) => ({ ...catalog, surprise: true })],
  [
    'Lethe.StoresOverlap',
    (catalog, [root]) => {
      const select = { [last(root)]: { key: { id: `{${last(root)}}` } } };
      const twin = { table: 'broken', select };
      return { ...catalog, stores: { ...catalog.stores, one: twin, two: twin } };
    },
  ],
];

/** @returns the catalog, and the refusal that must come */
export function breakCatalog(dice: Dice, { catalog, chains }: MadeCatalog): [WrittenCatalog, string] {
  const [error, wrong] = oneOf(dice, BREAKS);
  return [wrong(catalog, chains) as WrittenCatalog, error];
}

function withStore(catalog: WrittenCatalog, store: WrittenStore): WrittenCatalog {
  return { ...catalog, stores: { ...catalog.stores, broken: { table: 'broken', ...store } } };
}

function withBucket(catalog: WrittenCatalog, select: NonNullable<WrittenStore['select']>): WrittenCatalog {
  return { ...catalog, stores: { ...catalog.stores, broken: { bucket: 'broken', select } } };
}

function last(chain: Chain | undefined): string {
  return chain?.at(-1)?.name ?? '';
}
