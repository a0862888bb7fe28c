// The session policy of one shard: what the eraser role may do for it, and nothing else (aws-facts: token vending).
import { Refusal } from '../../contracts/errors.ts';
import type { Target } from '../../contracts/plan.ts';
import type { Operation } from '../../contracts/shard.ts';

/** AssumeRole takes a session policy of at most 2,048 characters (STS API reference). */
const MAX_POLICY_CHARACTERS = 2_048;

interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** @throws Refusal LimitExceeded when the ids are too long for a policy */
export function sessionPolicy(target: Target, operation: Operation): string {
  const Statement = target.kind === 's3' ? bucketStatements(target, operation) : tableStatements(target, operation);
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

function tableStatements(target: Target, operation: Operation): Statement[] {
  const { facts, selector } = target;
  if (facts?.kind !== 'dynamodb' || selector === null) return [];
  const isErase = operation === 'erase';
  if (selector.by !== 'key') {
    return [
      {
        Effect: 'Allow',
        Action: ['dynamodb:Scan', ...(isErase ? ['dynamodb:BatchWriteItem'] : [])],
        Resource: facts.arn,
      },
    ];
  }
  return [
    {
      Effect: 'Allow',
      Action: ['dynamodb:Query', ...(isErase ? ['dynamodb:BatchWriteItem'] : [])],
      Resource: facts.arn,
      Condition: {
        'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [selector.partition.equals] },
        // ForAllValues is true when the key is absent.
        Null: { 'dynamodb:LeadingKeys': 'false' },
      },
    },
  ];
}

function bucketStatements(target: Target, operation: Operation): Statement[] {
  const { selector } = target;
  if (selector?.by !== 'prefix') return [];
  const bucket = `arn:aws:s3:::${target.resource}`;
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

/** `*`, `?` and `$` have a meaning in policies; `${*}` is how they stand for themselves (IAM policy variables). */
function literal(text: string): string {
  return text.replace(/[*?$]/g, (character) => `\${${character}}`);
}
