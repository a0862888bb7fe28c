// Deletes keys of a table in batches of 25 and tells what became of each.
import { BatchWriteItemCommand, type DynamoDBClient, type WriteRequest } from '@aws-sdk/client-dynamodb';
import type { BatchResult, Remover } from '../../core/erasing/ports.ts';
import { isThrottle, isUnanswered } from './attempts.ts';
import { type ItemKey, writePosition } from './table-keys.ts';

const BATCH = 25; // BatchWriteItem takes at most 25 requests (DynamoDB API reference)
/** About 9 batches in flight fill a table's default quota; a shard is one of several. */
const CONCURRENCY = 8;
/** 1,000 items for each checkpoint. */
const BATCHES_PER_BURST = 40;

/** For plain selectors, where a key alone says whose the item is. Deleting a key again does no harm. */
export function makeTableRemover(client: DynamoDBClient, table: string): Remover<ItemKey> {
  return {
    batchSize: BATCH,
    batchesPerBurst: BATCHES_PER_BURST,
    concurrency: CONCURRENCY,
    triesOneFirst: false,
    keyOf: writePosition,
    async remove(batch) {
      try {
        const requests = batch.map((key): WriteRequest => ({ DeleteRequest: { Key: { ...key } } }));
        const { UnprocessedItems = {} } = await client.send(
          new BatchWriteItemCommand({ RequestItems: { [table]: requests } }),
        );
        const back = new Set(
          (UnprocessedItems[table] ?? []).map(({ DeleteRequest }) => writePosition(DeleteRequest?.Key ?? {})),
        );
        const retry = batch.filter((key) => back.has(writePosition(key)));
        return {
          ...NOTHING,
          erased: batch.length - retry.length,
          retry,
          because: retry.length > 0 ? 'throttled' : null,
        };
      } catch (error) {
        return failed(batch, error);
      }
    },
  };
}

/** What a failure says of every item of a batch. */
export function failed(batch: readonly ItemKey[], error: unknown): BatchResult<ItemKey> {
  if (isThrottle(error)) return { ...NOTHING, retry: batch, because: 'throttled' };
  if (isUnanswered(error)) return { ...NOTHING, retry: batch, because: 'unknown' };
  const code = error instanceof Error ? error.name : 'Unknown';
  return { ...NOTHING, failed: batch.map((item) => ({ item, code })) };
}

export const NOTHING: BatchResult<ItemKey> = {
  erased: 0,
  changed: 0,
  failed: [],
  retry: [],
  because: null,
  isVersioningLost: false,
};
