// Finds the operation a request is for, refuses what it would not honour, and renders what it answers.
import { randomBytes } from 'node:crypto';
import { AwsError, notImplemented } from '../kernel/aws-error.ts';
import type { AwsReply, AwsRequest } from '../kernel/service.ts';
import { refuseDirectoryBucket } from './bucket-name.ts';
import { accessDenied, invalidArgument, S3Error } from './errors.ts';
import type { Operation, S3Answer, S3Call } from './operation.ts';
import { OPERATIONS, UNSUPPORTED } from './operations.ts';
import { checkedKey, readS3Request, type S3Request } from './request.ts';
import { errorDocument, leaf } from './xml.ts';

/** The query parameters that choose among the operations of one path. */
const SELECTORS = new Set([...OPERATIONS.keys()].flatMap((route) => /\?(.*)/.exec(route)?.[1] ?? []));

/** `x-id` is the SDK's note of what it means; S3 does not read it either. */
const PARAMETERS = new Set(['x-id', ...[...OPERATIONS.values()].flatMap(({ query = [] }) => query)]);

/** Says nothing that an operation would have to honour: signature, tracing, and the SDK's notes to itself. */
const HARMLESS_HEADERS = new Set([
  'x-amz-algorithm',
  'x-amz-content-sha256',
  'x-amz-credential',
  'x-amz-date',
  'x-amz-expected-bucket-owner',
  'x-amz-expires',
  'x-amz-sdk-checksum-algorithm',
  'x-amz-security-token',
  'x-amz-signature',
  'x-amz-signedheaders',
  'x-amz-user-agent',
]);

/** Headers of HTTP itself that change what a request means; the rest of HTTP's may be ignored. */
const WEIGHTY_HEADERS = new Set([
  'content-md5',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'range',
]);

type World = Pick<S3Call, 'buckets' | 'place' | 'nowMs'>;

export function identifyS3(incoming: AwsRequest): Pick<AwsReply, 'operation' | 'resource'> {
  try {
    const request = readS3Request(incoming);
    return { operation: nameOf(routeOf(request)), resource: request.bucketName || null };
  } catch {
    return { operation: `${incoming.method} (unknown)`, resource: null };
  }
}

/** Never throws: whatever goes wrong is an answer. */
export function answerS3(incoming: AwsRequest, world: World): AwsReply {
  const common = commonHeaders();
  let operation = `${incoming.method} (unknown)`;
  let resource: string | null = null;
  try {
    const request = readS3Request(incoming);
    resource = request.bucketName || null;
    const route = routeOf(request);
    operation = nameOf(route);
    const { run } = operationOf(route, request);
    const call = { ...world, request, ...(incoming.keyError && { keyError: incoming.keyError }) };
    checkedKey(request.key);
    checkExpiry(call);
    checkOwner(call);
    const answer = run(call);
    return { ...render(answer, common), operation, resource, items: answer.items ?? 0 };
  } catch (error) {
    return { ...renderError(error, incoming.method, common), operation, resource };
  }
}

/** An error that was found before the request came here, in the form of S3. */
export function refuseS3(error: AwsError): Rendered {
  return renderError(error, '', commonHeaders());
}

function commonHeaders(): Readonly<Record<string, string>> {
  return { 'x-amz-request-id': randomBytes(8).toString('hex').toUpperCase() };
}

/** `<method> <level>`, and what else decides: a parameter that selects (or that is unknown), or that the object is a copy. */
function routeOf({ method, bucketName, key, query, headers }: S3Request): string {
  const level = key !== '' ? 'object' : bucketName !== '' ? 'bucket' : 'service';
  const parameters = [...query.keys()];
  const stranger = parameters.find((name) => !SELECTORS.has(name) && !PARAMETERS.has(name));
  const selectors = stranger === undefined ? parameters.filter((name) => SELECTORS.has(name)) : [stranger];
  if (selectors.length > 1) {
    const message = `Conflicting query string parameters: ${selectors.join(', ')}`;
    throw invalidArgument(message, 'ResourceType', selectors.join(', '));
  }
  const route = [method, level, ...selectors.map((name) => `?${name}`)].join(' ');
  return route === 'PUT object' && headers.has('x-amz-copy-source') ? 'PUT object copied' : route;
}

function nameOf(route: string): string {
  return OPERATIONS.get(route)?.name ?? UNSUPPORTED.get(route) ?? route;
}

/** @throws NotImplemented, naming the field that would not be honoured */
function operationOf(route: string, { bucketName, query, headers }: S3Request): Operation {
  refuseDirectoryBucket(bucketName);
  const operation = OPERATIONS.get(route);
  if (!operation) throw notImplemented(`S3 ${nameOf(route)}`);
  const { name, query: parameters = [], headers: honoured = [] } = operation;
  for (const parameter of query.keys()) {
    const isKnown = parameter === 'x-id' || SELECTORS.has(parameter) || parameters.includes(parameter);
    if (!isKnown) throw notImplemented(`S3 ${name} with ?${parameter}`);
  }
  for (const header of headers.keys()) {
    const hasMeaning = WEIGHTY_HEADERS.has(header) || (header.startsWith('x-amz-') && !HARMLESS_HEADERS.has(header));
    const isHonoured = honoured.some((known) => known === header || (known.endsWith('-') && header.startsWith(known)));
    if (hasMeaning && !isHonoured) throw notImplemented(`S3 ${name} with header ${header}`);
  }
  return operation;
}

/** A presigned URL ends by the service clock. */
function checkExpiry({ request: { headers }, nowMs }: S3Call): void {
  const seconds = headers.get('x-amz-expires');
  if (seconds === undefined) return;
  const form = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;
  const signedMs = Date.parse((headers.get('x-amz-date') ?? '').replace(form, '$1-$2-$3T$4:$5:$6Z'));
  const isValid = nowMs < signedMs + Number(seconds) * 1000;
  if (!isValid) throw accessDenied('Request has expired');
}

function checkOwner({ request, buckets, place }: S3Call): void {
  const expected = request.headers.get('x-amz-expected-bucket-owner');
  if (expected !== undefined && expected !== place.account && buckets.has(request.bucketName)) throw accessDenied();
}

type Rendered = Pick<AwsReply, 'status' | 'headers' | 'body'>;

function render({ status = 200, headers, body }: S3Answer, common: Readonly<Record<string, string>>): Rendered {
  if (body === undefined) {
    const isSilent = status === 204 || status === 304;
    return { status, headers: { ...common, ...(!isSilent && { 'content-length': '0' }), ...headers } };
  }
  const type = typeof body === 'string' ? { 'content-type': 'application/xml' } : {};
  const length = { 'content-length': String(Buffer.byteLength(body)) };
  return { status, headers: { ...common, ...type, ...length, ...headers }, body };
}

/** Anything that is not an AwsError is a defect of the embedded AWS and says so. */
function renderError(error: unknown, method: string, common: Readonly<Record<string, string>>): Rendered {
  const known = error instanceof AwsError ? error : new AwsError('InternalError', describe(error), 500);
  const { status, name, message, members } = known;
  const headers = error instanceof S3Error ? error.headers : {};
  if (method === 'HEAD') return { status, headers: { ...common, ...headers } };
  const further = Object.entries(members).map(([member, value]) => leaf(member, String(value)));
  const requestId = leaf('RequestId', common['x-amz-request-id']);
  const body = errorDocument(leaf('Code', name), leaf('Message', message), ...further, requestId);
  return render({ status, headers, body }, common);
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
