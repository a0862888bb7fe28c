// What an item must be for a selector to find it: what a deletion may rely on, and what later selectors pass over.
import type { IndexFacts, TableFacts, Target } from '../../contracts/plan.ts';
import { type Condition, isOfTable, type KeyType, type TableTargetSelector } from '../../contracts/selector.ts';
import { isSameNumber } from '../catalog/numbers.ts';

/** An item is in an index only with every attribute of the index key, of the key's type. */
interface Presence {
  readonly name: string;
  readonly type: KeyType;
  readonly isPresent: true;
}

export type ItemCondition = Condition | Presence;

/** Attributes of an item as DynamoDB gives them. */
export type Attributes = Readonly<
  Record<string, { readonly S?: string | undefined; readonly N?: string | undefined; readonly B?: unknown } | undefined>
>;

export function indexOf(selector: TableTargetSelector, { indexes }: TableFacts): IndexFacts | undefined {
  if (selector.by !== 'key' || selector.index === null) return undefined;
  const found = indexes.find(({ name }) => name === selector.index);
  if (!found) throw new TypeError(`there is no index ${selector.index}`);
  return found;
}

/** All of them hold exactly for the items that the selector finds. */
function conditionsOf(selector: TableTargetSelector, facts: TableFacts): ItemCondition[] {
  const named: Condition[] =
    selector.by === 'table'
      ? selector.where
      : [selector.partition, ...(selector.sort ? [selector.sort] : []), ...selector.where];
  const index = indexOf(selector, facts);
  const keys = index ? [...index.partition, ...index.sort] : [];
  const others = keys.filter(({ name }) => !named.some((condition) => condition.name === name));
  return [...named, ...others.map(({ name, type }) => ({ name, type, isPresent: true as const }))];
}

/** What a deletion must be told besides the key: an item may have changed since it was listed, but never its own key. */
export function changeableConditions(selector: TableTargetSelector, facts: TableFacts): ItemCondition[] {
  return conditionsOf(selector, facts).filter(({ name }) => !facts.keySchema.some((key) => key.name === name));
}

/** A key, or a whole table: whose an item is cannot change, so that it is deleted without a condition. */
export function isPlain(selector: TableTargetSelector): boolean {
  return selector.where.length === 0 && (selector.by === 'table' || selector.index === null);
}

/** Whether all conditions hold; attributes that the conditions name must be there as far as the item has them. */
export function finds(conditions: readonly ItemCondition[], item: Attributes): boolean {
  return conditions.every((condition) => {
    const value = item[condition.name];
    if ('isPresent' in condition) return value?.[condition.type] !== undefined;
    if ('beginsWith' in condition) return value?.S?.startsWith(condition.beginsWith) ?? false;
    if (condition.type === 'N') return value?.N !== undefined && isSameNumber(value.N, condition.equals);
    return value?.S === condition.equals;
  });
}

/** Conditions of the selectors before one, whose items that one passes over: each item counts for the first that finds it. */
export function earlierConditions(
  selectors: readonly TableTargetSelector[],
  at: number,
  facts: TableFacts,
): ItemCondition[][] {
  return selectors.slice(0, at).map((selector) => conditionsOf(selector, facts));
}

/** Attributes that reading by a selector needs besides keys: for its filter, and to pass over what earlier ones find. */
export function attributesNeeded(selectors: readonly TableTargetSelector[], at: number, facts: TableFacts): string[] {
  const filter = selectors[at]?.where ?? [];
  const names = [...filter, ...earlierConditions(selectors, at, facts).flat()].map(({ name }) => name);
  return [...new Set(names)];
}

/** Through a global index, which follows the table at a distance, reads cannot be consistent. */
export function isEventual(selector: TableTargetSelector, facts: TableFacts): boolean {
  return indexOf(selector, facts)?.kind === 'global';
}

export function verifiesEventually({ facts, selectors }: Pick<Target, 'facts' | 'selectors'>): boolean {
  return facts?.kind === 'dynamodb' && selectors.some((one) => isOfTable(one) && isEventual(one, facts));
}
