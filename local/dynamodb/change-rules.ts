// Rules of DynamoDB that dynalite does not know, or counts in characters instead of bytes.
import { validationError } from 'dynalite/db/index.js';
import type { DynaliteError } from './dynalite-actions.ts';
import { type AttributeValue, type Item, itemBytes, MAX_ITEM_BYTES } from './item.ts';
import type { IndexSchema, TableSchema } from './table.ts';

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-partition-sort-keys */
const MAX_KEY_BYTES = { HASH: 2048, RANGE: 1024 } as const;

/** What dynalite would answer if it knew, or undefined. */
export function brokenRule(index: IndexSchema | undefined, schema: TableSchema, item: Item): DynaliteError | undefined {
  for (const { AttributeName, KeyType } of (index ?? schema).KeySchema) {
    const bytes = keyBytes(item[AttributeName]);
    if (bytes === 0 && index) return validationError(emptyIndexKey(index.IndexName, AttributeName));
    if (bytes > MAX_KEY_BYTES[KeyType]) return validationError(KEY_TOO_LONG[KeyType]);
  }
  if (index || itemBytes(item) <= MAX_ITEM_BYTES) return undefined;
  return validationError('Item size has exceeded the maximum allowed size');
}

/** Numbers always fit. */
function keyBytes(value: AttributeValue | undefined): number {
  const { S, B } = value ?? {};
  if (typeof S === 'string') return Buffer.byteLength(S);
  return typeof B === 'string' ? Buffer.byteLength(B, 'base64') : 1;
}

function emptyIndexKey(indexName: string, attribute: string): string {
  return (
    'One or more parameter values are not valid. A value specified for a secondary index key is not supported. ' +
    `The AttributeValue for a key attribute cannot contain an empty string value. IndexName: ${indexName}, IndexKey: ${attribute}`
  );
}

const KEY_TOO_LONG = {
  HASH: 'One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes',
  RANGE:
    'One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of 1024 bytes',
} as const;
