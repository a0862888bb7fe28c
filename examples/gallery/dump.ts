// Writes tables and buckets as they are into a data folder, in an order that lets two dumps be compared line by line.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import type { Item, Streamed } from './dataset.ts';
import { printItem } from './folder/attribute-json.ts';
import { writeLines, writeSortedLines } from './folder/lines.ts';

export type ObjectVersion = StoredVersion | MarkerVersion;

interface StoredVersion {
  readonly key: string;
  readonly versionId: string;
  readonly isLatest: boolean;
  readonly size: number;
  /** Of the body, in hex. */
  readonly sha256: string;
  readonly deleteMarker?: never;
}

interface MarkerVersion {
  readonly key: string;
  readonly versionId: string;
  readonly isLatest: boolean;
  readonly deleteMarker: true;
}

/** Lines hold the key attributes first and are sorted as text, whatever the order of the items. */
export async function writeTable(
  folder: string,
  create: CreateTableCommandInput,
  items: Streamed<Item>,
): Promise<void> {
  const path = join(folder, 'tables', String(create.TableName));
  await mkdir(join(folder, 'tables'), { recursive: true });
  await writeFile(`${path}.create.json`, `${JSON.stringify(create, null, 2)}\n`);
  const keys = (create.KeySchema ?? []).map(({ AttributeName }) => String(AttributeName));
  await writeSortedLines(`${path}.jsonl`, printed(items, keys));
}

/**
 * `versions` come as S3 lists them, by key and of a key the newest first; a key's lines are written the oldest first,
 * as they were made. Throws RangeError when the keys are not in the order of their UTF-8 bytes.
 */
export async function writeBucket(folder: string, name: string, versions: Streamed<ObjectVersion>): Promise<void> {
  await mkdir(join(folder, 'buckets'), { recursive: true });
  await writeLines(join(folder, 'buckets', `${name}.jsonl`), oldestFirst(name, versions));
}

async function* printed(items: Streamed<Item>, keys: readonly string[]): AsyncGenerator<string> {
  for await (const item of items) yield printItem(item, keys);
}

async function* oldestFirst(bucket: string, versions: Streamed<ObjectVersion>): AsyncGenerator<string> {
  let ofOneKey: ObjectVersion[] = [];
  for await (const version of versions) {
    const key = ofOneKey[0]?.key ?? version.key;
    const order = Buffer.compare(Buffer.from(key), Buffer.from(version.key));
    if (order > 0) throw new RangeError(`the versions of bucket ${bucket} are not in the order of their keys`);
    if (order < 0) {
      yield* ofOneKey.reverse().map(versionLine);
      ofOneKey = [];
    }
    ofOneKey.push(version);
  }
  yield* ofOneKey.reverse().map(versionLine);
}

function versionLine(version: ObjectVersion): string {
  const { key, versionId, isLatest } = version;
  if (version.deleteMarker) return JSON.stringify({ key, deleteMarker: true, versionId, isLatest });
  return JSON.stringify({ key, size: version.size, versionId, sha256: version.sha256, isLatest });
}
