// What the suite does to the account by itself: it ends runs and removes stores, never anything without its own prefix.
import {
  BatchWriteItemCommand,
  DeleteBackupCommand,
  DeleteTableCommand,
  DynamoDBClient,
  ListBackupsCommand,
  ListTablesCommand,
  ScanCommand,
  UpdateTableCommand,
  waitUntilTableNotExists,
} from '@aws-sdk/client-dynamodb';
import {
  AbortMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { ListExecutionsCommand, SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';

const MAX_BATCH = 25;
const POLL_MS = 200;
const MAX_WAIT_SECONDS = 600;
/** Closing goes on for hours where a report cannot be written, as some scenarios see to. */
const CLOSED_SECONDS = 30;

export class Account {
  readonly #dynamodb = new DynamoDBClient();
  readonly #s3 = new S3Client({ forcePathStyle: process.env['AWS_ENDPOINT_URL'] !== undefined });
  readonly #sfn = new SFNClient();
  readonly #sts = new STSClient();

  async id(): Promise<string> {
    const { Account: id = '' } = await this.#sts.send(new GetCallerIdentityCommand({}));
    return id;
  }

  async region(): Promise<string> {
    return this.#dynamodb.config.region();
  }

  close(): void {
    for (const client of [this.#dynamodb, this.#s3, this.#sfn, this.#sts]) client.destroy();
  }

  /** Nothing runs when it resolves: runs are stopped, and closed from outside; what cannot be closed is stopped too. */
  async endRuns(stateMachineArn: string): Promise<void> {
    await this.#stop(stateMachineArn);
    await this.#ended(stateMachineArn, MAX_WAIT_SECONDS);
    const closing = stateMachineArn.replace(/-erase$/, '-close');
    if (await this.#ended(closing, CLOSED_SECONDS).catch(() => false)) return;
    await this.#stop(closing);
    await this.#ended(closing, MAX_WAIT_SECONDS);
  }

  async #stop(stateMachineArn: string): Promise<void> {
    for (const { executionArn } of await this.#running(stateMachineArn)) {
      await this.#sfn.send(new StopExecutionCommand({ executionArn, cause: 'the scenario is over' }));
    }
  }

  /** @throws Error when executions do not end in time */
  async #ended(stateMachineArn: string, seconds: number): Promise<true> {
    const giveUpMs = Date.now() + seconds * 1_000;
    while ((await this.#running(stateMachineArn)).length > 0) {
      if (Date.now() > giveUpMs) throw new Error(`executions of ${stateMachineArn} do not end`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    return true;
  }

  async #running(stateMachineArn: string) {
    const { executions = [] } = await this.#sfn.send(
      new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING' }),
    );
    return executions;
  }

  async emptyTable(TableName: string): Promise<void> {
    for (;;) {
      const { Items = [] } = await this.#dynamodb.send(
        new ScanCommand({
          TableName,
          Limit: MAX_BATCH,
          ConsistentRead: true,
          ProjectionExpression: 'pk, sk',
        }),
      );
      if (Items.length === 0) return;
      const requests = Items.map((Key) => ({ DeleteRequest: { Key } }));
      await this.#dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: requests } }));
    }
  }

  /** Tables with their backups, and buckets with all versions. @returns what was removed */
  async removeStores(prefix: string): Promise<string[]> {
    const stores = await this.stores(prefix);
    await Promise.all([
      ...stores.tables.map((table) => this.#removeTable(table)),
      ...stores.buckets.map((bucket) => this.#removeBucket(bucket)),
    ]);
    return [...stores.tables, ...stores.buckets];
  }

  async stores(prefix: string): Promise<{ tables: string[]; buckets: string[] }> {
    const isOwn = (name = '') => name.toLowerCase().startsWith(prefix.toLowerCase());
    const tables: string[] = [];
    for (let start: string | undefined, isFirst = true; isFirst || start; isFirst = false) {
      const page = await this.#dynamodb.send(
        new ListTablesCommand({ ...(start && { ExclusiveStartTableName: start }) }),
      );
      tables.push(...(page.TableNames ?? []).filter(isOwn));
      start = page.LastEvaluatedTableName;
    }
    const { Buckets = [] } = await this.#s3.send(new ListBucketsCommand({}));
    return { tables, buckets: Buckets.map(({ Name = '' }) => Name).filter(isOwn) };
  }

  async #removeTable(TableName: string): Promise<void> {
    const { BackupSummaries = [] } = await this.#dynamodb.send(new ListBackupsCommand({ TableName }));
    for (const { BackupArn } of BackupSummaries) await this.#dynamodb.send(new DeleteBackupCommand({ BackupArn }));
    await this.#dynamodb.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled: false }));
    await this.#dynamodb.send(new DeleteTableCommand({ TableName }));
    await waitUntilTableNotExists(
      { client: this.#dynamodb, maxWaitTime: MAX_WAIT_SECONDS, minDelay: 1, maxDelay: 5 },
      { TableName },
    );
  }

  async #removeBucket(Bucket: string): Promise<void> {
    const { Uploads = [] } = await this.#s3.send(new ListMultipartUploadsCommand({ Bucket }));
    for (const { Key, UploadId } of Uploads) {
      await this.#s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
    }
    for (;;) {
      const { Versions = [], DeleteMarkers = [] } = await this.#s3.send(new ListObjectVersionsCommand({ Bucket }));
      const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }));
      if (Objects.length === 0) break;
      await this.#s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    }
    await this.#s3.send(new DeleteBucketCommand({ Bucket }));
  }
}
