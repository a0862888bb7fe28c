// The sorted map below the tables, against a plain sorted array.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Range, SortedMap } from '../../local/dynamodb/sorted-map.ts';

const key = fc.integer({ min: 0, max: 3000 }).map((n) => n.toString(16).padStart(3, '0'));
const step = fc.record({ key, isDelete: fc.boolean() });
const range: fc.Arbitrary<Range> = fc.record(
  { gt: key, gte: key, lt: key, lte: key, reverse: fc.boolean(), limit: fc.integer({ min: -1, max: 50 }) },
  { requiredKeys: [] },
);

/** Of two bounds on one side the strict one is used. */
function isWithin(text: string, { gt, gte, lt, lte }: Range): boolean {
  const isAbove = gt !== undefined ? text > gt : gte === undefined || text >= gte;
  return isAbove && (lt !== undefined ? text < lt : lte === undefined || text <= lte);
}

test('it holds, finds and ranges like a sorted array', () => {
  fc.assert(
    fc.property(
      fc.array(key, { minLength: 1000, maxLength: 3000, size: 'max' }),
      fc.array(step, { maxLength: 2000, size: 'max' }),
      fc.array(range, { minLength: 5, maxLength: 5 }),
      (filled, steps, ranges) => {
        const map = new SortedMap<number>();
        const model = new Map<string, number>();
        const put = (text: string, value: number) => {
          expect(map.set(text, value)).toBe(model.get(text));
          model.set(text, value);
        };
        for (const [n, text] of filled.entries()) put(text, n);
        for (const [n, { key: text, isDelete }] of steps.entries()) {
          if (!isDelete) put(text, -n);
          else {
            expect(map.delete(text)).toBe(model.get(text));
            model.delete(text);
          }
        }
        expect(map.size).toBe(model.size);
        for (const { key: text } of steps) expect(map.get(text)).toBe(model.get(text));
        const sorted = [...model].sort(([a], [b]) => (a < b ? -1 : 1));
        for (const wanted of ranges) {
          const found = sorted.filter(([text]) => isWithin(text, wanted)).map(([, value]) => value);
          if (wanted.reverse) found.reverse();
          const { limit = -1 } = wanted;
          expect([...map.range(wanted)]).toEqual(limit < 0 ? found : found.slice(0, limit));
        }
      },
    ),
    { numRuns: 20 },
  );
});

test('a copy and its original do not change each other', () => {
  const map = new SortedMap<number>();
  for (let n = 0; n < 2000; n++) map.set(String(n).padStart(4, '0'), n);
  const copy = map.copy();
  map.delete('0000');
  copy.set('0001', -1);
  expect(copy.get('0000')).toBe(0);
  expect(map.get('0001')).toBe(1);
  expect([copy.size, map.size]).toEqual([2000, 1999]);
});
