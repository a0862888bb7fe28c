// Compares the selectors of a drafted table with its keys and indexes.
import { Refusal } from '../../contracts/errors.ts';
import type { IndexFacts, TableFacts } from '../../contracts/plan.ts';
import { type Condition, isOfTable, type KeySelector, type TableTargetSelector } from '../../contracts/selector.ts';
import { attributesNeeded } from '../finding/item-conditions.ts';
import type { DraftTarget } from './draft-targets.ts';

type Key = TableFacts['keySchema'][number];
type Named = Pick<DraftTarget, 'store' | 'resource'>;

/** @throws Refusal InvalidCatalog, StoreUnsupported */
export function checkSelectors({ store, resource, selectors }: DraftTarget, facts: TableFacts): void {
  const named = { store, resource };
  const ofTable = selectors.filter(isOfTable);
  for (const selector of ofTable) {
    if (selector.by === 'key') checkKeys(named, selector, facts);
    checkTypes(named, selector, facts);
  }
  for (const [at, selector] of ofTable.entries()) {
    const index = selector.by === 'key' && facts.indexes.find(({ name }) => name === selector.index);
    if (index) checkIndex(named, index, attributesNeeded(ofTable, at, facts));
  }
}

function checkKeys(named: Named, selector: KeySelector, facts: TableFacts): void {
  const { index: name, partition, sort, where } = selector;
  const index = facts.indexes.find((one) => one.name === name);
  if (name !== null && !index) {
    const what = `Store ${named.store} selects by index ${name}, which table ${named.resource} does not have.`;
    throw wrong(what, name, facts.indexes.length === 0 ? 'no index: the table has none' : facts.indexes.map(nameOf));
  }
  const [hash, range] = index ? [index.partition[0], index.sort[0]] : facts.keySchema;
  const of = index ? `index ${index.name} of table ${named.resource}` : `table ${named.resource}`;
  checkKey(named, partition, hash, { role: 'partition key', of });
  if (sort) checkKey(named, sort, range, { role: 'sort key', of });
  const filtered = where.find((condition) => condition.name === hash?.name || condition.name === range?.name);
  if (!filtered) return;
  const what = `Store ${named.store} has ${filtered.name} in where, which is part of the key of ${of}.`;
  throw wrong(what, filtered.name, 'key and sortKey for the attributes of the key; where for others');
}

function checkKey(
  named: Named,
  condition: Condition,
  actual: Key | undefined,
  { role, of }: Record<'role' | 'of', string>,
) {
  if (condition.name === actual?.name) return;
  const what = `Store ${named.store} selects by ${condition.name}, which is not the ${role} of ${of}.`;
  throw wrong(what, condition.name, actual?.name ?? `no ${role}: it has none`);
}

/** Only key attributes have a type that is known before items are read. */
function checkTypes({ store, resource }: Named, selector: TableTargetSelector, facts: TableFacts): void {
  const keys = [...facts.keySchema, ...facts.indexes.flatMap(({ partition, sort }) => [...partition, ...sort])];
  const conditions: Condition[] =
    selector.by === 'table'
      ? selector.where
      : [selector.partition, ...(selector.sort ? [selector.sort] : []), ...selector.where];
  for (const { name, type } of conditions) {
    const key = keys.find((one) => one.name === name);
    if (!key || key.type === type) continue;
    const given = type === 'N' ? 'a number' : 'a text';
    const what = `Store ${store} gives ${given} for ${name}, which is of type ${key.type} in table ${resource}.`;
    throw wrong(what, type, key.type);
  }
}

function checkIndex({ store, resource }: Named, index: IndexFacts, needed: readonly string[]): void {
  const refuse = (why: string, received: string, allowed: string) =>
    new Refusal('Lethe.StoreUnsupported', {
      what: `Store ${store} cannot be read through index ${index.name} of table ${resource}: ${why}.`,
      received,
      allowed,
      next: 'Change the index or the catalog; nothing was touched.',
    });
  if (index.status !== 'ACTIVE') throw refuse(`it is ${index.status}`, index.status, 'ACTIVE');
  const keyed = [...index.partition, ...index.sort].map(nameOf);
  if (index.partition.length > 1 || index.sort.length > 1) {
    const allowed = 'an index of one partition key and at most one sort key';
    throw refuse(`its key has several attributes for one part: ${keyed.join(', ')}`, keyed.join(', '), allowed);
  }
  const missing = needed.filter((name) => index.projected !== null && !index.projected.includes(name));
  if (missing.length === 0) return;
  const names = missing.join(', ');
  throw refuse(`it does not hold ${names}, which the catalog compares`, names, (index.projected ?? []).join(', '));
}

function wrong(what: string, received: unknown, allowed: unknown): Refusal {
  return new Refusal('Lethe.InvalidCatalog', {
    what,
    received,
    allowed,
    next: 'Correct the catalog and deploy it; nothing was touched.',
  });
}

function nameOf({ name }: { readonly name: string }): string {
  return name;
}
