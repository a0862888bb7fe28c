// What is used of asl-validator, which brings no types.
declare module 'asl-validator' {
  function validate(definition: unknown): { readonly isValid: boolean; readonly errors: readonly unknown[] };
  export = validate;
}
