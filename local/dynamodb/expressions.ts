// Parsed expressions: what dynalite evaluates wrongly is refused, or put right.
import type { Json } from '../kernel/json-service.ts';

interface Node {
  readonly type: string;
  readonly name?: string;
  readonly args: readonly Operand[];
}

/** A path, another expression, or an attribute value. */
type Operand = readonly (string | number)[] | Node | Readonly<Record<string, unknown>>;

/** Names a comparison that dynalite would get wrong, or undefined. Read after the validations, which parse. */
export function unsupportedComparison(data: Json): string | undefined {
  return unsupportedIn(data._condition?.expression) ?? unsupportedIn(data._filter?.expression);
}

function unsupportedIn(operand: Operand | undefined): string | undefined {
  if (!operand || !isNode(operand)) return undefined;
  const operator = operand.name ?? operand.type;
  const refused = operand.args.map(unsupportedIn).find((one) => one !== undefined);
  if (refused !== undefined) return refused;
  if (operand.args.filter(Array.isArray).length > 1 && !canCompare(operator, 'L'))
    return `${operator} of two attributes`;
  const type = operand.args
    .filter(isValue)
    .map(typeOf)
    .find((one) => !canCompare(operator, one));
  return type === undefined ? undefined : `${operator} with an operand of type ${type}`;
}

/**
 * dynalite compares lists and maps by identity, and looks into bytes as if they were text. Two attributes may turn out
 * to be lists.
 */
function canCompare(operator: string, type: string): boolean {
  switch (operator) {
    case '=':
    case '<>':
    case 'in':
      return type !== 'L' && type !== 'M';
    case 'begins_with':
      return type === 'S';
    case 'contains':
      return type === 'S' || type === 'N';
    default:
      return true;
  }
}

function typeOf(value: object): string {
  return Object.keys(value)[0] ?? '';
}

function isValue(operand: Operand): boolean {
  return !Array.isArray(operand) && !isNode(operand);
}

function isNode(operand: Operand): operand is Node {
  return 'args' in operand && Array.isArray(operand.args);
}

interface Section {
  readonly type: string;
  readonly path: readonly (string | number)[];
}

/**
 * Every path of an update means the item before it, so elements are removed last, and from the end of a list: dynalite
 * applies the sections one after the other.
 */
export function removeElementsLast(data: Json): void {
  const sections: Section[] | undefined = data._updates?.sections;
  sections?.sort((a, b) => Number(a.type === 'remove') - Number(b.type === 'remove') || descending(a.path, b.path));
}

/** Any order between different attributes will do, but sorting needs one. */
function descending(a: Section['path'], b: Section['path']): number {
  for (const [depth, piece] of a.entries()) {
    const other = b[depth];
    if (piece === other) continue;
    if (typeof piece === 'number' && typeof other === 'number') return other - piece;
    return String(piece) < String(other) ? -1 : 1;
  }
  return 0;
}
