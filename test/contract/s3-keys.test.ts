import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { finish, type Work } from '../support/shard-worker.ts';
import { prefixTarget, Stores } from '../support/stores.ts';

const aws = await Stores.open();
afterAll(() => aws.close());

const NEIGHBOURS = ['acme', 'acme-2/1', 'ACME/1', 'acme0', 'acm/1'];

/** What follows the prefix. S3 takes any text of up to 1,024 bytes as a key (S3 user guide, object key names). */
const ODD: Readonly<Record<string, string>> = {
  'nothing: the key is the prefix': '',
  blanks: ' a  b ',
  'only blanks': '   ',
  'plus signs': 'a+b++c',
  'percent signs': '100%',
  'what looks encoded': '%2F%20+%25',
  'an encoded encoding': '%252520',
  slashes: '//a///b//',
  'a leading slash': '/a',
  dots: '../../etc/./passwd/..',
  'a question mark and a hash': 'a?versionId=null#b',
  ampersands: 'a&b=c&amp;d',
  'what looks like XML': '<Key>&lt;&#65;</Key>]]>',
  quotes: `"a" 'b' \`c\``,
  'a backslash': 'a\\b',
  'a line feed': 'a\nb',
  'a carriage return': 'a\rb\r\nc',
  'a tab': 'a\tb',
  'a null': 'a\u0000b',
  'control characters': '\u0001\u0002\u001f\u007f\u0080\u0085\u009f',
  'line and paragraph separators': 'a\u2028b\u2029c',
  'what XML cannot carry': 'a\ufffeb\uffffc',
  'a byte order mark': '\ufeffa',
  'composed and decomposed letters': '\u00e9 e\u0301',
  'characters beyond U+FFFF': '\u{1F600}\u{10FFFD}',
  'the ends of the ranges': '\ud7ff\ue000\uffff\u{10000}\u{10ffff}',
  'right to left': 'a\u202eb',
  'names of JavaScript': '__proto__/constructor/toString',
  'numbers that parsers change': '007',
  'a large number': '1e999',
  booleans: 'true',
  '1,024 bytes': 'x'.repeat(1_024 - 'acme/'.length),
  '1,024 bytes of three each': '\u20ac'.repeat((1_024 - 'acme/'.length) / 3).padEnd((1_024 - 5) % 3, 'x'),
};

const work = (bucket: string, operation: Work['operation'], operations: ('erase' | 'finalise')[]): Work => ({
  target: prefixTarget(bucket, 'acme/', { operations }),
  operation,
});

/** Counts, hides and finalises the keys below the prefix, two versions of each, and looks what is left. */
async function expectErased(own: readonly string[]): Promise<void> {
  const bucket = aws.bucket([...own, ...NEIGHBOURS, ...own]);
  const counted = await finish(aws, work(bucket, 'count', ['erase']));
  const hidden = await finish(aws, work(bucket, 'erase', ['erase']));
  const afterHiding = await aws.objects(bucket);
  const finalised = await finish(aws, work(bucket, 'finalise', ['finalise']));
  const afterFinalising = await aws.objects(bucket);
  const bytes = own.reduce((sum, key) => sum + Buffer.byteLength(key), 0);
  expect(counted.progress).toMatchObject({ isDone: true, items: own.length, versions: 2 * own.length, bytes });
  expect(hidden.progress).toMatchObject({ isDone: true, seen: own.length, erased: own.length, bytesErased: bytes });
  expect(afterHiding.current).toEqual(NEIGHBOURS.toSorted());
  expect(afterHiding.versions).toHaveLength(3 * own.length + NEIGHBOURS.length);
  expect(finalised.progress).toMatchObject({ isDone: true, seen: 3 * own.length, erased: 3 * own.length });
  expect(afterFinalising.versions.map(({ key }) => key)).toEqual(NEIGHBOURS.toSorted());
}

describe('keys that S3 takes', () => {
  it.each(Object.entries(ODD))('are counted, hidden and removed: %s', async (_, rest) => {
    await expectErased([`acme/${rest}`]);
  });

  it('are counted, hidden and removed all together', async () => {
    await expectErased(Object.values(ODD).map((rest) => `acme/${rest}`));
  });

  it('are counted, hidden and removed whatever they are', async () => {
    const rest = fc.string({ unit: 'binary', maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(rest, { minLength: 1, maxLength: 30 }), (rests) =>
        expectErased(rests.map((one) => `acme/${one}`)),
      ),
      { numRuns: 20 },
    );
  });
});
