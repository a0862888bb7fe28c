// The policy of a worker's session allows exactly what its shard is about, whatever the keys look like.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TableFacts } from '../../contracts/plan.ts';
import type { Operation } from '../../contracts/shard.ts';
import { sessionPolicy } from '../../core/planning/session-policy.ts';
import { allows } from '../support/iam/policy.ts';
import { bucketTarget, byKey, tableTarget, WHOLE } from '../support/plans.ts';
import { expectRefusal } from '../support/refusals.ts';

const TABLE = 'arn:aws:dynamodb:eu-west-1:123456789012:table/items-table';
const BUCKET = 'arn:aws:s3:::images-bucket';
const WRITES = [
  'dynamodb:DeleteItem',
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
  'dynamodb:BatchWriteItem',
  'dynamodb:DeleteTable',
];
const operations = fc.constantFrom<Operation>('count', 'erase', 'finalise');

/** Texts with everything that means something in a policy, in JSON or in a page. */
const texts = fc
  .string({
    unit: fc.oneof(
      fc.constantFrom(...'ab/*?$"\\\'<& ', '${', '}', 'é', '日', '😀'),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
    ),
    minLength: 1,
    maxLength: 12,
  })
  .filter((text) => text.isWellFormed() && !text.includes('${'));

const keyed = (equals: string) => tableTarget({ selectors: [byKey('id', equals)] });
const prefixed = (prefix: string, except: string[] = []) =>
  bucketTarget({ selectors: [{ by: 'prefix', prefix, except }] });

describe('the session of a table shard', () => {
  const leading = (action: string, keys?: readonly string[]) => ({
    action,
    resource: TABLE,
    ...(keys && { context: { 'dynamodb:LeadingKeys': keys } }),
  });

  it('reads its own partition and no other, and deletes there when it erases', () => {
    fc.assert(
      fc.property(texts, texts, fc.constantFrom<Operation>('count', 'erase'), (own, other, operation) => {
        const policy = sessionPolicy(keyed(own), 0, operation);

        expect(allows(policy, leading('dynamodb:Query', [own]))).toBe(true);
        expect(allows(policy, leading('dynamodb:Query', [other]))).toBe(own === other);
        expect(allows(policy, leading('dynamodb:BatchWriteItem', [own]))).toBe(operation === 'erase');
        expect(allows(policy, leading('dynamodb:BatchWriteItem', [own, other]))).toBe(
          operation === 'erase' && own === other,
        );
      }),
    );
  });

  it('does nothing where the keys are not told, nothing else, and nothing elsewhere', () => {
    const policy = sessionPolicy(keyed('acme'), 0, 'erase');

    for (const action of ['dynamodb:Query', ...WRITES]) expect(allows(policy, leading(action))).toBe(false);
    for (const action of [
      'dynamodb:Scan',
      'dynamodb:GetItem',
      ...WRITES.filter((one) => one !== 'dynamodb:BatchWriteItem'),
    ]) {
      expect(allows(policy, leading(action, ['acme']))).toBe(false);
    }
    for (const resource of [`${TABLE}-2`, `${TABLE}/index/by-user`, TABLE.replace('eu-west-1', 'eu-west-2')]) {
      expect(allows(policy, { ...leading('dynamodb:Query', ['acme']), resource })).toBe(false);
    }
  });

  it('of a whole table scans it, and deletes there when it erases', () => {
    const whole = tableTarget({ selectors: [WHOLE] });

    expect(allows(sessionPolicy(whole, 0, 'count'), leading('dynamodb:Scan'))).toBe(true);
    expect(allows(sessionPolicy(whole, 0, 'erase'), leading('dynamodb:Scan'))).toBe(true);
    for (const action of ['dynamodb:Query', ...WRITES]) {
      expect(allows(sessionPolicy(whole, 0, 'count'), leading(action))).toBe(false);
      expect(allows(sessionPolicy(whole, 0, 'erase'), leading(action))).toBe(action === 'dynamodb:BatchWriteItem');
    }
    expect(allows(sessionPolicy(whole, 0, 'erase'), { action: 'dynamodb:Scan', resource: `${TABLE}-2` })).toBe(false);
  });

  it.each([
    'count',
    'erase',
  ] as const)('of a table under a customer key uses the key through DynamoDB alone to %s', (operation) => {
    const key = 'arn:aws:kms:eu-west-1:123456789012:key/1234';
    const { facts } = tableTarget();
    const target = tableTarget({ facts: { ...(facts as TableFacts), kmsKey: key } });
    const policy = sessionPolicy(target, 0, operation);
    const use = (resource: string, service?: string) => ({
      action: 'kms:Decrypt',
      resource,
      ...(service && { context: { 'kms:ViaService': service } }),
    });

    expect(allows(policy, use(key, 'dynamodb.eu-west-1.amazonaws.com'))).toBe(true);
    expect(allows(policy, use(key, 's3.eu-west-1.amazonaws.com'))).toBe(false);
    expect(allows(policy, use(key))).toBe(false);
    expect(allows(policy, use(`${key}5`, 'dynamodb.eu-west-1.amazonaws.com'))).toBe(false);
    expect(allows(sessionPolicy(tableTarget(), 0, operation), use(key, 'dynamodb.eu-west-1.amazonaws.com'))).toBe(
      false,
    );
  });

  const owned = [{ name: 'owner', type: 'S' as const, equals: 'me' }];
  const INDEX = `${TABLE}/index/by-owner`;
  const indexed = (name: string) => tableTarget({ selectors: [byKey(name, 'acme', { index: 'by-owner' })] });

  it('of a partition narrowed by where deletes one by one there', () => {
    const target = tableTarget({ selectors: [byKey('id', 'acme', { where: owned })] });

    const [count, erase] = [sessionPolicy(target, 0, 'count'), sessionPolicy(target, 0, 'erase')];

    expect(allows(count, leading('dynamodb:Query', ['acme']))).toBe(true);
    for (const action of WRITES) {
      expect(allows(count, leading(action, ['acme']))).toBe(false);
      expect(allows(erase, leading(action, ['acme']))).toBe(action === 'dynamodb:DeleteItem');
      expect(allows(erase, leading(action, ['acme-2']))).toBe(false);
    }
  });

  it('of an index reads its own partition of that index alone, and deletes one by one from the table', () => {
    const policy = sessionPolicy(indexed('owner'), 0, 'erase');
    const query = (resource: string, key: string) => ({ ...leading('dynamodb:Query', [key]), resource });

    expect(allows(policy, query(INDEX, 'acme'))).toBe(true);
    expect(allows(policy, query(INDEX, 'acme-2'))).toBe(false);
    expect(allows(policy, query(TABLE, 'acme'))).toBe(false);
    expect(allows(policy, query(`${INDEX}-2`, 'acme'))).toBe(false);
    for (const action of [...WRITES, 'dynamodb:Scan', 'dynamodb:GetItem']) {
      expect(allows(policy, leading(action, ['anything']))).toBe(action === 'dynamodb:DeleteItem');
      expect(allows(policy, { ...leading(action, ['acme']), resource: INDEX })).toBe(false);
      expect(allows(sessionPolicy(indexed('owner'), 0, 'count'), leading(action, ['acme']))).toBe(false);
    }
  });

  it('of a local index deletes in its own partition alone', () => {
    const policy = sessionPolicy(indexed('id'), 0, 'erase');

    expect(allows(policy, leading('dynamodb:DeleteItem', ['acme']))).toBe(true);
    expect(allows(policy, leading('dynamodb:DeleteItem', ['acme-2']))).toBe(false);
  });

  it('of an attribute scans the table and deletes one by one', () => {
    const policy = sessionPolicy(tableTarget({ selectors: [{ by: 'table', where: owned }] }), 0, 'erase');

    for (const action of ['dynamodb:Query', 'dynamodb:Scan', ...WRITES]) {
      const isMeant = action === 'dynamodb:Scan' || action === 'dynamodb:DeleteItem';
      expect(allows(policy, leading(action, ['acme']))).toBe(isMeant);
    }
  });

  it('of a list is about the one selector that its shard lists', () => {
    const target = tableTarget({ selectors: [byKey('id', 'acme'), { by: 'table', where: owned }] });

    expect(allows(sessionPolicy(target, 0, 'erase'), leading('dynamodb:Scan'))).toBe(false);
    expect(allows(sessionPolicy(target, 1, 'erase'), leading('dynamodb:Scan'))).toBe(true);
    expect(allows(sessionPolicy(target, 1, 'erase'), leading('dynamodb:BatchWriteItem', ['acme']))).toBe(false);
    expect(JSON.parse(sessionPolicy(target, 2, 'erase'))).toEqual({ Version: '2012-10-17', Statement: [] });
  });

  it.each([
    ['a table that does not exist', tableTarget({ facts: null })],
    ['a table that is not selected', tableTarget({ selectors: [] })],
  ])('of %s does nothing', (_, target) => {
    expect(JSON.parse(sessionPolicy(target, 0, 'erase'))).toEqual({ Version: '2012-10-17', Statement: [] });
  });
});

describe('the session of a bucket shard', () => {
  const listing = (prefix: string, action = 's3:ListBucket') => ({
    action,
    resource: BUCKET,
    context: { 's3:prefix': prefix },
  });
  const onKey = (action: string, key: string) => ({ action, resource: `${BUCKET}/${key}` });
  const deletes = { count: [], erase: ['s3:DeleteObject'], finalise: ['s3:DeleteObjectVersion'] } as const;

  it('lists and deletes below its prefix and nowhere else', () => {
    fc.assert(
      fc.property(texts, texts, operations, (prefix, key, operation) => {
        const policy = sessionPolicy(prefixed(prefix), 0, operation);
        const isBelow = key.startsWith(prefix);

        for (const action of ['s3:ListBucket', 's3:ListBucketVersions']) {
          expect(allows(policy, listing(prefix, action))).toBe(true);
          expect(allows(policy, listing(prefix + key, action))).toBe(true);
          expect(allows(policy, listing(key, action))).toBe(isBelow);
        }
        for (const action of ['s3:DeleteObject', 's3:DeleteObjectVersion']) {
          const isMeant = (deletes[operation] as readonly string[]).includes(action);
          expect(allows(policy, onKey(action, prefix + key))).toBe(isMeant);
          expect(allows(policy, onKey(action, key))).toBe(isMeant && isBelow);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('deletes nothing below what is preserved', () => {
    fc.assert(
      fc.property(
        texts,
        texts,
        texts,
        fc.constantFrom<Operation>('erase', 'finalise'),
        (prefix, kept, key, operation) => {
          const policy = sessionPolicy(prefixed(prefix, [prefix + kept]), 0, operation);
          const [action = ''] = deletes[operation];

          expect(allows(policy, onKey(action, prefix + kept + key))).toBe(false);
          expect(allows(policy, onKey(action, prefix + kept))).toBe(false);
          expect(allows(policy, onKey(action, prefix + key))).toBe(!key.startsWith(kept));
        },
      ),
    );
  });

  it.each([
    's3:GetObject',
    's3:PutObject',
    's3:PutBucketVersioning',
    's3:BypassGovernanceRetention',
    's3:DeleteBucket',
  ])('never does %s', (action) => {
    for (const operation of ['count', 'erase', 'finalise'] as const) {
      const policy = sessionPolicy(prefixed('acme/', ['acme/keep/']), 0, operation);
      expect(allows(policy, onKey(action, 'acme/a'))).toBe(false);
      expect(allows(policy, { action, resource: BUCKET })).toBe(false);
    }
  });

  it.each([
    ['count', false],
    ['erase', true],
    ['finalise', true],
  ] as const)('for %s looks at the versioning of the bucket: %s', (operation, isAllowed) => {
    expect(
      allows(sessionPolicy(prefixed('acme/'), 0, operation), { action: 's3:GetBucketVersioning', resource: BUCKET }),
    ).toBe(isAllowed);
  });

  it('knows no other bucket', () => {
    const policy = sessionPolicy(prefixed('acme/'), 0, 'erase');

    expect(allows(policy, { action: 's3:DeleteObject', resource: 'arn:aws:s3:::images-bucket-2/acme/a' })).toBe(false);
    expect(allows(policy, { ...listing('acme/'), resource: 'arn:aws:s3:::images-bucket-2' })).toBe(false);
  });
});

describe('the text of a policy', () => {
  // AssumeRole: at most 2,048 characters, each of U+0009, U+000A, U+000D, U+0020 to U+00FF (STS API reference)
  it('has only characters that a session policy may have', () => {
    fc.assert(
      fc.property(texts, operations, (text, operation) => {
        expect(sessionPolicy(prefixed(text, [`${text}x`]), 0, operation)).toMatch(/^[\t\n\r\u0020-\u00ff]*$/);
        expect(sessionPolicy(keyed(text), 0, operation)).toMatch(/^[\t\n\r\u0020-\u00ff]*$/);
      }),
    );
  });

  it('may be as long as a session policy, and not longer', () => {
    const room = 2_048 - sessionPolicy(keyed(''), 0, 'erase').length;

    expect(sessionPolicy(keyed('x'.repeat(room)), 0, 'erase')).toHaveLength(2_048);
    expectRefusal(() => sessionPolicy(keyed('x'.repeat(room + 1)), 0, 'erase'), 'Lethe.LimitExceeded', {
      what: 'The session policy for store items is too long.',
      received: 2_049,
      allowed: 2_048,
    });
  });

  it('is too long with many preserved prefixes, never cut', () => {
    const except = Array.from({ length: 60 }, (_, n) => `acme/keep-${n}/`);

    expectRefusal(() => sessionPolicy(prefixed('acme/', except), 0, 'erase'), 'Lethe.LimitExceeded', {
      allowed: 2_048,
    });
    expect(() => sessionPolicy(prefixed('acme/', except), 0, 'count')).not.toThrow();
  });
});
