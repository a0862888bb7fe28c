// What photographers publish: galleries and photos.
import type { TableData } from '../dataset.ts';
import { Dice } from './dice.ts';
import { filesOf, sizeBytesOf } from './files.ts';
import type { PlainRecord } from './item.ts';
import type { Studio } from './layout.ts';
import { type Gallery, galleriesOf, type Photo, photosOf } from './photos.ts';
import { DAY_MS, isoDay, isoTime, SECOND_MS } from './times.ts';
import { CAMERAS, LENSES, SCENES, TAGS } from './words.ts';
import { table, type World } from './world.ts';

export function galleriesTable({ seed, layout }: World): TableData {
  return table('galerly-galleries', { partition: 'user_id', sort: 'gallery_id' }, function* () {
    for (const studio of layout.studios) {
      if (studio.galleries === 0) continue;
      for (const gallery of galleriesOf(seed, studio)) yield galleryRecord(seed, studio, gallery);
    }
  });
}

/** By gallery, whose id more than one photographer may use: whose a photo is says its attribute, and the index. */
export function photosTable({ seed, layout }: World): TableData {
  const keys = { partition: 'gallery_id', sort: 'photo_id', index: { name: 'by-user', by: 'user_id' } };
  return table('galerly-photos', keys, function* () {
    for (const studio of layout.studios) {
      if (studio.photos === 0) continue;
      for (const photo of photosOf(seed, studio)) yield photoRecord(seed, studio, photo);
    }
  });
}

function galleryRecord(seed: number, studio: Studio, gallery: Gallery): PlainRecord {
  const dice = new Dice(seed, `gallery record ${studio.tenant}`, gallery.index);
  const { client, partner, place, occasion, heldAtMs } = gallery;
  return {
    user_id: studio.tenant,
    gallery_id: gallery.id,
    title: `${client.first} & ${partner.first}, ${occasion} in ${place.city}`,
    event_date: isoDay(heldAtMs),
    created_at: isoTime(heldAtMs + dice.between(1, 20) * DAY_MS),
    client: { name: client.name, email: `${client.mailbox}@example.org` },
    photo_count: gallery.photos,
    is_public: dice.isOneIn(4),
    settings: { downloads: !dice.isOneIn(3), watermark: dice.isOneIn(2), layout: dice.pick(['grid', 'story']) },
    expires_on: dice.isOneIn(3) ? isoDay(heldAtMs + 730 * DAY_MS) : null,
  };
}

function photoRecord(seed: number, studio: Studio, photo: Photo): PlainRecord {
  const { gallery } = photo;
  const dice = new Dice(seed, `photo record ${photo.prefix}`);
  const camera = dice.pick(CAMERAS);
  const takenAtMs = gallery.heldAtMs + dice.below(10 * 3600) * SECOND_MS;
  return {
    user_id: studio.tenant,
    gallery_id: gallery.id,
    photo_id: photo.id,
    title: `${gallery.client.first} & ${gallery.partner.first}: ${dice.pick(SCENES)}`,
    taken_at: isoTime(takenAtMs),
    uploaded_at: isoTime(takenAtMs + dice.between(DAY_MS, 20 * DAY_MS)),
    width: camera.width,
    height: camera.height,
    camera: { make: camera.make, model: camera.model, lens: dice.pick(LENSES) },
    exposure: {
      time: `1/${dice.pick([60, 125, 250, 500])}`,
      aperture: dice.pick([1.4, 2, 2.8, 4]),
      iso: dice.pick([100, 400, 1600]),
    },
    place: dice.isOneIn(5) ? undefined : placeRecord(gallery, dice),
    tags: new Set([dice.pick(TAGS), dice.pick(TAGS)]),
    is_cover: photo.index === 0,
    prefix: photo.prefix,
    ...fileMembers(seed, photo),
  };
}

function placeRecord({ place }: Gallery, dice: Dice): PlainRecord {
  const near = (degrees: number) => Number((degrees + dice.below(100) / 1000).toFixed(3));
  return { city: place.city, country: place.country, lat: near(place.latitude), lon: near(place.longitude) };
}

/** The files that can be seen in the bucket; a photo whose upload has not begun has none. */
function fileMembers(seed: number, photo: Photo): PlainRecord {
  const sizes = new Map<string, number>();
  let isTrashed = false;
  for (const file of filesOf(seed, photo)) {
    isTrashed ||= file.isMarker;
    if (file.isMarker) sizes.delete(file.name);
    else sizes.set(file.name, sizeBytesOf(seed, photo, file));
  }
  const status = isTrashed ? 'trashed' : sizes.size === 0 ? 'awaiting-upload' : 'published';
  return { status, files: Object.fromEntries(sizes) };
}
