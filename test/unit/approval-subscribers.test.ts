import { describe, expect, it } from 'vitest';
import { requireReachable, type Subscription, subscribersOf } from '../../core/approval/subscribers.ts';

const LEAD = 'lead@example.com';
const own: Subscription = {
  arn: 'arn:aws:sns:eu-west-1:123456789012:lethe-approvals:1',
  protocol: 'email',
  endpoint: LEAD,
  filterPolicy: ` { "to" : [ "${LEAD}" ] } `,
  filterScope: 'MessageAttributes',
};

describe('a subscription to the topic of approvals', () => {
  it('is somebody’s who gets what is for him', () => {
    expect(subscribersOf([own, { ...own, endpoint: 'a@x.org', filterPolicy: '{"to":["a@x.org"]}' }])).toEqual([
      LEAD,
      'a@x.org',
    ]);
    expect(subscribersOf([{ ...own, filterScope: undefined }])).toEqual([LEAD]);
  });

  it.each<[string, Partial<Subscription>]>([
    ['has no filter', { filterPolicy: undefined }],
    ['has an empty filter', { filterPolicy: '{}' }],
    ['has a filter for somebody else', { filterPolicy: '{"to":["dpo@example.com"]}' }],
    ['has a filter for two', { filterPolicy: `{"to":["${LEAD}","dpo@example.com"]}` }],
    ['has a filter that matches more', { filterPolicy: '{"to":[{"prefix":"lead"}]}' }],
    ['has a filter by something else too', { filterPolicy: `{"to":["${LEAD}"],"kind":["approval"]}` }],
    ['has a filter of alternatives', { filterPolicy: `{"$or":[{"to":["${LEAD}"]},{"kind":["approval"]}]}` }],
    ['has a filter that is no JSON', { filterPolicy: 'to' }],
    ['is filtered by the message’s text', { filterScope: 'MessageBody' }],
    [
      'is no mail',
      { protocol: 'https', endpoint: 'https://example.com', filterPolicy: '{"to":["https://example.com"]}' },
    ],
    ['is mail in another form', { protocol: 'email-json' }],
  ])('stops everything where it %s', (_, change) => {
    expect(() => subscribersOf([own, { ...own, ...change }])).toThrow(/gets messages that are not for it/);
  });
});

describe('people who can be mailed', () => {
  it('are enough where all are, or as many as must approve', () => {
    expect(() => requireReachable(['a', 'b', 'c'], ['a', 'b'], 2)).not.toThrow();
    expect(() => requireReachable(['a', 'b'], ['a', 'b'], 2)).not.toThrow();
    // Links were taken back: what is left may be too few, and was said when it was done.
    expect(() => requireReachable(['a'], ['a'], 2)).not.toThrow();
  });

  it('are too few where a run could only expire', () => {
    expect(() => requireReachable(['a', 'b', 'c'], ['a'], 2)).toThrow(
      '2 must approve, but only 1 can be mailed. Received: ["b","c"].',
    );
  });
});
