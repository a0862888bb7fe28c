// Lists the keys of one shard of a table, page by page, keys only: by Query for a partition, by Scan for a segment.
import {
  type DynamoDBClient,
  QueryCommand,
  type QueryCommandInput,
  type QueryCommandOutput,
  ScanCommand,
  type ScanCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { TableFacts } from '../../contracts/plan.ts';
import type { TableTargetSelector } from '../../contracts/selector.ts';
import type { Range } from '../../contracts/shard.ts';
import type { Listed, Listing, Page } from '../../core/erasing/ports.ts';
import { untilAnswered } from './attempts.ts';
import { type ItemKey, keyCondition, readPosition, writePosition } from './table-keys.ts';

export interface TableShard {
  readonly table: string;
  readonly facts: TableFacts;
  readonly selector: TableTargetSelector;
  readonly range: Range;
}

/** Half a read unit per 4 KB read eventually consistent, one when consistent (DynamoDB developer guide). */
const UNIT_BYTES = 4_096;

export function makeTableListing(
  client: DynamoDBClient,
  shard: TableShard,
  isConsistent: boolean,
  sleep: (ms: number) => Promise<void>,
): Listing<ItemKey> {
  const common = projection(shard, isConsistent);
  const read = (after: string | null, consistent: boolean, limit?: number): Promise<QueryCommandOutput> =>
    untilAnswered(
      () =>
        send(client, shard, { ...common, ConsistentRead: consistent, ...start(after), ...(limit && { Limit: limit }) }),
      sleep,
    );

  async function* pages(after: string | null): AsyncIterable<Page<ItemKey>> {
    for (let position = after, isLast = false; !isLast; ) {
      const page = await read(position, isConsistent);
      const items = (page.Items ?? []).map(listed);
      position = page.LastEvaluatedKey ? writePosition(page.LastEvaluatedKey) : null;
      isLast = position === null;
      const bytes = bytesRead(page.ConsumedCapacity?.CapacityUnits ?? 0, isConsistent);
      yield { items, resume: position, isLast, tally: { items: items.length, bytes, versions: 0 } };
    }
  }

  /** Scans have no order a client could compare by, so the first item after `to` marks where the range ends. */
  async function countBetween(from: string | null, to: string, atMost: number): Promise<number> {
    const [beyond] = (await read(to, true, 1)).Items ?? [];
    const end = beyond && writePosition(beyond);
    let count = 0;
    for (let position = from; ; ) {
      const page = await read(position, true);
      for (const item of page.Items ?? []) {
        if (count >= atMost || writePosition(item) === end) return count;
        count++;
      }
      if (!page.LastEvaluatedKey) return count;
      position = writePosition(page.LastEvaluatedKey);
    }
  }

  return { pages, countBetween };
}

type Input = Omit<QueryCommandInput, 'TableName'> & Omit<ScanCommandInput, 'TableName'>;

function send(client: DynamoDBClient, { table, range }: TableShard, input: Input): Promise<QueryCommandOutput> {
  if (input.KeyConditionExpression !== undefined) return client.send(new QueryCommand({ TableName: table, ...input }));
  const segment = range.by === 'segment' ? { Segment: range.segment, TotalSegments: range.of } : {};
  return client.send(new ScanCommand({ TableName: table, ...input, ...segment }));
}

/** Reads nothing but keys: what a deletion needs, and no personal data. */
function projection({ facts, selector }: TableShard, isConsistent: boolean): Input {
  const keyNames = facts.keySchema.map(({ name }, at) => [`#k${at}`, name] as const);
  const names = Object.fromEntries(keyNames);
  const base: Input = {
    ProjectionExpression: keyNames.map(([alias]) => alias).join(', '),
    ReturnConsumedCapacity: 'TOTAL',
    ConsistentRead: isConsistent,
  };
  if (selector.by === 'table') return { ...base, ExpressionAttributeNames: names };
  const condition = keyCondition(selector);
  return {
    ...base,
    KeyConditionExpression: condition.expression,
    ExpressionAttributeNames: { ...names, ...condition.names },
    ExpressionAttributeValues: condition.values,
  };
}

function start(after: string | null): Pick<Input, 'ExclusiveStartKey'> {
  return after === null ? {} : { ExclusiveStartKey: readPosition(after) };
}

function listed(key: ItemKey): Listed<ItemKey> {
  const position = writePosition(key);
  return { item: key, at: position, resume: position, bytes: 0 };
}

function bytesRead(units: number, isConsistent: boolean): number {
  return Math.round(units * UNIT_BYTES * (isConsistent ? 1 : 2));
}
