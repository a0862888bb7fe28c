// Exports a handler that cannot be called.
export const handler = 'handler';
