// Over random catalogs: whatever Lethe accepts, no two scopes share an item, and no scope's data begins another's.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Refusal } from '../../contracts/errors.ts';
import { type BoundSelector, isOfTable } from '../../contracts/selector.ts';
import type { OpenCatalog } from '../../core/catalog/check-catalog.ts';
import { openCatalog } from '../../core/catalog/open-catalog.ts';
import { draftTargets } from '../../core/planning/draft-targets.ts';
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

/** Digits, so that ids can be numbers; with a leading zero they are the number of another id. */
const digits: fc.Arbitrary<SmallScope> = fc.constantFrom(
  { pattern: '^[07]{1,2}$', ids: ['0', '7', '00', '07', '70', '77'] },
  { pattern: '^[7]{1,2}$', ids: ['7', '77'] },
);

/** Selectors of a table: any kind, of any attributes, each level named once or at random. */
function tableSelectors(names: readonly string[]): fc.Arbitrary<Record<string, unknown>> {
  const values = fc.oneof(
    templateTexts(names),
    boundTexts(names),
    fc.constantFrom(...names.map((name) => `{${name}}`)),
    fc.constantFrom('1', '7', '07', '70', ...names.map((name) => `{${name}}`)).map((N) => ({ N })),
  );
  const beginnings = fc.oneof(templateTexts(names), boundTexts(names)).map((beginsWith) => ({ beginsWith }));
  const optionally = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: undefined });
  const where = optionally(fc.dictionary(fc.constantFrom('a', 'b'), values, { minKeys: 1, maxKeys: 2 }));
  const byKey = fc
    .record({
      pk: values,
      sk: optionally(fc.oneof(values, beginnings)),
      index: optionally(fc.constant('by-it')),
      where,
    })
    .map(({ pk, sk, index, where }) => ({ key: { pk }, sortKey: sk && { sk }, index, where }));
  const byAttribute = fc.record({ pk: values, where }).map(({ pk, where }) => ({ attribute: { pk }, where }));
  return fc.oneof(byKey, byAttribute).map((selector) => JSON.parse(JSON.stringify(selector)));
}

const worlds: fc.Arbitrary<World> = fc
  .record({
    depth: fc.integer({ min: 1, max: 3 }),
    scopes: fc.tuple(...LEVELS.map(() => fc.oneof(smallScopes, digits))),
  })
  .chain(({ depth, scopes }) => {
    const names = LEVELS.slice(0, depth);
    const table = tableSelectors(names);
    const prefix = fc.oneof(templateTexts(names), boundTexts(names)).map((prefix) => ({ prefix }));
    const level = names.at(-1) ?? '';
    const oneOrMore = <T>(one: fc.Arbitrary<T>) => fc.oneof(one, fc.array(one, { minLength: 2, maxLength: 2 }));
    return fc
      .oneof(
        { arbitrary: oneOrMore(table).map((selector) => ({ table: 'app', select: { [level]: selector } })), weight: 3 },
        oneOrMore(prefix).map((selector) => ({ bucket: 'app', select: { [level]: selector } })),
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

/** What each attribute is that a selector compares, the key of an object included. */
function found(selector: BoundSelector): ReadonlyMap<string, Found & { readonly type: 'S' | 'N' }> {
  if (!isOfTable(selector)) return new Map([['', { type: 'S', text: selector.prefix, comparison: 'prefix' }]]);
  const keys = selector.by === 'key' ? [selector.partition, ...(selector.sort ? [selector.sort] : [])] : [];
  return new Map(
    [...keys, ...selector.where].map((condition) => [
      condition.name,
      'equals' in condition
        ? { type: condition.type, text: condition.equals, comparison: 'equals' }
        : { type: condition.type, text: condition.beginsWith, comparison: 'prefix' },
    ]),
  );
}

/** Whether one item or object can be what both find: it is, unless an attribute that both compare tells them apart. */
function canBeOne(a: BoundSelector, b: BoundSelector): boolean {
  const other = found(b);
  return [...found(a)].every(([name, one]) => {
    const two = other.get(name);
    if (!two) return true;
    if (one.type !== two.type) return false;
    return one.type === 'N' ? Number(one.text) === Number(two.text) : meet(one, two);
  });
}

/**
 * The levels that two entries of a list name in an attribute of both: by it an item says whose it is. Of one entry, and
 * of objects, which have their key alone, these are all levels.
 */
function levelsInCommon({ scopes, level, store }: World, i: number, j: number): string[] {
  const levels = scopes.map(([name]) => name);
  if (i === j || store['bucket'] !== undefined) return levels;
  const entries = [(store['select'] as Record<string, unknown>)[level]].flat() as Record<string, object>[];
  const valuesOf = (at: number) =>
    new Map(
      Object.values(entries[at] ?? {}).flatMap((member) => (typeof member === 'object' ? Object.entries(member) : [])),
    );
  const [a, b] = [valuesOf(i), valuesOf(j)];
  const shared = [...a].flatMap(([name, value]) => (b.has(name) ? [JSON.stringify([value, b.get(name)])] : []));
  return levels.filter((name) => shared.some((text) => text.includes(`{${name}}`)));
}

/** Undefined where an id is not as numbers are written. */
function selectorsFor(opened: OpenCatalog, request: Record<string, string>): readonly BoundSelector[] | undefined {
  try {
    return draftTargets(opened, resolveScope(opened, request), []).flatMap(({ selectors }) => selectors);
  } catch (error) {
    if (error instanceof Refusal && error.name === 'Lethe.InvalidScopeId') return undefined;
    throw error;
  }
}

describe('two different scopes', () => {
  it('never meet in a catalog that is accepted', () => {
    const tally = { accepted: 0, numbers: 0, lists: 0, refusedIds: 0 };
    fc.assert(
      fc.property(worlds, (world) => {
        const opened = open(world);
        if (Array.isArray(opened)) return;
        tally.accepted++;
        const all = requests(world.scopes).flatMap((request) => {
          const selectors = selectorsFor(opened, request);
          if (!selectors) tally.refusedIds++;
          return selectors ? [{ request, selectors }] : [];
        });
        const [first] = all;
        if (JSON.stringify(first).includes('"N"')) tally.numbers++;
        if ((first?.selectors.length ?? 0) > 1) tally.lists++;
        for (const [at, one] of all.entries()) {
          for (const other of all.slice(at + 1)) {
            const pairs = one.selectors.flatMap((a, i) => other.selectors.map((b, j) => ({ a, b, i, j })));
            for (const { a, b, i, j } of pairs.filter((pair) => canBeOne(pair.a, pair.b))) {
              const isMistaken = levelsInCommon(world, i, j).some((name) => one.request[name] !== other.request[name]);
              if (isMistaken) expect.fail(JSON.stringify([one.request, a, 'meets', other.request, b]));
            }
          }
        }
      }),
      { numRuns: 3_000 },
    );
    expect(tally.accepted).toBeGreaterThan(100);
    expect(Math.min(tally.numbers, tally.lists, tally.refusedIds)).toBeGreaterThan(0);
  });

  it('are refused as not bound whenever a level is left out', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const opened = open(world);
        const entries = [(world.store['select'] as Record<string, unknown>)[world.level]].flat();
        const texts = entries.map((entry) => JSON.stringify(entry));
        const isBound = world.scopes.every(([name]) => texts.every((text) => text.includes(`{${name}}`)));
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
            expect(target?.selectors).toEqual([{ by: 'prefix', prefix, except: [...new Set(below)].sort() }]);
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
