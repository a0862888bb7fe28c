// How an HTTP API reads the answer of its function: payload format version 2.0.
import { validateHeaderName, validateHeaderValue } from 'node:http';
import type { Json } from '../kernel/json-service.ts';

export interface ProxyAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Each becomes a set-cookie header. */
  readonly cookies: readonly string[];
  readonly body: Buffer;
}

/** The gateway frames the message itself. */
const FRAMING = /^(connection|content-length|date|keep-alive|transfer-encoding|upgrade)$/;

/** Undefined for an answer of a form the gateway does not know, which it turns into a 500. */
export function parseProxyAnswer(payload: Json): ProxyAnswer | undefined {
  if (payload?.statusCode === undefined) return inferredAnswer(payload);
  const { statusCode, headers = {}, cookies = [], body = '', isBase64Encoded = false } = payload;
  const isKnown =
    Number.isInteger(statusCode) &&
    statusCode >= 200 &&
    statusCode <= 599 &&
    areHeaders(headers) &&
    Array.isArray(cookies) &&
    cookies.every((cookie) => typeof cookie === 'string') &&
    (body === null || typeof body === 'string');
  if (!isKnown) return undefined;
  return {
    statusCode,
    headers: { 'content-type': 'text/plain;charset=UTF-8', ...lowerCased(headers) },
    cookies,
    body: Buffer.from(body ?? '', isBase64Encoded === true ? 'base64' : 'utf8'),
  };
}

/** Without a status code the whole answer is the body. */
function inferredAnswer(payload: Json): ProxyAnswer {
  const body = Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload));
  return { statusCode: 200, headers: { 'content-type': 'application/json' }, cookies: [], body };
}

function lowerCased(headers: Readonly<Record<string, Json>>): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)] as const);
  return Object.fromEntries(entries.filter(([name]) => !FRAMING.test(name)));
}

function areHeaders(headers: Json): boolean {
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers)) return false;
  return Object.entries(headers).every(([name, value]) => isHeader(name, String(value)));
}

function isHeader(name: string, value: string): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}
