// Wiring of work-shard: its own role reaches the control table and the work bucket; data only by a session per shard.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { STSClient } from '@aws-sdk/client-sts';
import { systemClock } from '../../adapters/clock.ts';
import { Aborts } from '../../adapters/control-table/aborts.ts';
import { ControlTable } from '../../adapters/control-table/control-table.ts';
import { Pools } from '../../adapters/control-table/pools.ts';
import { Runs } from '../../adapters/control-table/runs.ts';
import { Shards } from '../../adapters/control-table/shards.ts';
import { requireEnvironment } from '../../adapters/function-environment.ts';
import { Objects } from '../../adapters/objects.ts';
import { Sessions } from '../../adapters/sessions.ts';
import { asTask } from '../../adapters/task.ts';
import { makeDynamoDbStore } from '../../stores/dynamodb/dynamodb-store.ts';
import { makeS3Store } from '../../stores/s3/s3-store.ts';
import { makeWorkShard } from './handler.ts';

const table = new ControlTable(new DynamoDBClient(), requireEnvironment('LETHE_CONTROL_TABLE'));
/** Stores decide themselves what to repeat, and how slowly: a hidden retry would hide throttles from the pacer. */
const maxAttempts = 1;

export const handler = asTask(
  'work-shard',
  makeWorkShard({
    clock: systemClock,
    runs: new Runs(table),
    aborts: new Aborts(table),
    shards: new Shards(table),
    pools: new Pools(table),
    work: new Objects(new S3Client(), requireEnvironment('LETHE_WORK_BUCKET')),
    sessions: new Sessions(new STSClient(), requireEnvironment('LETHE_ERASER_ROLE_ARN')),
    openStore: {
      dynamodb: (credentials) => {
        const client = new DynamoDBClient({ credentials, maxAttempts });
        return { store: makeDynamoDbStore(client), close: () => client.destroy() };
      },
      s3: (credentials) => {
        const client = new S3Client({ credentials, maxAttempts });
        return { store: makeS3Store(client), close: () => client.destroy() };
      },
    },
  }),
);
