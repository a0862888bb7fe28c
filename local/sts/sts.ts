// STS: AssumeRole for the roles known at start-up, and GetCallerIdentity.
import { createHash } from 'node:crypto';
import { AwsError } from '../kernel/aws-error.ts';
import type { KeyRing } from '../kernel/key-ring.ts';
import { constraintError, makeQueryService, type QueryInput, type XmlValue } from '../kernel/query-service.ts';
import type { AwsService, Place, Principal } from '../kernel/service.ts';
import type { ServiceClock } from '../kernel/service-clock.ts';

export interface StsOptions {
  readonly clock: ServiceClock;
  readonly place: Place;
  readonly keys: KeyRing;
  /** ARNs of the roles that anybody in the account may assume; trust policies are not modelled. */
  readonly roles: readonly string[];
}

// Limits of AssumeRole, from its API reference.
const MAX_POLICY_CHARACTERS = 2048;
const MIN_SECONDS = 900;
const MAX_SECONDS = 43_200;
const MAX_CHAINED_SECONDS = 3600;
const DEFAULT_SECONDS = 3600;
const SESSION_NAME = /^[\w+=,.@-]*$/;

export function makeSts({ clock, place, keys, roles }: StsOptions): AwsService {
  function assumeRole(input: QueryInput, caller: Principal): XmlValue {
    const roleArn = required(input, 'RoleArn', 20, 2048);
    const sessionName = required(input, 'RoleSessionName', 2, 64);
    if (!SESSION_NAME.test(sessionName))
      throw constraintError(
        'roleSessionName',
        sessionName,
        'Member must satisfy regular expression pattern: [\\w+=,.@-]*',
      );
    const seconds = durationOf(input.DurationSeconds, isRoleSession(caller));
    checkPolicy(input.Policy);
    if (!roles.includes(roleArn)) throw accessDenied(caller, roleArn);

    const roleName = roleArn.slice(roleArn.lastIndexOf('/') + 1);
    const arn = `arn:aws:sts::${place.account}:assumed-role/${roleName}/${sessionName}`;
    const principal: Principal = {
      arn,
      name: `${roleName}/${sessionName}`,
      ...(caller.environment !== undefined && { environment: caller.environment }),
      ...(input.Policy === undefined ? {} : { sessionPolicy: input.Policy }),
    };
    const expiresAtMs = clock.nowMs() + seconds * 1000;
    const issued = keys.issue(principal, expiresAtMs);
    return {
      Credentials: {
        AccessKeyId: issued.accessKeyId,
        SecretAccessKey: issued.secretAccessKey,
        SessionToken: issued.sessionToken,
        Expiration: new Date(expiresAtMs).toISOString(),
      },
      AssumedRoleUser: { AssumedRoleId: `${uniqueIdOf(roleName)}:${sessionName}`, Arn: arn },
    };
  }

  function getCallerIdentity(_input: QueryInput, caller: Principal): XmlValue {
    const [, roleName, sessionName] = caller.arn.split('/');
    const userId = isRoleSession(caller) ? `${uniqueIdOf(roleName ?? '')}:${sessionName}` : place.account;
    return { Arn: caller.arn, UserId: userId, Account: place.account };
  }

  return makeQueryService({
    name: 'sts',
    version: '2011-06-15',
    namespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
    operations: {
      AssumeRole: { accepts: ['RoleArn', 'RoleSessionName', 'Policy', 'DurationSeconds'], run: assumeRole },
      GetCallerIdentity: { accepts: [], run: getCallerIdentity },
    },
    resourceOf: (input) => input.RoleArn ?? null,
  });
}

function required(input: QueryInput, name: string, minLength: number, maxLength: number): string {
  const value = input[name];
  const parameter = parameterName(name);
  if (value === undefined) throw constraintError(parameter, value, 'Member must not be null');
  if (value.length < minLength)
    throw constraintError(parameter, value, `Member must have length greater than or equal to ${minLength}`);
  if (value.length > maxLength)
    throw constraintError(parameter, value, `Member must have length less than or equal to ${maxLength}`);
  return value;
}

function durationOf(value: string | undefined, isChained: boolean): number {
  const seconds = value === undefined ? DEFAULT_SECONDS : Number(value);
  if (!Number.isInteger(seconds))
    throw new AwsError('MalformedInput', `DurationSeconds is ${value}; an integer is expected`);
  if (seconds < MIN_SECONDS)
    throw constraintError('durationSeconds', value, `Member must have value greater than or equal to ${MIN_SECONDS}`);
  if (seconds > MAX_SECONDS)
    throw constraintError('durationSeconds', value, `Member must have value less than or equal to ${MAX_SECONDS}`);
  if (isChained && seconds > MAX_CHAINED_SECONDS)
    throw new AwsError(
      'ValidationError',
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
    );
  return seconds;
}

/** JSON with statements; what they allow is judged where they are enforced. */
function checkPolicy(policy: string | undefined): void {
  if (policy === undefined) return;
  if (policy.length > MAX_POLICY_CHARACTERS)
    throw constraintError('policy', policy, `Member must have length less than or equal to ${MAX_POLICY_CHARACTERS}`);
  if (!hasStatements(policy)) throw new AwsError('MalformedPolicyDocument', 'This policy contains invalid Json');
}

function hasStatements(policy: string): boolean {
  try {
    const parsed: unknown = JSON.parse(policy);
    return typeof parsed === 'object' && parsed !== null && 'Statement' in parsed;
  } catch {
    return false;
  }
}

function accessDenied(caller: Principal, roleArn: string): AwsError {
  const message = `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`;
  return new AwsError('AccessDenied', message, 403);
}

function isRoleSession(caller: Principal): boolean {
  return caller.arn.includes(':assumed-role/');
}

/** A role's unique id looks random and never changes: here it follows from the name. */
function uniqueIdOf(roleName: string): string {
  return `AROA${createHash('sha256').update(roleName).digest('hex').slice(0, 17).toUpperCase()}`;
}

function parameterName(member: string): string {
  return member.charAt(0).toLowerCase() + member.slice(1);
}
