// What every part of the seeder starts from, and how it makes a table of records.
import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import type { TableData } from '../dataset.ts';
import { Dice } from './dice.ts';
import { type PlainRecord, toItem } from './item.ts';
import type { Layout, RecordKind, Studio } from './layout.ts';
import { type Person, person } from './words.ts';

export interface World {
  readonly seed: number;
  readonly layout: Layout;
}

interface Keys {
  readonly partition: string;
  readonly sort?: string;
  /** Strings unless said otherwise. */
  readonly sortType?: 'S' | 'N';
  /** A global index of keys alone, by an attribute of text. */
  readonly index?: { readonly name: string; readonly by: string };
}

export function table(name: string, keys: Keys, records: () => Iterable<PlainRecord>): TableData {
  return {
    create: createInput(name, keys),
    *items() {
      for (const record of records()) yield toItem(record);
    },
  };
}

/** As many records of a kind as the layout gives each studio; each is made with dice of its own. */
export function* perStudio(
  { seed, layout }: World,
  kind: RecordKind,
  make: (studio: Studio, n: number, dice: Dice) => PlainRecord,
): Generator<PlainRecord> {
  for (const studio of layout.studios) {
    for (let n = 0; n < studio.records[kind]; n++) yield make(studio, n, new Dice(seed, `${kind} ${studio.tenant}`, n));
  }
}

export function* numbered(
  { seed }: World,
  name: string,
  count: number,
  make: (n: number, dice: Dice) => PlainRecord,
): Generator<PlainRecord> {
  for (let n = 0; n < count; n++) yield make(n, new Dice(seed, name, n));
}

interface Client {
  /** The underscore lies outside the pattern of tenants: no customer is ever taken for a photographer. */
  readonly id: string;
  readonly person: Person;
  readonly email: string;
}

export function clientOf({ seed }: World, n: number): Client {
  const dice = new Dice(seed, 'client', n);
  const who = person(dice);
  return { id: `client_${dice.hex(6)}${n}`, person: who, email: `${who.mailbox}.${n}@example.org` };
}

/** Any customer; there is a first one even where the tables are too small for accounts. */
export function anyClient(world: World, dice: Dice): Client {
  return clientOf(world, dice.below(Math.max(1, world.layout.clients)));
}

export function ownerOf({ seed }: World, { tenant }: Studio): Person {
  return person(new Dice(seed, `owner ${tenant}`));
}

function createInput(name: string, { partition, sort, sortType = 'S', index }: Keys): CreateTableCommandInput {
  return {
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [
      { AttributeName: partition, AttributeType: 'S' },
      ...(sort ? [{ AttributeName: sort, AttributeType: sortType }] : []),
      ...(index ? [{ AttributeName: index.by, AttributeType: 'S' as const }] : []),
    ],
    KeySchema: [
      { AttributeName: partition, KeyType: 'HASH' },
      ...(sort ? [{ AttributeName: sort, KeyType: 'RANGE' as const }] : []),
    ],
    ...(index && {
      GlobalSecondaryIndexes: [
        {
          IndexName: index.name,
          KeySchema: [{ AttributeName: index.by, KeyType: 'HASH' }],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
    }),
  };
}
