// Reads a folder of tables and buckets as a data set: its files are checked at once, their lines as they stream.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { BucketData, Dataset, TableData } from './dataset.ts';
import { parseItem } from './folder/attribute-json.ts';
import { readLines } from './folder/lines.ts';
import { parseObjectLine } from './folder/object-line.ts';
import { parseTableDefinition, requireKeys, type TableDefinition } from './folder/table-definition.ts';
import { UnexpectedJson } from './folder/unexpected-json.ts';

const ROOMS = ['tables', 'buckets'];
const CREATE = '.create.json';
const LINES = '.jsonl';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const BUCKET_NAME = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** A data folder, one of its files or a line of one is not as it must be; nothing of that file or line was used. */
export class DataFolderError extends Error {
  override readonly name = 'DataFolderError';

  /** @param place path, and for a line `path:line` */
  constructor(place: string, what: string, options?: ErrorOptions) {
    super(`${place}: ${what}`, options);
  }
}

/**
 * `tables/<table>.create.json` is the input of CreateTable, `tables/<table>.jsonl` its items in DynamoDB JSON (absent: none),
 * `buckets/<bucket>.jsonl` the writes to a versioned bucket in their order. Names that begin with a dot are ignored.
 * A dump can be read too; its bodies, which it does not hold, are then stand-ins of the same size.
 *
 * Throws DataFolderError: here for missing, unknown and wrong files, while iterating for wrong lines.
 */
export function readDataFolder(folder: string): Dataset {
  if (!isFolder(folder)) throw new DataFolderError(folder, 'is not a folder; needed is one with tables/ or buckets/');
  const rooms = visible(folder);
  const stranger = rooms.find((name) => !ROOMS.includes(name) || !isFolder(join(folder, name)));
  if (stranger) throw new DataFolderError(join(folder, stranger), 'is unknown; allowed are tables/ and buckets/');
  if (rooms.length === 0) throw new DataFolderError(folder, 'is empty; needed is tables/ or buckets/');
  return { tables: readTables(join(folder, 'tables')), buckets: readBuckets(join(folder, 'buckets')) };
}

function readTables(folder: string): TableData[] {
  const files = visible(folder);
  for (const file of files) {
    if (file.endsWith(CREATE)) continue;
    if (!file.endsWith(LINES))
      throw new DataFolderError(join(folder, file), `is unknown; allowed are <table>${CREATE} and <table>${LINES}`);
    const create = `${file.slice(0, -LINES.length)}${CREATE}`;
    if (!files.includes(create))
      throw new DataFolderError(join(folder, file), `needs ${create} beside it, the input of CreateTable`);
  }
  return files.filter((file) => file.endsWith(CREATE)).map((file) => readTable(folder, file.slice(0, -CREATE.length)));
}

function readTable(folder: string, name: string): TableData {
  const createPath = join(folder, `${name}${CREATE}`);
  const linesPath = join(folder, `${name}${LINES}`);
  const definition = readDefinition(createPath, name);
  const parse = (document: unknown) => {
    const item = parseItem(document);
    requireKeys(item, definition.keys);
    return item;
  };
  return { create: definition.input, items: () => (existsSync(linesPath) ? parsedLines(linesPath, parse) : []) };
}

function readDefinition(path: string, name: string): TableDefinition {
  return parsed(path, readFileSync(path, 'utf8'), (document) => parseTableDefinition(document, name));
}

function readBuckets(folder: string): BucketData[] {
  return visible(folder).map((file) => {
    const path = join(folder, file);
    const name = file.slice(0, -LINES.length);
    if (!file.endsWith(LINES) || !BUCKET_NAME.test(name))
      throw new DataFolderError(path, `is unknown; allowed is <bucket>${LINES}, the bucket's name as ${BUCKET_NAME}`);
    return { name, versioned: true, objects: () => parsedLines(path, parseObjectLine) };
  });
}

/** @param parse throws UnexpectedJson; lines count from 1 */
async function* parsedLines<T>(path: string, parse: (document: unknown, line: number) => T): AsyncGenerator<T> {
  let line = 1;
  try {
    for await (const text of readLines(path)) {
      yield parsed(`${path}:${line}`, text, (document) => parse(document, line));
      line++;
    }
  } catch (error) {
    if (!(error instanceof TypeError) || !('code' in error) || error.code !== 'ERR_ENCODING_INVALID_ENCODED_DATA')
      throw error;
    throw new DataFolderError(`${path}:${line}`, 'is not UTF-8', { cause: error });
  }
}

function parsed<T>(place: string, text: string, parse: (document: unknown) => T): T {
  try {
    return parse(JSON.parse(text));
  } catch (error) {
    // The parser's own message repeats the text, which may be personal data; it stays in the cause.
    if (error instanceof SyntaxError) throw new DataFolderError(place, 'is not JSON', { cause: error });
    if (error instanceof UnexpectedJson) throw new DataFolderError(place, error.message, { cause: error });
    throw error;
  }
}

/** Sorted, so that one folder gives one data set everywhere; nothing where there is no such folder. */
function visible(folder: string): string[] {
  if (!isFolder(folder)) return [];
  return readdirSync(folder)
    .filter((name) => !name.startsWith('.'))
    .sort();
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}
