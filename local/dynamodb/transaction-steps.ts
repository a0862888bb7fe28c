// What a transaction is made of: the four things it can do to an item, and their parsing.
import deleteItem from 'dynalite/actions/deleteItem.js';
import putItem from 'dynalite/actions/putItem.js';
import updateItem from 'dynalite/actions/updateItem.js';
import { validateItem, validateKey, validateUpdates, validationError } from 'dynalite/db/index.js';
import * as deleteItemRules from 'dynalite/validations/deleteItem.js';
import * as putItemRules from 'dynalite/validations/putItem.js';
import * as updateItemRules from 'dynalite/validations/updateItem.js';
import { notImplemented } from '../kernel/aws-error.ts';
import type { Json } from '../kernel/json-service.ts';
import { ON_FAILURE_FIELD } from './condition-failure.ts';
import type { Database } from './database.ts';
import type { Action, DynaliteError, DynaliteStore } from './dynalite-actions.ts';
import { removeElementsLast, unsupportedComparison } from './expressions.ts';
import { type Field, type Fields, pickFields } from './request-fields.ts';
import type { Table, TableSchema } from './table.ts';

interface Kind {
  readonly fields: Fields;
  /** dynalite's check of the same operation alone, which also parses the expressions. */
  readonly check: (data: Json, store: DynaliteStore) => string | undefined;
  /** What only the table's schema can tell to be wrong. */
  readonly mismatch: (data: Json, schema: TableSchema) => DynaliteError | null | undefined;
  /** Undefined for a mere check. */
  readonly action: Action | undefined;
}

/** One entry of TransactItems, parsed. */
export interface Step {
  readonly kind: Kind;
  readonly data: Json;
  readonly table: Table;
}

const CONDITION = ['ConditionExpression', 'ExpressionAttributeNames', 'ExpressionAttributeValues'];
const REQUIRED_EXPRESSION: Field = { type: 'String', notNull: true };

const KINDS = {
  ConditionCheck: {
    fields: {
      ...pickFields(deleteItemRules.types, ['TableName', 'Key', ...CONDITION]),
      ConditionExpression: REQUIRED_EXPRESSION,
      ReturnValuesOnConditionCheckFailure: ON_FAILURE_FIELD,
    },
    check: deleteItemRules.custom,
    mismatch: (data, schema) => validateKey(data.Key, schema),
    action: undefined,
  },
  Put: {
    fields: {
      ...pickFields(putItemRules.types, ['TableName', 'Item', ...CONDITION]),
      ReturnValuesOnConditionCheckFailure: ON_FAILURE_FIELD,
    },
    check: putItemRules.custom,
    mismatch: (data, schema) => validateItem(data.Item, schema),
    action: putItem,
  },
  Update: {
    fields: {
      ...pickFields(updateItemRules.types, ['TableName', 'Key', ...CONDITION]),
      UpdateExpression: REQUIRED_EXPRESSION,
      ReturnValuesOnConditionCheckFailure: ON_FAILURE_FIELD,
    },
    check: updateItemRules.custom,
    mismatch: (data, schema) => validateKey(data.Key, schema) ?? validateUpdates(undefined, data._updates, schema),
    action: updateItem,
  },
  Delete: {
    fields: {
      ...pickFields(deleteItemRules.types, ['TableName', 'Key', ...CONDITION]),
      ReturnValuesOnConditionCheckFailure: ON_FAILURE_FIELD,
    },
    check: deleteItemRules.custom,
    mismatch: (data, schema) => validateKey(data.Key, schema),
    action: deleteItem,
  },
} as const satisfies Record<string, Kind>;

/** The fields of one entry of TransactItems. */
export const STEP_FIELDS: Fields = Object.fromEntries(
  Object.entries(KINDS).map(([name, { fields }]) => [name, { type: `FieldStruct<${name}>`, children: fields }]),
);

/** @throws what AWS throws before it looks at any item */
export function parseStep(entry: Json, database: Database): Step {
  const kinds = Object.entries<Kind>(KINDS).filter(([name]) => entry[name] !== undefined);
  const [found] = kinds;
  if (!found || kinds.length > 1)
    throw validationError('TransactItems can only contain one of Check, Put, Update or Delete');
  const [name, kind] = found;
  // Parsing adds to the data, and the entry is still compared with later ones under the same token.
  const data = structuredClone(entry[name]);
  const invalid = kind.check(data, database.store);
  if (invalid) throw validationError(invalid);
  const refused = unsupportedComparison(data);
  if (refused !== undefined) throw notImplemented(refused);
  removeElementsLast(data);
  return { kind, data, table: database.activeTable(data.TableName) };
}
