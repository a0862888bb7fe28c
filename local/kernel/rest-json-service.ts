// A service of the AWS REST JSON protocol: the operation is found by HTTP method and path.
import { randomUUID } from 'node:crypto';
import { AwsError, notImplemented } from './aws-error.ts';
import { renderJsonError } from './json-service.ts';
import type { AwsReply, AwsRequest, AwsService } from './service.ts';

export interface RestCall {
  /** The values of the path's `{Name}` segments, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly request: AwsRequest;
}

export type RestAnswer = Omit<AwsReply, 'operation' | 'resource'>;

export interface RestOperation {
  readonly operation: string;
  readonly method: string;
  /** Such as `/2015-03-31/functions/{FunctionName}/configuration`. */
  readonly path: string;
  /** The query parameters it honours; a request with any other is answered 501. */
  readonly accepts: readonly string[];
  answer(call: RestCall): RestAnswer | Promise<RestAnswer>;
}

export interface RestJsonServiceOptions {
  readonly name: string;
  readonly operations: readonly RestOperation[];
  /** The function, identity … a call names, for the call record. */
  resourceOf(params: RestCall['params']): string | null;
}

export function makeRestJsonService(options: RestJsonServiceOptions): AwsService {
  const routes = options.operations.map((operation) => ({ operation, pattern: patternOf(operation.path) }));

  function find({ method, path }: AwsRequest) {
    for (const { operation, pattern } of routes) {
      const match = method === operation.method ? pattern.exec(path) : null;
      if (match) return { operation, params: decode(match.groups ?? {}) };
    }
    throw notImplemented(`${options.name} ${method} ${path}`);
  }

  return {
    name: options.name,
    identify(request) {
      try {
        const { operation, params } = find(request);
        return { operation: operation.operation, resource: options.resourceOf(params) };
      } catch {
        return { operation: `${request.method} ${request.path}`, resource: null };
      }
    },
    async handle(request: AwsRequest): Promise<AwsReply> {
      const recorded: { operation: string; resource: string | null } = {
        operation: `${request.method} ${request.path}`,
        resource: null,
      };
      const headers = { 'content-type': 'application/json', 'x-amzn-requestid': randomUUID() };
      try {
        const { operation, params } = find(request);
        recorded.operation = operation.operation;
        recorded.resource = options.resourceOf(params);
        refuseOthers(`${options.name} ${operation.operation}`, request.query, operation.accepts);
        const answer = await operation.answer({ params, request });
        return { ...answer, headers: { ...headers, ...answer.headers }, ...recorded };
      } catch (error) {
        return { ...renderJsonError(error, headers), ...recorded };
      }
    },
  };
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}/?$`);
}

function decode(groups: Readonly<Record<string, string>>): Record<string, string> {
  try {
    return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]));
  } catch (cause) {
    throw new AwsError('ValidationException', `The path is not percent-encoded text: ${String(cause)}`);
  }
}

function refuseOthers(what: string, query: URLSearchParams, accepted: readonly string[]): void {
  const unknown = [...query.keys()].filter((name) => !accepted.includes(name));
  if (unknown.length > 0) throw notImplemented(`${what} with ${unknown.join(', ')}`);
}
