// A handler of the old kind.
export const handler = (_event, _context, callback) => callback(null, 'done');
