// DynamoDB of the embedded AWS: dynalite's language over tables of our own, with backups that really restore.
import { notImplemented } from '../kernel/aws-error.ts';
import { type Json, type JsonOperation, makeJsonService } from '../kernel/json-service.ts';
import type { AwsService, Place } from '../kernel/service.ts';
import type { ServiceClock } from '../kernel/service-clock.ts';
import { backupOperations } from './backup-operations.ts';
import { Backups } from './backups.ts';
import { continuousBackupOperations } from './continuous-backups.ts';
import { Database } from './database.ts';
import { itemOperations } from './item-operations.ts';
import { movedItems } from './moved-items.ts';
import { type Operations, toJsonOperation } from './operation.ts';
import { Restores } from './restores.ts';
import { tableNamesIn } from './table-names.ts';
import { tableOperations } from './table-operations.ts';
import { tableSettings } from './table-settings.ts';
import { transactionOperations } from './transactions.ts';

export interface DynamoDbOptions {
  readonly clock: ServiceClock;
  readonly place: Place;
  /** Service time a backup stays CREATING. */
  readonly backupSeconds: number;
}

export interface DynamoDb {
  readonly service: AwsService;
  /** The same operations in process, on documents as they go over the wire; throws AwsError. */
  execute(operation: string, input: Json): Promise<Json>;
  /** Resolves when nothing is under way any more. */
  close(): Promise<void>;
}

export function makeDynamoDb({ clock, place, backupSeconds }: DynamoDbOptions): DynamoDb {
  const database = new Database(clock, place);
  const backups = new Backups(database, clock, backupSeconds);
  const restores = new Restores(database, clock, place);
  const all: Operations = {
    ...tableOperations({ database, backups, clock, place }),
    ...tableSettings(database),
    ...itemOperations(database),
    ...transactionOperations(database, clock),
    ...backupOperations({ database, backups, restores, clock }),
    ...continuousBackupOperations({ database, backups, restores, clock }),
  };
  const operations: Readonly<Record<string, JsonOperation>> = Object.fromEntries(
    Object.entries(all).map(([name, operation]) => [name, toJsonOperation(name, operation, database.store)]),
  );
  return {
    service: makeJsonService({
      name: 'dynamodb',
      target: 'DynamoDB_20120810',
      operations,
      resourceOf: (_operation, input) => tableNamesIn(input)[0] ?? null,
      itemsOf: movedItems,
    }),
    async execute(operation, input) {
      const run = operations[operation];
      if (!run) throw notImplemented(`dynamodb ${operation}`);
      // Copied both ways: stored items are shared, and must not change in the caller's hands.
      return structuredClone(await run(structuredClone(input), inProcess(place)));
    },
    close: () => restores.settled(),
  };
}

function inProcess({ account }: Place) {
  return { arn: `arn:aws:iam::${account}:root`, name: 'in-process' };
}
