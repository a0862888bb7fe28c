// Writes plain values as the attribute values of DynamoDB.
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Item } from '../dataset.ts';

export type Plain = string | number | boolean | null | ReadonlySet<string> | readonly Plain[] | PlainRecord;

/** A member that is undefined is left out. */
export interface PlainRecord {
  readonly [name: string]: Plain | undefined;
}

export function toItem(record: PlainRecord): Item {
  const item: Record<string, AttributeValue> = {};
  for (const [name, value] of Object.entries(record)) {
    if (value !== undefined) item[name] = toAttribute(value);
  }
  return item;
}

function toAttribute(value: Plain): AttributeValue {
  if (value === null) return { NULL: true };
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') return { N: String(value) };
  if (typeof value === 'boolean') return { BOOL: value };
  if (value instanceof Set) return { SS: [...value] };
  if (Array.isArray(value)) return { L: value.map(toAttribute) };
  // Only records are left; Array.isArray does not exclude readonly arrays from the type.
  return { M: toItem(value as PlainRecord) };
}
