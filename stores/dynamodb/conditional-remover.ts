// Deletes items one by one, each on the condition that it is still what the selector finds.
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DeleteItemCommandInput,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import type { Remover } from '../../core/erasing/ports.ts';
import { changeableConditions, type ItemCondition } from '../../core/finding/item-conditions.ts';
import { Expression } from './expression.ts';
import { type ItemKey, writePosition } from './table-keys.ts';
import { failed, NOTHING } from './table-remover.ts';
import type { TableShard } from './table-shard.ts';

/** DynamoDB answers in 3 to 8 ms, and the SDK takes about 1 ms of a core for a request: more gain nothing. */
const CONCURRENCY = 32;
/** A second's work or so for each checkpoint. */
const BATCHES_PER_BURST = 1_000;

/**
 * An item may have changed hands since it was listed: then it is counted as changed, and stays. What may be gone already
 * by a request of ours that nobody heard the answer of counts as erased where it is gone.
 */
export function makeConditionalRemover(
  client: DynamoDBClient,
  { table, selector, facts }: TableShard,
): Remover<ItemKey> {
  const conditions = changeableConditions(selector, facts);
  const [partitionKey] = facts.keySchema;
  const unless = { there: conditionOf(conditions, null), gone: conditionOf(conditions, partitionKey?.name ?? null) };
  return {
    batchSize: 1,
    batchesPerBurst: BATCHES_PER_BURST,
    concurrency: CONCURRENCY,
    triesOneFirst: false,
    keyOf: writePosition,
    async remove(batch, mayBeGone) {
      const [key] = batch;
      if (!key) return NOTHING;
      try {
        const condition = mayBeGone ? unless.gone : unless.there;
        await client.send(new DeleteItemCommand({ TableName: table, Key: { ...key }, ...condition }));
        return { ...NOTHING, erased: 1 };
      } catch (error) {
        return error instanceof ConditionalCheckFailedException ? { ...NOTHING, changed: 1 } : failed(batch, error);
      }
    },
  };
}

type WithCondition = Pick<
  DeleteItemCommandInput,
  'ConditionExpression' | 'ExpressionAttributeNames' | 'ExpressionAttributeValues'
>;

/** Without anything that could have changed there is no condition: the key says whose the item is. */
function conditionOf(conditions: readonly ItemCondition[], partitionKey: string | null): WithCondition {
  if (conditions.length === 0) return {};
  const expression = new Expression();
  const isSelected = expression.all(conditions);
  const ConditionExpression =
    partitionKey === null ? isSelected : `attribute_not_exists(${expression.name(partitionKey)}) OR (${isSelected})`;
  return { ConditionExpression, ...expression.members };
}
