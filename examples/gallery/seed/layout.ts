// How many records each table holds for each tenant, so that they add up to the size that was asked for.
import { type Shares, sharesOf, sharesWithOneEach } from './shares.ts';

/** One photographer, who is one tenant, with what the tables hold of theirs. */
export interface Studio {
  readonly tenant: string;
  readonly galleries: number;
  readonly photos: number;
  /** As `galleries`, but at least one: objects and events need names even where the tables are too small for records. */
  readonly gallerySlots: number;
  /** Photos of gallery `index`, at least one. */
  readonly photosIn: Shares;
  /** Object versions, delete markers among them. */
  readonly objectVersions: number;
  /** Object versions of photo `index`, counted through all galleries. */
  readonly objectVersionsOf: Shares;
  readonly records: Readonly<Record<RecordKind, number>>;
}

/** What the other tables hold; summaries are the items of the analytics table that are not events. */
export type RecordKind =
  | 'summaries'
  | 'events'
  | 'favorites'
  | 'feedback'
  | 'invoices'
  | 'refunds'
  | 'auditEntries'
  | 'sessions'
  | 'preferences'
  | 'users'
  | 'subscriptions';

export interface Layout {
  readonly studios: readonly Studio[];
  /** Accounts of the photographers' customers. */
  readonly clients: number;
  readonly subscribers: number;
  readonly messages: number;
  readonly visits: number;
}

interface Size {
  readonly items: number;
  readonly objects: number;
  readonly tenants: readonly string[];
}

/** From this size on every store that can be erased holds something of every tenant (at most MAX_TENANTS). */
const COMPLETE_FROM_ITEMS = 500;
export const MAX_TENANTS = 20;
/** Keeps every product of a total and its weights exact. */
export const MAX_SIZE = 10_000_000;

export const PREFERENCE_TOPICS = 8;
/** A dashboard setting and twelve monthly totals. */
export const SUMMARIES_PER_STUDIO = 13;

/** How the tenants differ in size; further ones repeat it. */
const TENANT_WEIGHTS = [35, 25, 40];
const GALLERY_WEIGHTS = [9, 4, 2, 6, 3, 7, 5];
const PHOTOS_PER_GALLERY = 28;
/** Most photos have their three renditions; some were uploaded again, some removed. */
const VERSION_WEIGHTS = [3, 3, 4, 3, 3, 6, 3, 3, 3, 4, 3, 3, 3, 6, 3, 4, 3, 3, 3, 4];

export function layOut({ items, objects, tenants }: Size): Layout {
  const count = tenants.length;
  const isComplete = items >= COMPLETE_FROM_ITEMS;
  // A table too small to hold something of every tenant stays empty; the events take up the difference.
  const allOrNone = (total: number) => (total < count ? 0 : total);
  const perMille = (share: number) => Math.floor((items * share) / 1000);
  const erasable = (share: number) => allOrNone(Math.max(perMille(share), isComplete ? count : 0));
  const divide = (total: number) => sharesWithOneEach(total, count, TENANT_WEIGHTS);

  const photos = divide(allOrNone(photosFor(objects, perMille, isComplete ? 2 * count : 0)));
  const totals = {
    favorites: erasable(150),
    feedback: erasable(30),
    invoices: erasable(20),
    refunds: erasable(4),
    auditEntries: erasable(60),
    sessions: allOrNone(perMille(20)),
    preferences: allOrNone(Math.min(perMille(8), PREFERENCE_TOPICS * count)),
    users: isComplete ? count : 0,
    subscriptions: isComplete ? count : 0,
  };
  const shared = {
    clients: isComplete ? perMille(15) : 0,
    subscribers: perMille(10),
    messages: perMille(5),
    visits: perMille(60),
  };
  const ofPhotos = tenants.map((_, i) => photos(i) + galleriesFor(photos(i)));
  const taken = [...ofPhotos, ...Object.values(totals), ...Object.values(shared)];
  const analytics = divide(items - taken.reduce((sum, part) => sum + part, 0));
  const objectVersions = divide(objects);
  const studios = tenants.map((tenant, i): Studio => {
    const photoSlots = Math.max(1, photos(i));
    const gallerySlots = Math.max(1, galleriesFor(photos(i)));
    const summaries = analytics(i) < 100 ? 0 : SUMMARIES_PER_STUDIO;
    return {
      tenant,
      galleries: galleriesFor(photos(i)),
      photos: photos(i),
      gallerySlots,
      photosIn: sharesWithOneEach(photoSlots, gallerySlots, GALLERY_WEIGHTS),
      objectVersions: objectVersions(i),
      objectVersionsOf: sharesOf(objectVersions(i), photoSlots, VERSION_WEIGHTS),
      records: {
        summaries,
        events: analytics(i) - summaries,
        favorites: divide(totals.favorites)(i),
        feedback: divide(totals.feedback)(i),
        invoices: divide(totals.invoices)(i),
        refunds: divide(totals.refunds)(i),
        auditEntries: divide(totals.auditEntries)(i),
        sessions: divide(totals.sessions)(i),
        // Equal shares: nobody has more than one of each topic.
        preferences: sharesOf(totals.preferences, count, [1])(i),
        users: divide(totals.users)(i),
        subscriptions: divide(totals.subscriptions)(i),
      },
    };
  });
  return { studios, ...shared };
}

/** As many as the objects need, within what leaves room for the other tables. */
function photosFor(objects: number, perMille: (share: number) => number, least: number): number {
  const versionsPerPhoto = VERSION_WEIGHTS.reduce((sum, weight) => sum + weight, 0) / VERSION_WEIGHTS.length;
  return Math.max(Math.min(Math.round(objects / versionsPerPhoto), perMille(350)), perMille(50), least);
}

/** Two at least where there are two photos, so that one gallery's id begins another's. */
function galleriesFor(photos: number): number {
  return Math.max(Math.min(2, photos), Math.round(photos / PHOTOS_PER_GALLERY));
}
