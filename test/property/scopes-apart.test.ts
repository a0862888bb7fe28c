// Over random catalogs: whatever Lethe accepts, no two scopes share an item, and no scope's data begins another's.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OpenCatalog } from '../../core/catalog/check-catalog.ts';
import { openCatalog } from '../../core/catalog/open-catalog.ts';
import { type DraftTarget, draftTargets } from '../../core/planning/draft-targets.ts';
import { resolveScope } from '../../core/request/scope.ts';
import { catalogOf } from '../support/catalogs.ts';
import { boundTexts, type Found, meet, type SmallScope, smallScopes, templateTexts } from '../support/languages.ts';

const LEVELS = ['x', 'y', 'z'];

interface World {
  /** The outermost first. */
  readonly scopes: readonly (readonly [string, SmallScope])[];
  readonly level: string;
  readonly store: Record<string, unknown>;
}

const worlds: fc.Arbitrary<World> = fc
  .record({ depth: fc.integer({ min: 1, max: 3 }), scopes: fc.tuple(smallScopes, smallScopes, smallScopes) })
  .chain(({ depth, scopes }) => {
    const names = LEVELS.slice(0, depth);
    const texts = fc.oneof(templateTexts(names), boundTexts(names));
    const sort = fc.option(
      fc.oneof(
        texts,
        texts.map((beginsWith) => ({ beginsWith })),
      ),
      { nil: undefined },
    );
    const table = fc
      .tuple(texts, sort)
      .map(([pk, sk]) => ({ key: { pk }, ...(sk === undefined ? {} : { sortKey: { sk } }) }));
    const level = names.at(-1) ?? '';
    return fc
      .oneof(
        table.map((selector) => ({ table: 'app', select: { [level]: selector } })),
        texts.map((prefix) => ({ bucket: 'app', select: { [level]: { prefix } } })),
      )
      .map((store) => ({
        scopes: scopes.slice(0, depth).map((scope, at) => [LEVELS[at] ?? '', scope] as const),
        level,
        store,
      }));
  });

function open({ scopes, store }: World): OpenCatalog | string[] {
  const chain = scopes.map(([name, { pattern }], at) => {
    const within = scopes[at - 1]?.[0];
    return [name, { pattern, ...(within === undefined ? {} : { within }) }] as const;
  });
  const opened = openCatalog(catalogOf({ scopes: Object.fromEntries(chain), stores: { app: store } }));
  return Array.isArray(opened) ? opened.map(({ error }) => error) : opened;
}

/** Every scope of the innermost level, as a request names it. */
function requests(scopes: World['scopes']): Record<string, string>[] {
  return scopes.reduce<Record<string, string>[]>(
    (outer, [name, { ids }]) => outer.flatMap((scope) => ids.map((id) => ({ ...scope, [name]: id }))),
    [{}],
  );
}

/** The value of each key that the scope's items have. */
function found({ selector }: DraftTarget): readonly [Found, Found] {
  const any: Found = { text: '', comparison: 'prefix' };
  if (selector?.by === 'prefix') return [{ text: selector.prefix, comparison: 'prefix' }, any];
  if (selector?.by !== 'key') throw new Error('the test selects by keys and prefixes alone');
  const { partition, sort } = selector;
  const first: Found = { text: partition.equals, comparison: 'equals' };
  if (!sort) return [first, any];
  return [
    first,
    'equals' in sort ? { text: sort.equals, comparison: 'equals' } : { text: sort.beginsWith, comparison: 'prefix' },
  ];
}

describe('two different scopes', () => {
  it('never meet in a catalog that is accepted', () => {
    const tally = { accepted: 0, refused: 0 };
    fc.assert(
      fc.property(worlds, (world) => {
        const opened = open(world);
        if (Array.isArray(opened)) {
          tally.refused++;
          return;
        }
        tally.accepted++;
        const all = requests(world.scopes).map((request) => {
          const [target] = draftTargets(opened, resolveScope(opened, request), []);
          if (!target) throw new Error('no target');
          return { request, found: found(target) };
        });
        for (const [at, one] of all.entries()) {
          for (const other of all.slice(at + 1)) {
            const isMet = meet(one.found[0], other.found[0]) && meet(one.found[1], other.found[1]);
            if (isMet) expect.fail(`${JSON.stringify(one)} meets ${JSON.stringify(other)}`);
          }
        }
      }),
      { numRuns: 600 },
    );
    expect(tally.accepted).toBeGreaterThan(30);
  });

  it('are refused as not bound whenever a level is left out', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const opened = open(world);
        const text = JSON.stringify(world.store);
        const isBound = world.scopes.every(([name]) => text.includes(`{${name}}`));
        if (!isBound) expect(Array.isArray(opened)).toBe(true);
        if (Array.isArray(opened) && opened.includes('Lethe.SelectorNotBound')) expect(isBound).toBe(false);
      }),
    );
  });
});

describe('two stores of one bucket', () => {
  const store = (prefix: string) => ({ names: prefix.includes('{y}') ? ['x', 'y'] : ['x'], prefix });
  const stores = fc.oneof(boundTexts(['x']), boundTexts(['x', 'y'])).map(store);
  const tails = fc.constantFrom('', 'a/', 'a/', 'ab/', 'a/b/', '{y}/', '{y}/', '{y}/a/', 'b/{y}/');
  const alike = fc
    .tuple(fc.constantFrom('{x}/', 'a/{x}/', '{x}#'), tails, tails)
    .map(([start, a, b]) => [store(start + a), store(start + b)] as const);
  const worlds = fc.record({
    x: smallScopes,
    y: smallScopes,
    pair: fc.oneof(fc.tuple(stores, stores), { arbitrary: alike, weight: 4 }),
    isPreserved: fc.boolean(),
  });

  it('never find the same object in one run, unless it is preserved and excepted', () => {
    const tally = { accepted: 0, excepted: 0 };
    fc.assert(
      fc.property(worlds, ({ x, y, pair: [a, b], isPreserved }) => {
        const scopes = { x: { pattern: x.pattern }, y: { pattern: y.pattern, within: 'x' } };
        const bucket = ({ names, prefix }: typeof a) => ({
          bucket: 'app',
          select: { [names.at(-1) ?? '']: { prefix } },
        });
        const opened = openCatalog(
          catalogOf({ scopes, stores: { a: bucket(a), b: { ...bucket(b), preserve: isPreserved } } }),
        );
        if (Array.isArray(opened)) return;
        tally.accepted++;
        const every = (names: readonly string[]) =>
          requests(names.map((name) => [name, name === 'x' ? x : y] as const));
        const kept = every(b.names).map((request) => ({ request, prefix: filled(b.prefix, request) }));
        for (const request of every(a.names)) {
          const prefix = filled(a.prefix, request);
          const inTheWay = isPreserved
            ? kept
            : kept.filter((other) => JSON.stringify(other.request) === JSON.stringify(request));
          const around = inTheWay.filter((other) => prefix.startsWith(other.prefix));
          const below = inTheWay.filter((other) => other.prefix.startsWith(prefix)).map((other) => other.prefix);
          if (!isPreserved) expect([...around, ...below]).toEqual([]);
          else if (around.length > 0) {
            expect(() => draftTargets(opened, resolveScope(opened, request), [])).toThrow(
              'lies inside the preserved store b',
            );
          } else {
            tally.excepted += below.length;
            const [target] = draftTargets(opened, resolveScope(opened, request), []);
            expect(target?.selector).toEqual({ by: 'prefix', prefix, except: [...new Set(below)].sort() });
          }
        }
      }),
      { numRuns: 800 },
    );
    expect(tally.accepted).toBeGreaterThan(100);
    expect(tally.excepted).toBeGreaterThan(0);
  });

  function filled(template: string, ids: Readonly<Record<string, string>>): string {
    return template.replace(/\{(\w)\}/g, (_, name: string) => ids[name] ?? `no ${name}`);
  }
});
