// Making a table: what every new one has, whether created or restored.
import { randomUUID } from 'node:crypto';
import type { Place } from '../kernel/service.ts';
import { withWholeEntryKeys } from './entry-schema.ts';
import type { Billing, Contents, RestoreOrigin, Table, TableSchema } from './table.ts';

export interface NewTable {
  readonly schema: TableSchema;
  readonly billing: Billing;
  readonly contents: Contents;
  readonly origin?: RestoreOrigin;
  readonly status: Table['status'];
}

export function newTable({ origin, ...given }: NewTable, place: Place, nowMs: number): Table {
  return {
    ...given,
    entrySchema: withWholeEntryKeys(given.schema),
    origin,
    id: randomUUID(),
    arn: `arn:aws:dynamodb:${place.region}:${place.account}:table/${given.schema.TableName}`,
    createdAtMs: nowMs,
    tags: new Map(),
    isProtected: false,
    ttlAttribute: undefined,
    streamView: undefined,
    kmsKey: undefined,
    kinesisStreams: new Set(),
    recovery: undefined,
  };
}

export function onDemand(nowMs: number): Billing {
  const throughput = { ReadCapacityUnits: 0, WriteCapacityUnits: 0 };
  return { mode: 'PAY_PER_REQUEST', throughput, onDemandSinceMs: nowMs };
}
