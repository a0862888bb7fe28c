/** Ends the process with exit code 2 and a message unless it runs on the Node the project is made for. */
export function requireNode(): void;
