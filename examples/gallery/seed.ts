// Fills the gallery platform with believable data: the same for the same options, and lazily, whatever its size.
import type { Dataset } from './dataset.ts';
import { auditLogTable, preferencesTable, sessionsTable, usersTable } from './seed/account-tables.ts';
import { imagesBucket } from './seed/images.ts';
import { layOut, MAX_SIZE, MAX_TENANTS } from './seed/layout.ts';
import { billingTable, refundsTable, subscriptionsTable } from './seed/money-tables.ts';
import { galleriesTable, photosTable } from './seed/portfolio-tables.ts';
import { contactTable, newslettersTable, visitorTrackingTable } from './seed/site-tables.ts';
import { analyticsTable, favoritesTable, feedbackTable } from './seed/visitor-tables.ts';
import type { World } from './seed/world.ts';

export interface GalleryOptions {
  /** Over all tables, exactly. @default 20000 */
  readonly items?: number;
  /** Object versions, delete markers among them, exactly. @default 3000 */
  readonly objects?: number;
  /** A whole number; another one gives other data of the same shape. @default 1 */
  readonly seed?: number;
  /** The photographers; they share the items as 35 : 25 : 40, repeated for further ones. @default acme, acme-2, globex */
  readonly tenants?: readonly string[];
}

/** The pattern of tenants in catalog.yaml. */
const TENANT_PATTERN = /^[a-z0-9-]{1,64}$/;

/** From 500 items on every store that can be erased holds something of every tenant. Throws RangeError. */
export function galleryDataset(options: GalleryOptions = {}): Dataset {
  const { items = 20_000, objects = 3000, seed = 1, tenants = ['acme', 'acme-2', 'globex'] } = options;
  requireSize('items', items);
  requireSize('objects', objects);
  if (!Number.isSafeInteger(seed)) throw new RangeError(`seed is ${seed}; allowed is a whole number`);
  requireTenants(tenants);
  const world: World = { seed, layout: layOut({ items, objects, tenants }) };
  return {
    tables: [
      galleriesTable(world),
      photosTable(world),
      analyticsTable(world),
      favoritesTable(world),
      feedbackTable(world),
      billingTable(world),
      subscriptionsTable(world),
      refundsTable(world),
      auditLogTable(world),
      usersTable(world),
      sessionsTable(world),
      preferencesTable(world),
      newslettersTable(world),
      contactTable(world),
      visitorTrackingTable(world),
    ],
    buckets: [imagesBucket(world)],
  };
}

function requireSize(name: string, size: number): void {
  if (Number.isInteger(size) && size >= 0 && size <= MAX_SIZE) return;
  throw new RangeError(`${name} is ${size}; allowed is a whole number from 0 to ${MAX_SIZE}`);
}

function requireTenants(tenants: readonly string[]): void {
  if (tenants.length < 1 || tenants.length > MAX_TENANTS || new Set(tenants).size < tenants.length)
    throw new RangeError(`tenants are ${tenants.join(', ') || 'none'}; allowed are 1 to ${MAX_TENANTS} different ones`);
  for (const tenant of tenants) {
    if (!TENANT_PATTERN.test(tenant)) throw new RangeError(`tenant is '${tenant}'; allowed is ${TENANT_PATTERN}`);
  }
}
