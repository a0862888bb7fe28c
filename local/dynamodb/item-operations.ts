// Reading and writing items: dynalite's actions, with what they lack around them.
import batchGetItem from 'dynalite/actions/batchGetItem.js';
import batchWriteItem from 'dynalite/actions/batchWriteItem.js';
import deleteItem from 'dynalite/actions/deleteItem.js';
import getItem from 'dynalite/actions/getItem.js';
import putItem from 'dynalite/actions/putItem.js';
import query from 'dynalite/actions/query.js';
import scan from 'dynalite/actions/scan.js';
import updateItem from 'dynalite/actions/updateItem.js';
import * as batchGetItemRules from 'dynalite/validations/batchGetItem.js';
import * as batchWriteItemRules from 'dynalite/validations/batchWriteItem.js';
import * as deleteItemRules from 'dynalite/validations/deleteItem.js';
import * as getItemRules from 'dynalite/validations/getItem.js';
import * as putItemRules from 'dynalite/validations/putItem.js';
import * as queryRules from 'dynalite/validations/query.js';
import * as scanRules from 'dynalite/validations/scan.js';
import * as updateItemRules from 'dynalite/validations/updateItem.js';
import { notImplemented } from '../kernel/aws-error.ts';
import type { Json } from '../kernel/json-service.ts';
import { usedByWrites, withLeastReadUnits } from './capacity.ts';
import { ON_FAILURE_FIELD, withExistingItem } from './condition-failure.ts';
import type { Database } from './database.ts';
import { type Action, performNow, performRead } from './dynalite-actions.ts';
import { removeElementsLast, unsupportedComparison } from './expressions.ts';
import { checkIndexRead } from './index-reads.ts';
import type { Operation, Operations } from './operation.ts';
import { withoutLegacy } from './request-fields.ts';
import { resumedIn } from './table-store.ts';

const MAX_BATCH_WRITES = 25;

/** dynalite tells 4,096 hash ranges apart; with more segments it would read some of them twice. */
const MAX_SEGMENTS = 4096;

type Rules = typeof putItemRules;

export function itemOperations(database: Database): Operations {
  const { store } = database;

  const write = (action: Action, rules: Rules): Operation => ({
    fields: { ...withoutLegacy(rules.types), ReturnValuesOnConditionCheckFailure: ON_FAILURE_FIELD },
    unsupported: unsupportedMetrics,
    check: rules.custom,
    run({ ReturnConsumedCapacity, ...data }) {
      refuseComparisons(data);
      removeElementsLast(data);
      try {
        const { output, changes } = database.commit((writable) => performNow(action, writable, data));
        return { ...output, ConsumedCapacity: usedByWrites(changes, ReturnConsumedCapacity)?.[0] };
      } catch (error) {
        throw withExistingItem(error, data, database);
      }
    },
  });

  const pageRead = (name: string, action: Action, rules: Rules): Operation => ({
    // dynalite's Scan obeys ConsistentRead, but its list of fields lacks it.
    fields: { ...withoutLegacy(rules.types), ConsistentRead: 'Boolean' },
    unsupported: ({ TotalSegments }) =>
      TotalSegments > MAX_SEGMENTS ? `TotalSegments above ${MAX_SEGMENTS}` : undefined,
    check: (data) => wrongSelect(data) ?? rules.custom(data, store),
    async run(data) {
      refuseComparisons(data);
      if (goesOnInBytes(data)) throw notImplemented(`${name} with begins_with of bytes and ExclusiveStartKey`);
      const table = database.activeTable(data.TableName);
      checkIndexRead(table.schema, name, data);
      return withLeastReadUnits(data, await performRead(action, resumedIn(store, table, data), data));
    },
  });

  return {
    PutItem: write(putItem, putItemRules),
    UpdateItem: write(updateItem, updateItemRules),
    DeleteItem: write(deleteItem, deleteItemRules),
    GetItem: {
      fields: withoutLegacy(getItemRules.types),
      check: getItemRules.custom,
      run: (data) => performNow(getItem, store, data),
    },
    Query: pageRead('Query', query, queryRules),
    Scan: pageRead('Scan', scan, scanRules),
    BatchGetItem: {
      fields: withoutLegacy(batchGetItemRules.types),
      check: batchGetItemRules.custom,
      run: (data) => withWholeRequests(data, performNow(batchGetItem, store, data)),
    },
    BatchWriteItem: {
      fields: batchWriteItemRules.types,
      unsupported: unsupportedMetrics,
      check: (data) => tooManyWrites(data) ?? batchWriteItemRules.custom(data, store),
      run({ ReturnConsumedCapacity, ...data }) {
        const { output, changes } = database.commit((writable) => performNow(batchWriteItem, writable, data));
        return { ...output, ConsumedCapacity: usedByWrites(changes, ReturnConsumedCapacity) };
      },
    },
  };
}

function unsupportedMetrics({ ReturnItemCollectionMetrics }: Json): string | undefined {
  return ReturnItemCollectionMetrics === 'SIZE' ? 'ReturnItemCollectionMetrics SIZE' : undefined;
}

function refuseComparisons(data: Json): void {
  const refused = unsupportedComparison(data);
  if (refused !== undefined) throw notImplemented(refused);
}

/** dynalite would look for the prefix in the start key as if both were text. Its check has made KeyConditions by now. */
function goesOnInBytes({ ExclusiveStartKey, KeyConditions }: Json): boolean {
  return (
    ExclusiveStartKey !== undefined &&
    Object.values<Json>(KeyConditions ?? {}).some(
      ({ ComparisonOperator, AttributeValueList }) => ComparisonOperator === 'BEGINS_WITH' && AttributeValueList[0].B,
    )
  );
}

/** Select next to a projection, which dynalite does not look at. */
function wrongSelect({ Select, ProjectionExpression, IndexName }: Json): string | undefined {
  if (Select === 'SPECIFIC_ATTRIBUTES' && ProjectionExpression === undefined)
    return 'Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES';
  if (Select !== undefined && Select !== 'SPECIFIC_ATTRIBUTES' && ProjectionExpression !== undefined)
    return `Cannot specify the ProjectionExpression when choosing to get ${Select}`;
  if (Select === 'ALL_PROJECTED_ATTRIBUTES' && IndexName === undefined)
    return 'ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName';
  return undefined;
}

/** dynalite counts each table alone. */
function tooManyWrites({ RequestItems }: Json): string | undefined {
  const writes = Object.values<Json[]>(RequestItems).flat();
  if (writes.length > MAX_BATCH_WRITES) return 'Too many items requested for the BatchWriteItem call';
  const isTwice = writes.some((one) => one?.PutRequest && one.DeleteRequest);
  return isTwice ? 'Supplied WriteRequest has both PutRequest and DeleteRequest set' : undefined;
}

/** What was not read is asked for again with these, so they need the projection that dynalite leaves out. */
function withWholeRequests({ RequestItems }: Json, output: Json): Json {
  const unprocessed = Object.entries<Json>(output.UnprocessedKeys).map(([table, { Keys }]) => {
    const { ConsistentRead, ProjectionExpression, ExpressionAttributeNames } = RequestItems[table];
    return [table, { Keys, ConsistentRead, ProjectionExpression, ExpressionAttributeNames }] as const;
  });
  return { ...output, UnprocessedKeys: Object.fromEntries(unprocessed) };
}
