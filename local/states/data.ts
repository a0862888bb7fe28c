// Values that travel through an execution.
import type { Json } from '../kernel/json-service.ts';

/** A JSON value with its text. */
export interface Data {
  readonly value: Json;
  readonly json: string;
}

/** `$states.context.Map.Item` */
export interface MapItem {
  readonly Index: number;
  readonly Value: Json;
}

export function toData(value: Json): Data {
  return { value, json: JSON.stringify(value) };
}
