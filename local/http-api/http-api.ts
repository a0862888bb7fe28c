// An API Gateway HTTP API with routes to Lambda functions, as a server of its own.
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { closeServer, listen } from '../kernel/front-door.ts';
import type { Json } from '../kernel/json-service.ts';
import type { Place } from '../kernel/service.ts';
import type { ServiceClock } from '../kernel/service-clock.ts';
import type { InvokeResult } from '../lambda/lambda.ts';
import { type ProxyAnswer, parseProxyAnswer } from './proxy-answer.ts';
import { eventOf, type ReceivedRequest } from './proxy-event.ts';

/** All methods of the paths below a prefix, or of all paths. */
export interface Route {
  readonly key: '$default' | `ANY ${string}/{proxy+}`;
  readonly functionName: string;
}

export interface HttpApiOptions {
  readonly clock: ServiceClock;
  readonly place: Place;
  invoke(functionName: string, event: Json, invoker: string): Promise<InvokeResult>;
  readonly routes: readonly Route[];
  /** 0 takes any free one. */
  readonly port: number;
  /** The integration's timeout, 50 to 30,000 ms. @default 30,000 ms */
  readonly timeoutMs?: number;
}

export interface HttpApi {
  /** `http://127.0.0.1:<port>`, without a slash at the end. */
  readonly url: string;
  close(): Promise<void>;
}

// Quotas of HTTP APIs.
const MAX_TIMEOUT_MS = 30_000;
const MAX_BODY_BYTES = 10 * 1024 * 1024;
/** Request line and headers together. */
const MAX_HEADER_BYTES = 10_240;
const METHODS = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'];

export async function openHttpApi(options: HttpApiOptions): Promise<HttpApi> {
  const apiId = randomBytes(5).toString('hex');
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES }, (incoming, outgoing) => {
    void serve(incoming, outgoing, apiId, options);
  });
  const { port } = await listen(server, options.port);
  return { url: `http://127.0.0.1:${port}`, close: () => closeServer(server) };
}

async function serve(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  apiId: string,
  options: HttpApiOptions,
): Promise<void> {
  const release = options.clock.hold();
  try {
    const requestId = randomBytes(11).toString('base64');
    const answer = await answerTo(incoming, requestId, apiId, options);
    outgoing.sendDate = false;
    outgoing.writeHead(answer.statusCode, {
      ...answer.headers,
      ...(answer.cookies.length > 0 ? { 'set-cookie': [...answer.cookies] } : {}),
      ...(incoming.method === 'HEAD' ? {} : { 'content-length': answer.body.length }),
      date: new Date(options.clock.nowMs()).toUTCString(),
      'apigw-requestid': requestId,
    });
    outgoing.end(incoming.method === 'HEAD' ? undefined : answer.body);
  } catch (error) {
    // The caller went away while it sent its request, or this gateway has a defect.
    if (!outgoing.headersSent) outgoing.writeHead(500);
    outgoing.end(String(error));
  } finally {
    release();
  }
}

async function answerTo(
  incoming: IncomingMessage,
  requestId: string,
  apiId: string,
  options: HttpApiOptions,
): Promise<ProxyAnswer> {
  const { clock, place, routes, timeoutMs = MAX_TIMEOUT_MS } = options;
  const body = await readBody(incoming);
  if (body === undefined) return ownAnswer(413, 'Request Entity Too Large');
  if (!METHODS.includes(incoming.method ?? '')) return ownAnswer(405, 'Method Not Allowed');
  const request: ReceivedRequest = { incoming, body, requestId, receivedAtMs: clock.nowMs() };
  const event = eventOf(request, { accountId: place.account, apiId });
  if (event === undefined) return ownAnswer(400, 'Bad Request');
  const route = routeOf(event.rawPath, routes);
  if (!route) return ownAnswer(404, 'Not Found');

  const { promise: timeout, resolve: ring } = Promise.withResolvers<undefined>();
  const cancel = clock.after(timeoutMs, () => ring(undefined));
  try {
    const result = await Promise.race([
      options.invoke(route.functionName, withRoute(event, route.key), 'apigateway'),
      timeout,
    ]);
    // The function runs on; HTTP APIs answer 503 where REST APIs answer 504.
    if (result === undefined) return ownAnswer(503, 'Service Unavailable');
    return (
      ('payload' in result ? parseProxyAnswer(result.payload) : undefined) ?? ownAnswer(500, 'Internal Server Error')
    );
  } catch (error) {
    return refusedBy(error);
  } finally {
    cancel();
  }
}

/** The most specific one; a greedy `{proxy+}` stands for one character at least (HTTP API developer guide, routes). */
function routeOf(path: string, routes: readonly Route[]): Route | undefined {
  const prefixOf = ({ key }: Route) => (key === '$default' ? '' : key.slice('ANY '.length, -'{proxy+}'.length));
  const matching = routes.filter((route) => path.length > prefixOf(route).length && path.startsWith(prefixOf(route)));
  return matching.sort((a, b) => prefixOf(b).length - prefixOf(a).length)[0];
}

function withRoute(event: Json, routeKey: Route['key']): Json {
  const { version, requestContext, ...rest } = event;
  return { version, routeKey, ...rest, requestContext: { ...requestContext, routeKey } };
}

/** Undefined for a body over the limit, which is read to its end all the same so that the answer is seen. */
async function readBody(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes <= MAX_BODY_BYTES) chunks.push(chunk);
    else chunks.length = 0;
  }
  return sizeBytes <= MAX_BODY_BYTES ? Buffer.concat(chunks) : undefined;
}

/** The answer when Lambda did not run the function. */
function refusedBy(error: unknown): ProxyAnswer {
  if (!(error instanceof Error && error.name.startsWith('Lambda.'))) throw error;
  // An event may grow beyond Lambda's 6 MB from a body within the gateway's 10 MB.
  if (error.name === 'Lambda.RequestTooLargeException') return ownAnswer(413, 'Request Entity Too Large');
  return ownAnswer(500, 'Internal Server Error');
}

/** What the gateway itself answers. */
function ownAnswer(statusCode: number, message: string): ProxyAnswer {
  const body = Buffer.from(JSON.stringify({ message }));
  return { statusCode, headers: { 'content-type': 'application/json' }, cookies: [], body };
}
