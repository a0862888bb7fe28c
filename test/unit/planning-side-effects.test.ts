import { describe, expect, it } from 'vitest';
import type { BucketFacts, TableFacts, Target } from '../../contracts/plan.ts';
import { hiddenDaysOf, sideEffectsOf } from '../../core/planning/side-effects.ts';
import { bucketTarget, NO_BUCKET_EFFECTS, tableTarget } from '../support/plans.ts';

function ofTable(more: Partial<TableFacts>): string[] {
  const target = tableTarget();
  return sideEffectsOf({ ...target, facts: { ...(target.facts as TableFacts), ...more } });
}

function bucket(more: Partial<BucketFacts>, target: Partial<Target> = {}): Target {
  const facts: BucketFacts = { kind: 's3', versioning: 'Enabled', ...NO_BUCKET_EFFECTS, ...more };
  return bucketTarget({ facts, ...target });
}

const replication = { rule: 'copy', prefix: '', destination: 'copies', copiesMarkers: true };
const expiry = { rule: 'tidy', prefix: '', days: 30, isPartial: false };

describe('side effects of erasing a table', () => {
  it('are none where nothing listens', () => {
    expect(ofTable({})).toEqual([]);
  });

  it('are one sentence each, beginning with the store', () => {
    expect(
      ofTable({ stream: 'OLD_IMAGE', kinesisStreams: ['arn:k'], replicas: ['us-east-1'], kmsKey: 'arn:key' }),
    ).toEqual([
      'items: its stream shows every deletion to whoever reads it (OLD_IMAGE)',
      'items: every deletion is sent to the Kinesis stream arn:k',
      'items: its replicas in us-east-1 lose the items too',
      'items: its recovery points can be read only as long as the key arn:key exists',
    ]);
  });

  it.each<Partial<Target>>([
    { purpose: 'preserve' },
    { state: 'missing' },
    { facts: null },
  ])('are none of a store that is not erased: %j', (more) => {
    const target = tableTarget();
    expect(sideEffectsOf({ ...target, facts: { ...(target.facts as TableFacts), stream: 'x' }, ...more })).toEqual([]);
  });
});

describe('side effects of erasing objects', () => {
  it.each<[string, Partial<BucketFacts>, string]>([
    [
      'copies of markers',
      { replications: [replication] },
      'images: replication rule copy hides the objects in copies too',
    ],
    [
      'copies without markers',
      { replications: [{ ...replication, copiesMarkers: false }] },
      'images: replication rule copy has copied objects to copies, where they stay',
    ],
    [
      'rules of the bucket',
      { expiries: [expiry] },
      'images: lifecycle rule tidy removes the hidden versions after 30 days',
    ],
    [
      'rules for some objects',
      { expiries: [{ ...expiry, isPartial: true }] },
      'images: lifecycle rule tidy removes some of the hidden versions after 30 days',
    ],
    ['notifications', { notifies: ['SQS', 'SNS'] }, 'images: its event notifications tell SQS, SNS of the deletions'],
  ])('are %s', (_, facts, sentence) => {
    expect(sideEffectsOf(bucket(facts))).toEqual([sentence]);
  });

  it.each([
    ['acme/', true],
    ['acme/photos/', true],
    ['ac', true],
    ['globex/', false],
    ['acme-2/', false],
  ])('come from a rule for %s only where it may concern the target: %s', (prefix, concerns) => {
    const effects = sideEffectsOf(
      bucket({ replications: [{ ...replication, prefix }], expiries: [{ ...expiry, prefix }] }),
    );
    expect(effects).toHaveLength(concerns ? 2 : 0);
  });

  it('do not reach copies where versions are deleted, which is not replicated', () => {
    expect(sideEffectsOf(bucket({ replications: [replication] }, { operations: ['finalise'] }))).toEqual([
      'images: replication rule copy has copied objects to copies, where they stay',
    ]);
  });

  it('do not speak of hidden versions where none stay', () => {
    expect(sideEffectsOf(bucket({ expiries: [expiry] }, { operations: ['finalise'] }))).toEqual([]);
  });

  it('are told for the objects, not once more for their unfinished uploads', () => {
    const selectors: Target['selectors'] = [
      { by: 'uploads', prefix: 'acme/', except: [], startedBefore: '2026-11-20T12:00:00.000Z' },
    ];
    expect(sideEffectsOf(bucket({ expiries: [expiry], notifies: ['SQS'] }, { selectors }))).toEqual([]);
  });
});

describe('how long hidden versions stay', () => {
  const two: Target['selectors'] = ['acme/', '_exports/acme/'].map((prefix) => ({ by: 'prefix', prefix, except: [] }));

  it.each<[string, BucketFacts['expiries'], Target['selectors'] | undefined, number | null]>([
    ['as long as nobody removes them', [], undefined, null],
    ['as a rule for all of the bucket says', [expiry], undefined, 30],
    ['as the shortest rule says', [expiry, { ...expiry, days: 7 }], undefined, 7],
    ['not as a rule for some objects says', [{ ...expiry, isPartial: true }], undefined, null],
    ['not as a rule below the target says', [{ ...expiry, prefix: 'acme/a/' }], undefined, null],
    ['as long as the last of its prefixes', [expiry, { ...expiry, prefix: 'acme/', days: 7 }], two, 30],
    ['for ever where one prefix has no rule', [{ ...expiry, prefix: 'acme/' }], two, null],
  ])('%s', (_, expiries, selectors, days) => {
    expect(hiddenDaysOf(bucket({ expiries }, selectors ? { selectors } : {}))).toBe(days);
  });
});
