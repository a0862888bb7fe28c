// What a fault does to one call: whether it takes effect, what is answered, and how much of that arrives.
import { AwsError } from '../kernel/aws-error.ts';
import { type Json, renderJsonError } from '../kernel/json-service.ts';
import type { AwsReply, AwsRequest, AwsService } from '../kernel/service.ts';
import type { ServiceClock } from '../kernel/service-clock.ts';
import type { Hit } from './faults.ts';
import { parse } from './keys-in.ts';

export interface FaultyReply {
  readonly reply: AwsReply;
  /** How much of it reaches the caller. */
  readonly arrives: 'whole' | 'half' | 'nothing';
}

interface Call {
  readonly service: AwsService;
  readonly operation: string;
  readonly resource: string | null;
  readonly request: AwsRequest;
  readonly clock: ServiceClock;
}

/** Errors by which services ask to slow down; DynamoDB has more than one. */
const THROTTLES: Readonly<Record<string, readonly [name: string, status: number]>> = {
  dynamodb: ['ProvisionedThroughputExceededException', 400],
  s3: ['SlowDown', 503],
  lambda: ['TooManyRequestsException', 429],
  sts: ['Throttling', 400],
  ses: ['TooManyRequestsException', 429],
};
const FAILURES: Readonly<Record<string, string>> = {
  dynamodb: 'InternalServerError',
  s3: 'InternalError',
  lambda: 'ServiceException',
};

export function throttleOf(service: string): AwsError {
  const [name, status] = THROTTLES[service] ?? ['ThrottlingException', 400];
  return new AwsError(name, 'Rate exceeded (injected)', status);
}

export function failureOf(service: string): AwsError {
  return new AwsError(FAILURES[service] ?? 'InternalFailure', 'Internal error (injected)', 500);
}

export async function answerWithFault({ rule, isItemHit }: Hit, call: Call): Promise<FaultyReply> {
  const { service, request, clock } = call;
  const isAfter = rule.when === 'afterCall';
  switch (rule.effect) {
    case 'throttle':
      return whole(refuse(throttleOf(service.name), call));
    case 'http500': {
      if (isAfter) await service.handle(request);
      return whole(refuse(failureOf(service.name), call));
    }
    case 'reset':
      return { reply: isAfter ? await service.handle(request) : unanswered(call), arrives: 'nothing' };
    case 'truncate':
      return { reply: await service.handle(request), arrives: 'half' };
    case 'slow': {
      if (!isAfter) await clock.sleep(rule.delayMs);
      const reply = await service.handle(request);
      if (isAfter) await clock.sleep(rule.delayMs);
      return whole(reply);
    }
    case 'unprocessed':
      return whole(await handlePartly(call, isItemHit));
    case 'keyError':
      return whole(await handleWithKeyErrors(call, rule.code, rule.match.keyPrefix ?? '', isItemHit));
    default:
      return whole(await service.handle(request));
  }
}

function whole(reply: AwsReply): FaultyReply {
  return { reply, arrives: 'whole' };
}

function unanswered({ operation, resource }: Pick<Call, 'operation' | 'resource'>): AwsReply {
  return { status: 0, operation, resource };
}

function refuse(error: AwsError, { service, operation, resource }: Call): AwsReply {
  const rendered = service.refuse?.(error) ?? renderJsonError(error, { 'content-type': 'application/x-amz-json-1.0' });
  return { ...rendered, operation, resource };
}

/** BatchWriteItem and BatchGetItem may leave some of what they were asked for undone, and say so. */
async function handlePartly(call: Call, isItemHit: (item: string) => boolean): Promise<AwsReply> {
  const { service, request, operation, resource } = call;
  const input = parse(request.body);
  if (operation !== 'BatchWriteItem') return service.handle(request);
  const kept: Record<string, unknown[]> = {};
  const left: Record<string, unknown[]> = {};
  for (const [table, requests] of Object.entries<unknown[]>(input.RequestItems ?? {})) {
    for (const one of requests) {
      const side = isItemHit(JSON.stringify(one)) ? left : kept;
      side[table] = [...(side[table] ?? []), one];
    }
  }
  if (Object.keys(kept).length === 0) {
    const headers = { 'content-type': 'application/x-amz-json-1.0' };
    return { status: 200, headers, body: JSON.stringify({ UnprocessedItems: left }), operation, resource };
  }
  const body = Buffer.from(JSON.stringify({ ...input, RequestItems: kept }));
  const reply = await service.handle({ ...request, body });
  if (reply.status !== 200 || Object.keys(left).length === 0) return reply;
  return { ...reply, body: JSON.stringify({ ...JSON.parse(String(reply.body)), UnprocessedItems: left }) };
}

/** S3 fails single keys of a DeleteObjects; a call of DynamoDB that names a key it must not touch fails as a whole. */
async function handleWithKeyErrors(
  call: Call,
  code: string,
  prefix: string,
  isItemHit: (item: string) => boolean,
): Promise<AwsReply> {
  const { service, request } = call;
  if (service.name === 's3') {
    const keyError = (key: string) =>
      request.keyError?.(key) ?? (key.startsWith(prefix) && isItemHit(key) ? code : undefined);
    return service.handle({ ...request, keyError });
  }
  const isHit = keysToChange(parse(request.body)).some((key) => isItemHit(key));
  return isHit ? refuse(new AwsError(code, 'Refused (injected)', 400), call) : service.handle(request);
}

/** Of a single write, or of each request of a batch, as texts. */
function keysToChange({ Key, RequestItems = {} }: Json): string[] {
  const batched = Object.values<{ DeleteRequest?: { Key: unknown } }[]>(RequestItems).flat();
  const keys: unknown[] = [Key, ...batched.map(({ DeleteRequest }) => DeleteRequest?.Key)];
  return keys.flatMap((key) => (key === undefined ? [] : [JSON.stringify(key)]));
}
