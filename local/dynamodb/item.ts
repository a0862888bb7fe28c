// Items as DynamoDB JSON, and how many bytes DynamoDB counts for them.

/** A type letter and its value, such as `{ S: 'x' }`. */
export type AttributeValue = Readonly<Record<string, unknown>>;

/** Never changed once stored: backups, the journal and running reads hold the very same object. */
export type Item = Readonly<Record<string, AttributeValue>>;

export const MAX_ITEM_BYTES = 400 * 1024;

/** What each element of a list or map, and the list or map itself, adds to its contents. */
const ELEMENT_BYTES = 1;
const CONTAINER_BYTES = 3;

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html */
export function itemBytes(item: Item): number {
  let bytes = 0;
  for (const name in item) bytes += textBytes(name) + valueBytes(item[name] ?? {});
  return bytes;
}

function valueBytes(value: AttributeValue): number {
  for (const type in value) return typedBytes(type, value[type]);
  return 0;
}

/** The casts hold because an item is stored only after dynalite's type check. */
function typedBytes(type: string, value: unknown): number {
  switch (type) {
    case 'S':
      return textBytes(value as string);
    case 'N':
      return numberBytes(value as string);
    case 'B':
      return Buffer.byteLength(value as string, 'base64');
    case 'SS':
    case 'NS':
    case 'BS':
      return sum(value as string[], (element) => typedBytes(type.charAt(0), element));
    case 'L':
      return CONTAINER_BYTES + sum(value as AttributeValue[], (element) => ELEMENT_BYTES + valueBytes(element));
    case 'M':
      return (
        CONTAINER_BYTES +
        itemBytes(value as Item) +
        ELEMENT_BYTES * Object.keys(value as Record<string, unknown>).length
      );
    default:
      return 1; // BOOL and NULL
  }
}

function sum<T>(elements: readonly T[], bytesOf: (element: T) => number): number {
  return elements.reduce((bytes, element) => bytes + bytesOf(element), 0);
}

/** One byte, and one for every two significant digits. */
function numberBytes(text: string): number {
  const digits = text.replace(/^-|\./g, '').replace(/^0+|0+$/g, '').length;
  return 1 + Math.ceil(digits / 2);
}

function textBytes(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}
