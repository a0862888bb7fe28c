// The payload of a request: taken out of its framing, and every checksum that came with it verified.
import { createHash } from 'node:crypto';
import { notImplemented } from '../kernel/aws-error.ts';
import { CHECKSUM_ALGORITHMS, type Checksum, headerOf, verifyChecksum } from './checksums.ts';
import { invalidRequest, S3Error } from './errors.ts';
import type { S3Request } from './request.ts';

export interface Payload {
  readonly bytes: Buffer;
  /** The checksum the client sent, if it sent one. */
  readonly checksum?: Checksum;
  /** True if the client sent a checksum or Content-MD5. */
  readonly isProtected: boolean;
}

/** @throws BadDigest, InvalidDigest, XAmzContentSHA256Mismatch, IncompleteBody and the like */
export function readPayload({ headers, body }: S3Request): Payload {
  const isChunked =
    /\baws-chunked\b/.test(headers.get('content-encoding') ?? '') ||
    headers.get('x-amz-content-sha256')?.startsWith('STREAMING-');
  const { bytes, trailers } = isChunked ? unchunk(body) : { bytes: body, trailers: new Map<string, string>() };
  verifyLength(headers.get('x-amz-decoded-content-length'), bytes);
  verifySha256(headers.get('x-amz-content-sha256'), bytes);
  const md5 = headers.get('content-md5');
  if (md5 !== undefined) verifyMd5(md5, bytes);
  const checksum = verifyChecksums(headers, trailers, bytes);
  return { bytes, isProtected: checksum !== undefined || md5 !== undefined, ...(checksum && { checksum }) };
}

/** The bytes of a request that S3 takes only with a checksum. @throws InvalidRequest without one */
export function readProtectedPayload(request: S3Request): Buffer {
  const { bytes, isProtected } = readPayload(request);
  if (isProtected) return bytes;
  throw invalidRequest('Missing required header for this request: Content-MD5 OR x-amz-checksum-*');
}

interface Unchunked {
  readonly bytes: Buffer;
  readonly trailers: ReadonlyMap<string, string>;
}

/**
 * `<size in hex>[;chunk-signature=…]\r\n<bytes>\r\n` … `0[;…]\r\n`, then trailing headers and an empty line.
 * The signatures of chunks are not verified, as those of requests are not.
 */
function unchunk(body: Buffer): Unchunked {
  const chunks: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = body.indexOf('\r\n', at);
    const size = /^([0-9a-fA-F]{1,8})(?:;.*)?$/.exec(body.toString('latin1', at, Math.max(at, lineEnd)))?.[1];
    if (lineEnd < 0 || size === undefined) throw incompleteBody();
    const start = lineEnd + 2;
    const sizeBytes = Number.parseInt(size, 16);
    if (sizeBytes === 0)
      return { bytes: Buffer.concat(chunks), trailers: readTrailers(body.toString('latin1', start)) };
    const end = start + sizeBytes;
    if (body.toString('latin1', end, end + 2) !== '\r\n') throw incompleteBody();
    chunks.push(body.subarray(start, end));
    at = end + 2;
  }
}

function readTrailers(text: string): ReadonlyMap<string, string> {
  const trailers = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon > 0) trailers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  return trailers;
}

function incompleteBody(): S3Error {
  const message = 'You did not provide the number of bytes specified by the Content-Length HTTP header';
  return new S3Error('IncompleteBody', message, 400);
}

function verifyLength(declared: string | undefined, bytes: Buffer): void {
  if (declared !== undefined && Number(declared) !== bytes.length) throw incompleteBody();
}

/** Part of the signature: a payload that is not the one that was signed. */
function verifySha256(declared: string | undefined, bytes: Buffer): void {
  if (!/^[0-9a-f]{64}$/.test(declared ?? '')) return;
  if (createHash('sha256').update(bytes).digest('hex') === declared) return;
  const message = "The provided 'x-amz-content-sha256' header does not match what was computed.";
  throw new S3Error('XAmzContentSHA256Mismatch', message, 400);
}

function verifyMd5(declared: string, bytes: Buffer): void {
  if (createHash('md5').update(bytes).digest('base64') === declared) return;
  if (Buffer.from(declared, 'base64').length !== 16) {
    throw new S3Error('InvalidDigest', 'The Content-MD5 you specified was invalid.', 400);
  }
  throw new S3Error('BadDigest', 'The Content-MD5 you specified did not match what we received.', 400);
}

function verifyChecksums(
  headers: ReadonlyMap<string, string>,
  trailers: ReadonlyMap<string, string>,
  bytes: Buffer,
): Checksum | undefined {
  const announced = headers.get('x-amz-trailer')?.toLowerCase();
  if (announced !== undefined && !trailers.has(announced)) {
    const message =
      'The request contained trailing data that was not well-formed or did not conform to our published schema.';
    throw new S3Error('MalformedTrailerError', message, 400);
  }
  const verified: Checksum[] = [];
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    const header = headerOf(algorithm);
    const value = headers.get(header) ?? trailers.get(header);
    if (value !== undefined) verified.push(verifyChecksum(algorithm, value, bytes));
  }
  if (verified.length > 1) {
    throw invalidRequest('Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.');
  }
  if (verified.length === 0 && announced !== undefined) throw notImplemented(`S3 trailer ${announced}`);
  return verified[0];
}
