// The functions Step Functions adds to JSONata, and those that tell the time, which here come from the service clock.
import { createHash, randomUUID } from 'node:crypto';
import type jsonata from 'jsonata';
import type { Json } from '../kernel/json-service.ts';

/** Instant of an evaluation among its bindings, under a name that no expression can spell. */
export const INSTANT = ' instant';

const HASHES: Readonly<Record<string, string>> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};

/**
 * `$partition $range $hash $random $uuid $parse $now $millis`. As on AWS, arguments that make no sense (a chunk size or
 * step of zero) give undefined, so that the field fails; numbers are cut towards zero; a range of one is that number.
 */
export function registerFunctions(expression: jsonata.Expression, random: () => number): void {
  expression.registerFunction('partition', partition, '<an:a>');
  expression.registerFunction('range', range, '<nnn:a>');
  expression.registerFunction('hash', hash, '<ss:s>');
  expression.registerFunction('random', () => random(), '<:n>');
  expression.registerFunction('uuid', () => randomUUID(), '<:s>');
  expression.registerFunction('parse', (text?: string) => (text === undefined ? undefined : JSON.parse(text)), '<s:x>');
  expression.registerFunction('now', now, '<s?s?:s>');
  expression.registerFunction('millis', millis, '<:n>');
}

function partition(list: Json[] | undefined, size: number | undefined): Json[][] | undefined {
  const step = Math.trunc(size ?? 0);
  if (!list?.length || step < 1) return undefined;
  return Array.from({ length: Math.ceil(list.length / step) }, (_, index) =>
    list.slice(index * step, (index + 1) * step),
  );
}

function range(start?: number, end?: number, step?: number): number[] | number | undefined {
  if (start === undefined || end === undefined || step === undefined) return undefined;
  const [from, to, by] = [Math.trunc(start), Math.trunc(end), Math.trunc(step)];
  if (by === 0 || Math.sign(to - from) === -Math.sign(by)) return undefined;
  const list = Array.from({ length: Math.floor((to - from) / by) + 1 }, (_, index) => from + index * by);
  return list.length === 1 ? list[0] : list;
}

function hash(text?: string, algorithm?: string): string | undefined {
  if (text === undefined || algorithm === undefined) return undefined;
  const name = HASHES[algorithm];
  if (!name) throw new Error(`$hash: the algorithm is '${algorithm}'; allowed are ${Object.keys(HASHES).join(', ')}`);
  return createHash(name).update(text).digest('hex');
}

function now(this: jsonata.Focus, picture?: string, timezone?: string): string {
  const atMs = millis.call(this);
  if (picture === undefined) return new Date(atMs).toISOString();
  return this.environment.lookup('fromMillis').implementation.call(this, atMs, picture, timezone);
}

function millis(this: jsonata.Focus): number {
  return this.environment.lookup(INSTANT);
}
