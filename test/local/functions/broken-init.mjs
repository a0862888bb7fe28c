// Fails while it is loaded.
throw new ReferenceError('no configuration');
