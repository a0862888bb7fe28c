// The catalog at synth: checked as every run will check it, read as it will be shipped.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type Catalog, catalog as catalogSchema } from '../contracts/catalog.ts';

export interface DeployedCatalog {
  readonly value: Catalog;
  /** What is shipped beside the functions. */
  readonly json: string;
  readonly sha256: string;
}

const COMMAND = join(import.meta.dirname, '../bin/lethe.mjs');

/** @throws Error with every problem and its line: what a run would refuse is not deployed */
export function readDeployedCatalog(file: string): DeployedCatalog {
  const checked = spawnSync(process.execPath, [COMMAND, 'catalog', 'check', file], { encoding: 'utf8' });
  if (checked.status !== 0) throw new Error(`The catalog is not deployed.\n${checked.stdout}${checked.stderr}`);
  const content: unknown = parse(readFileSync(file, 'utf8'));
  const json = JSON.stringify(content);
  return { value: catalogSchema.parse(content), json, sha256: createHash('sha256').update(json).digest('hex') };
}
