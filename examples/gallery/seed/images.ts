// The bucket galerly-images: the files of every photo, all versions and delete markers, in write order.
import type { BucketData, ObjectWrite } from '../dataset.ts';
import { Dice } from './dice.ts';
import { type FileWrite, filesOf, sizeBytesOf } from './files.ts';
import { makeJpeg } from './jpeg.ts';
import { type Photo, photosOf } from './photos.ts';
import type { World } from './world.ts';

export function imagesBucket({ seed, layout }: World): BucketData {
  return {
    name: 'galerly-images',
    versioned: true,
    *objects() {
      for (const studio of layout.studios) {
        for (const photo of photosOf(seed, studio)) {
          for (const file of filesOf(seed, photo)) yield objectOf(seed, photo, file);
        }
      }
    },
  };
}

function objectOf(seed: number, photo: Photo, file: FileWrite): ObjectWrite {
  const key = `${photo.prefix}${file.name}`;
  if (file.isMarker) return { key, deleteMarker: true };
  const dice = new Dice(seed, `pixels ${key}`, file.version);
  return { key, body: makeJpeg(`${key} version ${file.version}`, sizeBytesOf(seed, photo, file), dice) };
}
