// Builds functions with a lie in them, to see whether the run that they work for finds it out.
import { cp, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { bundleMutated, type Mutation } from './mutation.ts';

/**
 * All functions as they are, but for one whose source is changed in one place.
 * @returns the folder of the bundles, for the caller to remove
 */
export async function bundlesWith(functionName: string, mutation: Mutation): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lethe-mutant-'));
  await cp(inject('bundles'), folder, { recursive: true });
  await bundleMutated([functionName], folder, mutation);
  return folder;
}
