// TransactWriteItems and TransactGetItems: everything or nothing, in one turn.
import getItem from 'dynalite/actions/getItem.js';
import { checkConditional, createKey, validationError } from 'dynalite/db/index.js';
import * as getItemRules from 'dynalite/validations/getItem.js';
import { AwsError } from '../kernel/aws-error.ts';
import type { Json } from '../kernel/json-service.ts';
import type { ServiceClock } from '../kernel/service-clock.ts';
import { existingItem } from './condition-failure.ts';
import type { Database } from './database.ts';
import { type DynaliteError, type DynaliteStore, isDynaliteError, performNow } from './dynalite-actions.ts';
import { type Item, itemBytes } from './item.ts';
import type { Operations } from './operation.ts';
import { type Field, type Fields, pickFields } from './request-fields.ts';
import { RequestTokens } from './request-tokens.ts';
import { parseStep, STEP_FIELDS, type Step } from './transaction-steps.ts';

const MAX_ACTIONS = 100;
const MAX_BYTES = 4 * 1024 * 1024;

const GET_FIELDS: Fields = {
  Get: {
    type: 'FieldStruct<Get>',
    notNull: true,
    children: pickFields(getItemRules.types, ['TableName', 'Key', 'ProjectionExpression', 'ExpressionAttributeNames']),
  },
};

/** Why a transaction did not happen, for each entry; `None` for those that are not to blame. */
interface Reason {
  readonly Code: 'None' | 'ConditionalCheckFailed' | 'ValidationError';
  readonly Message?: string;
  readonly Item?: Item | undefined;
}

const NOT_TO_BLAME: Reason = { Code: 'None' };

export function transactionOperations(database: Database, clock: ServiceClock): Operations {
  const tokens = new RequestTokens(clock);
  return {
    TransactWriteItems: {
      fields: {
        TransactItems: listOf('TransactWriteItem', STEP_FIELDS),
        ClientRequestToken: { type: 'String', lengthGreaterThanOrEqual: 1, lengthLessThanOrEqual: 36 },
        ReturnConsumedCapacity: 'String',
        ReturnItemCollectionMetrics: 'String',
      },
      unsupported: unsupportedReturns,
      run({ TransactItems, ClientRequestToken }) {
        if (tokens.isRepeat(ClientRequestToken, TransactItems)) return {};
        writeAll(
          TransactItems.map((entry: Json) => parseStep(entry, database)),
          database,
        );
        tokens.remember(ClientRequestToken, TransactItems);
        return {};
      },
    },
    TransactGetItems: {
      fields: { TransactItems: listOf('TransactGetItem', GET_FIELDS), ReturnConsumedCapacity: 'String' },
      unsupported: unsupportedReturns,
      run: ({ TransactItems }) => ({
        Responses: readAll(
          TransactItems.map(({ Get }: Json) => Get),
          database,
        ),
      }),
    },
  };
}

function writeAll(steps: readonly Step[], database: Database): void {
  refuseDuplicates(steps);
  database.commit((writable) => {
    cancelIfAny(steps.map(conditionReason));
    const before = steps.map(existingBytes);
    cancelIfAny(steps.map((step) => applyReason(step, writable)));
    const touched = steps.map((step, index) => Math.max(before[index] ?? 0, existingBytes(step)));
    refuseTooLarge(touched);
  });
}

function readAll(gets: readonly Json[], database: Database): Json[] {
  const responses = gets.map((get) => {
    const invalid = getItemRules.custom(get, database.store);
    if (invalid) throw validationError(invalid);
    const { Item } = performNow(getItem, database.store, get);
    return Item ? { Item } : {};
  });
  refuseTooLarge(responses.map(({ Item }) => itemBytes(Item ?? {})));
  return responses;
}

/** A key that does not fit its table is its entry's own fault and found later. */
function refuseDuplicates(steps: readonly Step[]): void {
  const seen = new Set<string>();
  for (const step of steps) {
    if (step.kind.mismatch(step.data, step.table.schema)) continue;
    const item = `${step.table.schema.TableName}/${createKey(keyed(step), step.table.schema)}`;
    if (seen.has(item)) throw validationError('Transaction request cannot include multiple operations on one item');
    seen.add(item);
  }
}

function conditionReason(step: Step): Reason {
  const { kind, data, table } = step;
  const mismatch = kind.mismatch(data, table.schema);
  if (mismatch) return invalidReason(mismatch);
  const existing = existingItem(step.table, keyed(step));
  const failure = checkConditional(data, existing);
  if (!failure) return NOT_TO_BLAME;
  const Item = data.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' ? existing : undefined;
  return { Code: 'ConditionalCheckFailed', Message: failure.message, Item };
}

/** What only shows when the write is made, such as an operand of the wrong type. */
function applyReason({ kind, data }: Step, writable: DynaliteStore): Reason {
  if (!kind.action) return NOT_TO_BLAME;
  try {
    performNow(kind.action, writable, data);
    return NOT_TO_BLAME;
  } catch (error) {
    if (!isDynaliteError(error)) throw error;
    return invalidReason(error);
  }
}

function invalidReason(error: DynaliteError): Reason {
  return { Code: 'ValidationError', Message: error.message };
}

function cancelIfAny(reasons: readonly Reason[]): void {
  if (reasons.every(({ Code }) => Code === 'None')) return;
  const codes = reasons.map(({ Code }) => Code).join(', ');
  const message = `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`;
  throw new AwsError('TransactionCanceledException', message, 400, { CancellationReasons: reasons });
}

/** The service's documentation has the limit, but not the text. */
function refuseTooLarge(bytes: readonly number[]): void {
  if (bytes.reduce((sum, one) => sum + one, 0) > MAX_BYTES)
    throw validationError('The aggregate size of the items in the transaction exceeds 4 MB');
}

function existingBytes(step: Step): number {
  return itemBytes(existingItem(step.table, keyed(step)) ?? {});
}

/** The key, or the item it is in. */
function keyed({ data }: Step): Item {
  return data.Key ?? data.Item;
}

function unsupportedReturns({ ReturnConsumedCapacity, ReturnItemCollectionMetrics }: Json): string | undefined {
  if ((ReturnConsumedCapacity ?? 'NONE') !== 'NONE') return `ReturnConsumedCapacity ${ReturnConsumedCapacity}`;
  if ((ReturnItemCollectionMetrics ?? 'NONE') !== 'NONE')
    return `ReturnItemCollectionMetrics ${ReturnItemCollectionMetrics}`;
  return undefined;
}

function listOf(name: string, children: Fields): Field {
  return {
    type: 'List',
    notNull: true,
    lengthGreaterThanOrEqual: 1,
    lengthLessThanOrEqual: MAX_ACTIONS,
    children: { type: `ValueStruct<${name}>`, children },
  };
}
