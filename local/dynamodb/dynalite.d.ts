// The parts of dynalite 4.0.0 this service is built on; the package ships no types.

declare module 'dynalite/actions/*.js' {
  const action: import('./dynalite-actions.ts').Action;
  export = action;
}

declare module 'dynalite/validations/*.js' {
  export const types: import('./request-fields.ts').Fields;
  /** Returns the text of a ValidationException, and parses the expressions into members beginning with `_`. */
  export const custom: (data: unknown, store: import('./dynalite-actions.ts').DynaliteStore) => string | undefined;
}

declare module 'dynalite/validations/index.js' {
  /** Returns a copy with the named fields only; throws a SerializationException. */
  export function checkTypes(
    data: unknown,
    types: import('./request-fields.ts').Fields,
  ): import('../kernel/json-service.ts').Json;

  /** Throws a ValidationException. */
  export function checkValidations(
    data: unknown,
    types: import('./request-fields.ts').Fields,
    custom: ((data: unknown, store: import('./dynalite-actions.ts').DynaliteStore) => string | undefined) | undefined,
    store: import('./dynalite-actions.ts').DynaliteStore,
  ): void;
}

declare module 'dynalite/db/index.js' {
  type Schema = import('./table.ts').TableSchema;
  type Item = import('./item.ts').Item;
  type Invalid = import('./dynalite-actions.ts').DynaliteError | null | undefined;

  export function createKey(item: Item, schema: Schema): string;
  /** Ends with 24 bits of a hash of the table's key. */
  export function createIndexKey(item: Item, schema: Schema, keySchema: Schema['KeySchema']): string;
  export function validateKey(key: Item, schema: Schema): Invalid;
  export function validateItem(item: Item, schema: Schema): Invalid;
  export function validateUpdates(legacy: undefined, updates: unknown, schema: Schema): Invalid;
  /** Also reads the parsed `_condition`. */
  export function checkConditional(data: unknown, existing: Item | undefined): Invalid;
  export function validationError(message: string): import('./dynalite-actions.ts').DynaliteError;
}
