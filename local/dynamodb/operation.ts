// One operation of the service: what it takes, what it refuses, what it does.
import { checkTypes, checkValidations } from 'dynalite/validations/index.js';
import { notImplemented } from '../kernel/aws-error.ts';
import type { Json, JsonOperation } from '../kernel/json-service.ts';
import { asAwsError, type DynaliteStore } from './dynalite-actions.ts';
import { type Fields, refuseUnknownFields } from './request-fields.ts';
import { tableNamesIn } from './table-names.ts';

export interface Operation {
  /** Any other field is answered 501. */
  readonly fields: Fields;
  /** What AWS would do and this service does not, to be named in a 501; else undefined. */
  readonly unsupported?: (data: Json) => string | undefined;
  /** Rules beyond the constraints in `fields`; returns the text of a ValidationException. */
  readonly check?: ((data: Json, store: DynaliteStore) => string | undefined) | undefined;
  readonly run: (data: Json) => Json | Promise<Json>;
}

export type Operations = Readonly<Record<string, Operation>>;

/** In dynalite's order: types, constraints, further rules, then the action; refusals come first. */
export function toJsonOperation(name: string, operation: Operation, store: DynaliteStore): JsonOperation {
  const { fields, unsupported, check, run } = operation;
  return async (input) => {
    try {
      refuseUnknownFields(name, fields, input);
      const data = checkTypes(input, fields);
      if (tableNamesIn(data).some(isArn)) throw notImplemented(`${name} with the ARN of a table as its name`);
      const refused = unsupported?.(data);
      if (refused !== undefined) throw notImplemented(`${name} ${refused}`);
      checkValidations(data, fields, check, store);
      return await run(data);
    } catch (error) {
      throw asAwsError(error);
    }
  };
}

function isArn(name: string): boolean {
  return name.startsWith('arn:');
}
