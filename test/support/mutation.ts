// Bundles functions of whose sources one place is changed.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { BUNDLING, entryOf } from '../../contracts/bundling.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Mutation {
  /** From the root of the project. */
  readonly file: string;
  /** Stands there exactly once. */
  readonly from: string;
  readonly to: string;
}

/** @throws Error when the source no longer has what is to be changed: a mutation that changes nothing proves nothing */
export async function bundleMutated(
  functionNames: readonly string[],
  folder: string,
  { file, from, to }: Mutation,
): Promise<void> {
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
  const entryPoints = functionNames.map((name) => ({ in: join(ROOT, entryOf(name)), out: `${name}/index` }));
  await build({ ...BUNDLING, entryPoints, outdir: folder, plugins: [mutation] });
}
