// The scope of a request against the scopes of the catalog: one chain, and ids that match.
import { describe, expect, it } from 'vitest';
import { lockKeys } from '../../core/request/lock-keys.ts';
import { phraseFor } from '../../core/request/phrase.ts';
import { resolveScope, showScope } from '../../core/request/scope.ts';
import { opened } from '../support/opened.ts';
import { expectRefusal } from '../support/refusals.ts';

const TENANTS = '^[a-z0-9-]{1,64}$';
const SCOPES = {
  tenant: { pattern: TENANTS },
  gallery: { within: 'tenant', pattern: '^[A-Za-z0-9-]{1,64}$' },
  photo: { within: 'gallery', pattern: '^[0-9]{4,16}$' },
  film: { within: 'gallery', pattern: '^[0-9]{1,16}$' },
  partner: { pattern: '^[a-z/]{1,8}$' },
};
const STORES = { items: { table: 'items' } };

function resolve(scope: unknown, parts: Record<string, unknown> = {}) {
  return resolveScope(opened({ scopes: SCOPES, stores: STORES, ...parts }), scope as Record<string, string>);
}

const link = (name: string, id: string) => ({ name, id });

describe('a scope', () => {
  it.each<[Record<string, string>, string, unknown[]]>([
    [{ tenant: 'acme' }, 'tenant', [link('tenant', 'acme')]],
    [{ tenant: 'acme', gallery: 'G1' }, 'gallery', [link('tenant', 'acme'), link('gallery', 'G1')]],
    [{ gallery: 'G1', tenant: 'acme' }, 'gallery', [link('tenant', 'acme'), link('gallery', 'G1')]],
    [
      { photo: '0001', tenant: 'acme', gallery: 'G1' },
      'photo',
      [link('tenant', 'acme'), link('gallery', 'G1'), link('photo', '0001')],
    ],
    [{ partner: 'a/b' }, 'partner', [link('partner', 'a/b')]],
  ])('%j is the chain from the outermost inwards', (requested, level, chain) => {
    expect(resolve(requested)).toEqual({ level, chain });
  });

  it.each<[unknown, string[]]>([
    [{}, []],
    [{ gallery: 'G1' }, ['gallery']],
    [{ photo: '0001', gallery: 'G1' }, ['photo', 'gallery']],
    [{ photo: '0001', tenant: 'acme' }, ['photo', 'tenant']],
    [{ tenant: 'acme', partner: 'x' }, ['tenant', 'partner']],
    [{ tenant: 'acme', gallery: 'G1', partner: 'x' }, ['tenant', 'gallery', 'partner']],
    [{ tenant: 'acme', gallery: 'G1', photo: '0001', film: '1' }, ['tenant', 'gallery', 'photo', 'film']],
  ])('%j is no chain', (requested, received) => {
    expectRefusal(() => resolve(requested), 'Lethe.InvalidRequest', {
      what: received.length === 0 ? 'The request names no scope.' : 'The scopes named do not form one chain.',
      received,
      allowed: ['tenant', 'tenant + gallery', 'tenant + gallery + photo', 'tenant + gallery + film', 'partner'],
    });
  });

  it.each(['Tenant', 'tenants', 'user', '', 'constructor', 'toString', 'everything'])('%j is unknown', (name) => {
    expectRefusal(() => resolve({ tenant: 'acme', [name]: 'x' }), 'Lethe.UnknownScope', {
      received: name,
      allowed: ['tenant', 'gallery', 'photo', 'film', 'partner'],
    });
  });

  it('cannot be named where the catalog has none', () => {
    expectRefusal(() => resolve({ tenant: 'acme' }, { scopes: {} }), 'Lethe.UnknownScope', { allowed: [] });
    expectRefusal(() => resolve({}, { scopes: {} }), 'Lethe.InvalidRequest', {
      allowed: 'everything, where the catalog allows it',
    });
  });
});

describe('an id', () => {
  it.each([
    '',
    '*',
    '..',
    '.',
    'a/b',
    '/',
    'acme/',
    'acme ',
    ' acme',
    'acme\n',
    'Acme',
    'a_b',
    'a#b',
    '%61cme',
    'acme\u0000',
    'аcme',
    'ａcme',
    'acmé',
    'acme\u0301',
    'a\u200bcme',
    'acme\u202e',
    '𝒶cme',
    '{tenant}',
    '$(id)',
    'a'.repeat(65),
  ])('%j is refused', (id) => {
    expectRefusal(() => resolve({ tenant: id }), 'Lethe.InvalidScopeId', {
      what: 'The id of scope tenant does not match its pattern.',
      received: id,
      allowed: TENANTS,
    });
  });

  it('of 10,000 characters is refused shortened', () => {
    expectRefusal(() => resolve({ tenant: 'a'.repeat(10_000) }), 'Lethe.InvalidScopeId', {
      received: expect.stringContaining('… (10002 characters)'),
    });
  });

  it.each(['a', '-', '0', 'a'.repeat(64), 'acme-2'])('%s is taken', (id) => {
    expect(resolve({ tenant: id }).chain).toEqual([link('tenant', id)]);
  });

  it('is checked at every level, against the pattern of its own', () => {
    const within = { tenant: 'acme', gallery: 'G1' };

    expectRefusal(() => resolve({ tenant: 'ACME', gallery: 'G1' }), 'Lethe.InvalidScopeId', {
      allowed: SCOPES.tenant.pattern,
    });
    expectRefusal(() => resolve({ ...within, gallery: 'G_1' }), 'Lethe.InvalidScopeId', {
      allowed: SCOPES.gallery.pattern,
    });
    expectRefusal(() => resolve({ ...within, photo: '001' }), 'Lethe.InvalidScopeId', {
      allowed: SCOPES.photo.pattern,
    });
  });
});

describe('everything', () => {
  it('is refused unless the deployment allows it', () => {
    expectRefusal(() => resolve({ everything: true }), 'Lethe.EverythingNotAllowed', {
      received: { everything: true },
    });
    expect(resolve({ everything: true }, { everything: { allowed: true } })).toEqual({
      level: 'everything',
      chain: [],
    });
  });

  it('does not let single scopes be left out', () => {
    expectRefusal(() => resolve({}, { everything: { allowed: true } }), 'Lethe.InvalidRequest', { received: [] });
  });
});

describe('a scope in words', () => {
  it.each([
    [[], 'everything'],
    [[link('tenant', 'acme')], 'tenant acme'],
    [[link('tenant', 'acme'), link('gallery', 'G1')], 'gallery G1 of tenant acme'],
    [[link('tenant', 'acme'), link('gallery', 'G1'), link('photo', '1')], 'photo 1 of gallery G1 of tenant acme'],
  ])('%j is %s', (chain, expected) => {
    expect(showScope(chain)).toBe(expected);
  });

  it.each([
    [[], [], 'production', 'ERASE everything from production'],
    [[link('tenant', 'acme')], [], 'staging', 'ERASE tenant acme from staging'],
    [[link('tenant', 'acme')], ['billing'], 'staging', 'ERASE tenant acme with billing from staging'],
    [
      [link('tenant', 'acme'), link('gallery', 'g1')],
      ['billing', 'audit'],
      'staging',
      'ERASE gallery g1 of tenant acme with audit,billing from staging',
    ],
  ])('%j with %j in %s is the phrase "%s"', (chain, optIn, environment, expected) => {
    expect(phraseFor(chain, optIn, environment)).toBe(expected);
  });
});

describe('locks', () => {
  it.each([
    [[], { held: 'everything', cooling: ['everything'], own: 'everything' }],
    [[link('tenant', 'acme')], { held: 'tenant=acme', cooling: ['everything', 'tenant=acme'], own: 'tenant=acme' }],
    [
      [link('tenant', 'acme'), link('gallery', 'g1')],
      {
        held: 'tenant=acme',
        cooling: ['everything', 'tenant=acme', 'tenant=acme/gallery=g1'],
        own: 'tenant=acme/gallery=g1',
      },
    ],
    [
      [link('tenant', 'a/b=c'), link('gallery', 'd%')],
      {
        held: 'tenant=a%2Fb%3Dc',
        cooling: ['everything', 'tenant=a%2Fb%3Dc', 'tenant=a%2Fb%3Dc/gallery=d%25'],
        own: 'tenant=a%2Fb%3Dc/gallery=d%25',
      },
    ],
  ])('of %j', (chain, expected) => {
    expect(lockKeys(chain)).toEqual(expected);
  });
});
