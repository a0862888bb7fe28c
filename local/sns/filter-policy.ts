// Filter policies of SNS on message attributes: for each name, the texts that pass.
import { AwsError, notImplemented } from '../kernel/aws-error.ts';

export type FilterPolicy = Readonly<Record<string, readonly string[]>>;

/** @returns undefined for none: everything passes; prefixes, ranges and all else that SNS knows are answered 501 */
export function parseFilter(json: string | undefined): FilterPolicy | undefined {
  if (json === undefined || json === '' || json === '{}') return undefined;
  let policy: unknown;
  try {
    policy = JSON.parse(json);
  } catch {
    throw new AwsError('InvalidParameter', 'Invalid parameter: FilterPolicy: failed to parse JSON');
  }
  const lists = Object.values(policy as object);
  const isHonoured = lists.every((list) => Array.isArray(list) && list.every((value) => typeof value === 'string'));
  if (!isHonoured) throw notImplemented(`sns the filter policy ${json}`);
  return policy as FilterPolicy;
}

/** Every attribute that the policy names must be there, with one of its texts. */
export function passes(policy: FilterPolicy | undefined, attributes: ReadonlyMap<string, string>): boolean {
  return Object.entries(policy ?? {}).every(([name, allowed]) => allowed.includes(attributes.get(name) ?? ''));
}
