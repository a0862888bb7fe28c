// A selector bound to one scope: what a worker is told to find, with every placeholder filled in.
import * as z from 'zod';
import { instant } from './scalars.ts';
import { strict } from './strict.ts';

const KEY_TYPES = ['S', 'N', 'B'] as const;
export const keyType = z.enum(KEY_TYPES);
export type KeyType = z.output<typeof keyType>;

/** An attribute that equals a text or a number, the number as DynamoDB writes it. */
const equality = strict({ name: z.string(), type: z.enum(['S', 'N']), equals: z.string() });
const beginning = strict({ name: z.string(), type: z.literal('S'), beginsWith: z.string() });
export type Equality = z.output<typeof equality>;

/** What one attribute of an item must be. */
export type Condition = Equality | z.output<typeof beginning>;

/** Items of one partition of a table (`index`: null) or of an index, those that meet all the conditions. */
const keySelector = strict({
  by: z.literal('key'),
  index: z.string().nullable(),
  partition: equality,
  sort: z.union([equality, beginning]).nullable(),
  where: z.array(equality),
});
export type KeySelector = z.output<typeof keySelector>;

/** Items of a whole table, those that meet all the conditions; without any, every item. */
const tableSelector = strict({ by: z.literal('table'), where: z.array(equality) });

/** Every object under a prefix (empty: the whole bucket) but those under the prefixes of preserved stores. */
const prefixSelector = strict({ by: z.literal('prefix'), prefix: z.string(), except: z.array(z.string()) });
export type PrefixSelector = z.output<typeof prefixSelector>;

/** Multipart uploads under a prefix that were begun before an instant and never finished. */
const uploadsSelector = strict({
  by: z.literal('uploads'),
  prefix: z.string(),
  except: z.array(z.string()),
  startedBefore: instant,
});
export type UploadsSelector = z.output<typeof uploadsSelector>;

export const tableTargetSelector = z.discriminatedUnion('by', [keySelector, tableSelector]);
export type TableTargetSelector = z.output<typeof tableTargetSelector>;
export const boundSelector = z.discriminatedUnion('by', [keySelector, tableSelector, prefixSelector, uploadsSelector]);
export type BoundSelector = z.output<typeof boundSelector>;

export function isOfTable(selector: BoundSelector): selector is TableTargetSelector {
  return selector.by === 'key' || selector.by === 'table';
}
