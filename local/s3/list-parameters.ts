// The parameters that the listings share, and how a page is written under `encoding-type=url`.
import { invalidArgument } from './errors.ts';

type Query = ReadonlyMap<string, string>;

/** S3 gives no more than this in one page, whatever is asked for. */
export const LONGEST_PAGE = 1000;

const LARGEST_COUNT = 2 ** 31 - 1;

/** An integer from 0; an empty parameter is an absent one. @throws InvalidArgument */
export function readCount(query: Query, name: string, absent: number): number {
  const text = query.get(name) ?? '';
  if (text === '') return absent;
  const value = Number(text);
  if (!/^-?\d+$/.test(text) || value > LARGEST_COUNT) {
    throw invalidArgument(`Provided ${name} not an integer or within integer range`, name, text);
  }
  if (value < 0) {
    throw invalidArgument(`Argument ${name} must be an integer between 0 and ${LARGEST_COUNT}`, name, text);
  }
  return value;
}

/** How keys are written in the answer. */
export interface KeyEncoding {
  /** As asked for, to be echoed. */
  readonly type: string | undefined;
  encode(text: string): string;
}

/** @throws InvalidArgument for a type other than url */
export function readKeyEncoding(query: Query): KeyEncoding {
  const type = query.get('encoding-type');
  if (type === undefined) return { type, encode: (text) => text };
  if (type.toLowerCase() !== 'url') {
    throw invalidArgument('Invalid Encoding Method specified in Request', 'encoding-type', type);
  }
  return { type, encode: urlEncode };
}

/** As forms are encoded, but for the slash: letters, digits and `-_.*` stand for themselves, a plus sign for a blank. */
function urlEncode(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()~]/g, (found) => `%${found.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')
    .replaceAll('%2F', '/');
}

/** Which keys a listing takes, and how it groups them. */
export interface Scope {
  readonly prefix: string;
  /** Empty for none. */
  readonly delimiter: string;
}

export function readScope(query: Query): Scope {
  return { prefix: query.get('prefix') ?? '', delimiter: query.get('delimiter') ?? '' };
}
