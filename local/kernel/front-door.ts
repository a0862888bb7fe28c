// The one port: finds the service of a signed request, answers it, and records the call.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AwsError } from './aws-error.ts';
import type { CallLog } from './call-record.ts';
import { renderJsonError } from './json-service.ts';
import type { KeyRing } from './key-ring.ts';
import type { AwsReply, AwsService } from './service.ts';
import type { ServiceClock } from './service-clock.ts';

export interface FrontDoorOptions {
  readonly services: readonly AwsService[];
  readonly clock: ServiceClock;
  readonly keys: KeyRing;
  readonly calls: CallLog;
}

export interface FrontDoor {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  close(): Promise<void>;
}

/** Listens on 127.0.0.1; port 0 takes any free one. */
export async function openFrontDoor(options: FrontDoorOptions, port = 0): Promise<FrontDoor> {
  const services = new Map(options.services.map((service) => [service.name, service]));
  const server = createServer((request, response) => {
    void answer(request, response, services, options);
  });
  const address = await listen(server, port);
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    close: () => closeServer(server),
  };
}

export function listen(server: Server, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server.address() as AddressInfo));
  });
}

export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

interface Answered {
  readonly service: string;
  readonly by: string;
  readonly reply: AwsReply;
}

async function answer(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  services: ReadonlyMap<string, AwsService>,
  { clock, keys, calls }: FrontDoorOptions,
): Promise<void> {
  const release = clock.hold();
  try {
    const n = calls.nextNumber();
    const at = clock.nowIso();
    const body = await readBody(incoming);
    const { service, by, reply } = await route(incoming, body, services, keys, clock.nowMs());
    const { operation, resource, items = 0, status } = reply;
    const bytesOut = reply.body === undefined ? 0 : Buffer.byteLength(reply.body);
    calls.record({
      n,
      at,
      service,
      operation,
      resource,
      by,
      items,
      bytesIn: body.length,
      bytesOut,
      status,
      fault: null,
    });
    // Clients correct their clock by it.
    outgoing.setHeader('date', new Date(clock.nowMs()).toUTCString());
    outgoing.writeHead(status, reply.headers);
    outgoing.end(incoming.method === 'HEAD' ? undefined : reply.body);
  } catch (error) {
    // The caller went away while it sent, or a service broke its promise never to throw.
    if (!outgoing.headersSent) outgoing.writeHead(500);
    outgoing.end(String(error));
  } finally {
    release();
  }
}

async function route(
  incoming: IncomingMessage,
  body: Buffer,
  services: ReadonlyMap<string, AwsService>,
  keys: KeyRing,
  nowMs: number,
): Promise<Answered> {
  const [path = '/', ...afterQuestionMark] = (incoming.url ?? '/').split('?');
  const query = new URLSearchParams(afterQuestionMark.join('?'));
  const credential = credentialOf(incoming, query);
  if (!credential) return { service: 'unknown', by: 'anonymous', reply: refuse(403, 'MissingAuthenticationToken') };
  const service = services.get(credential.service);
  const principal = keys.principalOf(credential.accessKeyId, nowMs);
  if (principal === 'expired')
    return { service: credential.service, by: 'expired', reply: refuse(403, 'ExpiredToken', service) };
  const by = principal.name;
  if (!service) return { service: credential.service, by, reply: refuse(501, 'NotImplemented') };
  const { method = 'GET', headers } = incoming;
  const reply = await service.handle({ method, path, query, headers, body, principal });
  return { service: service.name, by, reply };
}

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Signature Version 4 names key and service in its credential scope; the signature itself is not verified here. */
function credentialOf(incoming: IncomingMessage, query: URLSearchParams) {
  const header = /Credential=([^,\s]+)/.exec(incoming.headers.authorization ?? '')?.[1];
  const [accessKeyId, , , service] = (header ?? query.get('X-Amz-Credential') ?? '').split('/');
  return accessKeyId && service ? { accessKeyId, service } : undefined;
}

function refuse(status: number, code: string, service?: AwsService): AwsReply {
  const error = new AwsError(code, `${code}; see local/SUPPORT.md`, status);
  const rendered = service?.refuse
    ? service.refuse(error)
    : renderJsonError(error, { 'content-type': 'application/json' });
  return { ...rendered, operation: code, resource: null };
}
