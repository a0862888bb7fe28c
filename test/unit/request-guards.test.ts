// The guards of a request, one after the other, each before any data is read.
import { describe, expect, it } from 'vitest';
import { eligibleApprovers, guardRequest } from '../../core/request/guard.ts';
import { readRequest } from '../../core/request/read-request.ts';
import type { CatalogParts } from '../support/catalogs.ts';
import { opened } from '../support/opened.ts';
import { expectRefusal } from '../support/refusals.ts';

const PLACE = { account: '123456789012', region: 'eu-west-1' };
const STORES = {
  items: { table: 'items', select: { tenant: { key: { id: '{tenant}' } } } },
  billing: { table: 'billing', optIn: 'billing' },
  refunds: { table: 'refunds', optIn: 'billing' },
  audit: { table: 'audit', optIn: 'audit' },
};
const PROTECTED = { approvers: ['a@example.com', 'b@example.com', 'c@example.com'], required: 2, expiresAfter: '24h' };

function guard(request: Record<string, unknown>, parts: Partial<CatalogParts> = {}) {
  return guardRequest(
    opened({ stores: STORES, ...parts }),
    readRequest({ scope: { tenant: 'acme' }, ...request }),
    PLACE,
  );
}

function execute(request: Record<string, unknown>, parts: Partial<CatalogParts> = {}) {
  const asked = { mode: 'execute', reason: 'r', requestedBy: 'ops@example.com', phrase: 'ERASE tenant acme from test' };
  return guard({ ...asked, ...request }, parts);
}

describe('a request that passes', () => {
  it('has its scope, its opt-ins sorted and each once, and its phrase', () => {
    const { scope, optIn, phrase } = guard({
      scope: { gallery: 'G1', tenant: 'acme' },
      optIn: ['billing', 'audit', 'billing'],
    });

    expect({ scope, optIn, phrase }).toEqual({
      scope: {
        level: 'gallery',
        chain: [
          { name: 'tenant', id: 'acme' },
          { name: 'gallery', id: 'G1' },
        ],
      },
      optIn: ['audit', 'billing'],
      phrase: 'ERASE gallery G1 of tenant acme with audit,billing from test',
    });
  });

  it.each(['preview', 'dry-run'])('needs no phrase for a %s, and is told it', (mode) => {
    expect(guard({ mode }).phrase).toBe('ERASE tenant acme from test');
  });

  it('is itself', () => {
    expect(execute({}).request).toMatchObject({ mode: 'execute', reason: 'r' });
  });
});

describe('an expectation', () => {
  it('that holds lets through', () => {
    expect(() => guard({ expect: { ...PLACE, environment: 'test' } })).not.toThrow();
  });

  it.each([
    ['account', '210987654321', '123456789012'],
    ['region', 'eu-central-1', 'eu-west-1'],
    ['environment', 'production', 'test'],
    ['environment', 'Test', 'test'],
    ['account', '', '123456789012'],
  ])('of another %s is refused: %j', (key, received, allowed) => {
    expectRefusal(() => guard({ expect: { [key]: received } }), 'Lethe.ExpectationMismatch', {
      what: `The request expects another ${key} than this deployment's.`,
      received,
      allowed,
    });
  });

  it('is looked at before anything else', () => {
    expectRefusal(
      () => guard({ expect: { region: 'x' }, scope: { nobody: 'x' }, phrase: 'wrong' }),
      'Lethe.ExpectationMismatch',
      {},
    );
  });
});

describe('the environment', () => {
  const inEnvironment = (environment: string, isAllowed: boolean) => ({
    environment,
    approval: PROTECTED,
    protected: { allowed: isAllowed },
  });
  const phraseIn = (environment: string) => `ERASE tenant acme from ${environment}`;

  it.each(['staging', 'production'])('%s is refused unless the deployment allows it', (environment) => {
    const request = { phrase: phraseIn(environment) };

    expectRefusal(() => execute(request, inEnvironment(environment, false)), 'Lethe.EnvironmentNotAllowed', {
      received: environment,
      allowed: expect.stringContaining('protected: { allowed: true }'),
    });
    expect(() => execute(request, inEnvironment(environment, true))).not.toThrow();
  });

  it('that is not named is production', () => {
    const parts = { approval: PROTECTED, environment: undefined };

    expectRefusal(() => execute({ phrase: phraseIn('production') }, parts), 'Lethe.EnvironmentNotAllowed', {
      received: 'production',
    });
  });

  it.each(['dev', 'test', 'demo', 'ci'])('%s is not protected', (environment) => {
    expect(() => execute({ phrase: phraseIn(environment) }, { environment })).not.toThrow();
  });

  it.each(['preview', 'dry-run'])('lets a %s through everywhere', (mode) => {
    expect(() => guard({ mode }, inEnvironment('production', false))).not.toThrow();
  });
});

describe('opt-ins', () => {
  it.each([
    [['biling'], 'biling'],
    [['billing', 'money'], 'money'],
    [['constructor'], 'constructor'],
    [['Billing'], 'Billing'],
    [['items'], 'items'],
  ])('%j are refused for %s', (optIn, received) => {
    expectRefusal(() => guard({ optIn }), 'Lethe.UnknownOptIn', { received, allowed: ['audit', 'billing'] });
  });

  it('are refused where no store has any, which is said', () => {
    expectRefusal(() => guard({ optIn: ['billing'] }, { stores: { items: STORES.items } }), 'Lethe.UnknownOptIn', {
      allowed: [],
    });
  });
});

describe('the phrase', () => {
  it.each([
    'ERASE tenant acme from test',
    '  ERASE   tenant acme\tfrom\n test ',
    'ERASE\u00a0tenant acme from test',
  ])('%j is that of the scope', (phrase) => {
    expect(() => execute({ phrase })).not.toThrow();
  });

  it.each([
    '',
    'erase tenant acme from test',
    'ERASE tenant acme',
    'ERASE tenant acme-2 from test',
    'ERASE tenant Acme from test',
    'ERASE tenant аcme from test',
    'ERASE everything from test',
    'ERASE tenant acme from production',
    'ERASE tenant acme with billing from test',
    'ERASE tenant acme from test.',
    'ERASEtenant acme from test',
    'ERASE ten ant acme from test',
  ])('%j is another', (phrase) => {
    expectRefusal(() => execute({ phrase }), 'Lethe.PhraseMismatch', {
      received: phrase,
      allowed: 'ERASE tenant acme from test',
    });
  });

  it('is refused shortened when it is long', () => {
    expectRefusal(() => execute({ phrase: 'x'.repeat(10_000) }), 'Lethe.PhraseMismatch', {
      received: expect.stringContaining('… (10002 characters)'),
    });
  });

  it('is looked at in a dry run too, where one is given', () => {
    expectRefusal(() => guard({ mode: 'dry-run', phrase: 'ERASE tenant other from test' }), 'Lethe.PhraseMismatch', {});
  });

  it('names the opt-ins', () => {
    expect(() => execute({ optIn: ['billing'], phrase: 'ERASE tenant acme with billing from test' })).not.toThrow();
    expectRefusal(() => execute({ optIn: ['billing'] }), 'Lethe.PhraseMismatch', {
      allowed: 'ERASE tenant acme with billing from test',
    });
  });
});

describe('approvers', () => {
  const of = (approvers: string[], required: number) => ({ approval: { approvers, required, expiresAfter: '1h' } });

  it.each([
    ['ops@example.com', ['ops@example.com'], 1, 0],
    ['OPS@Example.com', ['ops@example.com'], 1, 0],
    ['ops+x@example.com', ['ops@example.com'], 1, 0],
    ['ops@example.com', ['ops@example.com', 'lead@example.com'], 2, 1],
  ])('are too few when %s asks and %j may approve, %i of them', (requestedBy, approvers, required, eligible) => {
    expectRefusal(() => execute({ requestedBy }, of(approvers, required)), 'Lethe.InvalidRequest', {
      what: `${required} must approve, but only ${eligible} of the approvers may: the requester cannot approve.`,
      received: requestedBy,
    });
  });

  it.each([
    ['somebody@example.com', ['ops@example.com'], 1],
    ['ops@example.org', ['ops@example.com'], 1],
    ['ops@example.com', ['ops@example.com', 'lead@example.com'], 1],
    ['ops@example.com', ['ops@example.com'], 0],
    ['ops@example.com', [], 0],
  ])('are enough when %s asks and %j may approve, %i of them', (requestedBy, approvers, required) => {
    expect(() => execute({ requestedBy }, of(approvers, required))).not.toThrow();
  });

  it('do not matter for a dry run', () => {
    expect(() => guard({ requestedBy: 'ops@example.com' }, of(['ops@example.com'], 1))).not.toThrow();
  });

  it('are all but the requester', () => {
    expect(eligibleApprovers(['a@x.org', 'B+1@x.org', 'c@x.org'], 'b@X.org')).toEqual(['a@x.org', 'c@x.org']);
    expect(eligibleApprovers(['a@x.org'], null)).toEqual(['a@x.org']);
  });
});
