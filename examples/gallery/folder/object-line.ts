// One line of a bucket's file: a write to the bucket, or a version as a dump lists it.
import type { ObjectWrite } from '../dataset.ts';
import { Dice } from '../seed/dice.ts';
import { kindOf, requireObject, UnexpectedJson } from './unexpected-json.ts';

/** The last three are what a dump adds; they say how it was, and cannot be asked for. */
const MEMBERS = ['key', 'body', 'size', 'deleteMarker', 'versionId', 'sha256', 'isLatest'];

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const MAX_KEY_BYTES = 1024;

/** What PutObject takes: https://docs.aws.amazon.com/AmazonS3/latest/userguide/upload-objects.html */
const MAX_OBJECT_BYTES = 5 * 1024 ** 3;

const PATTERN_BYTES = 4096;

/** `line` makes stand-ins of one size differ: two versions of a key are then told apart by their bytes. */
export function parseObjectLine(document: unknown, line: number): ObjectWrite {
  const { key, body, size, deleteMarker = false } = requireObject(document, 'the line', MEMBERS);
  if (typeof key !== 'string') throw new UnexpectedJson('key', kindOf(key), 'a string');
  const keyBytes = Buffer.byteLength(key);
  if (keyBytes < 1 || keyBytes > MAX_KEY_BYTES)
    throw new UnexpectedJson('key', `${keyBytes} bytes long`, `1 to ${MAX_KEY_BYTES} bytes of UTF-8`);
  if (typeof deleteMarker !== 'boolean')
    throw new UnexpectedJson('deleteMarker', kindOf(deleteMarker), 'true or false');
  if (deleteMarker) {
    if (body || size) throw new UnexpectedJson('a delete marker with content', 'impossible', 'key alone');
    return { key, deleteMarker };
  }
  if ((body === undefined) === (size === undefined))
    throw new UnexpectedJson('the content', body === undefined ? 'missing' : 'given twice', 'either body or size');
  if (body !== undefined) {
    if (typeof body !== 'string') throw new UnexpectedJson('body', kindOf(body), 'a string');
    return { key, body };
  }
  if (typeof size !== 'number') throw new UnexpectedJson('size', kindOf(size), 'a number');
  if (!Number.isInteger(size) || size < 0 || size > MAX_OBJECT_BYTES)
    throw new UnexpectedJson('size', String(size), `a whole number from 0 to ${MAX_OBJECT_BYTES}`);
  return { key, body: standIn(key, size, line) };
}

function standIn(key: string, sizeBytes: number, line: number): Uint8Array {
  const pattern = new Dice(line, key).bytes(Math.min(PATTERN_BYTES, sizeBytes));
  return Buffer.alloc(sizeBytes, pattern);
}
