// What IAM is asked about a request to the embedded AWS: actions, resources, and the condition keys of each.
import type { AwsRequest, AwsService } from '../../../local/kernel/service.ts';
import type { Call } from './policy.ts';

// biome-ignore lint/suspicious/noExplicitAny: requests of a wire protocol
type Json = any;

/** Hash key attributes of tables, and of their indexes as `table/index`. */
export type HashKeys = ReadonlyMap<string, string>;

export interface Place {
  readonly region: string;
  readonly account: string;
}

/** Of a request for many keys that is answered for each of them, a call for each key. */
export interface AskedCall extends Call {
  readonly key?: string;
}

/** @throws Error for an operation that nobody has thought about: what is not judged is not allowed */
export function callsOf(service: AwsService, request: AwsRequest, keys: HashKeys, place: Place): AskedCall[] {
  const { operation } = service.identify(request);
  switch (service.name) {
    case 'dynamodb':
      return tableCalls(operation, JSON.parse(request.body.toString()), keys, place);
    case 's3':
      return bucketCalls(operation, request);
    case 'states':
      return stateCalls(operation, JSON.parse(request.body.toString()), place);
    case 'lambda':
      return [{ action: 'lambda:InvokeFunction', resource: functionArn(request, place) }];
    case 'sts':
      return operation === 'AssumeRole'
        ? [{ action: 'sts:AssumeRole', resource: new URLSearchParams(request.body.toString()).get('RoleArn') ?? '' }]
        : [];
    case 'kms':
      return [{ action: `kms:${operation}`, resource: signingKeyArn(place) }];
    case 'scheduler':
      return scheduleCalls(operation, request, place);
    case 'sns':
      return [topicCall(operation, request)];
    case 'ses':
      return mailCalls(JSON.parse(request.body.toString()), place);
    default:
      throw new Error(`nobody has thought about permissions of ${service.name} ${operation}`);
  }
}

/** The one key of the embedded AWS: an alias is judged as the key it stands for. */
export function signingKeyArn({ region, account }: Place): string {
  return `arn:aws:kms:${region}:${account}:key/00000000-0000-4000-8000-000000000001`;
}

function tableCalls(operation: string, input: Json, keys: HashKeys, { region, account }: Place): AskedCall[] {
  const arnOf = (table: string) => `arn:aws:dynamodb:${region}:${account}:table/${table}`;
  const action = `dynamodb:${operation}`;
  if (input.BackupArn) return [{ action, resource: input.BackupArn }];
  if (operation === 'BatchWriteItem') {
    return Object.entries<Json[]>(input.RequestItems).map(([table, requests]) => ({
      action,
      resource: arnOf(table),
      context: leading(
        requests.map(({ DeleteRequest, PutRequest }) => DeleteRequest?.Key ?? PutRequest?.Item),
        keys.get(table),
      ),
    }));
  }
  if (operation === 'TransactWriteItems') {
    return input.TransactItems.flatMap((item: Json) =>
      Object.entries<Json>(item).map(([kind, one]) => ({
        action: kind === 'ConditionCheck' ? 'dynamodb:ConditionCheckItem' : `dynamodb:${kind}Item`,
        resource: arnOf(one.TableName),
        context: leading([one.Key ?? one.Item], keys.get(one.TableName)),
      })),
    );
  }
  const { TableName: table, IndexName: index } = input;
  const resource = index ? `${arnOf(table)}/index/${index}` : arnOf(table);
  if (operation === 'Query') {
    const hash = keys.get(index ? `${table}/${index}` : table);
    return [{ action, resource, context: leading([{ [String(hash)]: queriedValue(input, hash) }], hash) }];
  }
  const item = input.Key ?? input.Item;
  return [{ action, resource, ...(item && { context: leading([item], keys.get(table)) }) }];
}

/** @throws Error for a table whose keys are not known: a condition that cannot be judged must not hold */
function leading(items: readonly Json[], hash: string | undefined): Record<string, string[]> {
  if (hash === undefined) throw new Error('the keys of a table are not known');
  return { 'dynamodb:LeadingKeys': [...new Set(items.map((item) => String(Object.values(item[hash] ?? {})[0])))] };
}

/** The value that the hash key must equal. */
function queriedValue(input: Json, hash: string | undefined): Json {
  const equalities = [...String(input.KeyConditionExpression).matchAll(/([#\w.-]+)\s*=\s*(:\w+)/g)];
  const found = equalities.find(([, name = '']) => (input.ExpressionAttributeNames?.[name] ?? name) === hash);
  return input.ExpressionAttributeValues?.[found?.[2] ?? ''];
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
const LISTINGS = ['ListObjectsV2', 'ListObjectVersions'];
const OBJECT_ACTIONS = ['GetObject', 'PutObject', 'DeleteObject', 'AbortMultipartUpload'];

function bucketCalls(operation: string, { path, query, body }: AwsRequest): AskedCall[] {
  const [, bucket = '', ...rest] = path.split('/');
  const arn = `arn:aws:s3:::${bucket}`;
  const action = BUCKET_ACTIONS[operation];
  if (action !== undefined) {
    const context = LISTINGS.includes(operation) ? { 's3:prefix': query.get('prefix') ?? '' } : {};
    return [{ action, resource: arn, context }];
  }
  if (operation === 'DeleteObjects') {
    return [...body.toString().matchAll(/<Object><Key>([^<]*)<\/Key>(<VersionId>)?/g)].map(([, text = '', version]) => {
      const key = unescapeXml(text);
      return {
        action: version === undefined ? 's3:DeleteObject' : 's3:DeleteObjectVersion',
        resource: `${arn}/${key}`,
        key,
      };
    });
  }
  if (!OBJECT_ACTIONS.includes(operation)) throw new Error(`nobody has thought about permissions of s3 ${operation}`);
  const version = query.has('versionId') ? 'Version' : '';
  return [{ action: `s3:${operation}${version}`, resource: `${arn}/${decodeURIComponent(rest.join('/'))}` }];
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescapeXml(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (_, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return ENTITIES[name] ?? '';
    return String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16));
  });
}

/** A callback names a token, from which Step Functions itself finds the state machine. */
function stateCalls(operation: string, input: Json, { region, account }: Place): AskedCall[] {
  const machine = `arn:aws:states:${region}:${account}:stateMachine:lethe-erase`;
  const resource = input.executionArn ?? input.mapRunArn ?? input.stateMachineArn ?? machine;
  return [{ action: `states:${operation}`, resource }];
}

function functionArn({ path }: AwsRequest, { region, account }: Place): string {
  const name = decodeURIComponent(/\/functions\/([^/]+)\/invocations/.exec(path)?.[1] ?? '');
  return `arn:aws:lambda:${region}:${account}:function:${name}`;
}

/** SES judges by the identity of the sender: here its domain. */
function mailCalls({ FromEmailAddress: from, Destination }: Json, { region, account }: Place): AskedCall[] {
  const domain = String(from).slice(String(from).lastIndexOf('@') + 1);
  const context = { 'ses:FromAddress': from, 'ses:Recipients': Destination.ToAddresses };
  return [{ action: 'ses:SendEmail', resource: `arn:aws:ses:${region}:${account}:identity/${domain}`, context }];
}

/** What is asked about a subscription is judged by its topic. */
function topicCall(operation: string, { body }: AwsRequest): AskedCall {
  const input = new URLSearchParams(body.toString());
  const topic = input.get('TopicArn') ?? input.get('SubscriptionArn')?.replace(/:[^:]*$/, '') ?? '';
  return { action: `sns:${operation}`, resource: topic };
}

/** Whoever schedules a call gives the scheduler a role. */
function scheduleCalls(operation: string, { path, body }: AwsRequest, { region, account }: Place): AskedCall[] {
  const { GroupName: group, Target } = JSON.parse(body.toString());
  const name = path.slice(path.lastIndexOf('/') + 1);
  return [
    { action: `scheduler:${operation}`, resource: `arn:aws:scheduler:${region}:${account}:schedule/${group}/${name}` },
    {
      action: 'iam:PassRole',
      resource: Target.RoleArn,
      context: { 'iam:PassedToService': 'scheduler.amazonaws.com' },
    },
  ];
}
