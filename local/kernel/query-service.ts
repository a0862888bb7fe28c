// A service of the AWS Query protocol: the operation stands in the form field Action, the answer is XML.
import { randomUUID } from 'node:crypto';
import { AwsError, notImplemented } from './aws-error.ts';
import type { AwsReply, AwsRequest, AwsService, Principal } from './service.ts';

/** Text, a list (rendered as `<member>` elements), a map (as `<entry>`) or a structure; undefined members are left out. */
export type XmlValue =
  | string
  | readonly XmlValue[]
  | ReadonlyMap<string, string>
  | { readonly [name: string]: XmlValue | undefined };

export interface QueryOperation {
  /** The parameters it honours, `Name.` for all that begin so; a request with any other is answered 501. */
  readonly accepts: readonly string[];
  run(input: QueryInput, caller: Principal): XmlValue | Promise<XmlValue>;
}

export type QueryInput = Readonly<Record<string, string | undefined>>;

export interface QueryServiceOptions {
  readonly name: string;
  /** The API version, sent as `Version`; the namespace of the answers ends in it. */
  readonly version: string;
  readonly namespace: string;
  readonly operations: Readonly<Record<string, QueryOperation>>;
  /** The role, stack … an input names, for the call record. */
  resourceOf(input: QueryInput): string | null;
}

export function makeQueryService(options: QueryServiceOptions): AwsService {
  const operations = new Map(Object.entries(options.operations));
  return {
    name: options.name,
    identify(request) {
      const { Action: operation = '', ...input } = parse(request);
      return { operation, resource: options.resourceOf(input) };
    },
    async handle(request: AwsRequest): Promise<AwsReply> {
      const { Action: operation = '', Version: version, ...input } = parse(request);
      const requestId = randomUUID();
      const recorded = { operation, resource: options.resourceOf(input) };
      try {
        const known = version === options.version ? operations.get(operation) : undefined;
        if (!known) throw notImplemented(`${options.name} ${operation || '(no Action)'}, version ${version}`);
        refuseOthers(`${options.name} ${operation}`, input, known.accepts);
        const result = await known.run(input, request.principal);
        const answer = { [`${operation}Result`]: result, ResponseMetadata: { RequestId: requestId } };
        return {
          status: 200,
          headers: headersOf(requestId),
          body: document(`${operation}Response`, options.namespace, answer),
          ...recorded,
        };
      } catch (error) {
        return { ...renderError(error, options.namespace, requestId), ...recorded };
      }
    },
    refuse: (error) => renderError(error, options.namespace, randomUUID()),
  };
}

/** The error for a parameter out of its bounds, in the words the services of this protocol use. */
export function constraintError(parameter: string, value: string | undefined, constraint: string): AwsError {
  const shown = value === undefined ? 'null' : `'${value}'`;
  return new AwsError(
    'ValidationError',
    `1 validation error detected: Value ${shown} at '${parameter}' failed to satisfy constraint: ${constraint}`,
  );
}

function parse(request: AwsRequest): Record<string, string> {
  const form = new URLSearchParams(request.body.toString('utf8'));
  return Object.fromEntries([...request.query, ...form]);
}

function refuseOthers(what: string, input: QueryInput, accepted: readonly string[]): void {
  const isAccepted = (name: string) =>
    accepted.some((one) => (one.endsWith('.') ? name.startsWith(one) : name === one));
  const unknown = Object.keys(input).filter((name) => !isAccepted(name));
  if (unknown.length > 0) throw notImplemented(`${what} with ${unknown.join(', ')}`);
}

/** Anything that is not an AwsError is a defect of the embedded AWS and says so. */
function renderError(
  error: unknown,
  namespace: string,
  requestId: string,
): Pick<AwsReply, 'status' | 'headers' | 'body'> {
  const { status, name, message } =
    error instanceof AwsError ? error : new AwsError('InternalFailure', String(error), 500);
  const content = { Type: status < 500 ? 'Sender' : 'Receiver', Code: name, Message: message };
  const body = document('ErrorResponse', namespace, { Error: content, RequestId: requestId });
  return { status, headers: headersOf(requestId), body };
}

function headersOf(requestId: string): Record<string, string> {
  return { 'content-type': 'text/xml', 'x-amzn-requestid': requestId };
}

function document(root: string, namespace: string, content: XmlValue): string {
  return `<${root} xmlns="${namespace}">${render(content)}</${root}>`;
}

function render(value: XmlValue): string {
  if (typeof value === 'string') return escapeXml(value);
  return membersOf(value)
    .map(([name, member]) => (member === undefined ? '' : `<${name}>${render(member)}</${name}>`))
    .join('');
}

function membersOf(value: Exclude<XmlValue, string>): [string, XmlValue | undefined][] {
  if (Array.isArray(value)) return value.map((item) => ['member', item]);
  if (value instanceof Map) return [...value].map(([key, text]) => ['entry', { key, value: text }]);
  return Object.entries(value);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#xD;',
};

function escapeXml(text: string): string {
  return text.replace(/[&<>"\r]/g, (character) => ENTITIES[character] ?? character);
}
