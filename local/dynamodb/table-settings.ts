// Tags, time to live and Kinesis destinations: kept and shown, without effect on items.
import { validationError } from 'dynalite/db/index.js';
import * as describeTimeToLiveRules from 'dynalite/validations/describeTimeToLive.js';
import * as listTagsRules from 'dynalite/validations/listTagsOfResource.js';
import * as tagResourceRules from 'dynalite/validations/tagResource.js';
import * as untagResourceRules from 'dynalite/validations/untagResource.js';
import { AwsError } from '../kernel/aws-error.ts';
import type { Database } from './database.ts';
import type { Operations } from './operation.ts';
import type { Table } from './table.ts';

/**
 * Time to live is a status only: nothing expires. That is within what AWS promises, which is to delete an expired item
 * "within a few days"; and it is ENABLED at once, where AWS may take an hour.
 */
export function tableSettings(database: Database): Operations {
  return {
    TagResource: {
      fields: tagResourceRules.types,
      check: tagResourceRules.custom,
      run({ ResourceArn, Tags }) {
        const { tags } = tagged(ResourceArn, database);
        for (const { Key, Value } of Tags) tags.set(Key, Value);
      },
    },
    UntagResource: {
      fields: untagResourceRules.types,
      check: untagResourceRules.custom,
      run({ ResourceArn, TagKeys }) {
        const { tags } = tagged(ResourceArn, database);
        for (const key of TagKeys) tags.delete(key);
      },
    },
    ListTagsOfResource: {
      fields: listTagsRules.types,
      check: listTagsRules.custom,
      run: ({ ResourceArn }) => ({
        Tags: [...tagged(ResourceArn, database).tags].map(([Key, Value]) => ({ Key, Value })),
      }),
    },
    EnableKinesisStreamingDestination: {
      fields: { ...describeTimeToLiveRules.types, StreamArn: { type: 'String', notNull: true } },
      run({ TableName, StreamArn }) {
        database.table(TableName).kinesisStreams.add(StreamArn);
        return { TableName, StreamArn, DestinationStatus: 'ENABLING' };
      },
    },
    DescribeKinesisStreamingDestination: {
      fields: describeTimeToLiveRules.types,
      run({ TableName }) {
        const streams = [...database.table(TableName).kinesisStreams];
        return {
          TableName,
          KinesisDataStreamDestinations: streams.map((StreamArn) => ({ StreamArn, DestinationStatus: 'ACTIVE' })),
        };
      },
    },
    DescribeTimeToLive: {
      fields: describeTimeToLiveRules.types,
      run({ TableName }) {
        const { ttlAttribute } = database.table(TableName);
        const status = ttlAttribute === undefined ? 'DISABLED' : 'ENABLED';
        return { TimeToLiveDescription: { TimeToLiveStatus: status, AttributeName: ttlAttribute } };
      },
    },
    UpdateTimeToLive: {
      fields: {
        ...describeTimeToLiveRules.types,
        TimeToLiveSpecification: {
          type: 'FieldStruct<TimeToLiveSpecification>',
          notNull: true,
          children: {
            Enabled: { type: 'Boolean', notNull: true },
            AttributeName: {
              type: 'String',
              notNull: true,
              lengthGreaterThanOrEqual: 1,
              lengthLessThanOrEqual: 255,
            },
          },
        },
      },
      run({ TableName, TimeToLiveSpecification }) {
        const table = database.table(TableName);
        const { Enabled, AttributeName } = TimeToLiveSpecification;
        if (Enabled === (table.ttlAttribute !== undefined))
          throw validationError(`TimeToLive is already ${Enabled ? 'enabled' : 'disabled'}`);
        table.ttlAttribute = Enabled ? AttributeName : undefined;
        return { TimeToLiveSpecification };
      },
    },
  };
}

function tagged(arn: string, database: Database): Table {
  const table = [...database.tables.values()].find((one) => one.arn === arn);
  if (!table)
    throw new AwsError('ResourceNotFoundException', `Requested resource not found: ResourcArn: ${arn} not found`);
  return table;
}
