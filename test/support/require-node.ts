// Refuses to run the tests on another Node than the project's, with a sentence that says what to do.
import { requireNode } from '../../bin/require-node.mjs';

export function setup(): void {
  requireNode();
}
