// Bundles the functions once for all test files; each embedded AWS links to them.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { bundleLethe } from '../../local/start.ts';

declare module 'vitest' {
  interface ProvidedContext {
    bundles: string;
  }
}

export async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'lethe-test-bundles-'));
  await bundleLethe(folder);
  provide('bundles', folder);
  return () => rm(folder, { recursive: true, force: true });
}
