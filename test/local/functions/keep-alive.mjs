// Asks a server over a connection that it keeps for the next event.
import { Agent, get } from 'node:http';

const agent = new Agent({ keepAlive: true });

export function handler({ url }) {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent }, (response) => response.resume().on('end', () => resolve(response.statusCode)));
    request.on('error', reject);
  });
}
