// A case, made from its seed alone: catalog, data, requests, who writes meanwhile, and what fails.
import { Dice } from '../../../examples/gallery/seed/dice.ts';
import type { Case, Ending, Intrusion, PlannedRun, Write, WrittenCatalog, WrittenRequest } from '../model.ts';
import { breakCatalog, makeCatalog } from './catalog.ts';
import { isLucky, oneOf, shuffled, someOf, times } from './choose.ts';
import { type KnownIds, type Making, makeItems, makeObjects } from './data.ts';
import { makeFaults } from './faults.ts';
import { makeIds, type ScopeShape } from './scopes.ts';

/** Neighbouring seeds share a catalog, and so a deployment: starting one takes longer than a case. */
const CASES_A_CATALOG = 8;

export function catalogSeed(seed: number): number {
  return Math.floor(seed / CASES_A_CATALOG);
}

export function makeCase(seed: number): Case {
  const made = makeCatalog(new Dice(catalogSeed(seed), 'catalog'));
  const dice = new Dice(seed, 'case');
  const known = makeKnownIds(dice, made.scopes);
  const favourite = Object.fromEntries(Object.entries(known).map(([scope, ids]) => [scope, oneOf(dice, ids)]));
  const making: Making = { dice, made, known, favourite };
  const isCatalogBroken = isLucky(dice, 4);
  const [catalog, error] = isCatalogBroken ? breakCatalog(dice, made) : [made.catalog, null];
  const seeded = makeSeeded(making);
  const { requests, mustRefuse } = makeRequests(making, catalog);
  const isCalm = isLucky(dice, 50);
  const runs = requests.map((request, at): PlannedRun => {
    const isLast = at === requests.length - 1;
    const intrusions = isCalm || isLast ? [] : makeIntrusions(making, seeded);
    const ending = isLast ? ({ kind: 'approve' } as const) : makeEnding(dice, catalog);
    return { request, ending, intrusions, mustRefuse: error === null ? mustRefuse : [error] };
  });
  const faults = isLucky(dice, 45) ? makeFaults(dice) : null;
  return {
    seed,
    catalog,
    isCatalogBroken,
    shapes: made.shapes,
    seeded,
    runs: runs.slice(0, error ? 1 : undefined),
    faults,
  };
}

function makeKnownIds(dice: Dice, scopes: readonly ScopeShape[]): KnownIds {
  const known: Record<string, readonly string[]> = {};
  for (const scope of scopes) known[scope.name] = makeIds(dice, scope, Object.values(known).flat());
  return known;
}

function makeSeeded(making: Making): Write[] {
  const { dice, made } = making;
  const isLarge = isLucky(dice, 4);
  const count = isLarge ? 80 : oneOf(dice, [0, 5, 10, 10, 20, 20, 40, isLucky(dice, 30) ? 250 : 30]);
  const items = made.shapes.tables.flatMap((table) => makeItems(making, table, count, isLarge));
  const isDeep = isLucky(dice, 1);
  const objects = made.shapes.buckets.flatMap(({ name }) =>
    makeObjects(making, name, isDeep ? 1_300 : oneOf(dice, [0, 4, 8, 16, 30])),
  );
  return [...items, ...objects];
}

interface Requests {
  readonly requests: readonly WrittenRequest[];
  readonly mustRefuse: readonly string[] | null;
}

/** What a case asks: first to look or to count, or to erase and then to erase again. */
function makeRequests(making: Making, catalog: WrittenCatalog): Requests {
  const { dice } = making;
  const request = makeRequest(making, catalog);
  if (isLucky(dice, 6)) {
    const [wrong, error] = spoil(dice, { ...request, mode: oneOf(dice, ['preview', 'dry-run', 'execute']) }, catalog);
    return { requests: [wrong], mustRefuse: [error] };
  }
  const first = isLucky(dice, 30) ? [{ ...request, mode: oneOf(dice, ['preview', 'dry-run'] as const) }] : [];
  if (first.length > 0 && isLucky(dice, 50)) return { requests: first, mustRefuse: null };
  return { requests: [...first, request, request], mustRefuse: null };
}

function makeRequest({ dice, made, known, favourite }: Making, catalog: WrittenCatalog): WrittenRequest {
  const isEverything = catalog.everything.allowed && isLucky(dice, 25);
  const chain = oneOf(dice, made.chains);
  const idOf = (scope: ScopeShape) =>
    isLucky(dice, 75) ? favourite[scope.name] : oneOf(dice, known[scope.name] ?? []);
  const ids = chain.map((scope): [string, string] => [scope.name, idOf(scope) ?? '']);
  const optIns = [...new Set(Object.values(catalog.stores).flatMap(({ optIn }) => optIn ?? []))];
  const optIn = someOf(dice, optIns, 60);
  const scope = isEverything ? { everything: true as const } : Object.fromEntries(ids);
  return {
    scope,
    mode: 'execute',
    ...(optIn.length > 0 && { optIn }),
    reason: 'fuzz',
    requestedBy: 'ops@example.com',
    phrase: phraseFor(isEverything ? [] : ids, optIn, catalog.environment),
  };
}

function phraseFor(ids: readonly (readonly [string, string])[], optIn: readonly string[], environment: string): string {
  const scope =
    ids.length === 0
      ? 'everything'
      : ids
          .toReversed()
          .map(([name, id]) => `${name} ${id}`)
          .join(' of ');
  const opted = optIn.length === 0 ? '' : ` with ${optIn.toSorted().join(',')}`;
  return `ERASE ${scope}${opted} from ${environment}`;
}

type Spoil = (request: WrittenRequest, catalog: WrittenCatalog) => WrittenRequest;

const SPOILT: readonly (readonly [error: string, spoil: Spoil])[] = [
  ['Lethe.PhraseMismatch', (request) => ({ ...request, phrase: `${request.phrase}x` })],
  ['Lethe.PhraseMismatch', (request) => ({ ...request, phrase: request.phrase?.toLowerCase() ?? '' })],
  ['Lethe.UnknownScope', (request) => ({ ...request, scope: { ...request.scope, nobody: 'x' } })],
  ['Lethe.UnknownOptIn', (request) => ({ ...request, optIn: ['nothing'] })],
  ['Lethe.ExpectationMismatch', (request) => ({ ...request, expect: { environment: 'moon' } })],
  ['Lethe.InvalidRequest', (request) => ({ ...request, scope: {} })],
  ['Lethe.InvalidRequest', (request) => ({ ...request, surprise: true }) as WrittenRequest],
];

function spoil(dice: Dice, request: WrittenRequest, catalog: WrittenCatalog): [WrittenRequest, string] {
  const isScoped = !('everything' in request.scope);
  const [error, change] = oneOf(dice, isScoped ? SPOILT : SPOILT.filter(([name]) => name !== 'Lethe.UnknownScope'));
  return [change(request, catalog), error];
}

function makeEnding(dice: Dice, { approval }: WrittenCatalog): Ending {
  if (approval.expiresAfter === '5s' && isLucky(dice, 25)) return { kind: 'expire' };
  const roll = dice.below(100);
  if (roll < 8) return { kind: 'reject' };
  if (roll < 15) return { kind: 'stop', calls: dice.between(5, 400) };
  if (roll < 18) return { kind: 'abort', calls: dice.between(5, 400) };
  return { kind: 'approve' };
}

/** Somebody else adds, changes and deletes: what is of the scope, and what is of its neighbours. */
function makeIntrusions(making: Making, seeded: readonly Write[]): Intrusion[] {
  const { dice } = making;
  return times(dice.between(1, 6), () => {
    const burst = isLucky(dice, 8) ? dice.between(26, 60) : dice.between(1, 4);
    return { at: makeMoment(dice), writes: makeWrites(making, seeded, burst) };
  });
}

function makeMoment(dice: Dice): Intrusion['at'] {
  const roll = dice.below(3);
  if (roll === 0) return 'approval';
  return roll === 1 ? { calls: dice.between(1, 300) } : { deletes: dice.between(1, 6) };
}

function makeWrites(making: Making, seeded: readonly Write[], count: number): Write[] {
  const { dice, made } = making;
  const made2 = [
    ...made.shapes.tables.flatMap((table) => makeItems(making, table, count, false)),
    ...made.shapes.buckets.flatMap(({ name }) => makeObjects(making, name, count)),
  ];
  const fresh = shuffled(dice, made2).slice(0, count);
  return fresh.map((write) => {
    const old = seeded.length > 0 && isLucky(dice, 50) ? oneOf(dice, seeded) : write;
    return change(making, old, write);
  });
}

/** A deletion, or other content under the same key; sometimes the very same content. */
function change({ dice }: Making, old: Write, fresh: Write): Write {
  const isDeletion = isLucky(dice, 30);
  if ('bucket' in old) return { ...old, body: isDeletion ? null : `later ${dice.below(1_000)}` };
  if (isDeletion) return { ...old, item: null };
  if (!('table' in fresh) || fresh.table !== old.table || !fresh.item || !old.item) return old;
  return { ...old, item: { ...fresh.item, ...old.key, body: { S: `later ${dice.below(1_000)}` } } };
}
