// One shard of a bucket: a range of keys below a prefix, without the preserved prefixes below it.
import type { PrefixSelector } from '../../contracts/selector.ts';
import type { Range } from '../../contracts/shard.ts';
import { compareKeys } from './key-order.ts';

export interface BucketShard {
  readonly bucket: string;
  readonly selector: PrefixSelector;
  /** After this key; null: from the prefix's beginning. */
  readonly from: string | null;
  /** Up to and including this key; null: to the prefix's end. */
  readonly to: string | null;
}

export function bucketShard(bucket: string, selector: PrefixSelector, range: Range): BucketShard {
  const [from, to] = range.by === 'keys' ? [range.from, range.to] : [null, null];
  return { bucket, selector, from, to };
}

export function isBeyond({ to }: BucketShard, key: string): boolean {
  return to !== null && compareKeys(key, to) > 0;
}

/** Below the prefix and not preserved. The prefix is checked again although S3 was asked for nothing else. */
export function isSelected({ selector }: BucketShard, key: string): boolean {
  return key.startsWith(selector.prefix) && !selector.except.some((preserved) => key.startsWith(preserved));
}
