// Imports what is not there.
import './nowhere.mjs';

export const handler = async () => null;
