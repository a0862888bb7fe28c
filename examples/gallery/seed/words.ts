// The vocabulary of the seeded platform: names, places, equipment, sentences. Addresses lie in reserved domains and networks.
import type { Dice } from './dice.ts';

export interface Person {
  readonly name: string;
  readonly first: string;
  /** What stands before the @ of their address. */
  readonly mailbox: string;
}

export interface Place {
  readonly city: string;
  readonly country: string;
  readonly latitude: number;
  readonly longitude: number;
  /** The city as it stands in ids. */
  readonly slug: string;
}

const PEOPLE: readonly [Person, ...Person[]] = [
  { name: 'Mara Lindqvist', first: 'Mara', mailbox: 'mara.lindqvist' },
  { name: 'Jonas Weber', first: 'Jonas', mailbox: 'jonas.weber' },
  { name: 'Zoë Kramer', first: 'Zoë', mailbox: 'zoe.kramer' },
  { name: 'José Álvarez', first: 'José', mailbox: 'jose.alvarez' },
  { name: 'Łukasz Nowak', first: 'Łukasz', mailbox: 'lukasz.nowak' },
  { name: '陈美玲', first: '美玲', mailbox: 'chen.meiling' },
  { name: 'Amara Okafor', first: 'Amara', mailbox: 'amara.okafor' },
  { name: 'Søren Østergård', first: 'Søren', mailbox: 'soren.ostergard' },
  { name: 'Αθηνά Παπαδοπούλου', first: 'Αθηνά', mailbox: 'athina.p' },
  { name: 'Nguyễn Thị Hoa', first: 'Hoa', mailbox: 'hoa.nguyen' },
  { name: 'Priya Raman', first: 'Priya', mailbox: 'priya.raman' },
  { name: "Liam O'Brien", first: 'Liam', mailbox: 'liam.obrien' },
  { name: 'Chloé Dubois', first: 'Chloé', mailbox: 'chloe.dubois' },
  { name: 'Yusuf Demir', first: 'Yusuf', mailbox: 'yusuf.demir' },
  { name: 'Hanna Virtanen', first: 'Hanna', mailbox: 'hanna.virtanen' },
  { name: 'Mateo Rossi', first: 'Mateo', mailbox: 'mateo.rossi' },
  { name: 'Ingrid Þórsdóttir', first: 'Ingrid', mailbox: 'ingrid.thorsdottir' },
  { name: 'Sarah Goldberg', first: 'Sarah', mailbox: 'sarah.goldberg' },
];

export const PLACES: readonly [Place, ...Place[]] = [
  { city: 'Lisbon', country: 'PT', latitude: 38.72, longitude: -9.14, slug: 'Lisbon' },
  { city: 'Kraków', country: 'PL', latitude: 50.06, longitude: 19.94, slug: 'Krakow' },
  { city: 'Zürich', country: 'CH', latitude: 47.37, longitude: 8.54, slug: 'Zurich' },
  { city: 'Edinburgh', country: 'GB', latitude: 55.95, longitude: -3.19, slug: 'Edinburgh' },
  { city: 'Reykjavík', country: 'IS', latitude: 64.15, longitude: -21.94, slug: 'Reykjavik' },
  { city: 'Kyoto', country: 'JP', latitude: 35.01, longitude: 135.77, slug: 'Kyoto' },
  { city: 'Montréal', country: 'CA', latitude: 45.5, longitude: -73.57, slug: 'Montreal' },
  { city: 'Cape Town', country: 'ZA', latitude: -33.92, longitude: 18.42, slug: 'Cape-Town' },
  { city: 'Valparaíso', country: 'CL', latitude: -33.05, longitude: -71.61, slug: 'Valparaiso' },
  { city: 'Bologna', country: 'IT', latitude: 44.49, longitude: 11.34, slug: 'Bologna' },
];

export const OCCASIONS = [
  'wedding',
  'engagement',
  'portrait',
  'family',
  'christening',
  'graduation',
  'anniversary',
] as const;

export const SCENES = [
  'first dance',
  'by the window',
  'golden hour',
  'the toast',
  'laughing',
  'hands',
  'confetti',
  'on the stairs',
  'the whole family',
  'rain on the veil',
  'last light',
  'behind the scenes',
] as const;

export const TAGS = ['candid', 'black-and-white', 'group', 'detail', 'favourite', 'print', 'outdoor', 'night'] as const;

export const CAMERAS = [
  { make: 'Canon', model: 'EOS R5', width: 8192, height: 5464 },
  { make: 'Nikon', model: 'Z 8', width: 8256, height: 5504 },
  { make: 'Sony', model: 'ILCE-7M4', width: 7008, height: 4672 },
  { make: 'FUJIFILM', model: 'X-T5', width: 7728, height: 5152 },
] as const;

export const LENSES = ['24-70mm F2.8', '35mm F1.4', '50mm F1.2', '85mm F1.4', '70-200mm F2.8'] as const;

export const FEEDBACK = [
  'Thank you so much, we cried at every single one of them!',
  'Could we have the group photo a little brighter?',
  'The gallery loads slowly on my phone, otherwise perfect.',
  'Merci mille fois, les photos sont magnifiques ✨',
  'My grandmother would like three prints, how do I order?',
  'Wunderschön. Wir empfehlen euch weiter!',
  'We found two photos of another family among ours, please check.',
  'Please take the one with the closed eyes out.',
] as const;

export const DEVICES = ['phone', 'laptop', 'tablet'] as const;
export const COUNTRIES = ['PT', 'PL', 'CH', 'GB', 'IS', 'JP', 'CA', 'ZA', 'CL', 'IT', 'DE', 'FR'] as const;
export const BROWSERS = ['Firefox/143.0', 'Chrome/140.0', 'Safari/26.0'] as const;

export function person(dice: Dice): Person {
  return dice.pick(PEOPLE);
}

/** In the networks kept free for documentation (RFC 5737). */
export function ipAddress(dice: Dice): string {
  return `${dice.pick(['192.0.2', '198.51.100', '203.0.113'])}.${dice.between(1, 254)}`;
}
