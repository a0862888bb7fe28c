// The keys that a request names: of items, of objects, of the partition it reads.
import type { Json } from '../kernel/json-service.ts';
import type { AwsRequest } from '../kernel/service.ts';

export function keysIn(service: string, request: AwsRequest): string[] {
  if (service === 's3') return objectKeysIn(request);
  return service === 'dynamodb' ? valuesIn(parse(request.body)) : [];
}

function objectKeysIn({ path, query, body }: AwsRequest): string[] {
  const [, , ...rest] = path.split('/');
  const named = [rest.join('/'), query.get('prefix') ?? ''].filter((key) => key !== '');
  const listed = [...body.toString('utf8').matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key = '']) => key);
  return [...named.map((key) => decodeURIComponent(key)), ...listed];
}

/** Texts and numbers of keys and of expressions' values, wherever they stand. */
function valuesIn(input: Json): string[] {
  if (typeof input !== 'object' || input === null) return [];
  return Object.entries(input).flatMap(([name, value]) =>
    typeof value === 'string' ? (name === 'S' || name === 'N' ? [value] : []) : valuesIn(value),
  );
}

export function parse(body: Buffer): Json {
  try {
    return JSON.parse(body.toString('utf8') || '{}');
  } catch {
    return {};
  }
}
