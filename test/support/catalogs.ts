// Small catalogs for tests, made of what a test says of them.

import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    mailDomain: string;
  }
}

export interface CatalogParts {
  readonly stores: Record<string, unknown>;
  readonly [part: string]: unknown;
}

/** A catalog of environment `test` with tenants and galleries, one approver, and the parts given. */
export function catalogOf(parts: CatalogParts): Record<string, unknown> {
  return {
    version: 1,
    name: 'test',
    environment: 'test',
    scopes: {
      tenant: { pattern: '^[A-Za-z0-9-]{1,64}$' },
      gallery: { within: 'tenant', pattern: '^[A-Za-z0-9-]{1,64}$' },
    },
    approval: { approvers: [address('lead')], required: 1, expiresAfter: '10m' },
    ...parts,
  };
}

/** A table whose partition key is the tenant. */
export function tenantTable(table: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return { table, select: { tenant: { key: { tenant: '{tenant}' } } }, ...more };
}

/** Where mail to somebody arrives. */
export function address(name: string): string {
  return `${name}@${inject('mailDomain') ?? 'example.com'}`;
}
