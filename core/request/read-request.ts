// Reads an execution's input as a request, or refuses it with the key and what is allowed.
import { Refusal, shorten } from '../../contracts/errors.ts';
import { RESERVED_REQUEST_KEYS, type Request, request } from '../../contracts/request.ts';
import { RUN_ID } from '../../contracts/scalars.ts';
import { check, showPath } from '../../contracts/strict.ts';

const SEE = 'Correct the request and start a new execution; nothing was read or changed.';

/** @throws Refusal InvalidRequest, NotSupportedYet */
export function readRequest(input: unknown): Request {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw invalid('The request is no JSON object.', input, 'an object such as {"scope": {"tenant": "acme"}}');
  }
  const reserved = RESERVED_REQUEST_KEYS.find((key) => Object.hasOwn(input, key));
  if (reserved !== undefined) {
    throw new Refusal('Lethe.NotSupportedYet', {
      what: `The request has ${reserved}, which is not supported yet.`,
      received: shorten((input as Record<string, unknown>)[reserved]),
      allowed: `a request without ${reserved}`,
      next: SEE,
    });
  }
  const checked = check(request, input);
  if (!checked.isValid) {
    const [{ path, message }] = checked.problems;
    throw invalid(`The request's ${showPath(path)} ${message}.`, valueAt(input, path), message);
  }
  if (checked.value.mode === 'execute') requireForExecute(checked.value);
  return checked.value;
}

/** @throws Refusal InvalidRequest: the name of an execution is the run's id, and goes into keys and file names */
export function checkExecutionName(name: string): void {
  if (RUN_ID.test(name)) return;
  throw new Refusal('Lethe.InvalidRequest', {
    what: 'The name of the execution has characters that a run id cannot have.',
    received: shorten(name),
    allowed: '1 to 80 of A-Z a-z 0-9 _ -',
    next: 'Start a new execution with such a name, or without a name.',
  });
}

function requireForExecute(value: Request): void {
  const missing = (['reason', 'requestedBy', 'phrase'] as const).filter((key) => value[key] === undefined);
  if (missing.length === 0) return;
  throw invalid(
    `Mode execute needs ${missing.join(', ')}.`,
    null,
    'reason, requestedBy and phrase as texts; a dry run tells the phrase',
  );
}

function invalid(what: string, received: unknown, allowed: string): Refusal {
  return new Refusal('Lethe.InvalidRequest', { what, received: shorten(received), allowed, next: SEE });
}

function valueAt(input: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<string | number, unknown> | undefined)?.[key], input);
}
