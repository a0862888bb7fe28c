// The input of an execution, read as a request or refused with the key and what is allowed.
import { describe, expect, it } from 'vitest';
import { checkExecutionName, readRequest } from '../../core/request/read-request.ts';
import { expectRefusal } from '../support/refusals.ts';

const EXECUTE = {
  scope: { tenant: 'acme' },
  mode: 'execute',
  reason: 'contract ended',
  requestedBy: 'ops@example.com',
  phrase: 'ERASE tenant acme from test',
};
const KEYS = 'scope, mode, optIn, reason, requestedBy, phrase, requestId, expect';
const SCOPES = 'must be {"everything": true} or scope names with an id each, such as {"tenant": "acme"}';
const LINE = (max: number) => `must be 1 to ${max} characters without control characters`;

describe('a request', () => {
  it('of the least is a dry run', () => {
    expect(readRequest({ scope: { tenant: 'acme' } })).toEqual({
      scope: { tenant: 'acme' },
      mode: 'dry-run',
      optIn: [],
    });
  });

  it.each(['preview', 'dry-run'])('for a %s needs nobody and no reason', (mode) => {
    expect(readRequest({ scope: { everything: true }, mode })).toEqual({
      scope: { everything: true },
      mode,
      optIn: [],
    });
  });

  it('keeps all it says', () => {
    const request = {
      ...EXECUTE,
      optIn: ['billing', 'audit'],
      expect: { account: '123456789012', region: 'eu-west-1', environment: 'test' },
    };

    expect(readRequest(request)).toEqual(request);
  });

  it.each<[string, Record<string, unknown>]>([
    ['500 characters of reason', { reason: 'x'.repeat(500) }],
    ['500 faces of reason', { reason: '😀'.repeat(500) }],
    ['one character of reason', { reason: 'x' }],
    ['320 characters of requester', { requestedBy: 'x'.repeat(320) }],
    ['part of an expectation', { expect: { region: 'eu-west-1' } }],
    ['an empty expectation', { expect: {} }],
    ['a phrase that is wrong, which the guards see', { phrase: '' }],
  ])('takes %s', (_, change) => {
    expect(readRequest({ ...EXECUTE, ...change })).toMatchObject(change);
  });
});

describe('what is no request', () => {
  it.each([undefined, null, 5, 'acme', true, [], [{ scope: { tenant: 'acme' } }]])('is refused: %j', (input) => {
    expectRefusal(() => readRequest(input), 'Lethe.InvalidRequest', {
      what: 'The request is no JSON object.',
      received: input ?? null,
      allowed: 'an object such as {"scope": {"tenant": "acme"}}',
    });
  });

  it.each<[string, Record<string, unknown>, string, unknown]>([
    ['an unknown key', { colour: 1 }, `colour is an unknown key; allowed are ${KEYS}`, 1],
    ['a misspelt key', { optin: ['billing'] }, `optin is an unknown key; allowed are ${KEYS}`, ['billing']],
    [
      'an unknown expectation',
      { expect: { acount: '1' } },
      'expect.acount is an unknown key; allowed are account, region, environment',
      '1',
    ],
    ['no scope', { scope: undefined }, `scope ${SCOPES}`, null],
    ['a scope that is a text', { scope: 'acme' }, `scope ${SCOPES}`, 'acme'],
    ['a scope that is a list', { scope: ['acme'] }, `scope ${SCOPES}`, ['acme']],
    [
      'an id that is a number',
      { scope: { tenant: 5 } },
      'scope.tenant must be the id of that scope as a text; {"everything": true} stands alone',
      5,
    ],
    [
      'an id that is nothing',
      { scope: { tenant: null } },
      'scope.tenant must be the id of that scope as a text; {"everything": true} stands alone',
      null,
    ],
    [
      'an id that is a list',
      { scope: { tenant: ['acme'] } },
      'scope.tenant must be the id of that scope as a text; {"everything": true} stands alone',
      ['acme'],
    ],
    [
      'everything and a tenant',
      { scope: { everything: true, tenant: 'acme' } },
      'scope.tenant is an unknown key; allowed are everything',
      'acme',
    ],
    ['not everything', { scope: { everything: false } }, 'scope.everything must be', false],
    ['an unknown mode', { mode: 'delete' }, 'mode must be one of preview, dry-run, execute', 'delete'],
    ['a mode in capitals', { mode: 'Execute' }, 'mode must be one of preview, dry-run, execute', 'Execute'],
    ['an opt-in that is a text', { optIn: 'billing' }, 'optIn must be a list', 'billing'],
    ['an opt-in that is no name', { optIn: ['billing', 'a b'] }, 'optIn[1] is no name', 'a b'],
    ['an opt-in that is a number', { optIn: [5] }, 'optIn[0] must be a text', 5],
    ['a reason that is a number', { reason: 5 }, 'reason must be a text', 5],
    ['no character of reason', { reason: '' }, `reason ${LINE(500)}`, ''],
    [
      'too long a reason',
      { reason: 'x'.repeat(501) },
      `reason ${LINE(500)}`,
      expect.stringContaining('… (503 characters)'),
    ],
    ['a reason of two lines', { reason: 'a\nb' }, `reason ${LINE(500)}`, 'a\nb'],
    ['a reason that clears a terminal', { reason: 'a\u001b[2J' }, `reason ${LINE(500)}`, 'a\u001b[2J'],
    ['no requester', { requestedBy: '' }, `requestedBy ${LINE(320)}`, ''],
    ['a requester of two lines', { requestedBy: 'a\r\nb' }, `requestedBy ${LINE(320)}`, 'a\r\nb'],
    ['a phrase that is a list', { phrase: ['ERASE'] }, 'phrase must be a text', ['ERASE']],
    ['an account that is a number', { expect: { account: 123 } }, 'expect.account must be a text', 123],
    ['an expectation that is a text', { expect: 'test' }, 'expect must be an object', 'test'],
  ])('is refused: %s', (_, change, what, received) => {
    expectRefusal(() => readRequest({ ...EXECUTE, ...change }), 'Lethe.InvalidRequest', {
      what: expect.stringContaining(`The request's ${what}`),
      received,
    });
  });

  it.each(['where', 'subjects'])('is refused by name: %s is reserved', (key) => {
    expectRefusal(() => readRequest({ ...EXECUTE, [key]: { a: 1 } }), 'Lethe.NotSupportedYet', {
      what: `The request has ${key}, which is not supported yet.`,
      received: { a: 1 },
      allowed: `a request without ${key}`,
    });
  });

  it.each([
    '{"scope":{"tenant":"acme"},"__proto__":{"mode":"execute"}}',
    '{"scope":{"tenant":"acme","__proto__":"x"}}',
    '{"scope":{"tenant":"acme"},"expect":{"__proto__":{"account":"1"}}}',
  ])('is refused: %s', (json) => {
    expectRefusal(() => readRequest(JSON.parse(json)), 'Lethe.InvalidRequest', {
      what: expect.stringContaining('__proto__'),
    });
  });
});

describe('executing', () => {
  it.each([
    [['reason']],
    [['requestedBy']],
    [['phrase']],
    [['reason', 'phrase']],
    [['reason', 'requestedBy', 'phrase']],
  ])('is refused without %j', (missing) => {
    const request = Object.fromEntries(Object.entries(EXECUTE).filter(([key]) => !missing.includes(key)));

    expectRefusal(() => readRequest(request), 'Lethe.InvalidRequest', {
      what: `Mode execute needs ${missing.join(', ')}.`,
      allowed: 'reason, requestedBy and phrase as texts; a dry run tells the phrase',
    });
  });
});

describe('the name of an execution', () => {
  it.each(['run-1', 'a', 'A_b-9', 'x'.repeat(80)])('can be %s', (name) => {
    expect(() => checkExecutionName(name)).not.toThrow();
  });

  it.each(['', 'a b', 'a.b', 'a/b', '../x', 'ü', 'a\n', 'x'.repeat(81)])('cannot be %j', (name) => {
    expectRefusal(() => checkExecutionName(name), 'Lethe.InvalidRequest', {
      received: name,
      allowed: '1 to 80 of A-Z a-z 0-9 _ -',
    });
  });
});
