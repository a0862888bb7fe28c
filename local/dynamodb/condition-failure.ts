// ReturnValuesOnConditionCheckFailure: the item whose condition failed, for the error to carry.
import { createKey } from 'dynalite/db/index.js';
import { AwsError } from '../kernel/aws-error.ts';
import type { Json } from '../kernel/json-service.ts';
import type { Database } from './database.ts';
import { asAwsError } from './dynalite-actions.ts';
import type { Item } from './item.ts';
import type { Field } from './request-fields.ts';
import type { Table } from './table.ts';

export const ON_FAILURE_FIELD: Field = { type: 'String', enum: ['ALL_OLD', 'NONE'] };

/** Adds the item to a failed condition where it was asked for; any other error is returned as it is. */
export function withExistingItem(error: unknown, data: Json, database: Database): unknown {
  const known = asAwsError(error);
  if (!(known instanceof AwsError) || known.name !== 'ConditionalCheckFailedException') return error;
  if (data.ReturnValuesOnConditionCheckFailure !== 'ALL_OLD') return error;
  const Item = existingItem(database.activeTable(data.TableName), data.Key ?? data.Item);
  return new AwsError(known.name, known.message, known.status, { Item });
}

/** @param keyed a key, or a whole item */
export function existingItem(table: Table, keyed: Item): Item | undefined {
  return table.contents.items.get(createKey(keyed, table.schema));
}
