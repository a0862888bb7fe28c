// What visitors leave with a photographer: view events, favourites, feedback.
import type { TableData } from '../dataset.ts';
import type { Dice } from './dice.ts';
import type { PlainRecord } from './item.ts';
import { type Studio, SUMMARIES_PER_STUDIO } from './layout.ts';
import { anyPhoto } from './photos.ts';
import { daysAgoMs, isoMonth, isoTime, momentMs, SECOND_MS } from './times.ts';
import { COUNTRIES, DEVICES, FEEDBACK } from './words.ts';
import { anyClient, perStudio, table, type World } from './world.ts';

const YEAR_SECONDS = 365 * 86_400;
/** One favourite of so many is of an album, the others are of a photo. */
const ALBUM_EVERY = 7;

/** One table for several kinds of item, told apart by how their sort key begins. */
export function analyticsTable(world: World): TableData {
  return table('galerly-analytics', { partition: 'pk', sort: 'sk' }, function* () {
    yield* perStudio(world, 'summaries', summary);
    yield* perStudio(world, 'events', (studio, n, dice) => event(world, studio, n, dice));
  });
}

/** Beside the events, and never selected with them: a setting, and monthly totals under a key that looks alike. */
function summary({ tenant }: Studio, n: number, dice: Dice): PlainRecord {
  const pk = `TENANT#${tenant}`;
  if (n === SUMMARIES_PER_STUDIO - 1)
    return { pk, sk: 'SETTINGS#dashboard', widgets: ['views', 'downloads'], weeks: 4 };
  return { pk, sk: `EVENTS#${isoMonth(n)}`, views: dice.between(100, 9000), downloads: dice.between(0, 400) };
}

function event({ seed }: World, studio: Studio, n: number, dice: Dice): PlainRecord {
  const { galleryId, id } = anyPhoto(seed, studio, dice);
  const at = isoTime(daysAgoMs(365) + dice.below(YEAR_SECONDS) * SECOND_MS);
  return {
    pk: `TENANT#${studio.tenant}`,
    sk: `EVENT#${galleryId}#${at}#${n.toString(36)}`,
    kind: dice.pick(['view', 'view', 'view', 'download', 'share']),
    photo: id,
    visitor: `v_${dice.hex(8)}`,
    device: dice.pick(DEVICES),
    country: dice.pick(COUNTRIES),
  };
}

export function favoritesTable(world: World): TableData {
  const keys = { partition: 'photographer_id', sort: 'favorite_key' };
  return table('galerly-client-favorites', keys, () =>
    perStudio(world, 'favorites', (studio, n, dice) => {
      const { galleryId, id } = anyPhoto(world.seed, studio, dice);
      const client = anyClient(world, dice);
      return {
        photographer_id: studio.tenant,
        favorite_key: `${n % ALBUM_EVERY === 0 ? 'album' : 'photo'}#${galleryId}#${id}#${n.toString(36)}`,
        client_id: client.id,
        client_name: client.person.name,
        added_at: isoTime(momentMs(n, studio.records.favorites, 365, dice)),
        note: dice.isOneIn(6) ? 'For the album, please' : undefined,
      };
    }),
  );
}

/** Under ids of its own: whom it is about says an attribute alone. */
export function feedbackTable(world: World): TableData {
  return table('galerly-client-feedback', { partition: 'feedback_id' }, () =>
    perStudio(world, 'feedback', (studio, n, dice) => {
      const client = anyClient(world, dice);
      return {
        feedback_id: `fb_${dice.hex(12)}${n.toString(36)}`,
        photographer_id: studio.tenant,
        submitted_at: isoTime(momentMs(n, studio.records.feedback, 700, dice)),
        client_id: client.id,
        email: client.email,
        rating: dice.between(1, 5),
        text: dice.pick(FEEDBACK),
      };
    }),
  );
}
