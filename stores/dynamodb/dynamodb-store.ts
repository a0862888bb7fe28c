// The Store of DynamoDB tables.
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Target } from '../../contracts/plan.ts';
import type { Range } from '../../contracts/shard.ts';
import { countShard } from '../../core/erasing/count-shard.ts';
import { eraseShard } from '../../core/erasing/erase-shard.ts';
import type { Store } from '../store.ts';
import { describeTable } from './describe-table.ts';
import { makeTableListing, type TableShard } from './table-listing.ts';
import { makeTableRemover } from './table-remover.ts';

const ITEMS_PER_SEGMENT = 25_000;
const MAX_SEGMENTS = 64;

/** @param client whose credentials reach what the caller may touch: metadata, or one shard */
export function makeDynamoDbStore(client: DynamoDBClient): Store {
  return {
    describe: (resource) => describeTable(client, resource),
    shards: shardsOf,
    async work(target, range, operation, isVerifying, allowance) {
      const shard = shardOf(target, range);
      const listing = makeTableListing(client, shard, isVerifying, allowance.sleep);
      if (operation === 'count') return countShard(listing, allowance);
      return eraseShard(listing, makeTableRemover(client, shard.table), allowance);
    },
  };
}

/** A partition cannot be read in parallel, and its write limit makes one worker enough; whole tables are scanned in segments. */
async function* shardsOf(target: Target): AsyncIterable<Range> {
  const { facts, selector } = target;
  if (facts?.kind !== 'dynamodb' || selector?.by !== 'table') {
    yield { by: 'whole' };
    return;
  }
  const of = Math.min(MAX_SEGMENTS, Math.max(1, Math.ceil(facts.items / ITEMS_PER_SEGMENT)));
  for (let segment = 0; segment < of; segment++) yield { by: 'segment', segment, of };
}

function shardOf({ id, resource, facts, selector }: Target, range: Range): TableShard {
  if (facts?.kind !== 'dynamodb' || (selector?.by !== 'key' && selector?.by !== 'table')) {
    throw new TypeError(`target ${id} is no table`);
  }
  return { table: resource, facts, selector, range };
}
