// The schema items are written by, which makes the keys of index entries unique.
import type { IndexSchema, TableSchema } from './table.ts';

/**
 * dynalite tells index entries with equal keys apart by 24 bits of a hash of the table's key, so that of some thousand
 * entries one is lost. For writing, the table's key is therefore a part of every index key; queries are checked against
 * the index key as it was defined.
 */
export function withWholeEntryKeys(schema: TableSchema): TableSchema {
  const whole = (index: IndexSchema): IndexSchema => {
    const has = (name: string) => index.KeySchema.some(({ AttributeName }) => AttributeName === name);
    return {
      ...index,
      KeySchema: [...index.KeySchema, ...schema.KeySchema.filter(({ AttributeName }) => !has(AttributeName))],
    };
  };
  const { LocalSecondaryIndexes = [], GlobalSecondaryIndexes = [] } = schema;
  return {
    ...schema,
    LocalSecondaryIndexes: LocalSecondaryIndexes.map(whole),
    GlobalSecondaryIndexes: GlobalSecondaryIndexes.map(whole),
  };
}
