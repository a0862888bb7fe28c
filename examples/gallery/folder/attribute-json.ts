// DynamoDB JSON: attribute values as they stand in a file, where binary is Base64.
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Item } from '../dataset.ts';
import { isObject, kindOf, UnexpectedJson } from './unexpected-json.ts';

const TYPES = ['S', 'N', 'B', 'BOOL', 'NULL', 'M', 'L', 'SS', 'NS', 'BS'] as const;
type Type = (typeof TYPES)[number];

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Throws UnexpectedJson naming the attribute. */
export function parseItem(document: unknown, path = ''): Item {
  if (!isObject(document)) throw new UnexpectedJson(path || 'the item', kindOf(document), 'an object');
  const entries = Object.entries(document);
  // Not by assignment, which would lose an attribute named __proto__.
  return Object.fromEntries(
    entries.map(([name, value]) => [name, parseAttribute(value, path ? `${path}.${name}` : name)]),
  );
}

/** The same item always gives the same text: names sorted after `first`, members of sets sorted. */
export function printItem(item: Item, first: readonly string[] = []): string {
  const rest = Object.keys(item).filter((name) => !first.includes(name));
  const names = [...first, ...rest.sort()];
  return JSON.stringify(Object.fromEntries(names.map((name) => [name, printable(item[name])])));
}

function parseAttribute(document: unknown, path: string): AttributeValue {
  const entries = isObject(document) ? Object.entries(document) : [];
  const [type, value] = entries[0] ?? ['', undefined];
  if (!isType(type) || entries.length > 1) {
    const names = entries.map(([name]) => name).join(', ');
    const received = isObject(document) ? `an object with ${names || 'no member'}` : kindOf(document);
    throw new UnexpectedJson(path, received, `an object with one of ${TYPES.join(', ')}`);
  }
  return parseTyped(type, value, path);
}

function parseTyped(type: Type, value: unknown, path: string): AttributeValue {
  const wrong = (allowed: string) => new UnexpectedJson(`${path}.${type}`, kindOf(value), allowed);
  switch (type) {
    case 'S':
    case 'N':
      if (!isString(value)) throw wrong('a string');
      return type === 'S' ? { S: value } : { N: value };
    case 'B':
      if (!isBase64(value)) throw wrong('Base64');
      return { B: Buffer.from(value, 'base64') };
    case 'BOOL':
      if (typeof value !== 'boolean') throw wrong('true or false');
      return { BOOL: value };
    case 'NULL':
      if (value !== true) throw wrong('true');
      return { NULL: true };
    case 'M':
      return { M: parseItem(value, `${path}.M`) };
    case 'L':
      if (!Array.isArray(value)) throw wrong('a list');
      return { L: value.map((element: unknown, n) => parseAttribute(element, `${path}.L[${n}]`)) };
    case 'SS':
    case 'NS':
      if (!isListOf(value, isString)) throw wrong('a list of strings');
      return type === 'SS' ? { SS: value } : { NS: value };
    case 'BS':
      if (!isListOf(value, isBase64)) throw wrong('a list of Base64 strings');
      return { BS: value.map((member) => Buffer.from(member, 'base64')) };
  }
}

function printable(value: AttributeValue | undefined): unknown {
  if (value?.B) return { B: base64(value.B) };
  if (value?.BS) return { BS: value.BS.map(base64).sort() };
  if (value?.SS) return { SS: value.SS.toSorted() };
  if (value?.NS) return { NS: value.NS.toSorted() };
  if (value?.L) return { L: value.L.map(printable) };
  if (!value?.M) return value;
  const members = value.M;
  return {
    M: Object.fromEntries(
      Object.keys(members)
        .sort()
        .map((name) => [name, printable(members[name])]),
    ),
  };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

function isType(name: string): name is Type {
  return TYPES.some((type) => type === name);
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

function isBase64(value: unknown): value is string {
  return isString(value) && BASE64.test(value);
}

function isListOf<T>(value: unknown, isMember: (member: unknown) => member is T): value is T[] {
  return Array.isArray(value) && value.every(isMember);
}
