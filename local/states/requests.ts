// What every operation of the API checks: the fields it is given, ARNs, pages.
import { AwsError, notImplemented } from '../kernel/aws-error.ts';
import type { Json, JsonOperation } from '../kernel/json-service.ts';
import { MAX_DATA_BYTES } from './limits.ts';

type FieldType = 'string' | 'number' | 'boolean';

/** Fields by name, with their type; `!` marks those that are required. */
export type RequestFields = Readonly<Record<string, FieldType | `${FieldType}!`>>;

/** An operation that is refused when it is given a field that it would ignore. */
export function operation(name: string, fields: RequestFields, run: (input: Json) => Json): JsonOperation {
  return (input) => {
    const given = Object.entries<Json>(input).filter(([, value]) => value !== null && value !== undefined);
    for (const [key, value] of given) {
      const type = Object.hasOwn(fields, key) ? fields[key] : undefined;
      if (type === undefined) throw notImplemented(`Field '${key}' of states ${name}`);
      if (!type.startsWith(typeof value)) {
        throw new AwsError('SerializationException', `Field '${key}' is not a ${type.replace('!', '')}`);
      }
    }
    for (const [key, type] of Object.entries(fields)) {
      if (type.endsWith('!') && !given.some(([name]) => name === key)) {
        throw invalid('null', key, 'Member must not be null');
      }
    }
    return run(Object.fromEntries(given));
  };
}

export function invalid(value: string, field: string, constraint: string): AwsError {
  const text = `1 validation error detected: Value ${value} at '${field}' failed to satisfy constraint: ${constraint}`;
  return new AwsError('ValidationException', text);
}

/** Inputs and outputs given to the API have at most 256 KiB. */
export function refuseLargeField(field: string, text: string): void {
  if (Buffer.byteLength(text) <= MAX_DATA_BYTES) return;
  const constraint = `Member must have length less than or equal to ${MAX_DATA_BYTES}`;
  throw invalid(`of ${text.length} characters`, field, constraint);
}

/** @param type the resource type in the ARN, such as `execution` */
export function checkArn(arn: string, type: string): void {
  const [prefix, , service, , , actual] = arn.split(':');
  if (prefix !== 'arn') throw new AwsError('InvalidArn', `Invalid Arn: 'Invalid ARN prefix: ${arn}'`);
  if (service !== 'states') throw new AwsError('InvalidArn', `Invalid Arn: 'Invalid service name: ${String(service)}'`);
  if (actual === type) return;
  throw new AwsError('InvalidArn', `Invalid Arn: 'Resource type not valid in this context: ${String(actual)}'`);
}

const DEFAULT_PAGE = 100;
const MAX_PAGE = 1000;

export function pageSize(maxResults = 0): number {
  if (Number.isInteger(maxResults) && maxResults >= 0 && maxResults <= MAX_PAGE) return maxResults || DEFAULT_PAGE;
  throw invalid(`'${maxResults}'`, 'maxResults', `Member must be between 0 and ${MAX_PAGE}`);
}

/** Where a page begins: a number that means the same however much has been added since. */
export function positionIn(nextToken: string | undefined, first: number): number {
  if (nextToken === undefined) return first;
  const position = /^page-(\d+)$/.exec(Buffer.from(nextToken, 'base64').toString('utf8'))?.[1];
  if (position === undefined) throw new AwsError('InvalidToken', `Invalid Token: '${nextToken}'`);
  return Number(position);
}

export function tokenAt(position: number): string {
  return Buffer.from(`page-${position}`).toString('base64');
}

/** A page of what is wanted of a list that only grows, the newest first. */
export function newestFirst<T>(
  list: readonly T[],
  input: Json,
  isWanted: (item: T) => boolean = () => true,
): { page: T[]; nextToken?: string } {
  const size = pageSize(input.maxResults);
  const page: T[] = [];
  let position = positionIn(input.nextToken, list.length);
  for (; position > 0 && page.length < size; position--) {
    page.push(...list.slice(position - 1, position).filter(isWanted));
  }
  const hasMore = list.slice(0, position).some(isWanted);
  return { page, ...(hasMore && { nextToken: tokenAt(position) }) };
}
