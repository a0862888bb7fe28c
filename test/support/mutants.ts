// Builds functions with a lie in them, to see whether the run that they work for finds it out.
import { cp, mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { inject } from 'vitest';
import { BUNDLING, entryOf } from '../../contracts/bundling.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Mutation {
  /** From the root of the project. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/**
 * All functions as they are, but for one whose source is changed in one place.
 * @returns the folder of the bundles, for the caller to remove
 * @throws Error when the source no longer has what is to be changed: a mutation that changes nothing proves nothing
 */
export async function bundlesWith(functionName: string, { file, from, to }: Mutation): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lethe-mutant-'));
  await cp(inject('bundles'), folder, { recursive: true });
  const path = join(ROOT, file);
  const source = await readFile(path, 'utf8');
  if (source.split(from).length !== 2) throw new Error(`${file} has ${JSON.stringify(from)} not exactly once`);
  const contents = source.replace(from, () => to);
  const mutation: Plugin = {
    name: 'mutation',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, (args) => (args.path === path ? { contents, loader: 'ts' } : undefined));
    },
  };
  const entryPoints = [{ in: join(ROOT, entryOf(functionName)), out: `${functionName}/index` }];
  await build({ ...BUNDLING, entryPoints, outdir: folder, plugins: [mutation] });
  return folder;
}
