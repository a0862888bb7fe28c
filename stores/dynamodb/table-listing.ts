// Lists the items of one shard of a table, page by page, and counts again what lies between two positions.
import { type DynamoDBClient, QueryCommand, type QueryCommandOutput, ScanCommand } from '@aws-sdk/client-dynamodb';
import { Fault } from '../../contracts/errors.ts';
import type { Listed, Listing, Page } from '../../core/erasing/ports.ts';
import { indexOf, isEventual } from '../../core/finding/item-conditions.ts';
import { untilAnswered } from './attempts.ts';
import { type ItemKey, readPosition, writePosition } from './table-keys.ts';
import { filteredReading, type ReadInput, type Reading, wholeReading } from './table-reading.ts';
import type { TableShard } from './table-shard.ts';

/** Half a read unit per 4 KB read eventually consistent, one when consistent (DynamoDB developer guide). */
const UNIT_BYTES = 4_096;
/** Items after a range that mark its end: others may delete some of them meanwhile, hardly all. */
const MARKERS = 100;
const MAX_ATTEMPTS = 10;

/** @param isConsistent for pages; a global index is read as it is */
export function makeTableListing(
  client: DynamoDBClient,
  shard: TableShard,
  isConsistent: boolean,
  sleep: (ms: number) => Promise<void>,
): Listing<ItemKey> {
  const canBeConsistent = !isEventual(shard.selector, shard.facts);
  const filtered = filteredReading(shard);
  const whole = wholeReading(shard);

  function read({ input }: Reading, after: string | null, consistent: boolean, limit?: number) {
    const request: ReadInput = {
      ...input,
      ConsistentRead: consistent && canBeConsistent,
      ...(after !== null && { ExclusiveStartKey: readPosition(after) }),
      ...(limit !== undefined && { Limit: limit }),
    };
    return untilAnswered(() => send(client, shard.table, request), sleep);
  }

  async function* pages(after: string | null): AsyncIterable<Page<ItemKey>> {
    for (let position = after, isLast = false; !isLast; ) {
      const page = await read(filtered, position, isConsistent);
      const items = (page.Items ?? []).filter(filtered.isSelected).map((item) => listed(filtered, item));
      position = page.LastEvaluatedKey ? writePosition(page.LastEvaluatedKey) : null;
      isLast = position === null;
      const bytes = bytesOf(shard, items.length, page, isConsistent && canBeConsistent);
      yield { items, resume: position, isLast, tally: { items: items.length, bytes, versions: 0 } };
    }
  }

  /**
   * Listings have no order that a client could compare by: a range ends with its last item, or, where that is gone,
   * before the first item after it. Where those are gone too by the time they should come, it is all done again.
   */
  async function countBetween(from: string | null, to: string, atMost: number): Promise<number> {
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      const beyond = await placesAfter(to);
      const { items, isEndFound } = await countUntil(from, to, beyond, atMost);
      if (isEndFound || beyond.size === 0) return items;
      const still = await placesAfter(to);
      if (items >= atMost && [...beyond].some((place) => still.has(place))) return items;
    }
    throw endNotFound(MAX_ATTEMPTS);
  }

  async function placesAfter(position: string): Promise<ReadonlySet<string>> {
    const { Items = [] } = await read(whole, position, true, MARKERS);
    return new Set(Items.map((item) => writePosition(whole.placeOf(item))));
  }

  async function countUntil(from: string | null, to: string, beyond: ReadonlySet<string>, atMost: number) {
    let items = 0;
    for (let position = from; ; ) {
      const page = await read(whole, position, true);
      for (const item of page.Items ?? []) {
        const place = writePosition(whole.placeOf(item));
        if (beyond.has(place)) return { items, isEndFound: true };
        if (items >= atMost) return { items, isEndFound: false };
        if (whole.isSelected(item)) items++;
        if (place === to) return { items, isEndFound: true };
      }
      if (!page.LastEvaluatedKey) return { items, isEndFound: false };
      position = writePosition(page.LastEvaluatedKey);
    }
  }

  return { pages, countBetween };
}

function send(client: DynamoDBClient, table: string, input: ReadInput): Promise<QueryCommandOutput> {
  if (input.KeyConditionExpression !== undefined) return client.send(new QueryCommand({ TableName: table, ...input }));
  return client.send(new ScanCommand({ TableName: table, ...input }));
}

function listed(reading: Reading, item: ItemKey): Listed<ItemKey> {
  const position = writePosition(reading.placeOf(item));
  return { item: reading.keyOf(item), at: position, resume: position, bytes: 0 };
}

/** Of a table, the share of what was read that was found; an index holds only some of an item, so there the average is taken. */
function bytesOf(
  { selector, facts }: TableShard,
  found: number,
  { ConsumedCapacity, ScannedCount = found }: QueryCommandOutput,
  isConsistent: boolean,
): number {
  if (indexOf(selector, facts) && facts.items > 0) return Math.round((facts.bytes / facts.items) * found);
  const read = (ConsumedCapacity?.CapacityUnits ?? 0) * UNIT_BYTES * (isConsistent ? 1 : 2);
  return Math.round(ScannedCount === 0 ? 0 : (read * found) / ScannedCount);
}

function endNotFound(attempts: number): Fault {
  return new Fault('Lethe.OutcomeUnknown', {
    what: `The end of what was in flight could not be found in ${attempts} attempts, because others kept deleting there.`,
    received: attempts,
    allowed: 'an item that stays long enough to mark the end',
    next: 'The next worker of the shard looks again.',
  });
}
