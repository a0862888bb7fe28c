// The fields a request may have, in dynalite's notation, and the refusal of all others.
import { notImplemented } from '../kernel/aws-error.ts';

/** A type such as `String`, or one with constraints (`notNull`, `enum`, `lengthLessThanOrEqual` …) and children. */
export type Field =
  | string
  | {
      readonly type: string;
      /** The fields of a structure; else the type of every element. */
      readonly children?: Field | Fields;
      readonly [constraint: string]: unknown;
    };

export type Fields = { readonly [name: string]: Field };

/**
 * Parameters AWS calls legacy since expressions exist. dynalite has them with flaws (its ConditionalOperator OR is an
 * AND), so they are not offered.
 */
const LEGACY = new Set([
  'AttributesToGet',
  'AttributeUpdates',
  'ConditionalOperator',
  'Expected',
  'KeyConditions',
  'QueryFilter',
  'ScanFilter',
]);

/** dynalite drops what it does not know; here it is named in a 501. Wrong types are left to dynalite's own check. */
export function refuseUnknownFields(path: string, fields: Fields, value: unknown): void {
  if (!isRecord(value)) return;
  for (const [name, member] of Object.entries(value)) {
    if (member === null || member === undefined) continue;
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (field === undefined) throw notImplemented(`${path} ${name}`);
    refuseWithin(`${path} ${name}`, field, member);
  }
}

function refuseWithin(path: string, field: Field, value: unknown): void {
  if (typeof field === 'string' || field.children === undefined || !isRecord(value)) return;
  const { children } = field;
  if (isStructure(field)) refuseUnknownFields(path, children as Fields, value);
  else for (const element of Object.values(value)) refuseWithin(path, children as Field, element);
}

export function pickFields(fields: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => names.includes(name)));
}

/** The same fields without the legacy ones, at every depth. */
export function withoutLegacy(fields: Fields): Fields {
  const kept = Object.entries(fields).filter(([name]) => !LEGACY.has(name));
  return Object.fromEntries(kept.map(([name, field]) => [name, fieldWithoutLegacy(field)]));
}

function fieldWithoutLegacy(field: Field): Field {
  if (typeof field === 'string' || typeof field.children !== 'object') return field;
  const children = isStructure(field)
    ? withoutLegacy(field.children as Fields)
    : fieldWithoutLegacy(field.children as Field);
  return { ...field, children };
}

/** The type tells which of the two forms `children` has. */
function isStructure({ type }: Exclude<Field, string>): boolean {
  return type.startsWith('ValueStruct') || type.startsWith('FieldStruct');
}

/** Arrays included: their elements are reached the same way. */
function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
