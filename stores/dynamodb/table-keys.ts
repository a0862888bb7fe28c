// Keys of items as positions in a listing: DynamoDB JSON with its attributes in a fixed order.
import type { AttributeValue } from '@aws-sdk/client-dynamodb';

export type ItemKey = Readonly<Record<string, AttributeValue>>;

/** Binary keys travel as base64, as on the wire. */
export function writePosition(key: ItemKey): string {
  const entries = Object.entries(key).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(
    Object.fromEntries(
      entries.map(([name, value]) => [name, value.B ? { B: Buffer.from(value.B).toString('base64') } : value]),
    ),
  );
}

export function readPosition(position: string): Record<string, AttributeValue> {
  const entries = Object.entries(JSON.parse(position) as Record<string, { S?: string; N?: string; B?: string }>);
  return Object.fromEntries(entries.map(([name, value]) => [name, attribute(value)]));
}

function attribute(value: { S?: string; N?: string; B?: string }): AttributeValue {
  if (value.B !== undefined) return { B: Buffer.from(value.B, 'base64') };
  return value.N === undefined ? { S: value.S ?? '' } : { N: value.N };
}
