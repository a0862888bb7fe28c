// What a Query or Scan through an index may ask for: only what the index holds.
import { validationError } from 'dynalite/db/index.js';
import { notImplemented } from '../kernel/aws-error.ts';
import type { Json } from '../kernel/json-service.ts';
import type { IndexSchema, TableSchema } from './table.ts';

/**
 * dynalite reads attributes that the index does not hold as missing. AWS fetches them from the table for a local index
 * and refuses them for a global one. Where it is not documented what AWS does, the answer is 501.
 */
export function checkIndexRead(schema: TableSchema, operation: string, data: Json): void {
  const named = (index: IndexSchema) => index.IndexName === data.IndexName;
  const local = schema.LocalSecondaryIndexes?.find(named);
  const index = local ?? schema.GlobalSecondaryIndexes?.find(named);
  if (!index || index.Projection.ProjectionType === 'ALL') return;
  if (local && data.Select === 'ALL_ATTRIBUTES')
    throw notImplemented(`${operation} of ALL_ATTRIBUTES through a local secondary index that holds only some`);
  const held = heldBy(index, schema);
  const isMissing = (attribute: string) => !held.has(attribute);
  const filtered = Object.keys(data._filter?.pathHeads ?? {}).filter(isMissing);
  if (filtered.length > 0)
    throw notImplemented(`${operation} FilterExpression on ${filtered.join(', ')}, which the index does not hold`);
  const asked = ((data._projection?.paths ?? []) as string[][]).map(([head = '']) => head).filter(isMissing);
  if (asked.length === 0) return;
  if (local) throw notImplemented(`${operation} of ${asked.join(', ')}, which the local secondary index does not hold`);
  throw validationError(
    `One or more parameter values were invalid: Global secondary index ${index.IndexName} does not project [${asked.join(', ')}]`,
  );
}

function heldBy(index: IndexSchema, schema: TableSchema): ReadonlySet<string> {
  const keys = [...index.KeySchema, ...schema.KeySchema].map(({ AttributeName }) => AttributeName);
  return new Set([...keys, ...(index.Projection.NonKeyAttributes ?? [])]);
}
