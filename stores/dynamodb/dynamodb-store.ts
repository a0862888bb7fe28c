// The Store of DynamoDB tables.
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Target } from '../../contracts/plan.ts';
import type { Range } from '../../contracts/shard.ts';
import { countShard } from '../../core/erasing/count-shard.ts';
import { eraseShard } from '../../core/erasing/erase-shard.ts';
import type { Remover } from '../../core/erasing/ports.ts';
import { readTwice } from '../../core/erasing/read-twice.ts';
import { isEventual, isPlain } from '../../core/finding/item-conditions.ts';
import type { Store } from '../store.ts';
import { makeConditionalRemover } from './conditional-remover.ts';
import { describeTable } from './describe-table.ts';
import type { ItemKey } from './table-keys.ts';
import { makeTableListing } from './table-listing.ts';
import { makeTableRemover } from './table-remover.ts';
import { type TableShard, tableShard } from './table-shard.ts';

const ITEMS_PER_SEGMENT = 25_000;
const MAX_SEGMENTS = 64;

/** @param client whose credentials reach what the caller may touch: metadata, or one shard */
export function makeDynamoDbStore(client: DynamoDBClient): Store {
  return {
    describe: (resource) => describeTable(client, resource),
    shards: shardsOf,
    async work(target, range, operation, isVerifying, allowance) {
      const shard = tableShard(target, range);
      const listing = makeTableListing(client, shard, isVerifying, allowance.sleep);
      if (operation !== 'count') return eraseShard(listing, removerOf(client, shard), allowance);
      const mayLag = isVerifying && isEventual(shard.selector, shard.facts);
      return countShard(mayLag ? readTwice(listing) : listing, allowance);
    },
  };
}

function removerOf(client: DynamoDBClient, shard: TableShard): Remover<ItemKey> {
  return isPlain(shard.selector) ? makeTableRemover(client, shard.table) : makeConditionalRemover(client, shard);
}

/** A partition cannot be read in parallel, and its write limit makes one worker enough; whole tables are scanned in segments. */
async function* shardsOf({ facts, selectors }: Target): AsyncIterable<Range> {
  const items = facts?.kind === 'dynamodb' ? facts.items : 0;
  const of = Math.min(MAX_SEGMENTS, Math.max(1, Math.ceil(items / ITEMS_PER_SEGMENT)));
  for (const [selector, { by }] of selectors.entries()) {
    if (by !== 'table') yield { by: 'whole', selector };
    else for (let segment = 0; segment < of; segment++) yield { by: 'segment', selector, segment, of };
  }
}
