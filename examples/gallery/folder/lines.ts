// Text files line by line: read, written, and written in order, with memory that does not grow with the file.
import { createReadStream } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import type { Streamed } from '../dataset.ts';

const LINE_FEED = 10;
const WRITE_CHARACTERS = 65_536;

/** Sorted in memory at a time; about 15 MB of photos. */
const RUN_LINES = 20_000;

/**
 * Splits at line feeds alone: node:readline would also split at U+2028 and U+2029, which may stand unescaped in a
 * JSON string. A line that is not UTF-8 is a TypeError with code ERR_ENCODING_INVALID_ENCODED_DATA.
 */
export async function* readLines(path: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let pending: Buffer[] = [];
  // Without an encoding the pieces are buffers.
  const chunks: AsyncIterable<Buffer> = createReadStream(path);
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      yield decoder.decode(Buffer.concat([...pending, chunk.subarray(start, end)]));
      pending = [];
      start = end + 1;
    }
    pending.push(chunk.subarray(start));
  }
  const last = decoder.decode(Buffer.concat(pending));
  if (last !== '') yield last;
}

/** Overwrites. */
export async function writeLines(path: string, lines: Streamed<string>): Promise<void> {
  await writeFile(path, inChunks(lines));
}

async function* inChunks(lines: Streamed<string>): AsyncGenerator<string> {
  let text = '';
  for await (const line of lines) {
    text += `${line}\n`;
    if (text.length < WRITE_CHARACTERS) continue;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
}

/** In the order of their UTF-16 code units. Longer input is sorted in runs, which lie beside the file until merged. */
export async function writeSortedLines(path: string, lines: Streamed<string>, runLines = RUN_LINES): Promise<void> {
  const runs: string[] = [];
  let run: string[] = [];
  try {
    for await (const line of lines) {
      run.push(line);
      if (run.length < runLines) continue;
      const runPath = `${path}.run-${runs.length}`;
      runs.push(runPath);
      await writeLines(runPath, run.sort());
      run = [];
    }
    await writeLines(path, merged([...runs.map(readLines), run.sort()]));
  } finally {
    await Promise.all(runs.map((runPath) => rm(runPath, { force: true })));
  }
}

async function* merged(sorted: readonly Streamed<string>[]): AsyncGenerator<string> {
  const heads: { line: string; readonly rest: AsyncIterator<string> | Iterator<string> }[] = [];
  for (const lines of sorted) {
    const rest = Symbol.asyncIterator in lines ? lines[Symbol.asyncIterator]() : lines[Symbol.iterator]();
    const first = await rest.next();
    if (!first.done) heads.push({ line: first.value, rest });
  }
  while (heads.length > 0) {
    const least = heads.reduce((a, b) => (b.line < a.line ? b : a));
    yield least.line;
    const next = await least.rest.next();
    if (next.done) heads.splice(heads.indexOf(least), 1);
    else least.line = next.value;
  }
}
