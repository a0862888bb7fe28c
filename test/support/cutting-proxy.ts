// A proxy whose connections break: what SDK clients make of that, no middleware can show.
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Where a request's connection breaks: before the service hears of it, before the answer, or in the middle of it. */
export type Break = 'before' | 'after' | 'within';

export interface CuttingProxy {
  readonly endpoint: string;
  close(): Promise<void>;
}

/** @param breakOf says of each request, the first being 1, whether its connection breaks */
export async function openCuttingProxy(
  target: string,
  breakOf: (n: number) => Break | undefined,
): Promise<CuttingProxy> {
  let count = 0;
  const server = createServer((incoming, outgoing) => {
    count++;
    const where = breakOf(count);
    if (where === 'before') incoming.socket.destroy();
    else void forward(target, incoming, outgoing, where);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function forward(
  target: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  where: Break | undefined,
): Promise<void> {
  const { hostname, port } = new URL(target);
  const { method, url: path, headers } = incoming;
  const onward = request({ hostname, port, method, path, headers, agent: false });
  incoming.pipe(onward);
  const [answer] = await once(onward, 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  if (where === 'after') {
    incoming.socket.destroy();
    return;
  }
  const { 'transfer-encoding': _, ...kept } = answer.headers;
  outgoing.writeHead(answer.statusCode, { ...kept, 'content-length': body.length });
  if (where === undefined) outgoing.end(body);
  else outgoing.write(body.subarray(0, body.length / 2), () => incoming.socket.destroy());
}
