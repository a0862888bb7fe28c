// The journal below point-in-time recovery: which writes a moment includes, and what is forgotten.
import { expect, test } from 'vitest';
import { Journal } from '../../local/dynamodb/journal.ts';

function journalOf(...timesMs: number[]): Journal {
  const journal = new Journal();
  for (const atMs of timesMs) journal.append({ atMs, indexName: undefined, key: String(atMs), before: undefined });
  return journal;
}

const keysOf = (journal: Journal, atMs: number) => journal.newerThan(atMs).map(({ key }) => key);

test('a write at the very moment belongs to it, and later ones are undone newest first', () => {
  const journal = journalOf(1000, 2000, 2001, 3000);
  expect(keysOf(journal, 2000)).toEqual(['3000', '2001']);
  expect(keysOf(journal, 1999)).toEqual(['3000', '2001', '2000']);
  expect(keysOf(journal, 3000)).toEqual([]);
});

test('what is given out does not change when more is written', () => {
  const journal = journalOf(1000, 2000);
  const newer = journal.newerThan(500);
  journal.append({ atMs: 3000, indexName: undefined, key: '3000', before: undefined });
  expect(newer.map(({ key }) => key)).toEqual(['2000', '1000']);
});

test('forgetting keeps everything from the given moment on, however often it is done', () => {
  const times = Array.from({ length: 1000 }, (_, n) => n);
  const journal = journalOf(...times);
  for (const from of [0, 1, 10, 499, 501, 502, 999]) {
    journal.forgetBefore(from);
    expect(keysOf(journal, -1)).toEqual(times.slice(from).reverse().map(String));
  }
  journal.forgetBefore(5000);
  expect(keysOf(journal, -1)).toEqual([]);
  journal.append({ atMs: 6000, indexName: undefined, key: 'last', before: undefined });
  expect(keysOf(journal, -1)).toEqual(['last']);
});
