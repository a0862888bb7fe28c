// The one port: finds the service of a signed request, answers it, and records the call.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AwsError } from './aws-error.ts';
import type { CallLog } from './call-record.ts';
import { renderJsonError } from './json-service.ts';
import type { KeyRing } from './key-ring.ts';
import type { AwsReply, AwsRequest, AwsService, Guard, Verdict } from './service.ts';
import type { ServiceClock } from './service-clock.ts';

export interface FrontDoorOptions {
  readonly services: readonly AwsService[];
  readonly clock: ServiceClock;
  readonly keys: KeyRing;
  readonly calls: CallLog;
  /** Hits the calls that functions make; those from outside are left alone. */
  readonly faults?: DoorFaults;
  /** @default everybody may do everything */
  readonly guard?: Guard;
}

/** What injects faults, as far as the door is concerned. */
export interface DoorFaults {
  /** How a call is answered that a rule hits. */
  answer(service: AwsService, request: AwsRequest): Promise<InjectedReply> | undefined;
  /** On which side of this call its environment is to die, if at all; a call of a dead one is not answered. */
  killAt(environment: string): 'beforeCall' | 'afterCall' | undefined;
  kill(environment: string): void;
}

export interface InjectedReply {
  readonly reply: AwsReply;
  /** How much of it reaches the caller. */
  readonly arrives: 'whole' | 'half' | 'nothing';
  readonly effect: string;
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
  readonly injected?: InjectedReply;
}

async function answer(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  services: ReadonlyMap<string, AwsService>,
  options: FrontDoorOptions,
): Promise<void> {
  const { clock, calls } = options;
  const release = clock.hold();
  try {
    const n = calls.nextNumber();
    const at = clock.nowIso();
    const body = await readBody(incoming);
    const { service, by, reply, injected } = await route(incoming, body, services, options);
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
      fault: injected?.effect ?? null,
    });
    if (injected?.arrives === 'nothing') return void outgoing.destroy();
    // Clients correct their clock by it.
    outgoing.setHeader('date', new Date(clock.nowMs()).toUTCString());
    if (injected?.arrives === 'half') return cutShort(outgoing, reply);
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
  { keys, clock, faults, guard }: FrontDoorOptions,
): Promise<Answered> {
  const [path = '/', ...afterQuestionMark] = (incoming.url ?? '/').split('?');
  const query = new URLSearchParams(afterQuestionMark.join('?'));
  const credential = credentialOf(incoming, query);
  if (!credential) return { service: 'unknown', by: 'anonymous', reply: refuse(403, 'MissingAuthenticationToken') };
  const service = services.get(credential.service);
  const principal = keys.principalOf(credential.accessKeyId, clock.nowMs());
  if (principal === 'expired')
    return { service: credential.service, by: 'expired', reply: refuse(403, 'ExpiredToken', service) };
  const by = principal.name;
  if (!service) return { service: credential.service, by, reply: refuse(501, 'NotImplemented') };
  const { method = 'GET', headers } = incoming;
  const received = { method, path, query, headers, body, principal };
  const { denial, keyError } = guard?.judge(service, received) ?? ALLOWED;
  if (denial !== null) return { service: service.name, by, reply: deny(service, received, denial) };
  const request = { ...received, ...(keyError && { keyError }) };
  const injected = faults && principal.environment && (await inject(faults, principal.environment, service, request));
  const reply = injected ? injected.reply : await service.handle(request);
  return { service: service.name, by, reply, ...(injected && { injected }) };
}

const ALLOWED: Verdict = { denial: null };

/** As services name it; those of the JSON protocols answer 400, the others 403. */
function deny(service: AwsService, request: AwsRequest, denial: string): AwsReply {
  const status = service.name === 'dynamodb' || service.name === 'states' ? 400 : 403;
  const code = service.name === 's3' || service.name === 'sts' ? 'AccessDenied' : 'AccessDeniedException';
  return { ...renderRefusal(new AwsError(code, denial, status), service), ...service.identify(request) };
}

async function inject(
  faults: DoorFaults,
  environment: string,
  service: AwsService,
  request: AwsRequest,
): Promise<InjectedReply | undefined> {
  const side = faults.killAt(environment);
  if (side === undefined) return faults.answer(service, request);
  const reply = side === 'afterCall' ? await service.handle(request) : { status: 0, ...service.identify(request) };
  faults.kill(environment);
  return { reply, arrives: 'nothing', effect: 'kill' };
}

/** What a connection that breaks in the middle leaves: headers that promise more than comes. */
function cutShort(outgoing: ServerResponse, { status, headers, body = '' }: AwsReply): void {
  const bytes = Buffer.from(body);
  outgoing.writeHead(status, { ...headers, 'content-length': bytes.length });
  outgoing.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => outgoing.destroy());
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
  return { ...renderRefusal(error, service), operation: code, resource: null };
}

function renderRefusal(error: AwsError, service?: AwsService): Pick<AwsReply, 'status' | 'headers' | 'body'> {
  return service?.refuse ? service.refuse(error) : renderJsonError(error, { 'content-type': 'application/json' });
}
