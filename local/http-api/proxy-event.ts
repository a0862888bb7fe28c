// The event an HTTP API sends to its function: payload format version 2.0.
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Json } from '../kernel/json-service.ts';

export interface ReceivedRequest {
  readonly incoming: IncomingMessage;
  readonly body: Buffer;
  readonly requestId: string;
  readonly receivedAtMs: number;
}

export interface ApiIdentity {
  readonly accountId: string;
  readonly apiId: string;
}

/** They concern one connection, which ends at the gateway. */
const HOP_BY_HOP = /^(connection|expect|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade)$/;

/** Bodies of other types, forms among them, and of none arrive in base64. */
const TEXT_TYPE = /^(text\/.*|application\/(json|javascript|xml))$/;

/** Undefined for a path that is not percent-encoded UTF-8. */
export function eventOf(request: ReceivedRequest, { accountId, apiId }: ApiIdentity): Json | undefined {
  const { incoming, body, requestId, receivedAtMs } = request;
  const [encodedPath = '/', ...afterPath] = (incoming.url ?? '/').split('?');
  const rawQueryString = afterPath.join('?');
  const path = decodePath(encodedPath);
  if (path === undefined) return undefined;

  const { method, headers } = incoming;
  const sourceIp = incoming.socket.remoteAddress ?? '';
  const domainName = (headers.host ?? '').replace(/:\d+$/, '');
  const cookies = headers.cookie?.split(/; */);
  const query = joinedQuery(rawQueryString);
  const isText = TEXT_TYPE.test((headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '');
  return {
    version: '2.0',
    rawPath: path,
    rawQueryString,
    ...(cookies && { cookies }),
    headers: joinedHeaders(request, sourceIp),
    ...(query && { queryStringParameters: query }),
    requestContext: {
      accountId,
      apiId,
      domainName,
      domainPrefix: domainName.split('.')[0],
      http: {
        method,
        path,
        protocol: `HTTP/${incoming.httpVersion}`,
        sourceIp,
        userAgent: headers['user-agent'] ?? '',
      },
      requestId,
      stage: '$default',
      time: logTime(receivedAtMs),
      timeEpoch: receivedAtMs,
    },
    ...(body.length > 0 && { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !isText,
  };
}

/** An HTTP API decodes the path, `rawPath` included, and loses what follows a `?` that comes out of that. */
function decodePath(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded).split('?')[0];
  } catch {
    return undefined;
  }
}

/** Lower-case names; repeated headers joined by commas; cookies stand apart. */
function joinedHeaders({ incoming, body, receivedAtMs }: ReceivedRequest, sourceIp: string): Record<string, string> {
  const joined: Record<string, string> = {};
  for (const [name, values] of Object.entries(incoming.headersDistinct))
    if (values && name !== 'cookie' && !HOP_BY_HOP.test(name)) joined[name] = values.join(',');
  const forwardedFor = joined['x-forwarded-for'];
  const seconds = Math.floor(receivedAtMs / 1000).toString(16);
  return {
    'x-amzn-trace-id': `Root=1-${seconds}-${randomBytes(12).toString('hex')}`,
    ...joined,
    'content-length': String(body.length),
    'x-forwarded-for': forwardedFor === undefined ? sourceIp : `${forwardedFor}, ${sourceIp}`,
    'x-forwarded-port': String(incoming.socket.localPort),
    'x-forwarded-proto': 'http',
  };
}

/** Decoded; repeated parameters joined by commas. */
function joinedQuery(rawQueryString: string): Record<string, string> | undefined {
  const joined = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(rawQueryString)) {
    const earlier = joined.get(name);
    joined.set(name, earlier === undefined ? value : `${earlier},${value}`);
  }
  return joined.size > 0 ? Object.fromEntries(joined) : undefined;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The form of access logs: `12/Mar/2020:19:03:58 +0000`. */
function logTime(epochMs: number): string {
  const [date = '', time = ''] = new Date(epochMs).toISOString().split('T');
  const [year, month, day] = date.split('-');
  return `${day}/${MONTHS[Number(month) - 1]}/${year}:${time.slice(0, 8)} +0000`;
}
