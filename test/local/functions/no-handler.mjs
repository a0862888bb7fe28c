// Forgets to export a handler.
export const other = async () => null;
