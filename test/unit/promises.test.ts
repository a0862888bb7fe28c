// Each promise of docs/promises.md names a test that exists.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const rows = readFileSync(join(ROOT, 'docs/promises.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| Promise '))
  .map((line) => line.split('|').slice(1, -1))
  .map((cells) => cells.map((cell) => cell.trim()));

describe('what is promised', () => {
  it('is more than a few sentences, each with a file and a test', () => {
    expect(rows.length).toBeGreaterThan(50);
    for (const row of rows) expect(row).toHaveLength(3);
  });

  it.each(rows.map(([, file = '', test = '']) => [file, test] as const))('%s has the test: %s', (file, test) => {
    expect(existsSync(join(ROOT, file))).toBe(true);
    expect(readFileSync(join(ROOT, file), 'utf8')).toContain(test);
  });
});
