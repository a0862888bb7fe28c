// The event bus: which events a pattern selects, and how targets are called.
import { expect, test } from 'vitest';
import { type EventBusOptions, makeEventBus } from '../../local/events/event-bus.ts';
import { compilePattern } from '../../local/events/event-pattern.ts';

const EVENT = {
  source: 'aws.states',
  'detail-type': 'Step Functions Execution Status Change',
  detail: { status: 'FAILED', name: 'run-1', attempts: 3, cause: null, tags: ['a', 'b'], steps: [{ n: 1 }, { n: 2 }] },
};

// Content filtering of the EventBridge user guide, "Comparison operators for use in event patterns".
test.for([
  [{ source: ['aws.states'] }, true],
  [{ source: ['aws.s3', 'aws.states'] }, true],
  [{ source: ['aws.s3'] }, false],
  [{ source: ['aws.states'], detail: { status: ['FAILED', 'TIMED_OUT', 'ABORTED'] } }, true],
  [{ source: ['aws.states'], detail: { status: ['SUCCEEDED'] } }, false],
  [{ detail: { attempts: [3] } }, true],
  [{ detail: { attempts: ['3'] } }, false],
  [{ detail: { cause: [null] } }, true],
  [{ detail: { missing: [null] } }, false],
  [{ detail: { tags: ['b', 'c'] } }, true],
  [{ detail: { tags: ['c'] } }, false],
  [{ detail: { steps: { n: [2] } } }, true],
  [{ detail: { steps: { n: [3] } } }, false],
  [{ detail: { status: { deeper: ['FAILED'] } } }, false],
  [{ detail: { name: [{ prefix: 'run-' }] } }, true],
  [{ detail: { name: [{ prefix: 'un-' }] } }, false],
  [{ detail: { name: [{ suffix: '-1' }] } }, true],
  [{ detail: { attempts: [{ prefix: '3' }] } }, false],
  [{ detail: { status: [{ 'anything-but': 'SUCCEEDED' }] } }, true],
  [{ detail: { status: [{ 'anything-but': ['FAILED', 'ABORTED'] }] } }, false],
  [{ detail: { missing: [{ 'anything-but': 'FAILED' }] } }, false],
  [{ detail: { status: [{ exists: true }] } }, true],
  [{ detail: { missing: [{ exists: false }] } }, true],
  [{ detail: { missing: [{ exists: true }] } }, false],
  [{ detail: { constructor: [{ exists: true }] } }, false],
  [{ missing: { deeper: [{ exists: false }] } }, true],
  [{ detail: { attempts: [{ numeric: ['>', 2, '<=', 3] }] } }, true],
  [{ detail: { attempts: [{ numeric: ['=', 4] }] } }, false],
  [{ detail: { status: [{ numeric: ['>', 0] }] } }, false],
  [{ detail: { name: ['other', { prefix: 'run' }] } }, true],
] as const)('%j selects the event: %s', ([pattern, isSelected]) => {
  expect(compilePattern(pattern)(EVENT)).toBe(isSelected);
});

test.for([
  [{ $or: [{ source: ['a'] }, { source: ['b'] }] }],
  [{ source: [{ wildcard: 'aws.*' }] }],
  [{ source: [{ constructor: 'aws' }] }],
  [{ source: [{ 'equals-ignore-case': 'AWS.STATES' }] }],
  [{ source: [{ cidr: '10.0.0.0/8' }] }],
  [{ source: [{ prefix: { 'equals-ignore-case': 'AWS' } }] }],
  [{ source: [{ 'anything-but': { prefix: 'aws' } }] }],
  [{ detail: { n: [{ numeric: ['>', '1'] }] } }],
  [{ detail: { n: [{ numeric: ['~', 1] }] } }],
])('the pattern %j is refused as not implemented', ([pattern]) => {
  expect(() => compilePattern(pattern)).toThrow(expect.objectContaining({ name: 'NotImplemented', status: 501 }));
});

test.for([
  [{}],
  [{ source: 'aws.states' }],
  [{ source: [] }],
  ['text'],
  [{ detail: { a: null } }],
  [{ a: [{ exists: true, prefix: 'a' }] }],
])('the pattern %j is no pattern', ([pattern]) => {
  expect(() => compilePattern(pattern)).toThrow(TypeError);
});

function makeBus(onError: EventBusOptions['onError'] = (_rule, error) => expect.unreachable(String(error))) {
  return makeEventBus({ onError });
}

/** A target and a promise of the events it gets, settled once there are as many as expected. */
function collector(expected: number) {
  const events: unknown[] = [];
  const { promise, resolve } = Promise.withResolvers<unknown[]>();
  const target = (event: unknown) => {
    events.push(event);
    if (events.length === expected) resolve(events);
  };
  return { target, events: promise };
}

test('an event reaches the targets of all rules it matches, later and in order', async () => {
  const bus = makeBus();
  const failed = collector(2);
  const all = collector(3);
  bus.addRule({ name: 'failed', pattern: { status: ['FAILED'] }, target: failed.target });
  bus.addRule({ name: 'all', pattern: { status: [{ exists: true }] }, target: all.target });

  const published = [{ status: 'FAILED', n: 1 }, { status: 'SUCCEEDED' }, { status: 'FAILED', n: 2 }];
  for (const event of published) bus.publish(event);

  expect(await failed.events).toEqual([published[0], published[2]]);
  expect(await all.events).toEqual(published);
});

test('a target gets the event as it was when published, and a copy of its own', async () => {
  const bus = makeBus();
  const second = collector(1);
  bus.addRule({
    name: 'first',
    pattern: { a: [1] },
    target: (event) => {
      event.a = 'changed';
    },
  });
  bus.addRule({ name: 'second', pattern: { a: [1] }, target: second.target });
  const event = { a: 1 };

  bus.publish(event);
  event.a = 2;

  expect(await second.events).toEqual([{ a: 1 }]);
});

test.for([
  [
    'throws',
    () => {
      throw new Error('no');
    },
  ],
  [
    'rejects',
    async () => {
      throw new Error('no');
    },
  ],
] as const)('a target that %s is reported and does not keep the event from others', async ([, target]) => {
  const reported = Promise.withResolvers<[string, unknown]>();
  const bus = makeBus((rule, error) => reported.resolve([rule, error]));
  const other = collector(1);
  bus.addRule({ name: 'broken', pattern: { a: [1] }, target });
  bus.addRule({ name: 'other', pattern: { a: [1] }, target: other.target });

  expect(() => bus.publish({ a: 1 })).not.toThrow();

  expect(await other.events).toEqual([{ a: 1 }]);
  expect(await reported.promise).toEqual(['broken', new Error('no')]);
});

test('a rule name is taken once', () => {
  const bus = makeBus();
  const rule = { name: 'close', pattern: { a: [1] }, target: () => undefined };
  bus.addRule(rule);

  expect(() => bus.addRule(rule)).toThrow('The rule close exists already');
});
