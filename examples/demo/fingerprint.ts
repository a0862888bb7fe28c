// What a data set looks like, as digests: the memory of a demonstration is bounded by keys, not by contents.
import { createHash } from 'node:crypto';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Item } from '../gallery/dataset.ts';

/** Digest of an item's content by the JSON of its key. */
export type TableState = Map<string, { readonly digest: string; readonly item: Item }>;

export interface VersionState {
  readonly versionId: string;
  /** SHA-256 of the body; null for a delete marker. */
  readonly sha256: string | null;
}

/** By key, oldest version first. */
export type BucketState = Map<string, VersionState[]>;

export function sha256(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function keyText(item: Item, keyNames: readonly string[]): string {
  return JSON.stringify(keyNames.map((name) => canonical(item[name])));
}

export function itemDigest(item: Item): string {
  return sha256(JSON.stringify(canonicalMap(item)));
}

/** Attributes by name; numbers without needless zeros; sets in order: what DynamoDB takes for equal is equal. */
function canonical(value: AttributeValue | undefined): unknown {
  if (value === undefined) return null;
  if (value.N !== undefined) return ['N', canonicalNumber(value.N)];
  if (value.B !== undefined) return ['B', base64(value.B)];
  if (value.NS !== undefined) return ['NS', value.NS.map(canonicalNumber).sort()];
  if (value.SS !== undefined) return ['SS', [...value.SS].sort()];
  if (value.BS !== undefined) return ['BS', value.BS.map(base64).sort()];
  if (value.L !== undefined) return ['L', value.L.map(canonical)];
  if (value.M !== undefined) return ['M', canonicalMap(value.M)];
  return Object.entries(value)[0] ?? null;
}

function canonicalMap(map: Readonly<Record<string, AttributeValue>>): unknown {
  return Object.entries(map)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => [name, canonical(value)]);
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

/** `1`, `1.0` and `10e-1` are one number: digits without outer zeros, and an exponent. */
function canonicalNumber(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text.trim()) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const trimmed = digits.replace(/0+$/, '');
  if (trimmed === '') return '0';
  const power = Number(exponent) - fraction.length + (digits.length - trimmed.length);
  return `${sign === '-' ? '-' : ''}${trimmed}e${power}`;
}
