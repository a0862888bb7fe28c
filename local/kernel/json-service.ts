// A service of the AWS JSON 1.0/1.1 protocols: the operation stands in X-Amz-Target.
import { randomUUID } from 'node:crypto';
import { AwsError, notImplemented } from './aws-error.ts';
import type { AwsReply, AwsRequest, AwsService, Principal } from './service.ts';

// biome-ignore lint/suspicious/noExplicitAny: documents of a wire protocol; each operation checks what it reads
export type Json = any;

export type JsonOperation = (input: Json, caller: Principal) => Promise<Json> | Json;

export interface JsonServiceOptions {
  readonly name: string;
  /** What stands before the dot in X-Amz-Target, such as `AWSStepFunctions`. */
  readonly target: string;
  readonly operations: Readonly<Record<string, JsonOperation>>;
  /** The table, machine … an input names, for the call record. */
  resourceOf(operation: string, input: Json): string | null;
  /** How many items an answered call moved, for the call record. */
  itemsOf?(operation: string, input: Json, output: Json): number;
}

export function makeJsonService(options: JsonServiceOptions): AwsService {
  return {
    name: options.name,
    identify(request) {
      const { operation } = targetOf(request);
      return { operation, resource: options.resourceOf(operation, parsedOr({}, request.body)) };
    },
    async handle(request: AwsRequest): Promise<AwsReply> {
      const { target, operation } = targetOf(request);
      const headers = {
        'content-type': String(request.headers['content-type'] ?? 'application/x-amz-json-1.0'),
        'x-amzn-requestid': randomUUID(),
      };
      let input: Json = null;
      try {
        input = parse(request.body);
        const isKnown = target === options.target && Object.hasOwn(options.operations, operation);
        const run = isKnown ? options.operations[operation] : undefined;
        if (!run) throw notImplemented(`${options.name} ${operation || '(no X-Amz-Target)'}`);
        const output = (await run(input, request.principal)) ?? {};
        const items = options.itemsOf?.(operation, input, output) ?? 0;
        const resource = options.resourceOf(operation, input);
        return { status: 200, headers, body: JSON.stringify(output), operation, resource, items };
      } catch (error) {
        const resource = input === null ? null : options.resourceOf(operation, input);
        return { ...renderJsonError(error, headers), operation, resource };
      }
    },
  };
}

function targetOf({ headers }: AwsRequest): { readonly target: string; readonly operation: string } {
  const [target = '', operation = ''] = String(headers['x-amz-target'] ?? '').split('.');
  return { target, operation };
}

function parsedOr(otherwise: Json, body: Buffer): Json {
  try {
    return parse(body);
  } catch {
    return otherwise;
  }
}

function parse(body: Buffer): Json {
  try {
    return JSON.parse(body.toString('utf8') || '{}');
  } catch (cause) {
    throw new AwsError('SerializationException', `The body is not JSON: ${String(cause)}`);
  }
}

/** Anything that is not an AwsError is a defect of the embedded AWS and says so. */
export function renderJsonError(
  error: unknown,
  headers: Record<string, string>,
): Pick<AwsReply, 'status' | 'headers' | 'body'> {
  const known = error instanceof AwsError ? error : new AwsError('InternalServerError', describe(error), 500);
  const body = JSON.stringify({ __type: known.name, message: known.message, ...known.members });
  return { status: known.status, headers: { ...headers, 'x-amzn-errortype': known.name }, body };
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
