// The emulator tells APIs apart by host names that resolve nowhere: an address of its own for one of them.
import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

const LOCAL_NAME = /^http:\/\/[0-9a-f]+\.execute-api\.localhost:\d+/;

export class Doorway {
  readonly #server: Server;
  /** As the emulator names the API. */
  readonly #named: string;
  /** Where the API answers. */
  readonly #address: string;

  private constructor(server: Server, named: string) {
    this.#server = server;
    this.#named = named;
    this.#address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** @returns undefined where the URL can be reached as it is */
  static async open(url: string): Promise<Doorway | undefined> {
    const named = LOCAL_NAME.exec(url)?.[0];
    if (named === undefined) return undefined;
    const { host, port } = new URL(named);
    const server = createServer((asked, answer) => {
      const { method, url: path, headers } = asked;
      const forwarded = request({ host: '127.0.0.1', port, method, path, headers: { ...headers, host } }, (given) => {
        answer.writeHead(given.statusCode ?? 502, given.headers);
        given.pipe(answer);
      });
      forwarded.on('error', () => answer.destroy());
      asked.pipe(forwarded);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Doorway(server, named);
  }

  /** Text in which the API is named, with the address at which it answers. */
  reachable(text: string): string {
    return text.replaceAll(this.#named, this.#address);
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
