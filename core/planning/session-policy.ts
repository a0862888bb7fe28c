// The session policy of one shard: what the eraser role may do for it, and nothing else (aws-facts: token vending).
import { Refusal } from '../../contracts/errors.ts';
import { KEY_USES } from '../../contracts/permissions.ts';
import type { TableFacts, Target } from '../../contracts/plan.ts';
import type { BoundSelector, PrefixSelector, TableTargetSelector, UploadsSelector } from '../../contracts/selector.ts';
import type { Operation } from '../../contracts/shard.ts';
import { isPlain } from '../finding/item-conditions.ts';

/** AssumeRole takes a session policy of at most 2,048 characters (STS API reference). */
const MAX_POLICY_CHARACTERS = 2_048;

interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

interface Allowed {
  readonly actions: readonly string[];
  readonly resource: string;
  /** The only partition it may reach; null: any. */
  readonly leadingKey: string | null;
}

/**
 * @param at which of the target's selectors the shard lists
 * @throws Refusal LimitExceeded when the ids are too long for a policy
 */
export function sessionPolicy(target: Target, at: number, operation: Operation): string {
  const selector = target.selectors[at];
  const Statement = selector ? statementsOf(target, selector, operation) : [];
  const text = inAscii(JSON.stringify({ Version: '2012-10-17', Statement }));
  if (text.length <= MAX_POLICY_CHARACTERS) return text;
  throw new Refusal('Lethe.LimitExceeded', {
    what: `The session policy for store ${target.id} is too long.`,
    received: text.length,
    allowed: MAX_POLICY_CHARACTERS,
    next: 'Shorten the prefixes of the store, or of the preserved stores below it, in the catalog.',
  });
}

/** AssumeRole takes no character beyond U+00FF in a policy (STS API reference); JSON can say them all in ASCII. */
function inAscii(json: string): string {
  return json.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function statementsOf(target: Target, selector: BoundSelector, operation: Operation): Statement[] {
  if (selector.by === 'prefix') return bucketStatements(target.resource, selector, operation);
  if (selector.by === 'uploads') return uploadStatements(target.resource, selector, operation);
  return target.facts?.kind === 'dynamodb' ? tableStatements(target.facts, selector, operation) : [];
}

/** A session that reads through an index names the index, and deletes from the table. */
function tableStatements(facts: TableFacts, selector: TableTargetSelector, operation: Operation): Statement[] {
  const isByKey = selector.by === 'key';
  const isIndexed = isByKey && selector.index !== null;
  const read = {
    actions: [isByKey ? 'dynamodb:Query' : 'dynamodb:Scan'],
    resource: isIndexed ? `${facts.arn}/index/${selector.index}` : facts.arn,
    leadingKey: isByKey ? selector.partition.equals : null,
  };
  const key = usingKey(facts.kmsKey);
  if (operation !== 'erase') return [allow(read), ...key];
  const isInPartition = isByKey && selector.partition.name === facts.keySchema[0]?.name;
  const remove = {
    actions: [isPlain(selector) ? 'dynamodb:BatchWriteItem' : 'dynamodb:DeleteItem'],
    resource: facts.arn,
    leadingKey: isInPartition ? selector.partition.equals : null,
  };
  if (isIndexed) return [allow(read), allow(remove), ...key];
  return [allow({ ...read, actions: [...read.actions, ...remove.actions] }), ...key];
}

/** DynamoDB uses a customer's key in the name of the session (developer guide, encryption at rest). */
function usingKey(kmsKey: string | null): Statement[] {
  if (kmsKey === null) return [];
  const Condition = { StringLike: { 'kms:ViaService': 'dynamodb.*.amazonaws.com' } };
  return [{ Effect: 'Allow', Action: KEY_USES, Resource: kmsKey, Condition }];
}

function allow({ actions, resource, leadingKey }: Allowed): Statement {
  const statement = { Effect: 'Allow' as const, Action: actions, Resource: resource };
  if (leadingKey === null) return statement;
  return {
    ...statement,
    Condition: {
      'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [leadingKey] },
      // ForAllValues is true when the key is absent.
      Null: { 'dynamodb:LeadingKeys': 'false' },
    },
  };
}

function bucketStatements(name: string, selector: PrefixSelector, operation: Operation): Statement[] {
  const bucket = `arn:aws:s3:::${name}`;
  const objects = (prefix: string) => `${bucket}/${literal(prefix)}*`;
  const deletes = { count: [], erase: ['s3:DeleteObject'], finalise: ['s3:DeleteObjectVersion'] }[operation];
  const list: Statement = {
    Effect: 'Allow',
    Action: ['s3:ListBucket', 's3:ListBucketVersions'],
    Resource: bucket,
    Condition: { StringLike: { 's3:prefix': `${literal(selector.prefix)}*` } },
  };
  if (deletes.length === 0) return [list];
  const statements: Statement[] = [
    list,
    { Effect: 'Allow', Action: ['s3:GetBucketVersioning'], Resource: bucket },
    { Effect: 'Allow', Action: deletes, Resource: objects(selector.prefix) },
  ];
  if (selector.except.length > 0) {
    statements.push({ Effect: 'Deny', Action: ['s3:Delete*'], Resource: selector.except.map(objects) });
  }
  return statements;
}

/** Listing uploads knows no condition on the prefix (S3 service authorization reference). */
function uploadStatements(name: string, { prefix, except }: UploadsSelector, operation: Operation): Statement[] {
  const bucket = `arn:aws:s3:::${name}`;
  const objects = (below: string) => `${bucket}/${literal(below)}*`;
  const list: Statement = { Effect: 'Allow', Action: ['s3:ListBucketMultipartUploads'], Resource: bucket };
  if (operation === 'count') return [list];
  const abort = ['s3:AbortMultipartUpload'];
  const statements: Statement[] = [list, { Effect: 'Allow', Action: abort, Resource: objects(prefix) }];
  return except.length === 0
    ? statements
    : [...statements, { Effect: 'Deny', Action: abort, Resource: except.map(objects) }];
}

/** `*`, `?` and `$` have a meaning in policies; `${*}` is how they stand for themselves (IAM policy variables). */
function literal(text: string): string {
  return text.replace(/[*?$]/g, (character) => `\${${character}}`);
}
