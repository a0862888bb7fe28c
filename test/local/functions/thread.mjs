// Tells which thread handled the event and how many it has handled; on request it waits for a gate to open.
import { get } from 'node:http';
import { threadId } from 'node:worker_threads';

let count = 0;

export async function handler({ gate } = {}) {
  count++;
  if (gate)
    await new Promise((resolve, reject) =>
      get(gate, (answer) => answer.resume().on('end', resolve)).on('error', reject),
    );
  return { threadId, count };
}
