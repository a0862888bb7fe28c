// The files of one photo in the order they were written: three renditions, then what changed later.
import { Dice } from './dice.ts';
import type { Photo } from './photos.ts';

type Rendition = 'original' | 'medium' | 'thumbnail';

export interface FileWrite {
  readonly name: string;
  readonly rendition: Rendition;
  /** Of this file, from 1. */
  readonly version: number;
  readonly isMarker: boolean;
}

const RENDITIONS: readonly Rendition[] = ['original', 'medium', 'thumbnail'];

/** What uploaders call their files: characters that URLs and XML must escape. */
const UPLOADED_NAMES = ['Zoë & Jonas.jpg', 'été 100%.jpg', 'first+last dance.jpg', '新娘 (1).jpg'] as const;

/**
 * A photo with more than three object versions was changed: uploaded again, rendition after rendition, or, every
 * third of them, removed, the original first.
 */
export function* filesOf(seed: number, photo: Photo): Generator<FileWrite> {
  const dice = new Dice(seed, `files ${photo.prefix}`);
  const original = dice.isOneIn(16) ? dice.pick(UPLOADED_NAMES) : 'original.jpg';
  const changes = Math.max(0, photo.objectVersions - RENDITIONS.length);
  const markers = dice.isOneIn(3) ? Math.min(changes, RENDITIONS.length) : 0;
  for (let n = 0; n < photo.objectVersions; n++) {
    const isMarker = n >= photo.objectVersions - markers;
    const place = isMarker ? n - (photo.objectVersions - markers) : n % RENDITIONS.length;
    const rendition = RENDITIONS[place] ?? 'original';
    const name = rendition === 'original' ? original : `${rendition}.jpg`;
    yield { name, rendition, version: 1 + Math.floor(n / RENDITIONS.length), isMarker };
  }
}

/** Of a stand-in, not of a real picture. */
export function sizeBytesOf(seed: number, photo: Photo, { rendition, version }: FileWrite): number {
  const dice = new Dice(seed, `${rendition} ${photo.prefix}`, version);
  switch (rendition) {
    case 'original':
      return dice.between(1000, 2000);
    case 'medium':
      return dice.between(600, 900);
    case 'thumbnail':
      return dice.between(300, 450);
  }
}
