// What a function is told by its environment and carries beside its bundle; missing or wrong is a start error.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CATALOG_FILE, type EnvironmentName } from '../contracts/functions.ts';

/** Set by Lambda itself: the function's name, and where its code lies. */
type RuntimeName = 'AWS_LAMBDA_FUNCTION_NAME' | 'LAMBDA_TASK_ROOT';

/** @throws Error naming the variable: a function that starts half configured must not start */
export function requireEnvironment(name: EnvironmentName | RuntimeName): string {
  const value = process.env[name];
  if (value === undefined || value === '')
    throw new Error(`environment variable ${name} is not set; the stack sets it`);
  return value;
}

/** The catalog beside the bundle, checked against the digest the stack was deployed with. */
export function readShippedCatalog(): { readonly value: unknown; readonly sha256: string } {
  const text = readFileSync(join(requireEnvironment('LAMBDA_TASK_ROOT'), CATALOG_FILE), 'utf8');
  const sha256 = createHash('sha256').update(text).digest('hex');
  const expected = requireEnvironment('LETHE_CATALOG_SHA256');
  if (sha256 !== expected) throw new Error(`${CATALOG_FILE} has SHA-256 ${sha256}, but ${expected} was deployed`);
  return { value: JSON.parse(text), sha256 };
}
