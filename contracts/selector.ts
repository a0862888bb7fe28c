// A selector bound to one scope: what a worker is told to find, with every placeholder filled in.
import * as z from 'zod';
import { strict } from './strict.ts';

const KEY_TYPES = ['S', 'N', 'B'] as const;
export const keyType = z.enum(KEY_TYPES);
export type KeyType = z.output<typeof keyType>;

const keyAttribute = { name: z.string(), type: keyType } as const;

/** Items of one partition, all of it or those whose sort key equals or begins with a value. */
const keySelector = strict({
  by: z.literal('key'),
  partition: strict({ ...keyAttribute, equals: z.string() }),
  sort: z
    .union([strict({ ...keyAttribute, equals: z.string() }), strict({ ...keyAttribute, beginsWith: z.string() })])
    .nullable(),
});
export type KeySelector = z.output<typeof keySelector>;

/** Every item of a table. */
const tableSelector = strict({ by: z.literal('table') });

/** Every object under a prefix (empty: the whole bucket) but those under the prefixes of preserved stores. */
const prefixSelector = strict({ by: z.literal('prefix'), prefix: z.string(), except: z.array(z.string()) });
export type PrefixSelector = z.output<typeof prefixSelector>;

export const tableTargetSelector = z.discriminatedUnion('by', [keySelector, tableSelector]);
export type TableTargetSelector = z.output<typeof tableTargetSelector>;
export const boundSelector = z.discriminatedUnion('by', [keySelector, tableSelector, prefixSelector]);
export type BoundSelector = z.output<typeof boundSelector>;
export { prefixSelector };
