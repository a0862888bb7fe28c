// The guards of a request: expectation, environment, opt-ins, phrase, approvers. Each refuses before any data is read.
import { isProtected, requiredApprovals } from '../../contracts/catalog.ts';
import { Refusal, shorten } from '../../contracts/errors.ts';
import type { Request } from '../../contracts/request.ts';
import { samePerson } from '../approval/same-person.ts';
import type { OpenCatalog } from '../catalog/check-catalog.ts';
import { isSamePhrase, phraseFor } from './phrase.ts';
import { resolveScope, type Scope } from './scope.ts';

export interface Place {
  readonly account: string;
  readonly region: string;
}

/** A request that passed every guard. */
export interface GuardedRequest {
  readonly request: Request;
  readonly scope: Scope;
  /** Sorted, each once. */
  readonly optIn: readonly string[];
  readonly phrase: string;
}

const NEXT = 'Correct the request and start a new execution; nothing was read or changed.';

/** @throws Refusal with the first guard that does not hold */
export function guardRequest(open: OpenCatalog, request: Request, place: Place): GuardedRequest {
  const { catalog } = open;
  checkExpectation(request, { ...place, environment: catalog.environment });
  const scope = resolveScope(open, request.scope);
  const optIn = checkOptIns(open, request);
  const phrase = phraseFor(scope.chain, optIn, catalog.environment);
  if (request.mode === 'execute') checkEnvironment(open);
  checkPhrase(request, phrase);
  if (request.mode === 'execute') checkApprovers(open, request);
  return { request, scope, optIn, phrase };
}

function checkExpectation({ expect = {} }: Request, actual: Place & { readonly environment: string }): void {
  for (const key of ['account', 'region', 'environment'] as const) {
    const expected = expect[key];
    if (expected === undefined || expected === actual[key]) continue;
    throw new Refusal('Lethe.ExpectationMismatch', {
      what: `The request expects another ${key} than this deployment's.`,
      received: shorten(expected),
      allowed: actual[key],
      next: 'Start the execution where it belongs, or correct expect.',
    });
  }
}

function checkEnvironment({ catalog }: OpenCatalog): void {
  if (!isProtected(catalog.environment) || catalog.protected.allowed) return;
  throw new Refusal('Lethe.EnvironmentNotAllowed', {
    what: `This deployment does not execute in ${catalog.environment}.`,
    received: catalog.environment,
    allowed: 'preview and dry-run; execute where the catalog has protected: { allowed: true }',
    next: 'Have the deployment changed and reviewed, or run a dry run.',
  });
}

function checkOptIns({ catalog }: OpenCatalog, { optIn }: Request): string[] {
  const known = [...new Set(Object.values(catalog.stores).flatMap((store) => store.optIn ?? []))].sort();
  const unknown = optIn.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new Refusal('Lethe.UnknownOptIn', {
      what: `No store of the catalog has the opt-in ${JSON.stringify(shorten(unknown))}.`,
      received: shorten(unknown),
      allowed: known,
      next: NEXT,
    });
  }
  return [...new Set(optIn)].sort();
}

function checkPhrase({ phrase }: Request, expected: string): void {
  if (phrase === undefined || isSamePhrase(phrase, expected)) return;
  throw new Refusal('Lethe.PhraseMismatch', {
    what: 'The phrase is not the one for this scope, these opt-ins and this environment.',
    received: shorten(phrase),
    allowed: expected,
    next: 'Check that scope and environment are the ones you mean, then type that sentence.',
  });
}

/** Who may approve: every approver of the catalog but the requester. */
export function eligibleApprovers(approvers: readonly string[], requestedBy: string | null): string[] {
  return approvers.filter((approver) => requestedBy === null || !samePerson(approver, requestedBy));
}

function checkApprovers({ catalog }: OpenCatalog, { requestedBy }: Request): void {
  const required = requiredApprovals(catalog);
  const eligible = eligibleApprovers(catalog.approval.approvers, requestedBy ?? null);
  if (eligible.length >= required) return;
  throw new Refusal('Lethe.InvalidRequest', {
    what: `${required} must approve, but only ${eligible.length} of the approvers may: the requester cannot approve.`,
    received: requestedBy ?? null,
    allowed: `a requester who leaves ${required} of the catalog's approvers`,
    next: 'Let somebody else request it, or have approvers added to the catalog.',
  });
}
