// Writes every table and bucket of the data set as it is now, in the form that --data reads.

import { writeBucket, writeTable } from '../gallery/dump.ts';
import type { Clients } from './proof.ts';
import { readBucket, readTable } from './stores.ts';
import type { Seeded } from './upload.ts';

export async function dump(folder: string, { tables, buckets }: Seeded, { dynamodb, s3 }: Clients): Promise<void> {
  for (const { name, create } of tables) await writeTable(folder, create, readTable(dynamodb, name));
  for (const { name } of buckets) await writeBucket(folder, name, readBucket(s3, name));
}
