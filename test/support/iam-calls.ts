// What IAM would be asked about the requests that functions send to the embedded AWS.
import type { CallRecord } from '../../local/kernel/call-record.ts';
import type { AwsReply, AwsRequest, AwsService } from '../../local/kernel/service.ts';
import type { Ready } from '../../local/start.ts';
import type { Call } from './policy.ts';
import type { Json } from './synthesized.ts';

export interface IamCall extends Call {
  /** A function's name, or `lethe-eraser`. */
  readonly by: string;
  readonly sessionPolicy: string | undefined;
}

/** Tells of every request that a function sends to the service, before it is answered. */
export function listenTo(service: AwsService, ready: Ready, onCall: (call: IamCall) => void): void {
  const handle = service.handle.bind(service);
  service.handle = async (request) => {
    const reply = await handle(request);
    const { name, sessionPolicy } = request.principal;
    if (name === 'caller') return reply;
    const by = name.split('/')[0] ?? name;
    for (const call of callsOf(service.name, request, reply, ready)) onCall({ ...call, by, sessionPolicy });
    return reply;
  };
}

function callsOf(service: string, request: AwsRequest, reply: AwsReply, ready: Ready): Call[] {
  if (service === 'dynamodb') return tableCalls(reply.operation, JSON.parse(request.body.toString()), ready);
  if (service === 's3') return bucketCalls(reply.operation, request);
  const machine = `arn:aws:states:${ready.region}:${ready.account}:stateMachine:lethe-erase`;
  const states = (kind: string) => machine.replace('stateMachine', kind);
  const resource = {
    DescribeExecution: `${states('execution')}:run`,
    ListMapRuns: `${states('execution')}:run`,
    DescribeMapRun: `${states('mapRun')}/Erase:1`,
  }[reply.operation];
  return [{ action: `states:${reply.operation}`, resource: resource ?? machine }];
}

/** Of the services that nobody can listen to but by the record of calls. */
export function recordedCall({ by, operation, resource }: CallRecord, { region, account }: Ready): IamCall | undefined {
  const call = { by, sessionPolicy: undefined, resource: resource ?? '' };
  switch (operation) {
    case 'Invoke': {
      // Functions have a prefix where they are deployed, and are called by their alias.
      const arn = `arn:aws:lambda:${region}:${account}:function:lethe-${resource}:live`;
      return { ...call, action: 'lambda:InvokeFunction', resource: arn };
    }
    case 'AssumeRole':
      return { ...call, action: 'sts:AssumeRole' };
    case 'SendEmail': {
      const context = { 'ses:FromAddress': 'lethe@example.com', 'ses:Recipients': ['lead@example.com'] };
      const identity = `arn:aws:ses:${region}:${account}:identity/example.com`;
      return { ...call, action: 'ses:SendEmail', resource: identity, context };
    }
    default:
      return undefined;
  }
}

function tableCalls(operation: string, input: Json, { region, account, controlTable }: Ready): Call[] {
  const arn = (table: string) => `arn:aws:dynamodb:${region}:${account}:table/${table}`;
  if (input.BackupArn) return [{ action: `dynamodb:${operation}`, resource: input.BackupArn }];
  if (operation === 'BatchWriteItem') {
    return Object.keys(input.RequestItems).map((table) => ({
      action: 'dynamodb:BatchWriteItem',
      resource: arn(table),
    }));
  }
  if (operation === 'TransactWriteItems') {
    return input.TransactItems.flatMap((item: Json) =>
      Object.entries<Json>(item).map(([kind, one]) => ({
        action: kind === 'ConditionCheck' ? 'dynamodb:ConditionCheckItem' : `dynamodb:${kind}Item`,
        resource: arn(one.TableName),
        context: { 'dynamodb:LeadingKeys': [one.Key.pk.S] },
      })),
    );
  }
  const resource = input.IndexName ? `${arn(input.TableName)}/index/${input.IndexName}` : arn(input.TableName);
  const key = (input.Key ?? input.Item)?.pk?.S ?? input.ExpressionAttributeValues?.[':pk']?.S;
  const isOwn = input.TableName === controlTable;
  return [{ action: `dynamodb:${operation}`, resource, ...(isOwn && { context: { 'dynamodb:LeadingKeys': [key] } }) }];
}

const BUCKET_ACTIONS: Readonly<Record<string, string>> = {
  ListObjectsV2: 's3:ListBucket',
  ListObjectVersions: 's3:ListBucketVersions',
  GetBucketVersioning: 's3:GetBucketVersioning',
  PutBucketVersioning: 's3:PutBucketVersioning',
  GetObjectLockConfiguration: 's3:GetBucketObjectLockConfiguration',
  GetBucketEncryption: 's3:GetEncryptionConfiguration',
  GetBucketReplication: 's3:GetReplicationConfiguration',
  GetBucketLifecycleConfiguration: 's3:GetLifecycleConfiguration',
  GetBucketNotificationConfiguration: 's3:GetBucketNotification',
  ListMultipartUploads: 's3:ListBucketMultipartUploads',
};

function bucketCalls(operation: string, { path, query, body }: AwsRequest): Call[] {
  const [, bucket = '', ...rest] = path.split('/');
  const arn = `arn:aws:s3:::${bucket}`;
  const action = BUCKET_ACTIONS[operation];
  if (action !== undefined) return [{ action, resource: arn, context: { 's3:prefix': query.get('prefix') ?? '' } }];
  if (operation === 'DeleteObjects') {
    return [...body.toString().matchAll(/<Object><Key>([^<]*)<\/Key>(<VersionId>)?/g)].map(([, key, version]) => ({
      action: version === undefined ? 's3:DeleteObject' : 's3:DeleteObjectVersion',
      resource: `${arn}/${key}`,
    }));
  }
  const version = query.has('versionId') ? 'Version' : '';
  return [{ action: `s3:${operation}${version}`, resource: `${arn}/${decodeURIComponent(rest.join('/'))}` }];
}
