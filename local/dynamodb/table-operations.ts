// Creating, describing, listing, changing and deleting tables.
import { validationError } from 'dynalite/db/index.js';
import * as createTableRules from 'dynalite/validations/createTable.js';
import * as deleteTableRules from 'dynalite/validations/deleteTable.js';
import * as describeTableRules from 'dynalite/validations/describeTable.js';
import * as listTablesRules from 'dynalite/validations/listTables.js';
import * as updateTableRules from 'dynalite/validations/updateTable.js';
import { AwsError } from '../kernel/aws-error.ts';
import type { Json } from '../kernel/json-service.ts';
import type { Place } from '../kernel/service.ts';
import type { ServiceClock } from '../kernel/service-clock.ts';
import type { Backups } from './backups.ts';
import type { Database } from './database.ts';
import { newTable, onDemand } from './new-table.ts';
import type { Operations } from './operation.ts';
import { type Field, pickFields } from './request-fields.ts';
import { Contents, indexesOf, type TableSchema } from './table.ts';
import { describeTable } from './table-description.ts';

const TAGS_FIELD: Field = {
  type: 'List',
  children: {
    type: 'ValueStruct<Tag>',
    children: { Key: { type: 'String', notNull: true }, Value: { type: 'String', notNull: true } },
  },
};

export interface TableParts {
  readonly database: Database;
  readonly backups: Backups;
  readonly clock: ServiceClock;
  readonly place: Place;
}

/** A change takes no time: the answer shows the state in between (`CREATING`, `DELETING`), the next one the result. */
export function tableOperations({ database, backups, clock, place }: TableParts): Operations {
  return {
    CreateTable: {
      fields: {
        ...createTableRules.types,
        Tags: TAGS_FIELD,
        DeletionProtectionEnabled: 'Boolean',
        // Kept and shown: there is nothing to read in the stream, and nothing is encrypted.
        StreamSpecification: {
          type: 'FieldStruct<StreamSpecification>',
          children: { StreamEnabled: 'Boolean', StreamViewType: 'String' },
        },
        SSESpecification: {
          type: 'FieldStruct<SSESpecification>',
          children: { Enabled: 'Boolean', SSEType: 'String', KMSMasterKeyId: 'String' },
        },
        // Accepted in the form that changes nothing.
        TableClass: 'String',
      },
      unsupported: unsupportedSetting,
      check: (data) => createTableRules.custom(data, database.store) ?? wrongStream(data) ?? wrongSchema(data),
      run(data) {
        const schema = schemaOf(data);
        if (database.tables.has(schema.TableName))
          throw new AwsError('ResourceInUseException', `Table already exists: ${schema.TableName}`);
        const nowMs = clock.nowMs();
        const billing =
          data.BillingMode === 'PAY_PER_REQUEST'
            ? onDemand(nowMs)
            : { mode: 'PROVISIONED' as const, throughput: data.ProvisionedThroughput };
        const table = newTable(
          { schema, billing, contents: Contents.emptyFor(schema), status: 'ACTIVE' },
          place,
          nowMs,
        );
        table.isProtected = data.DeletionProtectionEnabled ?? false;
        if (data.StreamSpecification?.StreamEnabled) table.streamView = data.StreamSpecification.StreamViewType;
        if (data.SSESpecification?.Enabled) table.kmsKey = keyArn(data.SSESpecification.KMSMasterKeyId, place);
        for (const { Key, Value } of data.Tags ?? []) table.tags.set(Key, Value);
        database.tables.set(schema.TableName, table);
        return { TableDescription: describeTable(table, 'CREATING') };
      },
    },
    DescribeTable: {
      fields: describeTableRules.types,
      run: ({ TableName }) => ({ Table: describeTable(database.table(TableName)) }),
    },
    ListTables: {
      fields: listTablesRules.types,
      run({ ExclusiveStartTableName = '', Limit = 100 }) {
        const names = [...database.tables.keys()].filter((name) => name > ExclusiveStartTableName).sort();
        const page = names.slice(0, Limit);
        return { TableNames: page, LastEvaluatedTableName: names.length > Limit ? page.at(-1) : undefined };
      },
    },
    UpdateTable: {
      fields: {
        ...pickFields(updateTableRules.types, ['TableName', 'BillingMode']),
        DeletionProtectionEnabled: 'Boolean',
      },
      unsupported: ({ BillingMode }) => (BillingMode === 'PROVISIONED' ? 'BillingMode PROVISIONED' : undefined),
      check: ({ BillingMode, DeletionProtectionEnabled }) =>
        BillingMode === undefined && DeletionProtectionEnabled === undefined ? NOTHING_TO_UPDATE : undefined,
      run({ TableName, BillingMode, DeletionProtectionEnabled }) {
        const table = database.table(TableName);
        if (table.status === 'CREATING') throw beingCreated(TableName);
        table.isProtected = DeletionProtectionEnabled ?? table.isProtected;
        if (BillingMode && table.billing.mode === 'PROVISIONED') table.billing = onDemand(clock.nowMs());
        return { TableDescription: describeTable(table, 'UPDATING') };
      },
    },
    DeleteTable: {
      fields: deleteTableRules.types,
      run({ TableName }) {
        const table = database.table(TableName);
        if (table.status === 'CREATING') throw beingCreated(TableName);
        if (table.isProtected) throw validationError(PROTECTED);
        if (backups.isBeingMade(table))
          throw new AwsError('ResourceInUseException', `${IN_USE}: Table is being backed up: ${TableName}`);
        database.tables.delete(TableName);
        if (table.recovery) backups.keepDeleted(table);
        return { TableDescription: describeTable(table, 'DELETING') };
      },
    },
  };
}

const NOTHING_TO_UPDATE =
  'At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required';
const PROTECTED =
  'Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.';
const IN_USE = 'Attempt to change a resource which is still in use';

function beingCreated(tableName: string): AwsError {
  return new AwsError('ResourceInUseException', `${IN_USE}: Table is being created: ${tableName}`);
}

function unsupportedSetting(data: Json): string | undefined {
  if (data.SSESpecification?.Enabled && data.SSESpecification.KMSMasterKeyId === undefined) {
    return 'SSESpecification without KMSMasterKeyId';
  }
  if (data.TableClass !== undefined && data.TableClass !== 'STANDARD') return `TableClass ${data.TableClass}`;
  const isWide = (index: Json) => index?.KeySchema?.length > 2;
  return data.GlobalSecondaryIndexes?.some(isWide)
    ? 'GlobalSecondaryIndexes with more than two key attributes'
    : undefined;
}

const VIEW_TYPES = ['KEYS_ONLY', 'NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES'];

function wrongStream({ StreamSpecification }: Json): string | undefined {
  if (!StreamSpecification?.StreamEnabled || VIEW_TYPES.includes(StreamSpecification.StreamViewType)) return undefined;
  return `One or more parameter values were invalid: StreamViewType must be one of ${VIEW_TYPES.join(', ')}`;
}

function keyArn(id: string, { region, account }: Place): string {
  return id.startsWith('arn:') ? id : `arn:aws:kms:${region}:${account}:key/${id}`;
}

/** What AWS refuses and dynalite lets pass. */
function wrongSchema(data: Json): string | undefined {
  const schema = schemaOf(data);
  const defined = schema.AttributeDefinitions.map(({ AttributeName }) => AttributeName);
  const keys = [schema, ...indexesOf(schema)].flatMap(({ KeySchema }) => KeySchema);
  const used = new Set(keys.map(({ AttributeName }) => AttributeName));
  if (defined.some((name) => !used.has(name)))
    return `One or more parameter values were invalid: Some AttributeDefinitions are not used. AttributeDefinitions: [${defined.join(', ')}], keys used: [${[...used].join(', ')}]`;
  const unpaid = schema.GlobalSecondaryIndexes?.find(({ ProvisionedThroughput }) => !ProvisionedThroughput);
  if (unpaid && data.BillingMode !== 'PAY_PER_REQUEST')
    return `One or more parameter values were invalid: ProvisionedThroughput must be specified for index: ${unpaid.IndexName}`;
  return undefined;
}

function schemaOf({ TableName, AttributeDefinitions, KeySchema, ...indexes }: Json): TableSchema {
  const { LocalSecondaryIndexes, GlobalSecondaryIndexes } = indexes;
  return { TableName, AttributeDefinitions, KeySchema, LocalSecondaryIndexes, GlobalSecondaryIndexes };
}
