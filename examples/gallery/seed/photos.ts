// Galleries, photos and the files of each photo: what the tables say about them and the bucket holds of them.
import { Dice } from './dice.ts';
import type { Studio } from './layout.ts';
import { daysAgoMs } from './times.ts';
import { OCCASIONS, type Person, PLACES, type Place, person } from './words.ts';

export interface Gallery {
  readonly id: string;
  readonly index: number;
  readonly occasion: string;
  readonly place: Place;
  readonly client: Person;
  readonly partner: Person;
  readonly heldAtMs: number;
  readonly photos: number;
}

export interface Photo {
  readonly id: string;
  /** Counted within its gallery. */
  readonly index: number;
  readonly gallery: Gallery;
  /** `{tenant}/{gallery}/{photo}/` */
  readonly prefix: string;
  /** What the bucket holds below the prefix, delete markers among them. */
  readonly objectVersions: number;
}

/** Every photographer has these: equal ids of different tenants, and ids that differ in their end or case alone. */
const COMMON_GALLERIES = ['summer-wedding-2025', 'summer-wedding-2025-encore', 'Summer-Wedding-2025'];

function galleryOf(seed: number, studio: Studio, index: number): Gallery {
  const dice = new Dice(seed, `gallery ${studio.tenant}`, index);
  const common = COMMON_GALLERIES[index];
  const occasion = common ? 'wedding' : dice.pick(OCCASIONS);
  const place = dice.pick(PLACES);
  const client = person(dice);
  let partner = person(dice);
  while (partner === client) partner = person(dice);
  return {
    id: common ?? `${occasion}-${place.slug}-${index}`,
    index,
    occasion,
    place,
    client,
    partner,
    heldAtMs: daysAgoMs(common ? dice.between(40, 110) : dice.between(30, 700)),
    photos: studio.photosIn(index),
  };
}

export function* galleriesOf(seed: number, studio: Studio): Generator<Gallery> {
  for (let index = 0; index < studio.gallerySlots; index++) yield galleryOf(seed, studio, index);
}

export function* photosOf(seed: number, studio: Studio): Generator<Photo> {
  let before = 0;
  for (const gallery of galleriesOf(seed, studio)) {
    for (let index = 0; index < gallery.photos; index++) {
      const id = photoId(seed, studio, gallery.id, index);
      const prefix = `${studio.tenant}/${gallery.id}/${id}/`;
      yield { id, index, gallery, prefix, objectVersions: studio.objectVersionsOf(before + index) };
    }
    before += gallery.photos;
  }
}

/** Any photo of the studio, for records that speak of one. */
export function anyPhoto(
  seed: number,
  studio: Studio,
  dice: Dice,
): { readonly galleryId: string; readonly id: string } {
  const gallery = galleryOf(seed, studio, dice.below(studio.gallerySlots));
  return { galleryId: gallery.id, id: photoId(seed, studio, gallery.id, dice.below(gallery.photos)) };
}

function photoId(seed: number, studio: Studio, galleryId: string, index: number): string {
  const dice = new Dice(seed, `photo ${studio.tenant}/${galleryId}`, index);
  return `dsc${String(index + 1).padStart(5, '0')}-${dice.hex(6)}`;
}
